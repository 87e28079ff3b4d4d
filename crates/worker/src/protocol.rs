//! The words between scheduler and worker: one line of JSON each way (PROTOCOL.md).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::case::{BackendId, Case};
use crate::offer::OfferLine;

/// Raised when an old scheduler could misread a new worker, or the other way round.
pub const PROTOCOL: u32 = 2;

/// Variables that change what runtimes capture in every error. With the first two one runtime's
/// raise took 4.9 µs in place of 0.67. Workers are started without them, unless they are to keep
/// the environment.
pub const CLEARED: [&str; 4] = [
    "RUST_BACKTRACE",
    "RUST_LIB_BACKTRACE",
    "NODE_OPTIONS",
    "WASMTIME_BACKTRACE_DETAILS",
];

/// The name of the shared guest among those that a worker runs.
pub const EARLY_EXIT: &str = "early_exit";

/// What a scheduler asks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "kebab-case")]
pub enum Ask {
    /// Who are you? As the first ask it may say how to set up.
    Hello(Setup),
    /// Make this case ready, and verify it.
    Prepare { case: Case },
    /// Call it `warmup` times, then time `iterations` calls.
    Time {
        case: Case,
        warmup: u64,
        iterations: u64,
    },
    /// Call it `iterations` times between the marks that callgrind counts between
    /// ([`crate::marks`]), with `links` links of added work for each call.
    Count {
        case: Case,
        iterations: u64,
        #[serde(default)]
        links: u64,
    },
}

/// What a scheduler may want of a worker before any case is prepared. Workers may ignore it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Setup {
    /// Where the guest's code should lie within its page ([`crate::placement`]): the same number
    /// gives the same place. Where nothing is said, anywhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub placement: Option<u32>,
    /// Real work to be put under the clock, as a share of each call's time: 0.02 makes every
    /// case 2 % slower. It is how an instrument is shown a change of known size.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slowdown: Option<f64>,
    /// A heap for each case, where its calls are to be counted: which blocks earlier cases have
    /// freed, and in which order, moves a traced raise by up to 10 % of its instructions.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub fresh_heaps: bool,
}

/// What a worker answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "kebab-case")]
pub enum Answer {
    Hello(Box<Hello>),
    /// The case did what it must and may be timed.
    Verified {
        /// What the slowdown that was asked for came to, once the case has been timed with it:
        /// time with it over time without, less 1.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        slowdown: Option<f64>,
    },
    /// Of the timed calls together.
    Time {
        nanoseconds: u64,
    },
    /// The marks were passed; what was counted between them is for callgrind to say.
    Counted,
    /// It did not work; the worker lives on.
    Error {
        reason: String,
    },
}

/// A worker's introduction: what a scheduler knows of its backend.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    pub protocol: u32,
    pub backend: BackendId,
    /// By name: the runtime, its compiler, the libraries that decide its speed.
    pub versions: BTreeMap<String, String>,
    /// The host's language.
    pub language: String,
    /// `native`, or the function of the language that reads the clock.
    pub clock: String,
    /// Whether the runtime has threads of its own, which would run between slices as well.
    #[serde(default)]
    pub own_threads: bool,
    /// `release` or what else it was built as: only release builds are judged.
    pub profile: String,
    /// Host frames under a timed call, where the worker can tell.
    pub host_frames: Option<usize>,
    /// SHA-256 of each guest that it runs in binary form, in hexadecimal. Native frames run none.
    pub guests: BTreeMap<String, String>,
    /// The hash of the shared guest once more, where protocol 1 had it: whoever looked for it there
    /// finds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fixture: Option<String>,
    pub offer: Vec<OfferLine>,
    /// Strategies that it has and this guest does not serve, each with the reason.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub lacks: BTreeMap<String, String>,
    /// Which of the checks it cannot make: `frames`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unverified: Vec<String>,
}
