//! The floor: what stopping a guest costs with nothing around it, and how far above it a way of
//! stopping is.

use std::collections::BTreeMap;

use super::samples::Samples;
use crate::verdict::interval::{mean_over_processes, ratio_of_means};
use crate::verdict::{Estimate, LEVEL};
use trapbench_worker::case::Case;

/// The whole call of [`Case::floor`], in ns.
///
/// `None` where it was not measured, or in fewer than two processes.
pub fn floor(samples: &Samples) -> Option<Estimate> {
    let per_process = samples.per_process([&Case::floor()], |[ns]| ns);
    mean_over_processes(&Vec::from_iter(per_process.into_values()), LEVEL)
}

/// What a way of stopping adds, in floors: `exit` less `complete`, over the floor of the same turns.
///
/// One number per process set for what it adds, and one for the floor; Fieller's interval takes
/// into account that what moved the machine is in both.
pub fn over_floor(samples: &Samples, exit: &Case, complete: &Case) -> Option<Estimate> {
    let cases = [exit, complete, &Case::floor()];
    let added = samples.per_process(cases, |[exit, complete, _]| exit - complete);
    let floor = samples.per_process(cases, |[_, _, floor]| floor);
    let values = |per_process: BTreeMap<u32, f64>| Vec::from_iter(per_process.into_values());
    ratio_of_means(&values(added), &values(floor), LEVEL).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Turn;

    const EXIT: &str = "depth/raise/exit/b/16";
    const COMPLETE: &str = "depth/raise/complete/b/16";

    fn turn(case: &Case, process: u32, turn: u32, ns: u64) -> Turn {
        Turn {
            process,
            round: process,
            turn,
            case: case.clone(),
            iterations: 1,
            there_ns: ns,
            back_ns: ns,
        }
    }

    #[test]
    fn a_distance_is_a_ratio_of_what_the_same_turns_measured() {
        let (exit, complete) = (EXIT.parse().unwrap(), COMPLETE.parse().unwrap());
        let mut turns = Vec::new();
        for (process, floor) in [(0, 20), (1, 22), (3, 21)] {
            turns.push(turn(&exit, process, 1, 11 * floor));
            turns.push(turn(&complete, process, 1, floor));
            turns.push(turn(&Case::floor(), process, 1, floor));
            // The machine was slower in another turn of the round.
            turns.push(turn(&Case::floor(), process, 2, 9 * floor));
        }
        // A process that lacks the floor says nothing of the distance.
        turns.push(turn(&exit, 4, 1, 9000));
        turns.push(turn(&complete, 4, 1, 10));
        let distance = over_floor(&Samples::of(&turns), &exit, &complete).unwrap();
        assert!((distance.value - 10.0).abs() < 1e-9);
        assert!(distance.half_width() < 1e-6, "what moved both is gone");
    }

    #[test]
    fn a_floor_that_was_not_measured_is_none() {
        assert!(floor(&Samples::default()).is_none());
        let one = [turn(&Case::floor(), 0, 0, 20)];
        assert!(floor(&Samples::of(&one)).is_none());
    }
}
