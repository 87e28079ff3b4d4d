use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use rand::SeedableRng;
use rand::rngs::StdRng;
use thiserror::Error;

use super::ledger::Ledger;
use super::plan::{Pace, Plan, Timed};
use super::set::{ProcessSet, Slowed};
use crate::record::{Failure, RunEnding};
use crate::roster::{Arm, Copies, Runs};

/// Is told what happens during a run.
pub trait Observer {
    /// Something was done: the share of the budget that is gone, from 0 to 1.
    fn progress(&mut self, share: f64);

    /// A process set is ready, its cases slowed down by so much where an arm asks for that.
    fn slowed(&mut self, _slowdowns: &[Slowed]) {}

    /// A round is whole.
    ///
    /// # Errors
    /// When it cannot be kept; the run ends then.
    fn round(
        &mut self,
        process: u32,
        round: u32,
        turns: &[Timed],
        failures: &[Failure],
    ) -> anyhow::Result<()>;
}

/// Why a run could not go on.
#[derive(Debug, Error)]
pub enum RunError {
    #[error("cannot copy the executable {}: {source}; TMPDIR names a folder with more room", executable.display())]
    Copy {
        executable: PathBuf,
        source: std::io::Error,
    },
    #[error("what was measured cannot be kept: {0:#}")]
    Keep(anyhow::Error),
}

/// The fewest process sets that say anything about the spread between processes.
const FEWEST_SETS: u32 = 2;

/// Runs the plan, and tells `observer` what happens. Setting `stop` ends it after the slice in
/// hand; rounds that are whole by then have been told.
///
/// # Errors
/// When an executable cannot be copied, or when a round cannot be kept.
pub fn run(
    plan: &Plan,
    stop: &AtomicBool,
    observer: &mut impl Observer,
) -> Result<RunEnding, RunError> {
    let start = Instant::now();
    let mut rng = StdRng::seed_from_u64(plan.seed);
    let mut ledger = Ledger::new(plan.slice);
    let copies = copies(&plan.arms)?;
    let spent = || start.elapsed().as_secs_f64() / plan.budget.as_secs_f64();
    let mut round = 0;
    // What a set takes before it has a round to show for it, and that round.
    let mut least = Duration::ZERO;

    let (needed, most) = match plan.pace {
        Pace::Sets(sets) => (FEWEST_SETS, sets),
        Pace::Brisk { least } => (least, u32::MAX),
    };
    for process in 0..most {
        if process >= needed && start.elapsed() + least > plan.budget {
            break;
        }
        let began = Instant::now();
        let mut set = ProcessSet::start(process, &copies, plan, &mut ledger, &mut rng);
        let prepared = set.prepare(stop, || observer.progress(spent()));
        if prepared.is_err() {
            return Ok(RunEnding::Interrupted);
        }
        let until = match plan.pace {
            Pace::Sets(sets) => plan.budget * (process + 1) / sets,
            Pace::Brisk { .. } => start.elapsed() + began.elapsed(),
        };
        observer.slowed(set.slowdowns());
        for of_set in 0.. {
            let began_round = Instant::now();
            let timed = set.round(round, &mut rng, stop, || observer.progress(spent()));
            let Ok(turns) = timed else {
                return Ok(RunEnding::Interrupted);
            };
            let failures = set.take_failures(round);
            observer
                .round(process, round, &turns, &failures)
                .map_err(RunError::Keep)?;
            round += 1;
            if of_set == 0 {
                least = began.elapsed();
            }
            if set.is_empty() || start.elapsed() + began_round.elapsed() > until {
                break;
            }
        }
        if set.is_all_out() {
            break;
        }
    }
    Ok(RunEnding::Finished)
}

/// An executable that is copied for every set is stripped once.
fn copies(arms: &[Arm]) -> Result<Copies, RunError> {
    let failed = |executable: &Path| {
        let executable = executable.to_owned();
        move |source| RunError::Copy { executable, source }
    };
    let mut copies = Copies::new().map_err(failed(&std::env::temp_dir()))?;
    for arm in arms {
        if let Runs::Copies(executable) = &arm.runs {
            copies.strip(executable).map_err(failed(executable))?;
        }
    }
    Ok(copies)
}
