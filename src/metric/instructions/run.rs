use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use super::counter::{Count, Counter, Detail, Missing};
use crate::record::Failure;
use crate::roster::{Arm, Trouble};
use trapbench_worker::case::Case;

/// What came of counting some cases.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    pub counts: BTreeMap<Case, Count>,
    pub failures: Vec<Failure>,
    pub interrupted: bool,
}

/// Counts each of `cases` on the arm of its backend, one process a backend; `how` says how a case
/// is counted, `tick` is called after each.
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
    for arm in arms {
        let of_arm = |case: &&Case| case.backend == arm.backend;
        let mut counter = None;
        for case in cases.iter().filter(of_arm) {
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

impl Counts {
    fn fail(&mut self, subject: &(impl ToString + ?Sized), trouble: &Trouble) {
        let failure = Failure::new(0, 0, subject.to_string(), trouble.to_string());
        self.failures.push(failure);
    }
}
