//! Two arms that were not timed together: nothing is paired, and what moved between the two
//! runs is part of every difference.

use statrs::distribution::{ContinuousCDF, StudentsT};

use super::judge::{Judgement, POWER, verdict};
use super::student::mean_and_error;
use super::{Estimate, Interval, Unusable, check_values};

/// The ratio of the second arm over the first. `first[k]` and `second[k]` are the *logarithms*
/// of process k's cost in either run; the runs may differ in their number of processes.
///
/// Welch (1947), "The generalization of Student's problem when several different population
/// variances are involved".
///
/// # Errors
/// [`Unusable`], when either side allows no interval.
pub fn ratio_apart(first: &[f64], second: &[f64], level: f64) -> Result<Estimate, Unusable> {
    let change = Change::new(first, second, level)?;
    change.estimate.map_increasing(f64::exp).if_finite()
}

/// Judges the second arm against the first, as [`super::judge::judge`] does with pairs.
///
/// # Errors
/// [`Unusable`], when either side allows no interval.
pub fn judge_apart(
    first: &[f64],
    second: &[f64],
    margin: f64,
    level: f64,
) -> Result<Judgement, Unusable> {
    if !(margin >= 0.0 && margin.is_finite()) {
        return Err(Unusable::BadMargin);
    }
    let change = Change::new(first, second, level)?;
    let margin = margin.ln_1p();
    let visible = margin.max(change.estimate.half_width()) + change.quantile(POWER) * change.error;
    Ok(Judgement {
        ratio: change.estimate.map_increasing(f64::exp).if_finite()?,
        verdict: verdict(change.estimate, margin),
        smallest_visible_change: visible.exp_m1(),
    })
}

/// The difference of two means of logarithms.
struct Change {
    estimate: Estimate,
    error: f64,
    /// Welch's degrees of freedom; none where neither side scatters at all.
    student: Option<StudentsT>,
}

impl Change {
    fn new(first: &[f64], second: &[f64], level: f64) -> Result<Change, Unusable> {
        check_values(first)?;
        check_values(second)?;
        if !(0.0 < level && level < 1.0) {
            return Err(Unusable::BadLevel);
        }
        let ((a, a_error), (b, b_error)) = (mean_and_error(first), mean_and_error(second));
        let error = a_error.hypot(b_error);
        let share = |error: f64, n: usize| error.powi(4) / (n as f64 - 1.0);
        let freedom = error.powi(4) / (share(a_error, first.len()) + share(b_error, second.len()));
        let mut change = Change {
            estimate: Estimate {
                value: b - a,
                interval: Interval {
                    low: b - a,
                    high: b - a,
                },
            },
            error,
            student: StudentsT::new(0.0, 1.0, freedom).ok(),
        };
        let half = change.quantile(0.5 + level / 2.0) * error;
        change.estimate.interval.low -= half;
        change.estimate.interval.high += half;
        change.estimate = change.estimate.if_finite()?;
        Ok(change)
    }

    fn quantile(&self, probability: f64) -> f64 {
        let quantile = |student: &StudentsT| student.inverse_cdf(probability);
        self.student.as_ref().map_or(0.0, quantile)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::LEVEL;
    use crate::verdict::judge::Verdict;
    use crate::verdict::simulate::normal;
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand::rngs::SmallRng;

    /// A textbook case: two samples of 1, 2, 3 and of 2, 4, 6, 8 have Welch's t = 2.1213 at
    /// 4.0755 degrees of freedom, whose 97.5 % point is 2.7563.
    #[test]
    fn the_interval_is_welchs() {
        let change = Change::new(&[1.0, 2.0, 3.0], &[2.0, 4.0, 6.0, 8.0], LEVEL).unwrap();
        assert_eq!(change.estimate.value, 3.0);
        assert!((3.0 / change.error - 2.1213).abs() < 1e-4);
        assert!((change.estimate.half_width() / change.error - 2.7563).abs() < 1e-3);
    }

    #[test]
    fn the_verdict_follows_the_change() {
        let around = |mean: f64| [mean - 0.01, mean, mean + 0.01];
        let said = |change: f64| {
            let judgement = judge_apart(&around(0.0), &around(change), 0.02, LEVEL);
            judgement.unwrap().verdict
        };
        assert_eq!(said(0.1), Verdict::Slower);
        assert_eq!(said(-0.1), Verdict::Faster);
        assert_eq!(said(0.0), Verdict::Unsure);
        let still = judge_apart(&[1.0, 1.0], &[1.0, 1.0], 0.02, LEVEL).unwrap();
        assert_eq!(still.verdict, Verdict::Same);
    }

    #[test]
    fn what_allows_no_interval_is_refused() {
        let fine = [0.0, 1.0];
        assert!(ratio_apart(&[1.0], &fine, LEVEL).is_err());
        assert!(ratio_apart(&fine, &[f64::NAN, 0.0], LEVEL).is_err());
        assert!(ratio_apart(&fine, &fine, 1.0).is_err());
        assert!(judge_apart(&fine, &fine, -0.1, LEVEL).is_err());
        assert!(ratio_apart(&[1e308, -1e308], &fine, LEVEL).is_err());
    }

    #[test]
    fn a_true_change_of_nothing_lies_in_the_interval_as_often_as_promised() {
        let mut rng = SmallRng::seed_from_u64(7);
        let mut draw = |n: usize, spread: f64| -> Vec<f64> {
            (0..n).map(|_| spread * normal(&mut rng)).collect()
        };
        let covered = (0..2_000).filter(|_| {
            // Unequal in number and in scatter, the hard case.
            let ratio = ratio_apart(&draw(6, 0.03), &draw(15, 0.01), LEVEL).unwrap();
            ratio.interval.contains(1.0)
        });
        let share = covered.count() as f64 / 2_000.0;
        assert!((0.935..0.965).contains(&share), "{share}");
    }

    proptest! {
        #[test]
        fn swapping_the_arms_mirrors_the_answer(
            first in prop::collection::vec(-1.0..1.0f64, 2..8),
            second in prop::collection::vec(-1.0..1.0f64, 2..8),
        ) {
            let there = judge_apart(&first, &second, 0.02, LEVEL).unwrap();
            let back = judge_apart(&second, &first, 0.02, LEVEL).unwrap();
            prop_assert_eq!(there.verdict, back.verdict.mirrored());
            prop_assert!((there.ratio.value * back.ratio.value - 1.0).abs() < 1e-12);
        }
    }
}
