//! From timed turns to an answer: estimators and decisions, pure functions over numbers.
//!
//! Nothing here reads a clock, a file or a runtime; the same numbers always give the same
//! answer. The way up is always the same three steps:
//!
//! 1. **slices → one number per turn → one number per process** ([`centre`]). The turns of a
//!    process share its code placement, so they tell how that process ran and nothing about the
//!    next one.
//! 2. **processes → an interval** ([`interval`]). The process is the unit of inference: its
//!    value is one independent draw, placement noise included, and K of them give a Student
//!    interval with K − 1 degrees of freedom.
//! 3. **intervals → an answer in words**, or the words *not resolved*:
//!    - [`fit`]: what one more guest frame costs, and how far that is from being one number;
//!    - [`break_even`]: above which depth raising wins;
//!    - [`exit_rate`]: at which share of early exits which strategy wins;
//!    - [`judge`], and [`apart`] for arms that were not timed together: is one arm `slower`, `faster`, the `same`, or are we `unsure`;
//!      [`gate`] and [`counted`] say when a gate may speak.
//!
//! Pairs stay paired throughout: what is compared was timed in the same turns, hence a
//! difference or a log-ratio is taken *per turn*, before any centre, and the drift that both
//! sides shared is gone before it can be averaged.
//!
//! Whether the intervals keep their promise is itself tested: [`simulate`] draws runs of a
//! noisy machine whose true costs are known, [`coverage`] counts how often each kind of
//! interval contains the truth, and `examples/coverage.rs` prints the table. Both are part of
//! the library rather than of its tests so that the example, the tests and a power estimate
//! share one noise model; they cost a binary nothing that does not call them.

pub mod apart;
pub mod break_even;
pub mod centre;
pub mod counted;
pub mod coverage;
mod crossing;
pub mod exit_rate;
mod fieller;
pub mod fit;
pub mod gate;
pub mod interval;
pub mod judge;
pub mod signed_rank;
pub mod simulate;
mod student;
mod surroundings;

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The confidence level of every interval that is shown: 95 %.
pub const LEVEL: f64 = 0.95;

/// A closed range of values, `low <= high`, both finite.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    pub low: f64,
    pub high: f64,
}

/// A value with the interval that contains the truth at the level asked for.
///
/// The interval always contains the value; it need not be symmetric around it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    pub value: f64,
    #[serde(flatten)]
    pub interval: Interval,
}

/// The strategy that costs less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Winner {
    Raise,
    Sentinel,
}

/// Why numbers cannot be turned into an estimate. It is about the data, not about the effect:
/// an effect lost in noise is an answer, and each question has its own word for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Unusable {
    #[error("{found} processes; an interval over processes needs at least 2")]
    TooFewProcesses { found: usize },
    #[error("process {process} has {found} values where {expected} were expected")]
    Ragged {
        process: usize,
        found: usize,
        expected: usize,
    },
    #[error("{left} process values on one side and {right} on the other; they must be pairs")]
    Unpaired { left: usize, right: usize },
    #[error("{found} counts where the median of {needed} is wanted")]
    TooFewCounts { found: usize, needed: usize },
    #[error("process {process} has a value that is not a finite number")]
    NotFinite { process: usize },
    #[error("process {process} has a cost that is not above 0 ns")]
    NotPositive { process: usize },
    #[error("{found} different depths; this needs at least 2")]
    TooFewDepths { found: usize },
    #[error("the depths are not in strictly ascending order")]
    DepthsNotAscending,
    #[error("the denominator is not resolved from 0: its ratio has no bounded interval")]
    DenominatorNotResolved,
    #[error("a confidence level is between 0 and 1, as 0.95 is")]
    BadLevel,
    #[error("a margin is a fraction, 0 or more, as 0.02 is")]
    BadMargin,
    #[error("{values} values are too few for an interval at the level asked for")]
    LevelOutOfReach { values: usize },
    #[error("the arithmetic left the range of a double")]
    OutOfRange,
}

impl Interval {
    pub fn contains(self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }

    pub fn half_width(self) -> f64 {
        (self.high - self.low) / 2.0
    }
}

impl Estimate {
    /// The value is *resolved*: its interval tells its sign.
    pub fn excludes_zero(self) -> bool {
        self.is_above_zero() || self.is_below_zero()
    }

    pub fn is_above_zero(self) -> bool {
        self.interval.low > 0.0
    }

    pub fn is_below_zero(self) -> bool {
        self.interval.high < 0.0
    }

    pub fn half_width(self) -> f64 {
        self.interval.half_width()
    }

    /// The estimate of `f` of this quantity, for an increasing `f`: an interval's ends go with
    /// it, so the level holds exactly.
    pub fn map_increasing(self, f: impl Fn(f64) -> f64) -> Estimate {
        Estimate {
            value: f(self.value),
            interval: Interval {
                low: f(self.interval.low),
                high: f(self.interval.high),
            },
        }
    }

    /// Finite inputs can still overflow on the way; no such value leaves this folder.
    fn if_finite(self) -> Result<Estimate, Unusable> {
        let Interval { low, high } = self.interval;
        if self.value.is_finite() && low.is_finite() && high.is_finite() {
            Ok(self)
        } else {
            Err(Unusable::OutOfRange)
        }
    }
}

impl fmt::Display for Winner {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Winner::Raise => "raise",
            Winner::Sentinel => "sentinel",
        })
    }
}

/// A table of process values, checked once: every row as long as `columns`, every value
/// finite, and at least two rows.
fn check_processes(processes: &[Vec<f64>], columns: usize) -> Result<(), Unusable> {
    for (process, row) in processes.iter().enumerate() {
        if row.len() != columns {
            return Err(Unusable::Ragged {
                process,
                found: row.len(),
                expected: columns,
            });
        }
        if row.iter().any(|value| !value.is_finite()) {
            return Err(Unusable::NotFinite { process });
        }
    }
    if processes.len() < 2 {
        return Err(Unusable::TooFewProcesses {
            found: processes.len(),
        });
    }
    Ok(())
}

/// Two quantities of the same processes, checked once.
fn check_pairs(left: &[f64], right: &[f64]) -> Result<(), Unusable> {
    if left.len() != right.len() {
        return Err(Unusable::Unpaired {
            left: left.len(),
            right: right.len(),
        });
    }
    check_values(left)?;
    check_values(right)
}

/// One value per process, finite, from at least two processes.
fn check_values(processes: &[f64]) -> Result<(), Unusable> {
    if let Some(process) = processes.iter().position(|value| !value.is_finite()) {
        return Err(Unusable::NotFinite { process });
    }
    if processes.len() < 2 {
        return Err(Unusable::TooFewProcesses {
            found: processes.len(),
        });
    }
    Ok(())
}

/// What every process measured in one column of a checked table.
fn column(processes: &[Vec<f64>], index: usize) -> Vec<f64> {
    processes.iter().map(|row| row[index]).collect()
}

/// Depths name positions on a line, so each occurs once and they go up.
fn check_depths(depths: &[u32]) -> Result<(), Unusable> {
    if depths.windows(2).any(|pair| pair[0] >= pair[1]) {
        return Err(Unusable::DepthsNotAscending);
    }
    if depths.len() < 2 {
        return Err(Unusable::TooFewDepths {
            found: depths.len(),
        });
    }
    Ok(())
}
