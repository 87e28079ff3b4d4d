use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use rand::SeedableRng;
use rand::rngs::StdRng;
use thiserror::Error;

use super::arm::{Arm, Copies};
use super::set::{Ledger, ProcessSet};
use crate::case::Case;
use crate::record::{Failure, Turn};

/// What to measure, and for how long.
#[derive(Clone, Debug)]
pub struct Plan {
    /// One per backend.
    pub arms: Vec<Arm>,
    /// The hash of the fixture that every worker must have.
    pub fixture: String,
    pub cases: Vec<Case>,
    /// Process sets wanted; fewer when the budget does not reach.
    pub sets: u32,
    pub budget: Duration,
    /// How long a slice should take.
    pub slice: Duration,
    pub seed: u64,
    /// How long a worker may take over an answer.
    pub patience: Duration,
    /// Where the workers run; nothing lets them float.
    pub core: Option<usize>,
}

/// Is told what happens during a run.
pub trait Observer {
    /// Something was done: the share of the budget that is gone, from 0 to 1.
    fn progress(&mut self, share: f64);

    /// A round is whole.
    ///
    /// # Errors
    /// When it cannot be kept; the run ends then.
    fn round(
        &mut self,
        process: u32,
        round: u32,
        turns: &[Turn],
        failures: &[Failure],
    ) -> anyhow::Result<()>;
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// All that was planned is done, or the budget is spent.
    Finished,
    /// Somebody asked.
    Interrupted,
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
) -> Result<Stopped, RunError> {
    let start = Instant::now();
    let mut rng = StdRng::seed_from_u64(plan.seed);
    let mut ledger = Ledger::new(plan.slice);
    let arms = copy_all(&plan.arms)?;
    let spent = || start.elapsed().as_secs_f64() / plan.budget.as_secs_f64();
    let mut round = 0;
    // What a set takes before it has a round to show for it, and that round.
    let mut least = Duration::ZERO;

    for process in 0..plan.sets {
        if process >= FEWEST_SETS && start.elapsed() + least > plan.budget {
            break;
        }
        let began = Instant::now();
        let until = plan.budget * (process + 1) / plan.sets;
        let mut set = ProcessSet::start(process, &arms, plan, &mut ledger, &mut rng);
        let prepared = set.prepare(&plan.cases, stop, || observer.progress(spent()));
        if prepared.is_err() {
            return Ok(Stopped::Interrupted);
        }
        for of_set in 0.. {
            let began_round = Instant::now();
            let timed = set.round(round, &mut rng, stop, || observer.progress(spent()));
            let Ok(turns) = timed else {
                return Ok(Stopped::Interrupted);
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
    }
    Ok(Stopped::Finished)
}

/// Arms that share an executable share what their copies are made from.
fn copy_all(arms: &[Arm]) -> Result<Vec<(Arm, Rc<Copies>)>, RunError> {
    let mut copies: HashMap<&Path, Rc<Copies>> = HashMap::new();
    for arm in arms {
        let executable = arm.executable.as_path();
        if !copies.contains_key(executable) {
            let made = Copies::of(executable).map_err(|source| RunError::Copy {
                executable: executable.to_owned(),
                source,
            })?;
            copies.insert(executable, Rc::new(made));
        }
    }
    let with_copies = |arm: &Arm| (arm.clone(), copies[arm.executable.as_path()].clone());
    Ok(arms.iter().map(with_copies).collect())
}
