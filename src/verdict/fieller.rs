//! The ratio of two means with its interval: Fieller's theorem.

use super::student::{critical_t, mean_and_error};
use super::{Estimate, Interval, Unusable, check_pairs};

/// The ratio of two means over the same processes, `mean(num) / mean(den)`, with Fieller's
/// interval: every ratio ρ for which `mean(num − ρ·den) = 0` is not rejected.
///
/// `num[k]` and `den[k]` come from process k, in the same unit; what moved both of them is
/// thereby accounted for. Unlike a linearised error the set is exact for normal data however
/// noisy the denominator is, as long as it is resolved from 0 at `level`; where it is not, no
/// bounded set has that coverage and the answer is [`Unusable::DenominatorNotResolved`].
///
/// Fieller (1954), "Some problems in interval estimation".
pub fn ratio_of_means(num: &[f64], den: &[f64], level: f64) -> Result<Estimate, Unusable> {
    let fieller = Fieller::new(num, den, level)?;
    if fieller.a <= 0.0 {
        return Err(Unusable::DenominatorNotResolved);
    }
    let value = fieller.num / fieller.den;
    let (low, high) = fieller.roots().unwrap_or((value, value));
    Estimate {
        value,
        // Rounding must not put the value outside an interval of nearly no width.
        interval: Interval {
            low: low.min(value),
            high: high.max(value),
        },
    }
    .if_finite()
}

/// Fieller's question as a parabola in ρ: `a ρ² + b ρ + c <= 0` exactly where
/// `mean(num − ρ·den) = 0` is not rejected.
pub(super) struct Fieller {
    pub(super) num: f64,
    pub(super) den: f64,
    /// Above 0 exactly when the denominator is resolved from 0.
    pub(super) a: f64,
    b: f64,
    /// Above 0 exactly when the numerator is resolved from 0.
    pub(super) c: f64,
}

impl Fieller {
    pub(super) fn new(num: &[f64], den: &[f64], level: f64) -> Result<Fieller, Unusable> {
        check_pairs(num, den)?;
        let t = critical_t(num.len(), level)?;
        let (num_mean, num_error) = mean_and_error(num);
        let (den_mean, den_error) = mean_and_error(den);
        let count = num.len() as f64;
        let products: f64 = num
            .iter()
            .zip(den)
            .map(|(n, d)| (n - num_mean) * (d - den_mean))
            .sum();
        let covariance = products / (count - 1.0) / count;
        // Factored, so that the sign of `a` and `c` is the very comparison that
        // `mean_over_processes` makes when it says whether 0 is inside.
        let squares = |mean: f64, error: f64| (mean - t * error) * (mean + t * error);
        let fieller = Fieller {
            num: num_mean,
            den: den_mean,
            a: squares(den_mean, den_error),
            b: -2.0 * (num_mean * den_mean - t * t * covariance),
            c: squares(num_mean, num_error),
        };
        if fieller.discriminant().is_finite() {
            Ok(fieller)
        } else {
            Err(Unusable::OutOfRange)
        }
    }

    fn discriminant(&self) -> f64 {
        self.b * self.b - 4.0 * self.a * self.c
    }

    /// Where the parabola crosses 0, in ascending order; `None` where it does not. A straight
    /// line has its second root at infinity.
    pub(super) fn roots(&self) -> Option<(f64, f64)> {
        let discriminant = self.discriminant();
        // Equal process values make it 0 up to rounding.
        let noise = 1e-12 * self.b * self.b;
        if discriminant < -noise {
            return None;
        }
        // The form that does not subtract nearly equal numbers: Press et al. (2007),
        // "Numerical Recipes", section 5.6.
        let q = -0.5 * (self.b + discriminant.max(0.0).sqrt().copysign(self.b));
        if q == 0.0 {
            return Some((0.0, 0.0));
        }
        let (one, other) = (q / self.a, self.c / q);
        Some((one.min(other), one.max(other)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::interval::mean_over_processes;
    use proptest::prelude::*;

    const LEVEL: f64 = crate::verdict::LEVEL;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() <= 1e-9 * (a.abs() + b.abs() + 1e-3)
    }

    fn assert_close(estimate: Estimate, low: f64, value: f64, high: f64) {
        let Interval { low: l, high: h } = estimate.interval;
        assert!(
            close(estimate.value, value) && close(l, low) && close(h, high),
            "{estimate:?} is not {low} {value} {high}"
        );
    }

    #[test]
    fn a_ratio_worked_independently() {
        let ratio = ratio_of_means(
            &[10.0, 12.0, 9.0, 11.0, 13.0],
            &[4.0, 5.0, 6.0, 3.5, 5.5],
            LEVEL,
        );
        // The ends by bisecting |mean(num − ρ·den)| = t · error, outside this program.
        assert_close(
            ratio.unwrap(),
            1.682_612_632_44,
            2.291_666_666_67,
            3.255_972_875_63,
        );
    }

    #[test]
    fn a_denominator_lost_in_noise_gives_no_ratio() {
        for den in [&[1.0, -1.0, 0.5][..], &[0.0; 3]] {
            assert_eq!(
                ratio_of_means(&[5.0, 5.1, 4.9], den, LEVEL),
                Err(Unusable::DenominatorNotResolved)
            );
        }
    }

    #[test]
    fn a_ratio_says_what_is_wrong_with_its_data() {
        let ratio = |num: &[f64], den: &[f64]| ratio_of_means(num, den, LEVEL).unwrap_err();
        assert_eq!(
            ratio(&[1.0], &[1.0, 2.0]),
            Unusable::Unpaired { left: 1, right: 2 }
        );
        assert_eq!(ratio(&[], &[]), Unusable::TooFewProcesses { found: 0 });
        assert_eq!(
            ratio(&[1.0], &[1.0]),
            Unusable::TooFewProcesses { found: 1 }
        );
        assert_eq!(
            ratio(&[1.0, 1.0], &[1.0, f64::NAN]),
            Unusable::NotFinite { process: 1 }
        );
        assert_eq!(
            ratio(&[1e200, 2e200], &[1e200, 1e200]),
            Unusable::OutOfRange
        );
    }

    #[test]
    fn a_parabola_that_is_a_straight_line_crosses_once() {
        let line = Fieller {
            num: 0.0,
            den: 0.0,
            a: 0.0,
            b: -2.0,
            c: 1.0,
        };
        assert_eq!(line.roots(), Some((0.5, f64::INFINITY)));
    }

    #[test]
    fn equal_processes_are_an_interval_of_no_width() {
        assert_close(
            ratio_of_means(&[6.0; 4], &[3.0; 4], LEVEL).unwrap(),
            2.0,
            2.0,
            2.0,
        );
    }

    #[test]
    fn a_level_is_a_probability() {
        for level in [0.0, 1.0, -1.0, 95.0, f64::NAN] {
            assert_eq!(
                ratio_of_means(&[1.0, 2.0], &[1.0, 2.0], level),
                Err(Unusable::BadLevel)
            );
        }
    }

    /// Pairs of process values as noisy as real ones are, or noisier.
    fn pairs() -> impl Strategy<Value = (Vec<f64>, Vec<f64>)> {
        prop::collection::vec((-50.0..200.0, 20.0..200.0), 2..12)
            .prop_map(|pairs: Vec<(f64, f64)>| pairs.into_iter().unzip())
    }

    proptest! {
        #[test]
        fn fieller_ends_are_where_the_test_of_its_definition_turns((num, den) in pairs()) {
            let Ok(ratio) = ratio_of_means(&num, &den, LEVEL) else { return Ok(()) };
            prop_assert!(ratio.interval.contains(ratio.value));
            for end in [ratio.interval.low, ratio.interval.high] {
                let rest: Vec<f64> = num.iter().zip(&den).map(|(n, d)| n - end * d).collect();
                let t = critical_t(num.len(), LEVEL).unwrap();
                let (mean, error) = mean_and_error(&rest);
                prop_assert!((mean.abs() - t * error).abs() < 1e-5 * (1.0 + t * error));
            }
        }

        #[test]
        fn rounding_leaves_the_ratio_in_its_interval(
            num in 0.1..100.0,
            den in 0.1..100.0,
            processes in 2_usize..12,
        ) {
            let ratio = ratio_of_means(&vec![num; processes], &vec![den; processes], LEVEL).unwrap();
            prop_assert!(ratio.interval.contains(ratio.value));
            prop_assert!(ratio.half_width() < 1e-5 * ratio.value);
        }

        #[test]
        fn fieller_is_bounded_exactly_when_the_denominator_is_resolved((num, den) in pairs()) {
            let resolved = mean_over_processes(&den, LEVEL).unwrap().excludes_zero();
            prop_assert_eq!(ratio_of_means(&num, &den, LEVEL).is_ok(), resolved);
        }

        #[test]
        fn scaling_a_side_scales_the_ratio((num, den) in pairs(), factor in 0.1..10.0) {
            let scaled: Vec<f64> = num.iter().map(|value| value * factor).collect();
            if let Ok(ratio) = ratio_of_means(&num, &den, LEVEL) {
                let expected = ratio.map_increasing(|value| value * factor);
                let Interval { low, high } = expected.interval;
                let got = ratio_of_means(&scaled, &den, LEVEL).unwrap();
                prop_assert!(close(got.value, expected.value));
                prop_assert!((got.interval.low - low).abs() < 1e-6 * (1.0 + low.abs()));
                prop_assert!((got.interval.high - high).abs() < 1e-6 * (1.0 + high.abs()));
            }
        }

        #[test]
        fn swapping_the_sides_inverts_the_ratio((num, den) in pairs()) {
            if let (Ok(ratio), Ok(swapped)) = (
                ratio_of_means(&num, &den, LEVEL),
                ratio_of_means(&den, &num, LEVEL),
            ) {
                prop_assert!(close(ratio.value * swapped.value, 1.0));
                prop_assert!((ratio.interval.low * swapped.interval.high - 1.0).abs() < 1e-6);
                prop_assert!((ratio.interval.high * swapped.interval.low - 1.0).abs() < 1e-6);
            }
        }

        #[test]
        fn the_order_of_processes_does_not_matter((num, den) in pairs(), turn in 0_usize..12) {
            let turned = |values: &[f64]| {
                let mut values = values.to_vec();
                let length = values.len();
                values.rotate_left(turn % length);
                values
            };
            if let Ok(ratio) = ratio_of_means(&num, &den, LEVEL) {
                let again = ratio_of_means(&turned(&num), &turned(&den), LEVEL).unwrap();
                prop_assert!(close(ratio.value, again.value));
            }
        }
    }
}
