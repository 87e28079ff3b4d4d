//! How the turns of a case scatter: what an interval over processes does not show, such as two
//! humps where a neighbour came and went.

use std::collections::BTreeMap;

use crate::record::Turn;
use crate::verdict::centre::{median, quantile};
use trapbench_worker::case::Case;

/// Bins of a histogram are this wide relative to the median: 2 %, about the jitter of two
/// quiet slices.
pub const BIN: f64 = 0.02;

/// From 20 % below the median to 40 % above it; interference only ever slows.
pub const LOW: f64 = 0.8;
pub const BINS: usize = 30;

/// The turns of one case.
#[derive(Clone, Debug, PartialEq)]
pub struct Spread {
    /// Over all turns of all processes, ns per call.
    pub median: f64,
    /// Below and above which a tenth of the turns lies, ns per call.
    pub tenths: (f64, f64),
    pub turns: usize,
    /// Turns by cost relative to the median, in steps of [`BIN`] from [`LOW`]; the first and
    /// the last bin also hold what lies beyond.
    pub bins: [usize; BINS],
}

impl Spread {
    /// Every case's; cases whose turns have no cost above 0 have none.
    pub fn of_cases(turns: &[Turn]) -> BTreeMap<Case, Spread> {
        let mut values: BTreeMap<&Case, Vec<f64>> = BTreeMap::new();
        for turn in turns {
            let value = turn.cost();
            values.entry(&turn.case).or_default().push(value);
        }
        let spread = |(case, values): (&Case, Vec<f64>)| Some((case.clone(), Spread::of(&values)?));
        values.into_iter().filter_map(spread).collect()
    }

    fn of(values: &[f64]) -> Option<Spread> {
        let median = median(values).filter(|ns| *ns > 0.0)?;
        let mut bins = [0; BINS];
        for value in values {
            // A cast to an integer stops at its ends, which is where the outliers belong.
            let bin = ((value / median - LOW) / BIN + 1e-9) as usize;
            bins[bin.min(BINS - 1)] += 1;
        }
        Some(Spread {
            median,
            tenths: (quantile(values, 0.1)?, quantile(values, 0.9)?),
            turns: values.len(),
            bins,
        })
    }

    /// The tenths as shares of the median, `−0.03 .. 0.21`.
    pub fn relative_tenths(&self) -> (f64, f64) {
        let (low, high) = self.tenths;
        (low / self.median - 1.0, high / self.median - 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_humps_are_two_humps_and_outliers_stay_in() {
        let mut values = vec![100.0; 6];
        values.extend([120.5, 120.5, 120.5, 900.0, 1.0]);
        let spread = Spread::of(&values).unwrap();
        assert_eq!((spread.median, spread.turns), (100.0, 11));
        let filled: Vec<(usize, usize)> = (0..BINS)
            .map(|bin| (bin, spread.bins[bin]))
            .filter(|(_, turns)| *turns > 0)
            .collect();
        assert_eq!(filled, [(0, 1), (10, 6), (20, 3), (29, 1)]);
    }

    #[test]
    fn no_cost_no_spread() {
        assert_eq!(Spread::of(&[]), None);
        assert_eq!(Spread::of(&[0.0, 0.0, 0.0]), None);
    }
}
