//! Which worker processes the cases of a plan take, and how one is started.

use std::collections::BTreeSet;

use super::plan::Plan;
use crate::roster::{Copies, Runs, Setup, Trouble, Worker};
use trapbench_worker::case::{Case, Cores, ProcessKind};

/// A case, as one arm runs it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CaseOfArm {
    pub arm: usize,
    pub case: Case,
}

/// A worker process of an arm.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seat {
    pub arm: usize,
    process: ProcessKind,
}

impl CaseOfArm {
    /// What it takes its iterations from.
    pub fn calibrated_by(&self) -> CaseOfArm {
        CaseOfArm {
            arm: self.arm,
            case: self.case.calibrated_by(),
        }
    }

    /// The process that it is timed in.
    pub fn seat(&self) -> Seat {
        Seat {
            arm: self.arm,
            process: self.case.process(),
        }
    }
}

impl Seat {
    /// Starts its worker, from a fresh copy of the executable where the arm has one to copy.
    ///
    /// # Errors
    /// When there is no room for the copy, or when the worker does not start or does not fit.
    pub fn start(
        &self,
        process: u32,
        placement: u32,
        copies: &Copies,
        plan: &Plan,
    ) -> Result<Worker, Trouble> {
        let arm = &plan.arms[self.arm];
        let core = match self.process.cores {
            Cores::One => plan.core,
            Cores::All => None,
        };
        let executable = arm.executable(process);
        let copy = matches!(arm.runs, Runs::Copies(_))
            .then(|| copies.fresh(executable))
            .transpose()
            .map_err(|error| {
                Trouble::Lost(format!("no room for a copy of the executable: {error}"))
            })?;
        let run = copy.as_ref().map_or(executable, |copy| copy.as_ref());
        let mut worker = Worker::start(arm.command(run, core), plan.patience)?;
        let setup = Setup {
            placement: Some(placement),
            slowdown: arm.slowdown,
            ..Setup::default()
        };
        worker.hello(arm, &plan.fixture, setup)?;
        // A script is read by its interpreter after the start: only now may the copy go.
        drop(copy);
        Ok(worker)
    }
}

/// A seat for each process that the cases of an arm take.
pub fn seats(plan: &Plan) -> Vec<Seat> {
    let mut seats = BTreeSet::new();
    for (arm, of_backend) in plan.arms.iter().enumerate() {
        let cases = plan.cases.iter();
        let mine = cases.filter(|case| case.backend == of_backend.backend);
        seats.extend(mine.map(|case| Seat {
            arm,
            process: case.process(),
        }));
    }
    Vec::from_iter(seats)
}
