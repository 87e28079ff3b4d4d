//! Sides held against each other by the instructions that a call takes, counted in processes of
//! their own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicBool;

use super::two_looks::Finding;
use super::{Contest, Side};
use crate::count::{Count, Counter, Counts, Detail, Missing, count};
use crate::measure::Progress;
use crate::record::Failure;
use crate::roster::{Arm, Trouble};
use crate::verdict::centre::median;
use crate::verdict::counted::PROCESSES;
use trapbench_worker::case::Case;

/// One look: by side, 0 the base, and by case, what each process counted, but for what a layout
/// decides.
#[derive(Default)]
pub struct Look {
    instructions: BTreeMap<(usize, Case), Vec<f64>>,
    /// What the slowdowns that were asked for came to.
    achieved: BTreeMap<(usize, Case), Vec<f64>>,
    failures: Vec<Failure>,
}

/// Counts `cases` on the base and on those of the `others`: a process of each, and all of them
/// again.
///
/// # Errors
/// When there is no Valgrind.
pub fn look(
    contest: &Contest,
    label: &'static str,
    others: &BTreeSet<usize>,
    cases: &[Case],
    stop: &AtomicBool,
) -> Result<(Look, bool), Missing> {
    // The base is side 0, and other n is side n + 1.
    let of_others = others
        .iter()
        .map(|&other| (other + 1, &contest.others[other]));
    let sides = Vec::from_iter(std::iter::once((0, &contest.base)).chain(of_others));
    let progress = Progress::start(label);
    let mut look = Look::default();
    for process in 0..PROCESSES {
        for (turn, &(number, side)) in sides.iter().enumerate() {
            let done = (process * sides.len() + turn) as f64;
            progress.at(done / (PROCESSES * sides.len()) as f64);
            if look.take(number, side, contest, cases, stop)? {
                return Ok((look, true));
            }
        }
    }
    Ok((look, false))
}

impl Look {
    /// Takes what one process of a side counts; tells whether it was interrupted.
    fn take(
        &mut self,
        number: usize,
        side: &Side,
        contest: &Contest,
        cases: &[Case],
        stop: &AtomicBool,
    ) -> Result<bool, Missing> {
        let backends = BTreeSet::from_iter(cases.iter().map(|case| &case.backend));
        let arm = |backend| {
            let module = contest.module.as_deref();
            Arm::of_workers(&side.name, backend, side.executables.runs(), module)
        };
        let arms = Vec::from_iter(backends.into_iter().map(arm));
        let run = |how: &mut dyn FnMut(&mut Counter, &Case) -> Result<Count, Trouble>| {
            count(
                &arms,
                Detail::Functions,
                &contest.fixture,
                cases,
                stop,
                how,
                || (),
            )
        };
        // What is to be added is found out in a process of its own: in the one that is judged each
        // case is prepared once, as the base's is, since even that leaves its trace.
        let mut added = BTreeMap::new();
        if let Some(share) = side.slowdown {
            let tried = run(&mut |counter, case| {
                let (plain, found) = added_work(counter, case, share)?;
                added.insert(case.clone(), found);
                Ok(plain)
            })?;
            self.fail(side, &tried);
        }
        let found = run(&mut |counter, case| {
            counter.count(case, added.get(case).map_or(0, |added| added.links))
        })?;
        self.fail(side, &found);
        for (case, count) in found.counts {
            let key = (number, case);
            if let Some(added) = added.get(&key.1) {
                self.achieved
                    .entry(key.clone())
                    .or_default()
                    .push(added.share);
            }
            self.instructions
                .entry(key)
                .or_default()
                .push(count.compared());
        }
        Ok(found.interrupted)
    }

    fn fail(&mut self, side: &Side, counts: &Counts) {
        let of_side = |failure: &Failure| Failure {
            reason: format!("{}: {}", side.name, failure.reason),
            ..failure.clone()
        };
        self.failures.extend(counts.failures.iter().map(of_side));
    }
}

impl Finding for Look {
    /// Each process of the other over the median of the base's, to the sixth digit, so that what
    /// is judged is what is kept.
    fn log_ratios(&self, other: usize, case: &Case) -> Vec<f64> {
        let of = |side: usize| self.instructions.get(&(side, case.clone()));
        let base = of(0).filter(|base| base.len() == PROCESSES);
        let Some(base) = base.and_then(|base| median(base)) else {
            return Vec::new();
        };
        let log = |instructions: &f64| ((instructions / base).ln() * 1e6).round() / 1e6;
        of(other + 1).into_iter().flatten().map(log).collect()
    }

    /// Instructions, the median over processes.
    fn cost(&self, side: usize, case: &Case) -> Option<f64> {
        median(self.instructions.get(&(side, case.clone()))?)
    }

    /// The median over processes.
    fn achieved(&self, other: usize, case: &Case) -> Option<f64> {
        median(self.achieved.get(&(other + 1, case.clone()))?)
    }

    fn failures(&self) -> &[Failure] {
        &self.failures
    }
}

/// Work that is added to a call.
struct Added {
    links: u64,
    /// Of the call's own instructions.
    share: f64,
}

/// How much work is so large a share of a case's instructions. What a link of it comes to is
/// counted, not assumed: an optimiser makes one multiplication of several.
fn added_work(counter: &mut Counter, case: &Case, share: f64) -> Result<(Count, Added), Trouble> {
    const LINKS: u64 = 1000;
    let plain = counter.count(case, 0)?;
    let call = plain.compared();
    let link = (counter.count(case, LINKS)?.compared() - call) / LINKS as f64;
    if link <= 0.0 {
        let reason = "the worker adds no work where it is asked to";
        return Err(Trouble::Refused(reason.to_owned()));
    }
    let links = (share * call / link).round().max(1.0);
    let added = Added {
        links: links as u64,
        share: links * link / call,
    };
    Ok((plain, added))
}
