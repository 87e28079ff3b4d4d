//! What is known after the last round: the content of `end.json`.

use serde::{Deserialize, Serialize};

use super::{MachineState, disturbances};

/// How a run ended. A run that was killed has none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct End {
    pub ending: RunEnding,
    pub duration_s: f64,
    /// The machine just after the run.
    pub state: MachineState,
    /// Plain sentences, see [`disturbances`].
    pub disturbances: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunEnding {
    /// All that was asked for was measured.
    Finished,
    /// Somebody stopped it; every round up to then is whole.
    Interrupted,
}

impl End {
    pub fn new(
        ending: RunEnding,
        duration_s: f64,
        before: &MachineState,
        after: MachineState,
    ) -> End {
        End {
            ending,
            duration_s,
            disturbances: disturbances(before, &after),
            state: after,
        }
    }
}

/// `end.json`, apart from its seal: the end of the run, and of the chain.
#[derive(Serialize, Deserialize)]
pub(super) struct EndFile {
    #[serde(flatten)]
    pub end: End,
    pub rounds: usize,
    /// The last round's; the header's, if there was no round.
    pub chain: String,
}
