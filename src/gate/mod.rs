//! Sides held against each other: one base and others, in two looks.
//!
//! A gate holds a build against a base, and a second set of processes of the base, the control,
//! beside it. A qualification holds an executable against itself, or against itself with known
//! work added. Both are a [`Contest`], by time or by instructions, judged by one rule each
//! ([`crate::verdict::gate`], [`crate::verdict::counted`]): what the
//! qualification finds out about the instrument is true of the gate because it is the same one.

mod accepted;
mod counted;
mod introduction;
mod selection;
mod side;
mod soundness;
mod timed;
mod two_looks;

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use crate::count::Missing;
use crate::measure::RunError;
use crate::record::Failure;
use crate::record::ruling::Found;
use crate::verdict;
use crate::verdict::gate::Rule;
use trapbench_worker::case::Case;

pub use accepted::{Accepted, AcceptedError};
pub use introduction::{
    Introduction, NotFit, guest_of, introduce, refuse_the_incomparable, with_guest,
};
pub use selection::default_cases;
pub use side::{Executables, Side};
pub use soundness::{Unsound, sound, spare};

use two_looks::{Rules, two_looks};

/// How often an arm that is built is linked anew. The layouts of two links move a case by 1 to 4 %
/// (a standard deviation; most on LLVM), and with 40 relinks 2 % were found in 30 of 36 cases.
pub const RELINKS: u32 = 100;

/// The smallest change that matters between relinked arms, as a fraction.
pub const RELINKED_MARGIN: f64 = 0.005;

/// The same where an arm is a bare executable.
pub const BARE_MARGIN: f64 = 0.129;

/// What a case may take unless it is told otherwise: a dozen are judged in two minutes.
pub const SECONDS_PER_CASE: f64 = 10.0;

/// The fewest relinks that a side may have where time is compared: of 16, eleven are left for the confirmation, the
/// fewest that can reach the level of a gate of a dozen cases.
pub const FEWEST_RELINKS: u32 = 16;

/// What is held against what.
#[derive(Clone, Debug)]
pub struct Contest {
    pub base: Side,
    pub others: Vec<Side>,
    pub cases: Vec<Case>,
    /// The hash of the fixture that every worker must have.
    pub fixture: String,
    /// The user's own module in place of the fixture.
    pub module: Option<PathBuf>,
    pub rule: Rule,
    /// What a case may take with two others, both looks together. More others take more.
    pub seconds_per_case: f64,
    pub core: Option<usize>,
    pub seed: u64,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// In the order of the contest's cases.
    pub cases: Vec<CaseOutcome>,
    /// Each reason once.
    pub failures: Vec<Failure>,
    pub interrupted: bool,
    /// Of measuring.
    pub seconds: f64,
}

#[derive(Clone, Debug)]
pub struct CaseOutcome {
    pub case: Case,
    /// ns, of the last look the median over turns; or instructions.
    pub base_cost: Option<f64>,
    /// In the order of the contest's others.
    pub others: Vec<OtherOutcome>,
}

#[derive(Clone, Debug)]
pub struct OtherOutcome {
    /// As the base's.
    pub cost: Option<f64>,
    pub found: Found,
    /// What a slowdown that was asked for came to, the median over processes.
    pub achieved: Option<f64>,
}

/// Holds the sides against each other by the time that a call takes.
///
/// # Errors
/// When an executable cannot be copied.
pub fn hold(contest: &Contest, stop: &AtomicBool) -> Result<Outcome, RunError> {
    let look = |label, number, others: &_, cases: &_| {
        timed::look(contest, label, number, others, cases, stop)
    };
    let rules = Rules {
        is_suspect: |look: &_| contest.rule.is_suspect(look),
        judge: |first: &_, second: Option<&_>| contest.rule.judge(first, second),
    };
    two_looks(contest, look, rules)
}

/// The same by its instructions. The contest's seconds, core and seed are of no use to it.
///
/// # Errors
/// When there is no Valgrind.
pub fn hold_by_counts(contest: &Contest, stop: &AtomicBool) -> Result<Outcome, Missing> {
    let look = |label, _, others: &_, cases: &_| counted::look(contest, label, others, cases, stop);
    let margin = contest.rule.margin;
    let rules = Rules {
        is_suspect: |look: &_| verdict::counted::is_suspect(look, margin),
        judge: |first: &_, second: Option<&_>| verdict::counted::judge(first, second, margin),
    };
    two_looks(contest, look, rules)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::judge::Verdict;

    #[test]
    fn the_fewest_relinks_can_still_be_judged_in_a_gate_of_a_dozen() {
        let said = |relinks: u32| {
            let [screening, confirmation] =
                timed::shares(relinks as usize).map(|units| vec![0.1; units]);
            let rule = Rule::new(default_cases().len(), RELINKED_MARGIN);
            rule.is_suspect(&screening)?;
            rule.judge(&screening, Some(&confirmation))
        };
        assert_eq!(said(FEWEST_RELINKS).unwrap().verdict, Verdict::Slower);
        assert!(said(FEWEST_RELINKS - 1).is_err());
    }
}
