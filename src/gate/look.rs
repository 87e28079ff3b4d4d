use std::collections::{BTreeMap, HashMap};

use crate::case::Case;
use crate::measure::{Observer, Progress, Slowed, Timed};
use crate::record::Failure;
use crate::verdict::centre::{median, quantile, turn_value};

/// One look's turns, as they come, turned into what is judged: a log-ratio for each unit of
/// inference.
#[derive(Default)]
pub struct Look {
    /// The side of each arm; 0 is the base.
    sides: Vec<usize>,
    /// Units of inference: pairs of relinks, or as many groups of processes.
    units: u32,
    progress: Option<Progress>,
    /// By side and case: by unit, ns a call of each turn.
    turns: HashMap<(usize, Case), BTreeMap<u32, Vec<f64>>>,
    achieved: HashMap<(usize, Case), Vec<f64>>,
    failures: Vec<Failure>,
}

/// Which of a unit's turns speaks for a side: the one that a quarter of them is faster than.
///
/// Interference and mistrained predictors only ever slow, whole slices at a time, and in a cheap
/// case they slow every third one. Of relinks alike, 28 pairs with 30 turns each agreed within
/// (a standard error, of the median of the turns' log-ratios and of the ratio of these quarters)
/// 0.83 and 0.56 % for `raise-prebuilt` sixteen frames deep, 0.31 and 0.21 for a completing call
/// at depth 0, 0.26 and 0.18 for a sentinel's exit there, 0.26 and 0.25 for a raise.
const SHARE: f64 = 0.25;

impl Look {
    pub fn new(sides: Vec<usize>, units: u32, progress: Progress) -> Look {
        Look {
            sides,
            units,
            progress: Some(progress),
            ..Look::default()
        }
    }

    /// ln(other / base), one value for each unit, to the sixth digit, so that what is judged is
    /// what is kept. Both sides took their turns together: what the machine did to one it did to
    /// the other.
    pub fn log_ratios(&self, other: usize, case: &Case) -> Vec<f64> {
        let of = |side: usize| self.turns.get(&(side, case.clone()));
        let (Some(base), Some(other)) = (of(0), of(other + 1)) else {
            return Vec::new();
        };
        let ratio = |(unit, turns): (&u32, &Vec<f64>)| {
            let base = quantile(base.get(unit)?, SHARE)?;
            let log = (quantile(turns, SHARE)? / base).ln();
            Some((log * 1e6).round() / 1e6)
        };
        other.iter().filter_map(ratio).collect()
    }

    /// Nanoseconds a call, the median over all turns.
    pub fn ns(&self, side: usize, case: &Case) -> Option<f64> {
        let units = self.turns.get(&(side, case.clone()))?;
        median(&Vec::from_iter(units.values().flatten().copied()))
    }

    pub fn achieved(&self, other: usize, case: &Case) -> Option<f64> {
        median(self.achieved.get(&(other + 1, case.clone()))?)
    }

    pub fn failures(&self) -> Vec<Failure> {
        self.failures.clone()
    }

    pub fn end(&mut self) {
        if let Some(progress) = self.progress.take() {
            progress.end();
        }
    }
}

impl Observer for Look {
    fn progress(&mut self, share: f64) {
        if let Some(progress) = &self.progress {
            progress.at(share);
        }
    }

    fn slowed(&mut self, slowdowns: &[Slowed]) {
        for slowed in slowdowns {
            let key = (self.sides[slowed.arm], slowed.case.clone());
            self.achieved.entry(key).or_default().push(slowed.achieved);
        }
    }

    fn round(
        &mut self,
        process: u32,
        _: u32,
        turns: &[Timed],
        failures: &[Failure],
    ) -> anyhow::Result<()> {
        self.failures.extend_from_slice(failures);
        let unit = process % self.units;
        for Timed { arm, turn } in turns {
            let key = (self.sides[*arm], turn.case.clone());
            let units = self.turns.entry(key).or_default();
            let ns = turn_value(turn.ns_per_call());
            units.entry(unit).or_default().push(ns);
        }
        Ok(())
    }
}
