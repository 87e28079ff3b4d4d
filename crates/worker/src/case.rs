//! What is measured: one [`Case`] is axis × strategy × outcome × backend × value, and its
//! id is a path, `depth/raise/exit/wasmer-cranelift/16`.
//!
//! This file owns the vocabulary; [`id`] prints and parses it. Which of it a backend has is in its
//! [`Offer`](crate::offer::Offer).

mod id;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use id::BadId;

/// The depths that a run measures unless it is told otherwise.
pub const DEPTHS: [u32; 8] = [0, 1, 4, 16, 64, 256, 1024, 4096];

/// Extra host frames under the call, on the axis [`Axis::HostStack`].
pub const HOST_FRAMES: [u32; 3] = [0, 16, 64];

/// The depth at which the axis [`Axis::HostStack`] is measured.
pub const HOST_STACK_DEPTH: u32 = 16;

/// The backend whose guest is native code with no runtime around it. Its cheapest call is the
/// [floor](Case::floor).
pub const NATIVE: &str = "native";

/// The one thing that a series varies; a case's value is a position on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Axis {
    /// Guest frames above the first: at value `n`, `n + 1` are live when the host is called.
    Depth,
    /// Extra host frames under the call, at guest depth [`HOST_STACK_DEPTH`].
    HostStack,
}

/// How the host tells the guest to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Strategy {
    /// The host function returns a fresh error, as the documented example does.
    Raise,
    /// It returns a clone of an error that the runtime wrapped once.
    RaisePrebuilt,
    /// It wraps a fresh error into the runtime's error type itself, which captures a trace.
    RaiseTraced,
    /// It returns a code that the guest tests in every frame.
    Sentinel,
    /// On [`NATIVE`]: it suspends the coroutine on which the guest runs, which is then reset.
    Reset,
    /// On [`NATIVE`]: it returns an error value that every frame hands on.
    Result,
    /// On [`NATIVE`]: it starts an unwinding of the stack, which the caller catches.
    Panic,
}

/// Whether the host asks to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    Exit,
    Complete,
}

/// A strategy with an outcome: what is drawn as one line over an axis.
///
/// A host that raises nothing returns the same nothing whichever way it would have raised, so
/// the `raise*` strategies share one `complete`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Series {
    strategy: Strategy,
    outcome: Outcome,
}

/// The name of what executes the guest, `wasmer-cranelift`.
///
/// An open set: workers written by others bring names of their own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BackendId(Arc<str>);

/// One thing to time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Case {
    pub axis: Axis,
    pub series: Series,
    pub backend: BackendId,
    /// The position on the axis: guest frames, or extra host frames.
    pub value: u32,
}

impl Axis {
    pub const ALL: [Axis; 2] = [Axis::Depth, Axis::HostStack];

    pub fn name(self) -> &'static str {
        match self {
            Axis::Depth => "depth",
            Axis::HostStack => "host-stack",
        }
    }

    /// The values that are measured unless somebody asks for others.
    pub fn usual_values(self) -> &'static [u32] {
        match self {
            Axis::Depth => &DEPTHS,
            Axis::HostStack => &HOST_FRAMES,
        }
    }
}

impl Strategy {
    pub const ALL: [Strategy; 7] = [
        Strategy::Raise,
        Strategy::RaisePrebuilt,
        Strategy::RaiseTraced,
        Strategy::Sentinel,
        Strategy::Reset,
        Strategy::Result,
        Strategy::Panic,
    ];

    /// Those that wasmer's backends have.
    pub const OF_WASMER: [Strategy; 4] = [
        Strategy::Raise,
        Strategy::RaisePrebuilt,
        Strategy::RaiseTraced,
        Strategy::Sentinel,
    ];

    /// Those by which the host raises an error that the runtime carries to the caller.
    pub const RAISING: [Strategy; 3] = [
        Strategy::Raise,
        Strategy::RaisePrebuilt,
        Strategy::RaiseTraced,
    ];

    /// Those of native frames, which run no WebAssembly guest.
    pub const OF_NATIVE: [Strategy; 3] = [Strategy::Reset, Strategy::Result, Strategy::Panic];

    pub fn name(self) -> &'static str {
        match self {
            Strategy::Raise => "raise",
            Strategy::RaisePrebuilt => "raise-prebuilt",
            Strategy::RaiseTraced => "raise-traced",
            Strategy::Sentinel => "sentinel",
            Strategy::Reset => "reset",
            Strategy::Result => "result",
            Strategy::Panic => "panic",
        }
    }

    /// The completing run of the same guest code, which is subtracted from an exit.
    pub fn complete(self) -> Series {
        let strategy = match self {
            Strategy::Raise | Strategy::RaisePrebuilt | Strategy::RaiseTraced => Strategy::Raise,
            Strategy::Sentinel | Strategy::Reset | Strategy::Result | Strategy::Panic => self,
        };
        Series {
            strategy,
            outcome: Outcome::Complete,
        }
    }

    pub fn exit(self) -> Series {
        Series {
            strategy: self,
            outcome: Outcome::Exit,
        }
    }

    /// The series that bear its name: its exit, and its completing run where that is its own.
    pub fn series(self) -> impl Iterator<Item = Series> {
        let both = Outcome::ALL.map(|outcome| Series {
            strategy: self,
            outcome,
        });
        both.into_iter().filter(|series| series.exists())
    }
}

impl Outcome {
    pub const ALL: [Outcome; 2] = [Outcome::Exit, Outcome::Complete];

    pub fn name(self) -> &'static str {
        match self {
            Outcome::Exit => "exit",
            Outcome::Complete => "complete",
        }
    }
}

impl Series {
    pub fn strategy(self) -> Strategy {
        self.strategy
    }

    pub fn outcome(self) -> Outcome {
        self.outcome
    }

    fn exists(self) -> bool {
        self.outcome == Outcome::Exit || self == self.strategy.complete()
    }
}

impl BackendId {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Case {
    /// The bare mechanism of stopping a guest, with nothing around it: what the suite measures
    /// the distance of all others from.
    pub fn floor() -> Case {
        Case {
            axis: Axis::Depth,
            series: Strategy::Reset.exit(),
            backend: BackendId(NATIVE.into()),
            value: 0,
        }
    }

    /// Guest frames above the first.
    pub fn depth(&self) -> u32 {
        match self.axis {
            Axis::Depth => self.value,
            Axis::HostStack => HOST_STACK_DEPTH,
        }
    }

    /// Host frames laid under the call on purpose.
    pub fn host_frames(&self) -> u32 {
        match self.axis {
            Axis::Depth => 0,
            Axis::HostStack => self.value,
        }
    }

    /// The name of Criterion's group, `depth/raise/exit`.
    pub fn group(&self) -> String {
        format!("{}/{}", self.axis, self.series)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_raising_strategies_share_a_completion_and_the_native_ones_have_their_own() {
        let series = |strategies: &[Strategy]| -> Vec<String> {
            let series = strategies.iter().flat_map(|strategy| strategy.series());
            series.map(|series| series.to_string()).collect()
        };
        let of_wasmer = [
            "raise/exit",
            "raise/complete",
            "raise-prebuilt/exit",
            "raise-traced/exit",
            "sentinel/exit",
            "sentinel/complete",
        ];
        assert_eq!(series(&Strategy::OF_WASMER), of_wasmer);
        let of_native = [
            "reset/exit",
            "reset/complete",
            "result/exit",
            "result/complete",
            "panic/exit",
            "panic/complete",
        ];
        assert_eq!(series(&Strategy::OF_NATIVE), of_native);
        assert_eq!(Case::floor().to_string(), "depth/reset/exit/native/0");
    }
}
