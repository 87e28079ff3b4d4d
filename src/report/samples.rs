use std::collections::{BTreeMap, BTreeSet};

use crate::record::Turn;
use crate::verdict::centre::process_centre;
use trapbench_worker::case::{Axis, BackendId, Case, Value};

/// The turns of a run, case by case: `ns per call` by process, round and turn.
#[derive(Clone, Debug, Default)]
pub struct Samples {
    cases: BTreeMap<Case, BTreeMap<(u32, u32, u32), f64>>,
}

impl Samples {
    pub fn of<'a>(turns: impl IntoIterator<Item = &'a Turn>) -> Samples {
        let mut samples = Samples::default();
        for turn in turns {
            let of_case = samples.cases.entry(turn.case.clone()).or_default();
            let at = (turn.process, turn.round, turn.turn);
            of_case.insert(at, turn.cost());
        }
        samples
    }

    pub fn cases(&self) -> impl Iterator<Item = &Case> {
        self.cases.keys()
    }

    /// Where on an axis a backend was timed, in the axis's order: numbers rise, and words stand as
    /// in its row.
    pub fn values(&self, backend: &BackendId, axis: Axis) -> Vec<Value> {
        let is_of = |case: &&Case| case.axis == axis && &case.backend == backend;
        ordered(axis, self.cases().filter(is_of).map(|case| &case.value))
    }

    /// How many processes and rounds a case was timed in.
    pub fn size(&self, case: &Case) -> (usize, usize) {
        let turns = self.cases.get(case).into_iter().flat_map(BTreeMap::keys);
        let rounds = BTreeSet::from_iter(turns.map(|&(process, round, _)| (process, round)));
        let processes = BTreeSet::from_iter(rounds.iter().map(|(process, _)| *process));
        (processes.len(), rounds.len())
    }

    /// One number per process: the robust centre, over its turns, of `f` of the cases' ns per
    /// call in one turn. `f` sees values of the same moment, so the drift that they share is
    /// gone from their difference or ratio before anything is averaged.
    ///
    /// Only processes and turns in which every case was timed count; empty where none did.
    pub fn per_process<const N: usize>(
        &self,
        cases: [&Case; N],
        f: impl Fn([f64; N]) -> f64,
    ) -> BTreeMap<u32, f64> {
        let mut values: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
        let Some(first) = cases.first().and_then(|case| self.cases.get(case)) else {
            return BTreeMap::new();
        };
        for at in first.keys() {
            let turn = cases.map(|case| self.cases.get(case)?.get(at).copied());
            if turn.iter().all(Option::is_some) {
                let turn = turn.map(|value| value.expect("all are there"));
                values.entry(at.0).or_default().push(f(turn));
            }
        }
        let centre = |(process, turns): (u32, Vec<f64>)| Some((process, process_centre(&turns)?));
        values.into_iter().filter_map(centre).collect()
    }

    /// The costs of several cases in ns per call, a row per process that has them all.
    pub fn costs(&self, cases: &[Case]) -> Vec<Vec<f64>> {
        in_all(cases.iter().map(|case| self.per_process([case], |[ns]| ns)))
    }
}

/// Values of an axis, each once, in the axis's order.
pub fn ordered<'a>(axis: Axis, values: impl IntoIterator<Item = &'a Value>) -> Vec<Value> {
    let values = BTreeSet::from_iter(values);
    let mut values = Vec::from_iter(values.into_iter().cloned());
    let usual = axis.usual_values();
    values.sort_by_key(|value| match value.number() {
        Some(number) => u64::from(number),
        None => usual
            .iter()
            .position(|one| one == value)
            .unwrap_or(usual.len()) as u64,
    });
    values
}

/// The processes that have every one of the quantities: a row each, a column per quantity.
pub fn in_all(quantities: impl IntoIterator<Item = BTreeMap<u32, f64>>) -> Vec<Vec<f64>> {
    let quantities: Vec<BTreeMap<u32, f64>> = quantities.into_iter().collect();
    let Some(first) = quantities.first() else {
        return Vec::new();
    };
    let row = |process| quantities.iter().map(|q| q.get(process).copied()).collect();
    first.keys().filter_map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(id: &str, process: u32, round: u32, ns: u64) -> Turn {
        Turn {
            process,
            round,
            turn: 0,
            case: id.parse().unwrap(),
            iterations: 1,
            there_ns: ns,
            back_ns: ns,
        }
    }

    const A: &str = "depth/raise/exit/b/0";
    const B: &str = "depth/raise/complete/b/0";

    #[test]
    fn a_difference_is_taken_within_turns_and_centred_within_processes() {
        // The machine slows down threefold; the difference of the same moment is 10, 30, 30.
        let turns = [
            turn(A, 0, 0, 110),
            turn(B, 0, 0, 100),
            turn(A, 0, 1, 330),
            turn(B, 0, 1, 300),
            turn(A, 0, 2, 330),
            turn(B, 0, 2, 300),
            turn(A, 1, 3, 105),
            turn(B, 1, 3, 100),
        ];
        let samples = Samples::of(&turns);
        let (a, b) = (A.parse().unwrap(), B.parse().unwrap());
        let difference = samples.per_process([&a, &b], |[a, b]| a - b);
        assert_eq!(difference, BTreeMap::from([(0, 30.0), (1, 5.0)]));
        assert_eq!(samples.size(&a), (2, 4));
    }

    #[test]
    fn a_turn_that_lacks_a_case_does_not_count() {
        let turns = [turn(A, 0, 0, 10), turn(A, 1, 1, 30), turn(B, 1, 1, 10)];
        let samples = Samples::of(&turns);
        let (a, b): (Case, Case) = (A.parse().unwrap(), B.parse().unwrap());
        let difference = samples.per_process([&a, &b], |[a, b]| a - b);
        assert_eq!(difference, BTreeMap::from([(1, 20.0)]));
        assert_eq!(samples.costs(&[a, b.clone()]), vec![vec![30.0, 10.0]]);
        let absent: Case = "depth/sentinel/exit/b/0".parse().unwrap();
        assert!(
            samples
                .per_process([&absent, &b], |[a, b]| a - b)
                .is_empty()
        );
        assert!(
            samples
                .per_process([&b, &absent], |[a, b]| a - b)
                .is_empty()
        );
    }
}
