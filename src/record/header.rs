//! What is known before the first sample: the content of `record.json`.

use std::collections::BTreeMap;
use std::ffi::OsString;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use trapbench_worker::case::BackendId;
use trapbench_worker::offer::{Offer, OfferLine};
use trapbench_worker::protocol::EARLY_EXIT;

use super::{Environment, MachineState, UnwinderFacts, privacy};

/// What each backend of a run can do.
pub type Offers = BTreeMap<BackendId, Offer>;

/// Everything that must be known to judge a run's figures or to repeat them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// As typed, see [`Header::command_line`].
    pub command: Vec<String>,
    /// UTC, whole seconds.
    pub started: Timestamp,
    pub settings: Settings,
    /// What each participant said of itself before anything was planned.
    pub backends: Vec<BackendFacts>,
    /// SHA-256 of the guest, in hexadecimal.
    pub fixture: String,
    /// The machine, its system, and the executable that planned the run.
    pub environment: Environment,
    /// The machine just before the run.
    pub state: MachineState,
}

/// What the user asked for, defaults filled in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// A regular expression over case ids.
    pub filter: Option<String>,
    pub depths: Vec<u32>,
    /// The intended length of one slice, milliseconds.
    pub slice_ms: f64,
    /// The intended length of the run, seconds.
    pub budget_s: f64,
    /// The order of cases and rounds follows from it.
    pub seed: u64,
    pub pinned_core: Option<usize>,
    /// Why the workers are not pinned, or not as asked.
    pub pinning_note: Option<String>,
    /// How many links of the same objects, in other orders, the processes went through; nothing
    /// where all ran one executable, whose layout is then in no interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relinks: Option<usize>,
    /// The user's own module in place of the fixture, as typed.
    pub module: Option<String>,
    /// Whether the workers got the environment as it was, with what makes runtimes capture native
    /// backtraces.
    #[serde(default)]
    pub keep_environment: bool,
}

/// One backend: what it is made of, what it can do, and how it was started. All but the first
/// two and the last two are its worker's own words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackendFacts {
    pub id: String,
    /// The folder of its worker, or `trapbench` for the suite's own executable.
    pub worker: String,
    /// By name: `wasmer` → `7.4.2`, `LLVM` → `22.1.3`.
    pub versions: BTreeMap<String, String>,
    /// The host's language.
    pub language: String,
    /// `native`, or the function of the language that read the clock.
    pub clock: String,
    /// Whether it was stopped between its slices, since it has threads of its own.
    pub own_threads: bool,
    /// `release`, or what else it was built as.
    pub profile: Option<String>,
    /// Native frames under a call, where the worker can tell: a raise may cost more the more there
    /// are.
    pub host_frames: Option<usize>,
    /// SHA-256 of each guest that it ran, in hexadecimal.
    pub guests: BTreeMap<String, String>,
    /// What it can do, in the words of its time.
    pub offer: Vec<OfferLine>,
    /// Strategies that it has and the guest did not serve, each with the reason.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub lacks: BTreeMap<String, String>,
    /// Which checks it could not make.
    #[serde(default)]
    pub unverified: Vec<String>,
    pub launched: Launched,
    /// The library that takes stacks down in its processes; nothing where they have loaded none, as
    /// programs that are linked statically, and in records from before it was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unwinder: Option<UnwinderFacts>,
}

/// What the processes of a backend were started from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Launched {
    /// A fresh copy of one executable for each.
    FreshCopies,
    /// Links of the same objects in other orders.
    Links,
    /// One program where it lies, such as an interpreter: whatever luck its pages bring is in
    /// every process and in no interval.
    OneFile,
}

impl BackendFacts {
    /// What `id` can do, in today's vocabulary. A name that is not known today is left out.
    pub fn offer(&self) -> Offer {
        Offer::read(&self.offer).0
    }
}

/// The header of schema 1, in which wasmer and native frames were all that there was.
#[derive(Deserialize)]
pub(super) struct Header1 {
    command: Vec<String>,
    started: Timestamp,
    settings: Settings,
    backends: Vec<BackendVersions>,
    fixture: String,
    host_stack_frames: usize,
    environment: Environment,
    state: MachineState,
}

#[derive(Deserialize)]
struct BackendVersions {
    id: String,
    versions: BTreeMap<String, String>,
}

impl From<Header1> for Header {
    fn from(old: Header1) -> Header {
        let launched = match old.settings.relinks {
            None => Launched::FreshCopies,
            Some(_) => Launched::Links,
        };
        let facts = |backend: BackendVersions| BackendFacts {
            profile: old.environment.build.profile.clone(),
            host_frames: Some(old.host_stack_frames),
            launched,
            ..BackendFacts::before_offers(&backend.id, backend.versions, &old.fixture)
        };
        Header {
            backends: old.backends.into_iter().map(facts).collect(),
            command: old.command,
            started: old.started,
            settings: old.settings,
            fixture: old.fixture,
            environment: old.environment,
            state: old.state,
        }
    }
}

impl BackendFacts {
    /// A backend of the time before workers said what they can do.
    pub fn before_offers(
        id: &str,
        versions: BTreeMap<String, String>,
        fixture: &str,
    ) -> BackendFacts {
        let offer = id.parse().map(|id| Offer::before_offers(&id));
        BackendFacts {
            id: id.to_owned(),
            worker: "trapbench".to_owned(),
            versions,
            language: "Rust".to_owned(),
            clock: "native".to_owned(),
            own_threads: false,
            profile: Some("release".to_owned()),
            host_frames: None,
            guests: BTreeMap::from([(EARLY_EXIT.to_owned(), fixture.to_owned())]),
            offer: offer.unwrap_or_default().lines(),
            lacks: BTreeMap::new(),
            unverified: Vec::new(),
            launched: Launched::FreshCopies,
            unwinder: None,
        }
    }
}

impl Header {
    /// Now, in the whole seconds that a record keeps.
    pub fn now() -> Timestamp {
        let seconds = Timestamp::now().as_second();
        Timestamp::from_second(seconds).expect("a second of a valid time is valid")
    }

    /// What each backend can do.
    pub fn offers(&self) -> Offers {
        let of = |facts: &BackendFacts| Some((facts.id.parse().ok()?, facts.offer()));
        self.backends.iter().filter_map(of).collect()
    }

    /// What is known of a backend.
    pub fn facts(&self, backend: &BackendId) -> Option<&BackendFacts> {
        let mut backends = self.backends.iter();
        backends.find(|facts| facts.id == backend.as_str())
    }

    /// `std::env::args_os()` as it may be published: an absolute path to something that
    /// exists keeps its last part only.
    pub fn command_line(arguments: impl IntoIterator<Item = OsString>) -> Vec<String> {
        privacy::as_typed(arguments)
    }

    /// The name of the record's folder, `2026-11-22T093105Z-amd-epyc-2c-x86-64`: names in
    /// the order of time, and no colon, which Windows and some tools refuse.
    pub fn folder_name(&self) -> String {
        let time = self.started.strftime("%Y-%m-%dT%H%M%SZ");
        format!("{time}-{}", self.environment.machine_key())
    }

    /// JSON has no infinity: it would be kept as `null` and never be read again.
    pub(super) fn unkeepable(&self) -> Option<&'static str> {
        let Settings {
            slice_ms, budget_s, ..
        } = self.settings;
        let numbers = [("slice_ms", slice_ms), ("budget_s", budget_s)];
        numbers
            .iter()
            .find(|(_, number)| !number.is_finite())
            .map(|(name, _)| *name)
    }
}
