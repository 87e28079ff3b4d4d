//! The floor: what stopping a guest costs with nothing around it, and how far above it a way of
//! stopping is.

use std::collections::BTreeMap;

use super::samples::{Samples, in_all};
use crate::verdict::interval::{mean_over_processes, ratio_of_means};
use crate::verdict::{Estimate, LEVEL};
use trapbench_worker::case::Case;

/// The whole call of [`Case::floor`], in ns.
#[derive(Clone, Debug)]
pub struct Floor {
    pub cost: Estimate,
    per_process: BTreeMap<u32, f64>,
}

impl Floor {
    /// `None` where it was not measured, or in fewer than two processes.
    pub fn of(samples: &Samples) -> Option<Floor> {
        let per_process = samples.per_process([&Case::floor()], |[ns]| ns);
        let costs = Vec::from_iter(per_process.values().copied());
        Some(Floor {
            cost: mean_over_processes(&costs, LEVEL)?,
            per_process,
        })
    }

    /// What a way of stopping adds, in floors; `added` is in ns, one number per process.
    ///
    /// Above depth 0 the two are not of one turn. They are of one process set all the same, so
    /// they are paired by it: what moved the machine in its seconds is in both, and Fieller's
    /// interval takes that into account.
    pub fn distance(&self, added: &BTreeMap<u32, f64>) -> Option<Estimate> {
        let rows = in_all([added.clone(), self.per_process.clone()]);
        let column = |at: usize| Vec::from_iter(rows.iter().map(|row| row[at]));
        ratio_of_means(&column(0), &column(1), LEVEL).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Turn;

    fn turn(case: &Case, process: u32, ns: u64) -> Turn {
        Turn {
            process,
            round: process,
            case: case.clone(),
            iterations: 1,
            there_ns: ns,
            back_ns: ns,
        }
    }

    #[test]
    fn a_distance_is_a_ratio_of_what_the_same_processes_measured() {
        // The third process lacks the floor, the machine is half as fast in the second.
        let turns = [20, 40].map(|ns| turn(&Case::floor(), u32::from(ns > 20), ns));
        let floor = Floor::of(&Samples::of(&turns)).unwrap();
        assert_eq!(floor.cost.value, 30.0);
        let added = BTreeMap::from([(0, 200.0), (1, 400.0), (2, 9000.0)]);
        let distance = floor.distance(&added);
        // Two processes that differ by half resolve no mean, so no ratio of it either.
        assert_eq!(distance, None);

        let turns = [(0, 20), (1, 22), (3, 21)].map(|(k, ns)| turn(&Case::floor(), k, ns));
        let floor = Floor::of(&Samples::of(&turns)).unwrap();
        let added = BTreeMap::from([(0, 200.0), (1, 220.0), (2, 9000.0), (3, 210.0)]);
        let distance = floor.distance(&added).unwrap();
        assert!((distance.value - 10.0).abs() < 1e-9);
        assert!(distance.half_width() < 1e-6, "what moved both is gone");
    }

    #[test]
    fn a_floor_that_was_not_measured_is_none() {
        assert!(Floor::of(&Samples::default()).is_none());
        let one = [turn(&Case::floor(), 0, 20)];
        assert!(Floor::of(&Samples::of(&one)).is_none());
    }
}
