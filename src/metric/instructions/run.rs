use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use super::counter::{Count, Counter, Detail, Missing};
use crate::record::Failure;
use crate::roster::{Arm, Trouble};
use trapbench_worker::case::{Case, ProcessKind};

/// What came of counting some cases.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    pub counts: BTreeMap<Case, Count>,
    pub failures: Vec<Failure>,
    pub interrupted: bool,
}

/// Counts each of `cases` on the arm of its backend, those that go into one process in one; `how`
/// says how a case is counted, `tick` is called after each.
///
/// A worker that is lost takes one case with it: the others go on in another process.
///
/// # Errors
/// When there is no Valgrind, or no room for its output.
pub fn count(
    arms: &[Arm],
    detail: Detail,
    fixture: &str,
    cases: &[Case],
    stop: &AtomicBool,
    mut how: impl FnMut(&mut Counter, &Case) -> Result<Count, Trouble>,
    mut tick: impl FnMut(),
) -> Result<Counts, Missing> {
    let mut counts = Counts::default();
    for (arm, process) in processes(arms, cases) {
        let is_of_it = |case: &&Case| case.backend == arm.backend && case.process() == process;
        let mut counter = None;
        for case in cases.iter().filter(is_of_it) {
            if stop.load(Relaxed) {
                counts.interrupted = true;
                return Ok(counts);
            }
            let counted = match counter
                .take()
                .map_or_else(|| Counter::start(arm, fixture, detail), Ok)
            {
                Ok(mut started) => {
                    let counted = how(&mut started, case);
                    if !matches!(counted, Err(Trouble::Lost(_))) {
                        counter = Some(started);
                    }
                    counted
                }
                // No other case will fare better.
                Err(Missing::Worker(trouble)) => {
                    counts.fail(&arm.backend, &trouble);
                    break;
                }
                Err(missing) => return Err(missing),
            };
            match counted {
                Ok(count) => {
                    counts.counts.insert(case.clone(), count);
                }
                Err(trouble) => counts.fail(case, &trouble),
            }
            tick();
        }
    }
    Ok(counts)
}

/// Each arm with each kind of process that its cases take.
fn processes<'a>(arms: &'a [Arm], cases: &[Case]) -> Vec<(&'a Arm, ProcessKind)> {
    let of = |arm: &'a Arm| {
        let of_arm = cases.iter().filter(|case| case.backend == arm.backend);
        let kinds = BTreeSet::from_iter(of_arm.map(Case::process));
        kinds.into_iter().map(move |kind| (arm, kind))
    };
    arms.iter().flat_map(of).collect()
}

impl Counts {
    fn fail(&mut self, subject: &(impl ToString + ?Sized), trouble: &Trouble) {
        let failure = Failure::new(0, 0, subject.to_string(), trouble.to_string());
        self.failures.push(failure);
    }
}
