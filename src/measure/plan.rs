//! What a run is to do, and what a turn of it gives.

use std::time::Duration;

use crate::record::Turn;
use crate::roster::Arm;
use trapbench_worker::case::Case;

/// What to measure, and for how long.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Each times the cases of its backend.
    pub arms: Vec<Arm>,
    /// The hash of the fixture that every worker must have.
    pub fixture: String,
    pub cases: Vec<Case>,
    pub turns: Turns,
    pub pace: Pace,
    pub budget: Duration,
    /// How long a slice should take.
    pub slice: Duration,
    pub seed: u64,
    /// How long a worker may take over an answer.
    pub patience: Duration,
    /// Where the workers run; nothing lets them float.
    pub core: Option<usize>,
}

/// How a budget is shared out among process sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// Evenly among so many; fewer when the budget does not reach.
    Sets(u32),
    /// Among as many as there is time for, and at least so many: a set is timed for about as
    /// long as it took to get ready, and the next one begins. What differs between processes
    /// then averages out: of two arms alike, 100 pairs of processes with 3 short turns of a case
    /// each agreed twice as closely as the same seconds spent on 16 pairs.
    Brisk { least: u32 },
}

/// What is taken together in one turn: what will be subtracted from or divided by each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turns {
    /// The series of one backend at one value of an axis, or at all where the axis says so, and the
    /// floor.
    OfABackend,
    /// The series of all backends at one place on an axis: those of two backends that are
    /// compared.
    OfAPlace,
    /// One case, in all its arms.
    OfACase,
}

/// A turn, and the number of the arm that took it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timed {
    pub arm: usize,
    pub turn: Turn,
}
