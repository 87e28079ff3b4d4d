use std::path::PathBuf;

use super::side::Side;
use crate::verdict::gate::Rule;
use trapbench_worker::case::Case;

/// What is held against what.
#[derive(Clone, Debug)]
pub struct Contest {
    pub base: Side,
    pub others: Vec<Side>,
    pub cases: Vec<Case>,
    /// The hash of the fixture that every worker must have.
    pub fixture: String,
    /// A module in place of the fixture that the sides have in them.
    pub module: Option<PathBuf>,
    pub rule: Rule,
    /// What a case may take with two others, both looks together. More others take more.
    pub seconds_per_case: f64,
    pub core: Option<usize>,
    pub seed: u64,
}

/// What a case may take unless it is told otherwise: a dozen are judged in two minutes.
pub const SECONDS_PER_CASE: f64 = 10.0;
