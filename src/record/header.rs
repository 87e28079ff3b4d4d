//! What is known before the first sample: the content of `record.json`.

use std::collections::BTreeMap;
use std::ffi::OsString;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Environment, MachineState, privacy};

/// Everything that must be known to judge a run's figures or to repeat them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// As typed, see [`Header::command_line`].
    pub command: Vec<String>,
    /// UTC, whole seconds.
    pub started: Timestamp,
    pub settings: Settings,
    pub backends: Vec<BackendVersions>,
    /// The hash of the module that every backend ran.
    pub fixture: String,
    /// Native frames under the call: a raise may cost more the more there are.
    pub host_stack_frames: u32,
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
    /// Whether each process started from a fresh copy of its executable.
    pub fresh_copies: bool,
    /// How many links of the same objects, in other orders, the processes went through; nothing
    /// where all ran one executable, whose layout is then in no interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relinks: Option<usize>,
    /// The user's own module in place of the fixture, as typed.
    pub module: Option<String>,
}

/// One backend, and all that it is made of: `wasmer` → `7.4.2`, `llvm` → `22.1.3`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackendVersions {
    pub id: String,
    pub versions: BTreeMap<String, String>,
}

impl Header {
    /// Now, in the whole seconds that a record keeps.
    pub fn now() -> Timestamp {
        let seconds = Timestamp::now().as_second();
        Timestamp::from_second(seconds).expect("a second of a valid time is valid")
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
