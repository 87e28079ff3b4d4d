//! What is measured: one [`Case`] is axis × strategy × outcome × backend × value, and its
//! id is a path, `depth/raise/exit/wasmer-cranelift/16`.
//!
//! This folder owns the vocabulary: the axes and the strategies are rows in files of their own.
//! Which of it a backend has is in its [`Offer`](crate::offer::Offer).

mod axis;
mod id;
mod place;
mod strategy;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use strum::VariantArray;

pub use axis::{
    Apart, Axis, AxisRow, Calls, Cores, DEPTHS, Iterations, OTHER_AXES_DEPTH, OwnProcess,
    SharedTurn, Values,
};
pub use id::BadId;
pub use place::{Place, Value};
pub use strategy::{Family, Strategy, StrategyRow};

/// The backend whose guest is native code with no runtime around it. Its cheapest call is the
/// [floor](Case::floor).
pub const NATIVE: &str = "native";

/// Whether the host asks to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, VariantArray)]
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
    /// The position on the axis.
    pub value: Value,
}

/// Which worker process of its backend a case is timed in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProcessKind {
    /// Nothing where it is the one that most cases share.
    of: Option<(Axis, Value)>,
    pub cores: Cores,
}

impl Outcome {
    pub const ALL: &'static [Outcome] = Outcome::VARIANTS;

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
            value: 0.into(),
        }
    }

    /// Where it lies on all axes.
    pub fn place(&self) -> Place {
        self.axis.row().place(&self.value)
    }

    /// Guest frames above the first.
    pub fn depth(&self) -> u32 {
        self.place().depth
    }

    /// Which process of its backend's it is timed in.
    pub fn process(&self) -> ProcessKind {
        let row = self.axis.row();
        ProcessKind {
            of: match row.process {
                OwnProcess::No => None,
                OwnProcess::PerValue => Some((self.axis, self.value.clone())),
            },
            cores: row.cores,
        }
    }

    /// The case by which it is found out how many iterations make a slice of this one.
    pub fn calibrated_by(&self) -> Case {
        let row = self.axis.row();
        let lowest = row.values.usual().into_iter().next();
        Case {
            value: match (row.iterations, lowest) {
                (Iterations::OfTheLowest, Some(lowest)) => lowest,
                (Iterations::OfTheLowest, None) | (Iterations::OfEach, _) => self.value.clone(),
            },
            ..self.clone()
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
    fn the_floor_is_a_reset_of_native_frames() {
        assert_eq!(Case::floor().to_string(), "depth/reset/exit/native/0");
    }
}
