//! What a run keeps over its process sets: how many iterations make a slice, and who has been
//! troubling.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use super::seat::{CaseOfArm, Seat};
use trapbench_worker::case::Case;

/// What may be taken from a case before it is left out: it may have been a passing trouble of
/// its worker's, but a case that takes its worker down each time would eat the budget.
const STRIKES: u32 = 2;

/// What outlives a process set: how many iterations a slice takes, and who has been troubling.
pub struct Ledger {
    slice: Duration,
    /// By the case that stands for others, of all arms alike: the most that any of them needs.
    iterations: HashMap<Case, u64>,
    calibrated: HashSet<CaseOfArm>,
    strikes: HashMap<CaseOfArm, u32>,
    silent: HashMap<Seat, u32>,
}

impl Ledger {
    pub fn new(slice: Duration) -> Ledger {
        Ledger {
            slice,
            iterations: HashMap::new(),
            calibrated: HashSet::new(),
            strikes: HashMap::new(),
            silent: HashMap::new(),
        }
    }

    /// How long a slice of a case is to take, ns.
    pub fn target(&self, case: &Case) -> u64 {
        let slice = self.slice * case.axis.row().usual_slices;
        u64::try_from(slice.as_nanos()).unwrap_or(u64::MAX)
    }

    /// How many calls make a slice of a case that is calibrated.
    pub fn iterations(&self, case: &Case) -> u64 {
        self.iterations[&case.calibrated_by()]
    }

    pub fn is_calibrated(&self, entry: &CaseOfArm) -> bool {
        self.calibrated.contains(entry)
    }

    /// So many calls make a slice of it.
    pub fn calibrate(&mut self, entry: &CaseOfArm, iterations: u64) {
        let most = self.iterations.entry(entry.case.clone()).or_default();
        *most = iterations.max(*most);
        self.calibrated.insert(entry.clone());
    }

    /// Its worker refused it: it is out for good.
    pub fn refused(&mut self, entry: &CaseOfArm) {
        self.strike(entry, STRIKES);
    }

    /// Its worker was lost over it.
    pub fn lost(&mut self, entry: &CaseOfArm) {
        self.strike(entry, 1);
    }

    /// A worker did not start.
    pub fn did_not_start(&mut self, seat: &Seat) {
        *self.silent.entry(seat.clone()).or_default() += 1;
    }

    /// Whether it is left out, for its own trouble or for that of what it is calibrated by.
    pub fn is_out(&self, entry: &CaseOfArm) -> bool {
        let is_struck = |one: &CaseOfArm| self.strikes.get(one).is_some_and(|&n| n >= STRIKES);
        is_struck(entry) || is_struck(&entry.calibrated_by()) || self.is_silent(&entry.seat())
    }

    pub fn is_silent(&self, seat: &Seat) -> bool {
        self.silent.get(seat).is_some_and(|&n| n >= STRIKES)
    }

    fn strike(&mut self, entry: &CaseOfArm, by: u32) {
        *self.strikes.entry(entry.clone()).or_default() += by;
    }
}
