use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use rand::Rng;
use rand::rngs::StdRng;

use super::ledger::Ledger;
use super::order::{balanced, shuffled};
use super::plan::{Plan, Timed, Turns};
use super::seat::{CaseOfArm, Seat, seats};
use super::turn_group::TurnGroup;
use crate::record::{Failure, Turn};
use crate::roster::{Copies, Trouble, Worker};
use trapbench_worker::case::Case;
use trapbench_worker::placement;

/// No call takes so little that a slice could hold more of them.
const MOST_ITERATIONS: u64 = 1 << 32;

/// What a slowdown that was asked for came to in one process.
#[derive(Clone, Debug, PartialEq)]
pub struct Slowed {
    pub arm: usize,
    pub case: Case,
    /// Time with it over time without, less 1.
    pub achieved: f64,
}

/// The workers of all arms, resident together and asked in turn: one an arm, and more where its
/// cases do not go into one process.
pub struct ProcessSet<'a> {
    process: u32,
    plan: &'a Plan,
    workers: BTreeMap<Seat, Worker>,
    /// What is taken together in one turn.
    groups: BTreeMap<TurnGroup, Vec<CaseOfArm>>,
    ledger: &'a mut Ledger,
    failures: Vec<Failure>,
    slowdowns: Vec<Slowed>,
}

/// A round that was not finished.
#[derive(Debug)]
pub struct CutShort;

impl<'a> ProcessSet<'a> {
    /// Starts the workers.
    pub fn start(
        process: u32,
        copies: &Copies,
        plan: &'a Plan,
        ledger: &'a mut Ledger,
        rng: &mut StdRng,
    ) -> ProcessSet<'a> {
        let mut set = ProcessSet {
            process,
            plan,
            workers: BTreeMap::new(),
            groups: BTreeMap::new(),
            ledger,
            failures: Vec::new(),
            slowdowns: Vec::new(),
        };
        // The guests of a set lie alike: where is luck, and no difference between arms.
        let placement = rng.random_range(0..placement::MOST);
        let seats = seats(plan);
        for at in shuffled(seats.len(), rng) {
            let seat = &seats[at];
            if set.ledger.is_silent(seat) {
                continue;
            }
            match seat.start(process, placement, copies, plan) {
                Ok(worker) => {
                    set.workers.insert(seat.clone(), worker);
                }
                Err(trouble) => {
                    set.ledger.did_not_start(seat);
                    set.fail(plan.arms[seat.arm].name.clone(), trouble.to_string());
                }
            }
        }
        set
    }

    /// Has every case verified, and finds out how many iterations make a slice of it.
    ///
    /// # Errors
    /// When `stop` is set meanwhile.
    pub fn prepare(&mut self, stop: &AtomicBool, mut tick: impl FnMut()) -> Result<(), CutShort> {
        let plan = self.plan;
        for case in &plan.cases {
            for (arm, _) in (0..)
                .zip(&plan.arms)
                .filter(|(_, arm)| arm.backend == case.backend)
            {
                if stop.load(Relaxed) {
                    return Err(CutShort);
                }
                tick();
                let entry = CaseOfArm {
                    arm,
                    case: case.clone(),
                };
                if self.ledger.is_out(&entry) || !self.workers.contains_key(&entry.seat()) {
                    continue;
                }
                let is_slowed = plan.arms[arm].slowdown.is_some();
                let prepared = self.on_worker(&entry, |worker| {
                    worker.prepare(case)?;
                    if is_slowed {
                        // A slowdown is found when a case is first timed.
                        worker.time(case, 0, 1)?;
                        return worker.prepare(case);
                    }
                    Ok(None)
                });
                let Some(slowdown) = prepared else {
                    continue;
                };
                if let Some(achieved) = slowdown {
                    let case = case.clone();
                    self.slowdowns.push(Slowed {
                        arm,
                        case,
                        achieved,
                    });
                }
                if self.calibrate(&entry).is_some() {
                    let group = self.groups.entry(TurnGroup::of(plan.turns, case));
                    group.or_default().push(entry);
                }
            }
        }
        if plan.turns == Turns::OfABackend {
            self.add_the_floor();
        }
        Ok(())
    }

    /// Every turn has the floor in it: what is counted in floors is divided by one of the same
    /// moment.
    fn add_the_floor(&mut self) {
        let floor = Case::floor();
        let mut entries = self.groups.values().flatten();
        let Some(entry) = entries.find(|entry| entry.case == floor).cloned() else {
            return;
        };
        for group in self.groups.values_mut() {
            if !group.contains(&entry) {
                group.push(entry.clone());
            }
        }
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
    ) -> Result<Vec<Timed>, CutShort> {
        let groups: Vec<Vec<CaseOfArm>> = self.groups.values().cloned().collect();
        let mut turns = Vec::new();
        for (turn, group) in (0..).zip(shuffled(groups.len(), rng)) {
            let group = &groups[group];
            let mut slices: Vec<Vec<u64>> = vec![Vec::new(); group.len()];
            for at in balanced(group.len(), rng) {
                if stop.load(Relaxed) {
                    return Err(CutShort);
                }
                slices[at].extend(self.slice(&group[at]));
            }
            tick();
            for (entry, slices) in group.iter().zip(slices) {
                if let [there_ns, back_ns] = slices[..] {
                    let turn = Turn {
                        process: self.process,
                        round,
                        turn,
                        case: entry.case.clone(),
                        iterations: self.ledger.iterations(&entry.case),
                        there_ns,
                        back_ns,
                    };
                    let arm = entry.arm;
                    turns.push(Timed { arm, turn });
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

    /// What the slowdowns that its arms ask for came to.
    pub fn slowdowns(&self) -> &[Slowed] {
        &self.slowdowns
    }

    /// Whether every case is left out for good, so that another set would have nothing to do.
    pub fn is_all_out(&self) -> bool {
        let arms = || (0..).zip(&self.plan.arms);
        let is_out = |case: &Case| {
            let mut of_backend = arms().filter(|(_, arm)| arm.backend == case.backend);
            of_backend.all(|(arm, _)| {
                let case = case.clone();
                self.ledger.is_out(&CaseOfArm { arm, case })
            })
        };
        self.plan.cases.iter().all(is_out)
    }

    /// Whether anything is left to be measured.
    pub fn is_empty(&self) -> bool {
        self.groups.values().all(Vec::is_empty)
    }

    /// One slice, after a tenth of its iterations untimed.
    fn slice(&mut self, entry: &CaseOfArm) -> Option<u64> {
        if self.ledger.is_out(entry) {
            return None;
        }
        let iterations = self.ledger.iterations(&entry.case);
        let warmup = iterations.div_ceil(10);
        self.on_worker(entry, |worker| worker.time(&entry.case, warmup, iterations))
    }

    /// Finds the iterations once for the whole run: every process then does the same work.
    fn calibrate(&mut self, entry: &CaseOfArm) -> Option<()> {
        let by = entry.calibrated_by();
        if self.ledger.is_calibrated(&by) {
            return Some(());
        }
        if by != *entry {
            // Whether or not that one is measured, too.
            self.on_worker(&by, |worker| worker.prepare(&by.case))?;
        }
        let target = self.ledger.target(&by.case);
        let mut iterations = 1;
        loop {
            // The least of three: whatever gets in the way of one makes a call look dear, and
            // slices of a run that was calibrated so would be too short, for good. One of five
            // calls in place of 308 made a raise look 10 % dearer in all twenty processes.
            let mut least = u64::MAX;
            for _ in 0..3 {
                least = least.min(self.try_out(&by, iterations)?);
                if least < target / 8 {
                    break;
                }
            }
            if least >= target / 8 {
                let fitting = u128::from(iterations) * u128::from(target) / u128::from(least);
                let fitting = u64::try_from(fitting).unwrap_or(u64::MAX).max(1);
                self.ledger.calibrate(&by, fitting);
                return Some(());
            }
            iterations *= 4;
        }
    }

    fn try_out(&mut self, entry: &CaseOfArm, iterations: u64) -> Option<u64> {
        self.on_worker(entry, |worker| {
            let elapsed = worker.time(&entry.case, 0, iterations)?;
            if iterations > MOST_ITERATIONS {
                return Err(worker.lost(format!(
                    "it claims that {iterations} calls took {elapsed} ns"
                )));
            }
            Ok(elapsed)
        })
    }

    /// Asks the entry's worker, and keeps the books on trouble: a refusal takes the case out for
    /// good, a lost worker takes all its cases out until the next set.
    fn on_worker<R>(
        &mut self,
        entry: &CaseOfArm,
        ask: impl FnOnce(&mut Worker) -> Result<R, Trouble>,
    ) -> Option<R> {
        let seat = entry.seat();
        let trouble = match ask(self.workers.get_mut(&seat)?) {
            Ok(answer) => return Some(answer),
            Err(trouble) => trouble,
        };
        match &trouble {
            Trouble::Refused(_) => {
                self.ledger.refused(entry);
                self.drop_entries(|one| one == entry);
            }
            Trouble::Lost(_) => {
                self.ledger.lost(entry);
                self.workers.remove(&seat);
                self.drop_entries(|one| one.seat() == seat);
            }
        }
        let arm = &self.plan.arms[entry.arm];
        let reason = if arm.name == arm.backend.as_str() {
            trouble.to_string()
        } else {
            format!("{}: {trouble}", arm.name)
        };
        self.fail(entry.case.to_string(), reason);
        None
    }

    fn drop_entries(&mut self, which: impl Fn(&CaseOfArm) -> bool) {
        let floor = Case::floor();
        for (of, group) in &mut self.groups {
            group.retain(|entry| !which(entry));
            // The floor alone is of no use in the turn of a backend that is gone.
            let is_a_guest = of.backend.as_ref().is_some_and(|id| *id != floor.backend);
            if is_a_guest && group.iter().all(|entry| entry.case == floor) {
                group.clear();
            }
        }
    }

    fn fail(&mut self, subject: String, reason: String) {
        let failure = Failure::new(self.process, 0, subject, reason);
        self.failures.push(failure);
    }
}
