//! What is compared of a call, and how it is taken: time, instructions. Each is a [`Meter`] in a
//! file of its own; what rulings and pages call it is its row in [`crate::record::metric`]. One
//! more is one more of each, and nobody else asks which metric is compared.
//!
//! A meter takes one look at sides; who decides how many looks there are, and at what, is the gate.
//! Time is taken by the scheduler, so this room lies above [`crate::measure`].

mod contest;
pub mod instructions;
mod side;
pub mod time;

use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;

use crate::record::Failure;
use crate::record::metric::Metric;
use crate::verdict::Unusable;
use crate::verdict::gate::Rule;
use crate::verdict::judge::Judgement;
use trapbench_worker::case::Case;

pub use contest::{Contest, SECONDS_PER_CASE};
pub use side::{Executables, Side};

/// How `metric` is taken.
pub fn meter(metric: Metric) -> &'static dyn Meter {
    match metric {
        Metric::Time => &time::Time,
        Metric::Instructions => &instructions::Instructions,
    }
}

/// A way to hold sides against each other by what a call takes.
pub trait Meter {
    /// Whether this machine has what it needs. It is asked before anything is built, which takes
    /// minutes.
    ///
    /// # Errors
    /// When something is missing; the error says how to get it.
    fn ready(&self) -> anyhow::Result<()>;

    /// Options of a gate that mean nothing to it, where there are any.
    fn refused(&self) -> Option<Refused>;

    /// How often a side is linked anew unless it is told otherwise; 0 for one ordinary link, with
    /// its symbols.
    fn relinks(&self) -> u32;

    /// Whether what else the machine does can be seen in it: then workers share one core, and what
    /// disturbed the machine is remarked.
    fn is_disturbed(&self) -> bool;

    /// The smallest change that matters. `qualified` tells what neutral rebuilds have come to on
    /// this machine: relinked ones, and bare executables.
    fn margin(&self, is_bare: bool, qualified: &dyn Fn() -> [Option<f64>; 2]) -> Margin;

    /// Takes it of `cases` on the base and on those of the others that are named.
    ///
    /// # Errors
    /// When the machine does not allow it. What fails for a case is in the look.
    fn look(
        &self,
        contest: &Contest,
        wanted: &Wanted,
        stop: &AtomicBool,
    ) -> anyhow::Result<Box<dyn Look>>;

    /// Whether a case is to be looked at again. `screening` is what [`Look::log_ratios`] gave.
    ///
    /// # Errors
    /// [`Unusable`], when there is too little to go by.
    fn is_suspect(&self, rule: &Rule, screening: &[f64]) -> Result<bool, Unusable>;

    /// What is said of a case that was looked at and, where it was suspect, looked at again.
    ///
    /// # Errors
    /// As [`Meter::is_suspect`].
    fn judge(
        &self,
        rule: &Rule,
        screening: &[f64],
        confirmation: Option<&[f64]>,
    ) -> Result<Judgement, Unusable>;
}

/// Options that are refused, and why.
#[derive(Clone, Copy, Debug)]
pub struct Refused {
    pub options: &'static [&'static str],
    pub why: &'static str,
}

/// The smallest change that matters, and who says so.
#[derive(Clone, Debug, PartialEq)]
pub struct Margin {
    pub fraction: f64,
    /// In words.
    pub source: String,
}

/// One look that is to be taken.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    pub which: Which,
    /// Of a contest's others, those that are looked at.
    pub others: &'a BTreeSet<usize>,
    pub cases: &'a [Case],
}

/// The two looks of a gate. The second knows nothing of the first one's luck.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    Screening,
    Confirmation,
}

impl Which {
    /// What is being done, for a bar of progress.
    fn doing(self) -> &'static str {
        match self {
            Which::Screening => "screening",
            Which::Confirmation => "confirming",
        }
    }
}

/// What one look found. Side 0 is the base, and other `n` is side `n + 1`.
pub trait Look {
    /// ln(other / base), a value for each unit of inference.
    fn log_ratios(&self, other: usize, case: &Case) -> Vec<f64>;

    /// What a call takes on a side, in the metric's unit.
    fn cost(&self, side: usize, case: &Case) -> Option<f64>;

    /// What a slowdown that was asked for came to, the median over processes.
    fn achieved(&self, other: usize, case: &Case) -> Option<f64>;

    fn failures(&self) -> &[Failure];

    /// Whether it was cut short.
    fn is_interrupted(&self) -> bool;
}

impl Contest {
    /// The sides of a look, each with its number: the base, and those of the others that are
    /// wanted.
    fn sides<'a>(&'a self, others: &'a BTreeSet<usize>) -> impl Iterator<Item = (usize, &'a Side)> {
        let of_others = others.iter().map(|&other| (other + 1, &self.others[other]));
        std::iter::once((0, &self.base)).chain(of_others)
    }
}
