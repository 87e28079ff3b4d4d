//! Sides held against each other by the time that a call takes: base and others in the same turns.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use super::two_looks::Finding;
use super::{Contest, Executables};
use crate::measure::{
    Observer, Pace, Plan, Progress, RunError, Slowed, Stopped, Timed, Turns, run,
};
use crate::record::Failure;
use crate::roster::{Arm, PATIENCE, Runs};
use crate::verdict::centre::{median, quantile, turn_value};
use trapbench_worker::case::{BackendId, Case};

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

/// Times `cases` on the base and on those of the `others`, with the relinks of look `number`.
pub fn look(
    contest: &Contest,
    label: &'static str,
    number: usize,
    others: &BTreeSet<usize>,
    cases: &[Case],
    stop: &AtomicBool,
) -> Result<(Look, bool), RunError> {
    let backends: BTreeSet<&BackendId> = cases.iter().map(|case| &case.backend).collect();
    // The base is side 0, and other n is side n + 1.
    let of_others = others
        .iter()
        .map(|&other| (other + 1, &contest.others[other]));
    let mut arms = Vec::new();
    let mut sides = Vec::new();
    for (number_of_side, side) in std::iter::once((0, &contest.base)).chain(of_others) {
        for backend in &backends {
            let runs = of_look(&side.executables, number).runs();
            let mut arm = Arm::of_workers(&side.name, backend, runs, contest.module.as_deref());
            arm.slowdown = side.slowdown;
            arms.push(arm);
            sides.push(number_of_side);
        }
    }
    // Where each side is one executable there are as many groups of processes instead.
    let links = arms.iter().filter_map(|arm| match &arm.runs {
        Runs::Links(links) => Some(links.len()),
        Runs::Copies(_) | Runs::Program(_) => None,
    });
    let units = links.max().unwrap_or(shares(GROUPS)[number]);
    let units = units as u32;
    let share = [SCREENING_SHARE, 1.0 - SCREENING_SHARE][number];
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
        seed: contest.seed.wrapping_add(number as u64),
        patience: PATIENCE,
        core: contest.core,
    };
    let progress = Progress::start(label);
    let mut look = Look::new(sides, units, progress);
    let stopped = run(&plan, stop, &mut look);
    look.end();
    Ok((look, stopped? == Stopped::Interrupted || stop.load(Relaxed)))
}

/// The relinks of one look; a single executable stands in both.
fn of_look(executables: &Executables, number: usize) -> Executables {
    let [of_screening, _] = shares(executables.number());
    let [screening, confirmation] = executables.clone().cut(of_screening);
    match number {
        0 => screening,
        _ => confirmation,
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
pub struct Look {
    /// The side of each arm; 0 is the base.
    sides: Vec<usize>,
    /// Units of inference: pairs of relinks, or as many groups of processes.
    units: u32,
    progress: Option<Progress>,
    /// By side and case: by unit, ns a call of each turn.
    turns: HashMap<(usize, Case), BTreeMap<u32, Vec<f64>>>,
    achieved: HashMap<(usize, Case), Vec<f64>>,
    failures: Vec<Failure>,
}

/// Which of a unit's turns speaks for a side: the one that a quarter of them is faster than.
///
/// Interference and mistrained predictors only ever slow, whole slices at a time, and in a cheap
/// case they slow every third one. Of relinks alike, 28 pairs with 30 turns each agreed within
/// (a standard error, of the median of the turns' log-ratios and of the ratio of these quarters)
/// 0.83 and 0.56 % for `raise-prebuilt` sixteen frames deep, 0.31 and 0.21 for a completing call
/// at depth 0, 0.26 and 0.18 for a sentinel's exit there, 0.26 and 0.25 for a raise.
const SHARE: f64 = 0.25;

impl Look {
    fn new(sides: Vec<usize>, units: u32, progress: Progress) -> Look {
        Look {
            sides,
            units,
            progress: Some(progress),
            ..Look::default()
        }
    }

    fn end(&mut self) {
        self.progress = None;
    }
}

impl Finding for Look {
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

    /// The median over processes.
    fn achieved(&self, other: usize, case: &Case) -> Option<f64> {
        median(self.achieved.get(&(other + 1, case.clone()))?)
    }

    fn failures(&self) -> &[Failure] {
        &self.failures
    }
}

impl Observer for Look {
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
            let ns = turn_value(turn.ns_per_call());
            units.entry(unit).or_default().push(ns);
        }
        Ok(())
    }
}
