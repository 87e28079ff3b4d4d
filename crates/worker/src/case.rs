//! What is measured: one [`Case`] is axis × strategy × outcome × backend × value, and its
//! id is a path, `depth/raise/exit/wasmer-cranelift/16`.
//!
//! This file owns the vocabulary, and which of it each backend has; [`id`] prints and parses it.
//! Both import nothing of ours.

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

/// The backend whose guest is native code with no runtime around it. It has strategies of its
/// own, and is measured over depth alone.
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
/// the `raise*` strategies share one `complete`; [`BackendId::series`] has those that exist.
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
}

impl Strategy {
    const ALL: [Strategy; 7] = [
        Strategy::Raise,
        Strategy::RaisePrebuilt,
        Strategy::RaiseTraced,
        Strategy::Sentinel,
        Strategy::Reset,
        Strategy::Result,
        Strategy::Panic,
    ];

    /// Those that stop a WebAssembly guest.
    const OF_WASM: [Strategy; 4] = [
        Strategy::Raise,
        Strategy::RaisePrebuilt,
        Strategy::RaiseTraced,
        Strategy::Sentinel,
    ];

    const OF_NATIVE: [Strategy; 3] = [Strategy::Reset, Strategy::Result, Strategy::Panic];

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

    /// Whether its guests are WebAssembly: those of every backend are, but of [`NATIVE`].
    pub fn executes_wasm(&self) -> bool {
        self.as_str() != NATIVE
    }

    /// How its guests can be told to stop, in the order of the tables.
    pub fn strategies(&self) -> &'static [Strategy] {
        match self.executes_wasm() {
            true => &Strategy::OF_WASM,
            false => &Strategy::OF_NATIVE,
        }
    }

    pub fn series(&self) -> Vec<Series> {
        let strategies = self.strategies().iter();
        let series = strategies
            .flat_map(|&strategy| Outcome::ALL.map(|outcome| Series { strategy, outcome }));
        series.filter(|series| series.exists()).collect()
    }

    /// The completing call that stands for a call of this backend which nobody stops.
    pub fn completing(&self) -> Series {
        self.strategies()[0].complete()
    }

    pub fn axes(&self) -> &'static [Axis] {
        match self.executes_wasm() {
            true => &Axis::ALL,
            false => &[Axis::Depth],
        }
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

/// Every case of one backend: all its series at all `depths`, then on its other axes.
pub fn cases_of(backend: &BackendId, depths: &[u32]) -> Vec<Case> {
    let series = backend.series();
    let on = |&axis: &Axis| -> Vec<Case> {
        let values = match axis {
            Axis::Depth => depths,
            Axis::HostStack => &HOST_FRAMES,
        };
        let places = series
            .iter()
            .flat_map(|&series| values.iter().map(move |&value| (series, value)));
        let case = |(series, value)| Case {
            axis,
            series,
            backend: backend.clone(),
            value,
        };
        places.map(case).collect()
    };
    backend.axes().iter().flat_map(on).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_of_a_backend_has_an_id_that_parses() {
        for (backend, depth, host_stack) in [("wasmer-cranelift", 48, 18), (NATIVE, 48, 0)] {
            let cases = cases_of(&backend.parse().unwrap(), &DEPTHS);
            let on = |axis| cases.iter().filter(|case| case.axis == axis).count();
            assert_eq!((on(Axis::Depth), on(Axis::HostStack)), (depth, host_stack));
            for case in cases {
                assert_eq!(case.to_string().parse(), Ok(case));
            }
        }
    }

    #[test]
    fn the_raising_strategies_share_a_completion_and_the_native_ones_have_their_own() {
        let series = |backend: &str| -> Vec<String> {
            let series = backend.parse::<BackendId>().unwrap().series();
            series.iter().map(ToString::to_string).collect()
        };
        let of_wasm = [
            "raise/exit",
            "raise/complete",
            "raise-prebuilt/exit",
            "raise-traced/exit",
            "sentinel/exit",
            "sentinel/complete",
        ];
        assert_eq!(series("anything"), of_wasm);
        let of_native = [
            "reset/exit",
            "reset/complete",
            "result/exit",
            "result/complete",
            "panic/exit",
            "panic/complete",
        ];
        assert_eq!(series(NATIVE), of_native);
        assert_eq!(Case::floor().to_string(), "depth/reset/exit/native/0");
    }
}
