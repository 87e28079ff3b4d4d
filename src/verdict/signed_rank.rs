//! Where paired values lie, and how sure that is, with nothing assumed of their distribution
//! but symmetry.
//!
//! Under no change, base and head are exchangeable, so the log-ratio of a pair is as often above
//! 0 as below it by as much: symmetry is not a model there but a fact, and the level of the
//! interval is exact. It matters because the tails are heavy: a few relinks in a hundred make a
//! raise 20 to 30 % dearer than all others, and a mean follows them.
//!
//! Hodges & Lehmann (1963), "Estimates of location based on rank tests"; the interval inverts
//! the test of Wilcoxon (1945), "Individual comparisons by ranking methods".

use super::{Estimate, Interval, Unusable, check_values};

/// The median of all pairwise means, with the interval that Wilcoxon's signed-rank test does not
/// reject at `level`.
///
/// The level is at least `level`; the ranks come in steps.
///
/// # Errors
/// [`Unusable`]; among others when so few values reach no such level: n of them reach
/// 1 − 2^(1 − n).
pub fn location(values: &[f64], level: f64) -> Result<Estimate, Unusable> {
    check_values(values)?;
    if !(0.0 < level && level < 1.0) {
        return Err(Unusable::BadLevel);
    }
    let means = walsh_averages(values);
    let rejected =
        rejected(values.len(), (1.0 - level) / 2.0).ok_or(Unusable::LevelOutOfReach {
            values: values.len(),
        })?;
    let middle = means.len() / 2;
    let value = if means.len() % 2 == 1 {
        means[middle]
    } else {
        f64::midpoint(means[middle - 1], means[middle])
    };
    Estimate {
        value,
        interval: Interval {
            low: means[rejected],
            high: means[means.len() - 1 - rejected],
        },
    }
    .if_finite()
}

/// The means of all pairs of values, each with itself too, in ascending order.
pub(super) fn walsh_averages(values: &[f64]) -> Vec<f64> {
    let mut means = Vec::with_capacity(values.len() * (values.len() + 1) / 2);
    for (at, &one) in values.iter().enumerate() {
        means.extend(values[at..].iter().map(|&other| f64::midpoint(one, other)));
    }
    means.sort_unstable_by(f64::total_cmp);
    means
}

/// How many of the lowest averages lie outside the interval: the largest sum of ranks c such that
/// P(W ≤ c) ≤ `tail`, plus 1; W is the sum of the ranks with a plus sign, each sign a fair coin's.
fn rejected(n: usize, tail: f64) -> Option<usize> {
    let most = n * (n + 1) / 2;
    // The share of sign patterns by their sum, a rank at a time.
    let mut share = vec![0.0; most + 1];
    share[0] = 1.0;
    for rank in 1..=n {
        for sum in (0..=rank * (rank + 1) / 2).rev() {
            let with = if sum >= rank { share[sum - rank] } else { 0.0 };
            share[sum] = f64::midpoint(share[sum], with);
        }
    }
    let mut below = 0.0;
    let within = share.iter().take_while(|&&share| {
        below += share;
        below <= tail
    });
    match within.count() {
        0 => None,
        sums => Some(sums),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::simulate::normal;
    use proptest::prelude::*;
    use rand::rngs::SmallRng;
    use rand::{Rng, SeedableRng};

    /// The two-sided critical values at 5 and 1 % of the published tables.
    #[test]
    fn critical_ranks_are_those_of_the_tables() {
        for (n, tail, critical) in [
            (6, 0.025, 0),
            (10, 0.025, 8),
            (20, 0.025, 52),
            (30, 0.025, 137),
            (10, 0.005, 3),
            (30, 0.005, 109),
        ] {
            assert_eq!(rejected(n, tail), Some(critical + 1), "n = {n}");
        }
        assert_eq!(rejected(5, 0.025), None);
    }

    #[test]
    fn worked_by_hand() {
        // Averages: 1 1.5 2 2 2.5 3 3 … of 1 2 3; with n = 3 a level of 75 % is the highest.
        let found = location(&[3.0, 1.0, 2.0], 0.75).unwrap();
        let Interval { low, high } = found.interval;
        assert_eq!((low, found.value, high), (1.5, 2.0, 2.5));
        assert_eq!(
            location(&[1.0, 2.0, 3.0], 0.76),
            Err(Unusable::LevelOutOfReach { values: 3 })
        );
        assert_eq!(location(&[1.0, 2.0], 1.0), Err(Unusable::BadLevel));
    }

    #[test]
    fn a_wild_value_in_twenty_moves_it_little() {
        let mut values: Vec<f64> = (0..20).map(|n| f64::from(n) / 1000.0).collect();
        let calm = location(&values, 0.95).unwrap();
        values[19] = 1e6;
        let wild = location(&values, 0.95).unwrap();
        assert!((wild.value - calm.value).abs() < 0.001);
        assert!(wild.interval.high < 0.02);
    }

    /// The promise, on values with the tails that relinks have.
    #[test]
    fn the_interval_misses_as_often_as_it_says() {
        const RUNS: u32 = 4_000;
        let mut rng = SmallRng::seed_from_u64(5);
        let mut missed = 0;
        for _ in 0..RUNS {
            let draw = |_| {
                let spread = if rng.random_bool(0.05) { 0.3 } else { 0.02 };
                spread * normal(&mut rng)
            };
            let values: Vec<f64> = (0..28).map(draw).collect();
            let interval = location(&values, 0.95).unwrap().interval;
            missed += u32::from(!interval.contains(0.0));
        }
        let share = f64::from(missed) / f64::from(RUNS);
        assert!((0.037..0.060).contains(&share), "{share}");
    }

    proptest! {
        #[test]
        fn it_moves_and_turns_with_the_values(
            values in prop::collection::vec(-1.0..1.0f64, 6..30),
            shift in -2.0..2.0f64,
        ) {
            let plain = location(&values, 0.95).unwrap();
            let moved: Vec<f64> = values.iter().map(|value| value + shift).collect();
            let moved = location(&moved, 0.95).unwrap();
            prop_assert!((moved.value - plain.value - shift).abs() < 1e-12);
            prop_assert!((moved.interval.low - plain.interval.low - shift).abs() < 1e-12);
            let turned: Vec<f64> = values.iter().map(|value| -value).collect();
            let turned = location(&turned, 0.95).unwrap();
            prop_assert_eq!(turned.value, -plain.value);
            prop_assert_eq!(turned.interval.low, -plain.interval.high);
            prop_assert!(plain.interval.contains(plain.value));
        }
    }
}
