//! Instructions per call. A worker runs under Valgrind's callgrind and is asked as any worker is;
//! what callgrind counted between the worker's marks is read from the files that it leaves.
//!
//! Wall time says how long a call takes, today and here. Instructions say whether anything
//! changed at all: they repeat to the digit, on a busy machine too. They do not see
//! contention, caches, branch prediction, and what the kernel does.

mod counter;
mod profile;
mod run;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicBool;

use super::{Contest, Look, Margin, Meter, Refused, Side, Wanted};
use crate::measure::Progress;
use crate::record::Failure;
use crate::roster::{Arm, Trouble};
use crate::verdict::Unusable;
use crate::verdict::centre::median;
use crate::verdict::counted::{self, PROCESSES};
use crate::verdict::gate::Rule;
use crate::verdict::judge::Judgement;
use trapbench_worker::case::Case;

pub use counter::{Count, Counter, Detail, Missing, valgrind_version};
pub use profile::Profile;
pub use run::{Counts, count};

/// The meter of them. A contest's seconds, core and seed are of no use to it.
pub struct Instructions;

impl Meter for Instructions {
    fn ready(&self) -> anyhow::Result<()> {
        valgrind_version()?;
        Ok(())
    }

    fn refused(&self) -> Option<Refused> {
        Some(Refused {
            options: &["--time", "--relinks"],
            why: "instructions are counted, not timed",
        })
    }

    /// What a layout decides is left out of what is compared.
    fn relinks(&self) -> u32 {
        0
    }

    fn is_disturbed(&self) -> bool {
        false
    }

    fn margin(&self, _: bool, _: &dyn Fn() -> [Option<f64>; 2]) -> Margin {
        Margin {
            fraction: counted::MARGIN,
            source: "counts of two link orders differ by a twentieth of it".to_owned(),
        }
    }

    /// A process of each side, and all of them again.
    fn look(
        &self,
        contest: &Contest,
        wanted: &Wanted,
        stop: &AtomicBool,
    ) -> anyhow::Result<Box<dyn Look>> {
        let sides = Vec::from_iter(contest.sides(wanted.others));
        let progress = Progress::start(wanted.which.doing());
        let mut counted = CountedProcesses::default();
        for process in 0..PROCESSES {
            for (turn, &(number, side)) in sides.iter().enumerate() {
                let done = (process * sides.len() + turn) as f64;
                progress.at(done / (PROCESSES * sides.len()) as f64);
                counted.take(number, side, contest, wanted.cases, stop)?;
                if counted.interrupted {
                    return Ok(Box::new(counted));
                }
            }
        }
        Ok(Box::new(counted))
    }

    fn is_suspect(&self, rule: &Rule, screening: &[f64]) -> Result<bool, Unusable> {
        counted::is_suspect(screening, rule.margin)
    }

    fn judge(
        &self,
        rule: &Rule,
        screening: &[f64],
        confirmation: Option<&[f64]>,
    ) -> Result<Judgement, Unusable> {
        counted::judge(screening, confirmation, rule.margin)
    }
}

/// By side, 0 the base, and by case, what each process counted, but for what a layout decides.
#[derive(Default)]
struct CountedProcesses {
    instructions: BTreeMap<(usize, Case), Vec<f64>>,
    /// What the slowdowns that were asked for came to.
    achieved: BTreeMap<(usize, Case), Vec<f64>>,
    failures: Vec<Failure>,
    interrupted: bool,
}

impl CountedProcesses {
    /// Takes what one process of a side counts.
    fn take(
        &mut self,
        number: usize,
        side: &Side,
        contest: &Contest,
        cases: &[Case],
        stop: &AtomicBool,
    ) -> Result<(), Missing> {
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
        self.interrupted = found.interrupted;
        Ok(())
    }

    fn fail(&mut self, side: &Side, counts: &Counts) {
        let of_side = |failure: &Failure| Failure {
            reason: format!("{}: {}", side.name, failure.reason),
            ..failure.clone()
        };
        self.failures.extend(counts.failures.iter().map(of_side));
    }
}

impl Look for CountedProcesses {
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
