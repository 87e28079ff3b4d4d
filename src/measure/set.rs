use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use rand::rngs::StdRng;

use super::arm::{Arm, Copies};
use super::child::{Trouble, Worker};
use super::order::{balanced, shuffled};
use super::run::Plan;
use crate::case::{Axis, BackendId, Case};
use crate::record::{Failure, Turn};

/// What may be taken from a case before it is left out: it may have been a passing trouble of
/// its worker's, but a case that takes its worker down each time would eat the budget.
const STRIKES: u32 = 2;

/// No call takes so little that a slice could hold more of them.
const MOST_ITERATIONS: u64 = 1 << 32;

/// What outlives a process set: how many iterations a slice takes, and who has been troubling.
pub struct Ledger {
    slice: Duration,
    iterations: HashMap<Case, u64>,
    strikes: HashMap<Case, u32>,
    silent: HashMap<BackendId, u32>,
}

/// One worker per arm, resident together and asked in turn.
pub struct ProcessSet<'a> {
    process: u32,
    workers: BTreeMap<BackendId, Worker>,
    /// By [`place`]: what is taken together in one turn.
    groups: BTreeMap<(Axis, u32), Vec<Case>>,
    ledger: &'a mut Ledger,
    failures: Vec<Failure>,
}

/// A round that was not finished.
#[derive(Debug)]
pub struct Interrupted;

impl Ledger {
    pub fn new(slice: Duration) -> Ledger {
        Ledger {
            slice,
            iterations: HashMap::new(),
            strikes: HashMap::new(),
            silent: HashMap::new(),
        }
    }

    fn strike(&mut self, case: &Case, by: u32) {
        *self.strikes.entry(case.clone()).or_default() += by;
    }

    fn is_out(&self, case: &Case) -> bool {
        self.strikes.get(case).is_some_and(|&n| n >= STRIKES)
            || self
                .silent
                .get(&case.backend)
                .is_some_and(|&n| n >= STRIKES)
    }
}

impl<'a> ProcessSet<'a> {
    /// Starts the workers, each from a fresh copy of its executable.
    pub fn start(
        process: u32,
        arms: &[(Arm, Rc<Copies>)],
        plan: &Plan,
        ledger: &'a mut Ledger,
        rng: &mut StdRng,
    ) -> ProcessSet<'a> {
        let mut set = ProcessSet {
            process,
            workers: BTreeMap::new(),
            groups: BTreeMap::new(),
            ledger,
            failures: Vec::new(),
        };
        for place in shuffled(arms.len(), rng) {
            let (arm, copies) = &arms[place];
            if set
                .ledger
                .silent
                .get(&arm.backend)
                .is_some_and(|&n| n >= STRIKES)
            {
                continue;
            }
            let started = start_worker(arm, copies, plan);
            match started {
                Ok(worker) => {
                    set.workers.insert(arm.backend.clone(), worker);
                }
                Err(trouble) => {
                    *set.ledger.silent.entry(arm.backend.clone()).or_default() += 1;
                    set.fail(arm.backend.to_string(), &trouble);
                }
            }
        }
        set
    }

    /// Has every case verified, and finds out how many iterations make a slice of it.
    ///
    /// # Errors
    /// When `stop` is set meanwhile.
    pub fn prepare(
        &mut self,
        cases: &[Case],
        stop: &AtomicBool,
        mut tick: impl FnMut(),
    ) -> Result<(), Interrupted> {
        for case in cases {
            if stop.load(Relaxed) {
                return Err(Interrupted);
            }
            tick();
            if self.ledger.is_out(case) || !self.workers.contains_key(&case.backend) {
                continue;
            }
            let ready = self
                .on_worker(case, |worker| worker.prepare(case))
                .and_then(|()| self.calibrate(case));
            if ready.is_some() {
                self.groups
                    .entry(place(case))
                    .or_default()
                    .push(case.clone());
            }
        }
        Ok(())
    }

    /// One turn of every group, groups and cases in random order.
    ///
    /// # Errors
    /// When `stop` is set meanwhile: a round is whole or it is not kept.
    pub fn round(
        &mut self,
        round: u32,
        rng: &mut StdRng,
        stop: &AtomicBool,
        mut tick: impl FnMut(),
    ) -> Result<Vec<Turn>, Interrupted> {
        let groups: Vec<Vec<Case>> = self.groups.values().cloned().collect();
        let mut turns = Vec::new();
        for place in shuffled(groups.len(), rng) {
            let group = &groups[place];
            let mut slices: Vec<Vec<u64>> = vec![Vec::new(); group.len()];
            for at in balanced(group.len(), rng) {
                if stop.load(Relaxed) {
                    return Err(Interrupted);
                }
                slices[at].extend(self.slice(&group[at]));
            }
            tick();
            for (case, slices) in group.iter().zip(slices) {
                if let [there_ns, back_ns] = slices[..] {
                    turns.push(Turn {
                        process: self.process,
                        round,
                        case: case.clone(),
                        iterations: self.ledger.iterations[case],
                        there_ns,
                        back_ns,
                    });
                }
            }
        }
        Ok(turns)
    }

    /// What went wrong since this was last asked, each with the round that it belongs to.
    pub fn take_failures(&mut self, round: u32) -> Vec<Failure> {
        let failures = std::mem::take(&mut self.failures);
        let of_round = |failure| Failure { round, ..failure };
        failures.into_iter().map(of_round).collect()
    }

    /// Whether anything is left to be measured.
    pub fn is_empty(&self) -> bool {
        self.groups.values().all(Vec::is_empty)
    }

    /// One slice, after a tenth of its iterations untimed.
    fn slice(&mut self, case: &Case) -> Option<u64> {
        if self.ledger.is_out(case) {
            return None;
        }
        let iterations = self.ledger.iterations[case];
        let warmup = iterations.div_ceil(10);
        self.on_worker(case, |worker| worker.time(case, warmup, iterations))
    }

    /// Finds the iterations once for the whole run: every process then does the same work.
    fn calibrate(&mut self, case: &Case) -> Option<()> {
        if self.ledger.iterations.contains_key(case) {
            return Some(());
        }
        let target = u64::try_from(self.ledger.slice.as_nanos()).unwrap_or(u64::MAX);
        let mut iterations = 1;
        loop {
            // The least of three: whatever gets in the way of one makes a call look dear, and
            // slices of a run that was calibrated so would be too short, for good. One of five
            // calls in place of 308 made a raise look 10 % dearer in all twenty processes.
            let mut least = u64::MAX;
            for _ in 0..3 {
                least = least.min(self.try_out(case, iterations)?);
                if least < target / 8 {
                    break;
                }
            }
            if least >= target / 8 {
                let fitting = u128::from(iterations) * u128::from(target) / u128::from(least);
                let fitting = u64::try_from(fitting).unwrap_or(u64::MAX).max(1);
                self.ledger.iterations.insert(case.clone(), fitting);
                return Some(());
            }
            iterations *= 4;
        }
    }

    fn try_out(&mut self, case: &Case, iterations: u64) -> Option<u64> {
        self.on_worker(case, |worker| {
            let elapsed = worker.time(case, 0, iterations)?;
            if iterations > MOST_ITERATIONS {
                return Err(worker.lost(format!(
                    "it claims that {iterations} calls took {elapsed} ns"
                )));
            }
            Ok(elapsed)
        })
    }

    /// Asks the case's worker, and keeps the books on trouble: a refusal takes the case out for
    /// good, a lost worker takes all its cases out until the next set.
    fn on_worker<R>(
        &mut self,
        case: &Case,
        ask: impl FnOnce(&mut Worker) -> Result<R, Trouble>,
    ) -> Option<R> {
        let trouble = match ask(self.workers.get_mut(&case.backend)?) {
            Ok(answer) => return Some(answer),
            Err(trouble) => trouble,
        };
        match &trouble {
            Trouble::Refused(_) => {
                self.ledger.strike(case, STRIKES);
                self.drop_cases(|one| one == case);
            }
            Trouble::Lost(_) => {
                self.ledger.strike(case, 1);
                self.workers.remove(&case.backend);
                self.drop_cases(|one| one.backend == case.backend);
            }
        }
        self.fail(case.to_string(), &trouble);
        None
    }

    fn drop_cases(&mut self, which: impl Fn(&Case) -> bool) {
        for group in self.groups.values_mut() {
            group.retain(|case| !which(case));
        }
    }

    fn fail(&mut self, subject: String, trouble: &Trouble) {
        let failure = Failure::new(self.process, 0, subject, trouble.to_string());
        self.failures.push(failure);
    }
}

/// Cases of one place are taken in one turn: those that are subtracted from or divided by each
/// other. On the axis of depth these are the series at one depth; on that of the host's stack,
/// the heights too.
fn place(case: &Case) -> (Axis, u32) {
    match case.axis {
        Axis::Depth => (case.axis, case.value),
        Axis::HostStack => (case.axis, 0),
    }
}

fn start_worker(arm: &Arm, copies: &Copies, plan: &Plan) -> Result<Worker, Trouble> {
    let copy = copies
        .fresh()
        .map_err(|error| Trouble::Lost(format!("no room for a copy of the executable: {error}")))?;
    let mut worker = Worker::start(arm.command(&copy, plan.core), plan.patience)?;
    worker.hello(&arm.backend, &plan.fixture)?;
    // A script is read by its interpreter after the start: only now may the copy go.
    drop(copy);
    Ok(worker)
}
