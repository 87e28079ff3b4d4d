//! The time that a call takes: base and others in the same turns.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use super::{Contest, Executables, Look, Margin, Meter, Refused, Wanted, Which};
use crate::measure::{Observer, Pace, Plan, Progress, Slowed, Timed, Turns, run};
use crate::record::{Failure, RunEnding};
use crate::roster::{Arm, PATIENCE, Runs};
use crate::verdict::Unusable;
use crate::verdict::centre::{median, quantile};
use crate::verdict::gate::Rule;
use crate::verdict::judge::Judgement;
use trapbench_worker::case::{BackendId, Case};

/// How often an arm that is built is linked anew. The layouts of two links move a case by 1 to 4 %
/// (a standard deviation; most on LLVM), and with 40 relinks 2 % were found in 30 of 36 cases.
pub const RELINKS: u32 = 100;

/// The fewest relinks that a side may have: of 16, eleven are left for the confirmation, the
/// fewest that can reach the level of a gate of a dozen cases.
pub const FEWEST_RELINKS: u32 = 16;

/// The smallest change that matters between relinked arms, as a fraction.
pub const RELINKED_MARGIN: f64 = 0.005;

/// The same where an arm is a bare executable.
pub const BARE_MARGIN: f64 = 0.129;

/// Half a millisecond: three of them say more than one of 1.5 ms. Calls fall into one of several
/// speeds at the start of a slice and keep it to its end (`raise-prebuilt` more than others), so
/// it is slices that must be many. Pairs of like processes agreed twice as closely.
const SLICE: Duration = Duration::from_micros(500);

/// Of the seconds that a case may take with three sides, what the screening takes.
const SCREENING_SHARE: f64 = 0.3;

/// Of the relinks, those that the screening runs; the confirmation runs the others, so that it
/// knows nothing of the first look's luck.
const SCREENING_RELINKS: f64 = 0.3;

/// Where each side is one executable its processes are units in so many groups: few processes
/// say little of the share of slow turns, and a copy of an executable is slow to start.
const GROUPS: usize = 40;

/// The meter of it.
pub struct Time;

impl Meter for Time {
    fn ready(&self) -> anyhow::Result<()> {
        Ok(())
    }

    fn refused(&self) -> Option<Refused> {
        None
    }

    fn relinks(&self) -> u32 {
        RELINKS
    }

    fn is_disturbed(&self) -> bool {
        true
    }

    /// What neutral rebuilds have shown: on this machine where it has been qualified, else where
    /// the suite was.
    fn margin(&self, is_bare: bool, qualified: &dyn Fn() -> [Option<f64>; 2]) -> Margin {
        let kind = usize::from(is_bare);
        let here = qualified()[kind];
        let of = ["relinked arms", "bare executables"][kind];
        Margin {
            fraction: here.unwrap_or([RELINKED_MARGIN, BARE_MARGIN][kind]),
            source: match here {
                Some(_) => format!("what neutral rebuilds of {of} came to on this machine"),
                None => format!(
                    "what neutral rebuilds of {of} came to where trapbench was qualified; \
                     `trapbench qualify` finds out here"
                ),
            },
        }
    }

    fn look(
        &self,
        contest: &Contest,
        wanted: &Wanted,
        stop: &AtomicBool,
    ) -> anyhow::Result<Box<dyn Look>> {
        let (plan, sides, units) = plan(contest, wanted);
        let progress = Progress::start(wanted.which.doing());
        let mut taken = TakenTurns::new(sides, units, progress);
        let ending = run(&plan, stop, &mut taken)?;
        taken.progress = None;
        taken.interrupted = ending == RunEnding::Interrupted || stop.load(Relaxed);
        Ok(Box::new(taken))
    }

    fn is_suspect(&self, rule: &Rule, screening: &[f64]) -> Result<bool, Unusable> {
        rule.is_suspect(screening)
    }

    fn judge(
        &self,
        rule: &Rule,
        screening: &[f64],
        confirmation: Option<&[f64]>,
    ) -> Result<Judgement, Unusable> {
        rule.judge(screening, confirmation)
    }
}

/// How a look is run; the side of each of its arms, and how many units of inference it has.
fn plan(contest: &Contest, wanted: &Wanted) -> (Plan, Vec<usize>, u32) {
    let Wanted {
        which,
        others,
        cases,
    } = *wanted;
    let backends: BTreeSet<&BackendId> = cases.iter().map(|case| &case.backend).collect();
    let mut arms = Vec::new();
    let mut sides = Vec::new();
    for (number, side) in contest.sides(others) {
        for backend in &backends {
            let runs = of_look(&side.executables, which).runs();
            let mut arm = Arm::of_workers(&side.name, backend, runs, contest.module.as_deref());
            arm.slowdown = side.slowdown;
            arms.push(arm);
            sides.push(number);
        }
    }
    // Where each side is one executable there are as many groups of processes instead.
    let links = arms.iter().filter_map(|arm| match &arm.runs {
        Runs::Links(links) => Some(links.len()),
        Runs::Copies(_) | Runs::Program(_) => None,
    });
    let [of_screening, of_confirmation] = shares(GROUPS);
    let (groups, share, salt) = match which {
        Which::Screening => (of_screening, SCREENING_SHARE, 0),
        Which::Confirmation => (of_confirmation, 1.0 - SCREENING_SHARE, 1),
    };
    let units = links.max().unwrap_or(groups) as u32;
    let seconds = contest.seconds_per_case * share * cases.len() as f64;
    let seconds = seconds * (others.len() + 1) as f64 / 3.0;
    let plan = Plan {
        arms,
        fixture: contest.fixture.clone(),
        cases: cases.to_vec(),
        turns: Turns::OfACase,
        pace: Pace::Brisk { least: units },
        budget: Duration::from_secs_f64(seconds),
        slice: SLICE,
        seed: contest.seed.wrapping_add(salt),
        patience: PATIENCE,
        core: contest.core,
    };
    (plan, sides, units)
}

/// The relinks of one look; a single executable stands in both.
fn of_look(executables: &Executables, which: Which) -> Executables {
    let [of_screening, _] = shares(executables.number());
    let [screening, confirmation] = executables.clone().cut(of_screening);
    match which {
        Which::Screening => screening,
        Which::Confirmation => confirmation,
    }
}

/// How many of so many relinks each look has.
pub fn shares(relinks: usize) -> [usize; 2] {
    let screening = (relinks as f64 * SCREENING_RELINKS).round() as usize;
    [screening, relinks - screening]
}

/// One look's turns, as they come, turned into what is judged: a log-ratio for each unit of
/// inference.
#[derive(Default)]
struct TakenTurns {
    /// The side of each arm; 0 is the base.
    sides: Vec<usize>,
    /// Units of inference: pairs of relinks, or as many groups of processes.
    units: u32,
    progress: Option<Progress>,
    /// By side and case: by unit, ns a call of each turn.
    turns: HashMap<(usize, Case), BTreeMap<u32, Vec<f64>>>,
    achieved: HashMap<(usize, Case), Vec<f64>>,
    failures: Vec<Failure>,
    interrupted: bool,
}

/// Which of a unit's turns speaks for a side: the one that a quarter of them is faster than.
///
/// Interference and mistrained predictors only ever slow, whole slices at a time, and in a cheap
/// case they slow every third one. Of relinks alike, 28 pairs with 30 turns each agreed within
/// (a standard error, of the median of the turns' log-ratios and of the ratio of these quarters)
/// 0.83 and 0.56 % for `raise-prebuilt` sixteen frames deep, 0.31 and 0.21 for a completing call
/// at depth 0, 0.26 and 0.18 for a sentinel's exit there, 0.26 and 0.25 for a raise.
const SHARE: f64 = 0.25;

impl TakenTurns {
    fn new(sides: Vec<usize>, units: u32, progress: Progress) -> TakenTurns {
        TakenTurns {
            sides,
            units,
            progress: Some(progress),
            ..TakenTurns::default()
        }
    }
}

impl Look for TakenTurns {
    /// To the sixth digit, so that what is judged is what is kept. Both sides took their turns
    /// together: what the machine did to one it did to the other.
    fn log_ratios(&self, other: usize, case: &Case) -> Vec<f64> {
        let of = |side: usize| self.turns.get(&(side, case.clone()));
        let (Some(base), Some(other)) = (of(0), of(other + 1)) else {
            return Vec::new();
        };
        let ratio = |(unit, turns): (&u32, &Vec<f64>)| {
            let base = quantile(base.get(unit)?, SHARE)?;
            let log = (quantile(turns, SHARE)? / base).ln();
            Some((log * 1e6).round() / 1e6)
        };
        other.iter().filter_map(ratio).collect()
    }

    /// ns, the median over all turns.
    fn cost(&self, side: usize, case: &Case) -> Option<f64> {
        let units = self.turns.get(&(side, case.clone()))?;
        median(&Vec::from_iter(units.values().flatten().copied()))
    }

    fn achieved(&self, other: usize, case: &Case) -> Option<f64> {
        median(self.achieved.get(&(other + 1, case.clone()))?)
    }

    fn failures(&self) -> &[Failure] {
        &self.failures
    }

    fn is_interrupted(&self) -> bool {
        self.interrupted
    }
}

impl Observer for TakenTurns {
    fn progress(&mut self, share: f64) {
        if let Some(progress) = &self.progress {
            progress.at(share);
        }
    }

    fn slowed(&mut self, slowdowns: &[Slowed]) {
        for slowed in slowdowns {
            let key = (self.sides[slowed.arm], slowed.case.clone());
            self.achieved.entry(key).or_default().push(slowed.achieved);
        }
    }

    fn round(
        &mut self,
        process: u32,
        _: u32,
        turns: &[Timed],
        failures: &[Failure],
    ) -> anyhow::Result<()> {
        self.failures.extend_from_slice(failures);
        let unit = process % self.units;
        for Timed { arm, turn } in turns {
            let key = (self.sides[*arm], turn.case.clone());
            let units = self.turns.entry(key).or_default();
            let ns = turn.cost();
            units.entry(unit).or_default().push(ns);
        }
        Ok(())
    }
}
