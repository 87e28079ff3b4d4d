//! Sides held against each other: one base and others, in the same turns, in two looks.
//!
//! A gate holds a build against a base, and a second set of processes of the base, the control,
//! beside it. A qualification holds an executable against itself, or against itself with known
//! work added. Both are a [`Contest`], judged by one rule ([`crate::verdict::gate`]): what the
//! qualification finds out about the instrument is true of the gate because it is the same one.

mod accepted;
mod counted;
mod introduction;
mod look;
mod selection;
mod soundness;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use crate::case::{BackendId, Case};
use crate::measure::{Arm, PATIENCE, Pace, Plan, Progress, RunError, Stopped, Turns, run};
use crate::record::Failure;
use crate::record::ruling::Found;
use crate::verdict::Unusable;
use crate::verdict::gate::Rule;
use crate::verdict::judge::Judgement;

pub use accepted::{Accepted, AcceptedError};
pub use counted::hold_by_counts;
pub use introduction::{Introduction, NotFit, introduce, refuse_the_incomparable};
pub use selection::default_cases;
pub use soundness::{Unsound, sound, spare};

use look::Look;

/// Half a millisecond: three of them say more than one of 1.5 ms. Calls fall into one of several
/// speeds at the start of a slice and keep it to its end (`raise-prebuilt` more than others), so
/// it is slices that must be many. Pairs of like processes agreed twice as closely.
const SLICE: Duration = Duration::from_micros(500);

/// Of the seconds that a case may take with three sides, what the screening takes.
const SCREENING_SHARE: f64 = 0.3;

/// Of the relinks, those that the screening runs; the confirmation runs the others, so that it
/// knows nothing of the first look's luck.
const SCREENING_RELINKS: f64 = 0.3;

/// How often an arm that is built is linked anew. The layouts of two links move a case by 1 to 4 %
/// (a standard deviation; most on LLVM), and with 40 relinks 2 % were found in 30 of 36 cases.
pub const RELINKS: u32 = 100;

/// The smallest change that matters between relinked arms, as a fraction.
pub const RELINKED_MARGIN: f64 = 0.005;

/// The same where an arm is a bare executable.
pub const BARE_MARGIN: f64 = 0.129;

/// What a case may take unless it is told otherwise: a dozen are judged in two minutes.
pub const SECONDS_PER_CASE: f64 = 10.0;

/// Where each side is one executable its processes are units in so many groups: few processes
/// say little of the share of slow turns, and a copy of an executable is slow to start.
const GROUPS: usize = 40;

/// One side of a contest: a build, as the executables that stand for it.
#[derive(Clone, Debug)]
pub struct Side {
    pub name: String,
    /// One, or relinks, of which each belongs to one side alone: at least [`FEWEST_RELINKS`] where
    /// time is compared.
    pub executables: Vec<PathBuf>,
    /// By which share its workers slow every case down.
    pub slowdown: Option<f64>,
}

impl Side {
    /// One executable, whose layout is a bias that no sampling removes.
    pub fn is_bare(&self) -> bool {
        self.executables.len() == 1
    }
}

/// The fewest relinks that a side may have: of 16, eleven are left for the confirmation, the
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

/// Screens every case, confirms the suspects, and judges.
///
/// # Errors
/// When an executable cannot be copied.
pub fn hold(contest: &Contest, stop: &AtomicBool) -> Result<Outcome, RunError> {
    let began = Instant::now();
    let everyone: BTreeSet<usize> = (0..contest.others.len()).collect();
    let (screening, interrupted) = contest.look("screening", 0, &everyone, &contest.cases, stop)?;
    let mut failures = screening.failures();
    let mut suspects: BTreeMap<usize, BTreeSet<Case>> = BTreeMap::new();
    for (other, case) in contest.pairs() {
        let suspect = contest.rule.is_suspect(&screening.log_ratios(other, case));
        if suspect == Ok(true) {
            suspects.entry(other).or_default().insert(case.clone());
        }
    }
    let others: BTreeSet<usize> = suspects.keys().copied().collect();
    let all_suspects: BTreeSet<&Case> = suspects.values().flatten().collect();
    let cases: Vec<Case> = all_suspects.into_iter().cloned().collect();
    let mut confirmation = Look::default();
    let mut cut_short = interrupted;
    if !cases.is_empty() && !interrupted {
        let (look, interrupted) = contest.look("confirming", 1, &others, &cases, stop)?;
        cut_short = interrupted;
        failures.extend(look.failures());
        confirmation = look;
    }
    let judged = |(at, case): (usize, &Case)| -> OtherOutcome {
        let is_suspect = suspects.get(&at).is_some_and(|cases| cases.contains(case));
        // A look that was cut short confirms nothing.
        let look = (is_suspect && !cut_short).then(|| confirmation.log_ratios(at, case));
        let screened = screening.log_ratios(at, case);
        let judgement = contest.rule.judge(&screened, look.as_deref());
        let last = if look.is_some() {
            &confirmation
        } else {
            &screening
        };
        OtherOutcome {
            cost: last.ns(at + 1, case),
            found: found(judgement, screened, look),
            achieved: last.achieved(at, case),
        }
    };
    let outcome = |case: &Case| {
        let others: Vec<OtherOutcome> = (0..contest.others.len())
            .map(|at| judged((at, case)))
            .collect();
        CaseOutcome {
            case: case.clone(),
            base_cost: confirmation.ns(0, case).or_else(|| screening.ns(0, case)),
            others,
        }
    };
    Ok(Outcome {
        cases: contest.cases.iter().map(outcome).collect(),
        failures: each_once(failures),
        interrupted: cut_short,
        seconds: began.elapsed().as_secs_f64(),
    })
}

fn found(
    judgement: Result<Judgement, Unusable>,
    screening: Vec<f64>,
    confirmation: Option<Vec<f64>>,
) -> Found {
    let (judgement, not_judged) = match judgement {
        Ok(judgement) => (Some(judgement), None),
        Err(why) => (None, Some(why.to_string())),
    };
    Found {
        judgement,
        not_judged,
        screening,
        confirmation,
    }
}

/// The same trouble in every process is told once.
fn each_once(failures: Vec<Failure>) -> Vec<Failure> {
    let mut seen = BTreeSet::new();
    let is_new = |failure: &Failure| seen.insert((failure.subject.clone(), failure.reason.clone()));
    failures.into_iter().filter(is_new).collect()
}

impl Contest {
    fn pairs(&self) -> impl Iterator<Item = (usize, &Case)> {
        (0..self.others.len()).flat_map(|other| self.cases.iter().map(move |case| (other, case)))
    }

    /// Times `cases` on the base and on those of the `others`, with the relinks of look `number`.
    fn look(
        &self,
        label: &'static str,
        number: usize,
        others: &BTreeSet<usize>,
        cases: &[Case],
        stop: &AtomicBool,
    ) -> Result<(Look, bool), RunError> {
        let backends: BTreeSet<&BackendId> = cases.iter().map(|case| &case.backend).collect();
        // The base is side 0, and other n is side n + 1.
        let of_others = others.iter().map(|&other| (other + 1, &self.others[other]));
        let mut arms = Vec::new();
        let mut sides = Vec::new();
        for (number_of_side, side) in std::iter::once((0, &self.base)).chain(of_others) {
            for backend in &backends {
                let executables = for_look(&side.executables, number);
                let mut arm =
                    Arm::of_workers(&side.name, backend, executables, self.module.as_deref());
                arm.slowdown = side.slowdown;
                arms.push(arm);
                sides.push(number_of_side);
            }
        }
        // Where each side is one executable there are as many groups of processes instead.
        let relinked = arms.iter().map(|arm| arm.executables.len()).max();
        let units = match relinked {
            Some(links) if links > 1 => links,
            _ => shares(GROUPS)[number],
        };
        let units = units as u32;
        let share = [SCREENING_SHARE, 1.0 - SCREENING_SHARE][number];
        let seconds = self.seconds_per_case * share * cases.len() as f64;
        let seconds = seconds * (others.len() + 1) as f64 / 3.0;
        let plan = Plan {
            arms,
            fixture: self.fixture.clone(),
            cases: cases.to_vec(),
            turns: Turns::OfACase,
            pace: Pace::Brisk { least: units },
            budget: Duration::from_secs_f64(seconds),
            slice: SLICE,
            seed: self.seed.wrapping_add(number as u64),
            patience: PATIENCE,
            core: self.core,
        };
        let progress = Progress::start(label);
        let mut look = Look::new(sides, units, progress);
        let stopped = run(&plan, stop, &mut look);
        look.end();
        Ok((look, stopped? == Stopped::Interrupted || stop.load(Relaxed)))
    }
}

/// The relinks of one look; a single executable stands in both.
fn for_look(executables: &[PathBuf], number: usize) -> Vec<PathBuf> {
    if executables.len() == 1 {
        return executables.to_vec();
    }
    let [of_screening, _] = shares(executables.len());
    let (screening, confirmation) = executables.split_at(of_screening);
    [screening, confirmation][number].to_vec()
}

/// How many of so many relinks each look has.
fn shares(relinks: usize) -> [usize; 2] {
    let screening = (relinks as f64 * SCREENING_RELINKS).round() as usize;
    [screening, relinks - screening]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::judge::Verdict;

    #[test]
    fn the_fewest_relinks_can_still_be_judged_in_a_gate_of_a_dozen() {
        let said = |relinks: u32| {
            let [screening, confirmation] = shares(relinks as usize).map(|units| vec![0.1; units]);
            let rule = Rule::new(default_cases().len(), RELINKED_MARGIN);
            rule.is_suspect(&screening)?;
            rule.judge(&screening, Some(&confirmation))
        };
        assert_eq!(said(FEWEST_RELINKS).unwrap().verdict, Verdict::Slower);
        assert!(said(FEWEST_RELINKS - 1).is_err());
    }
}
