//! Did it change? Two arms of one case, compared.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::interval::student_interval;
use super::student::{critical_t, mean_and_error, student_quantile};
use super::{Estimate, Unusable};

/// What is said of the second arm, measured against the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The interval is above 0 and the estimate above the margin.
    Slower,
    /// The interval is below 0 and the estimate below the margin.
    Faster,
    /// The whole interval is within the margin, both ways.
    Same,
    /// None of these: the run could not see enough.
    Unsure,
}

/// A comparison of two arms.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// Time of the second arm over time of the first: 1.05 is five per cent slower.
    pub ratio: Estimate,
    pub verdict: Verdict,
    /// The smallest true change, as a fraction (0.02 is 2 %), that a run of this standard error
    /// calls `slower` with [`POWER`] probability; `faster` for the change the other way round.
    pub smallest_visible_change: f64,
}

/// The probability that stands behind [`Judgement::smallest_visible_change`].
pub const POWER: f64 = 0.8;

/// Judges the second arm against the first.
///
/// `log_ratios[k]` is ln(second / first) of process pair k; `margin` is the smallest change
/// that matters, as a fraction. A margin of 0.02 means times 1.02 or divided by 1.02: on the
/// log scale both are the same distance, so swapping the arms gives the mirrored verdict,
/// always, and the reciprocal ratio.
///
/// `same` is the two one-sided tests of Schuirmann (1987), "A comparison of the two one-sided
/// tests procedure and the power approach for assessing the equivalence of average
/// bioavailability", at a level stricter than it needs: one interval serves all four verdicts.
/// No run is both `slower` and `same`: the one wants the estimate outside the margin, the other
/// inside.
///
/// # Errors
/// [`Unusable`], when the pairs allow no interval.
pub fn judge(log_ratios: &[f64], margin: f64, level: f64) -> Result<Judgement, Unusable> {
    if !(margin >= 0.0 && margin.is_finite()) {
        return Err(Unusable::BadMargin);
    }
    let change = student_interval(log_ratios, level)?;
    let (_, error) = mean_and_error(log_ratios);
    let t = critical_t(log_ratios.len(), level)?;
    let power = student_quantile(log_ratios.len(), POWER)?;
    let margin = margin.ln_1p();
    // An estimate must clear the higher of two bars to be called; the true change must lie so
    // far above it that the estimate falls below with a probability of 1 − POWER only. The
    // quantile of the estimate is Student's since its error is itself estimated: Cohen (1988),
    // "Statistical power analysis for the behavioral sciences", chapter 2.
    let visible = margin.max(t * error) + power * error;
    let judgement = Judgement {
        ratio: change.map_increasing(f64::exp).if_finite()?,
        verdict: verdict(change, margin),
        smallest_visible_change: visible.exp_m1(),
    };
    if judgement.smallest_visible_change.is_finite() {
        Ok(judgement)
    } else {
        Err(Unusable::OutOfRange)
    }
}

/// Both on the log scale, where the margin is symmetric.
pub(super) fn verdict(change: Estimate, margin: f64) -> Verdict {
    let within = change.interval.low > -margin && change.interval.high < margin;
    if change.is_above_zero() && change.value > margin {
        Verdict::Slower
    } else if change.is_below_zero() && change.value < -margin {
        Verdict::Faster
    } else if within {
        Verdict::Same
    } else {
        Verdict::Unsure
    }
}

impl Verdict {
    /// What is said when the arms change places.
    pub fn mirrored(self) -> Verdict {
        match self {
            Verdict::Slower => Verdict::Faster,
            Verdict::Faster => Verdict::Slower,
            Verdict::Same | Verdict::Unsure => self,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Verdict::Slower => "slower",
            Verdict::Faster => "faster",
            Verdict::Same => "same",
            Verdict::Unsure => "unsure",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::LEVEL;
    use crate::verdict::simulate::normal;
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand::rngs::SmallRng;

    const MARGIN: f64 = 0.02;

    /// Log-ratios with the given mean, and with a standard error of 1 at `spread` 1.
    fn around(mean: f64, spread: f64) -> Vec<f64> {
        // Deviations of variance 5 over 5 processes.
        let half = 5.0_f64.sqrt();
        [-half, half, -half, half, 0.0]
            .map(|deviation| mean + spread * deviation)
            .to_vec()
    }

    fn said(log_ratios: &[f64]) -> Verdict {
        judge(log_ratios, MARGIN, LEVEL).unwrap().verdict
    }

    #[test]
    fn the_four_verdicts() {
        // t = 2.776 at 4 degrees of freedom; the margin is 0.0198 on the log scale.
        assert_eq!(said(&around(0.03, 0.01)), Verdict::Slower);
        assert_eq!(said(&around(-0.03, 0.01)), Verdict::Faster);
        assert_eq!(said(&around(0.005, 0.005)), Verdict::Same);
        assert_eq!(said(&around(0.03, 0.02)), Verdict::Unsure);
    }

    #[test]
    fn a_change_resolved_but_below_the_margin_is_not_slower() {
        // All of the interval is above 0 and inside the margin.
        assert_eq!(said(&around(0.010, 0.001)), Verdict::Same);
        // Above 0, but reaching past the margin: it may matter and may not.
        assert_eq!(said(&around(0.019, 0.002)), Verdict::Unsure);
    }

    #[test]
    fn without_a_margin_nothing_is_the_same() {
        let verdict = |values: &[f64]| judge(values, 0.0, LEVEL).unwrap().verdict;
        assert_eq!(verdict(&around(0.001, 0.0001)), Verdict::Slower);
        assert_eq!(verdict(&around(0.0, 0.001)), Verdict::Unsure);
        assert_eq!(verdict(&[0.0; 4]), Verdict::Unsure);
    }

    #[test]
    fn the_ratio_is_second_over_first() {
        let judgement = judge(&[2.0_f64.ln(); 3], MARGIN, LEVEL).unwrap();
        assert!((judgement.ratio.value - 2.0).abs() < 1e-12);
        assert_eq!(judgement.verdict, Verdict::Slower);
    }

    #[test]
    fn the_smallest_visible_change_worked_by_hand() {
        let visible = |spread| {
            judge(&around(0.0, spread), MARGIN, LEVEL)
                .unwrap()
                .smallest_visible_change
        };
        // Quantiles at 4 degrees of freedom: 2.776 445 (97.5 %) and 0.940 965 (80 %).
        let noisy = 0.05 * (2.776_445_1 + 0.940_964_6);
        assert!((visible(0.05).ln_1p() - noisy).abs() < 1e-6);
        // Little noise: it is the margin that must be cleared.
        assert!((visible(0.001).ln_1p() - (1.02_f64.ln() + 0.000_940_964_6)).abs() < 1e-8);
        assert!((visible(0.0) - MARGIN).abs() < 1e-12);
    }

    /// The promise itself: alarms without a change, and calls of a change of the size named.
    #[test]
    fn false_alarms_and_power_are_as_promised() {
        const RUNS: u32 = 2_000;
        const PROCESSES: usize = 8;
        const SPREAD: f64 = 0.02;
        let mut rng = SmallRng::seed_from_u64(1);
        let mut share_called = |change: f64, margin: f64, verdict: Verdict| {
            let mut called = 0;
            for _ in 0..RUNS {
                let pairs: Vec<f64> = (0..PROCESSES)
                    .map(|_| change.ln_1p() + SPREAD * normal(&mut rng))
                    .collect();
                called += u32::from(judge(&pairs, margin, LEVEL).unwrap().verdict == verdict);
            }
            f64::from(called) / f64::from(RUNS)
        };
        for verdict in [Verdict::Slower, Verdict::Faster] {
            let alarms = share_called(0.0, 0.0, verdict);
            assert!((0.013..0.037).contains(&alarms), "{verdict}: {alarms}");
        }
        // What a run would name if it knew its standard error, for a bar set by the noise and
        // for one set by the margin; the latter errs on the safe side.
        let error = SPREAD / (PROCESSES as f64).sqrt();
        let visible = |margin: f64| {
            let t = critical_t(PROCESSES, LEVEL).unwrap() * error;
            let power = student_quantile(PROCESSES, POWER).unwrap() * error;
            (margin.ln_1p().max(t) + power).exp_m1()
        };
        let by_noise = share_called(visible(0.0), 0.0, Verdict::Slower);
        assert!((0.76..0.84).contains(&by_noise), "{by_noise}");
        let by_margin = share_called(visible(0.05), 0.05, Verdict::Slower);
        assert!((0.77..0.85).contains(&by_margin), "{by_margin}");
    }

    #[test]
    fn what_cannot_be_judged_says_why() {
        let wrong = |values: &[f64]| judge(values, MARGIN, LEVEL).unwrap_err();
        assert_eq!(wrong(&[]), Unusable::TooFewProcesses { found: 0 });
        assert_eq!(wrong(&[0.1]), Unusable::TooFewProcesses { found: 1 });
        assert_eq!(wrong(&[0.1, f64::NAN]), Unusable::NotFinite { process: 1 });
        assert_eq!(wrong(&[1e3, 1e3]), Unusable::OutOfRange);
        assert_eq!(
            judge(&[0.1, 0.2], f64::MAX, LEVEL),
            Err(Unusable::OutOfRange)
        );
        for margin in [-0.1, f64::NAN, f64::INFINITY] {
            assert_eq!(judge(&[0.1, 0.2], margin, LEVEL), Err(Unusable::BadMargin));
        }
        assert_eq!(judge(&[0.1, 0.2], MARGIN, 1.0), Err(Unusable::BadLevel));
    }

    fn pairs() -> impl Strategy<Value = Vec<f64>> {
        (
            -0.1..0.1,
            0.0..0.05,
            prop::collection::vec(-1.0..1.0, 2..20),
        )
            .prop_map(|(mean, spread, noise): (f64, f64, Vec<f64>)| {
                noise.into_iter().map(|x| mean + spread * x).collect()
            })
    }

    proptest! {
        #[test]
        fn swapping_the_arms_mirrors_the_judgement(pairs in pairs(), margin in 0.0..0.1) {
            let swapped: Vec<f64> = pairs.iter().map(|log| -log).collect();
            let one = judge(&pairs, margin, LEVEL).unwrap();
            let other = judge(&swapped, margin, LEVEL).unwrap();
            prop_assert_eq!(one.verdict, other.verdict.mirrored());
            prop_assert_eq!(one.smallest_visible_change, other.smallest_visible_change);
            prop_assert!((one.ratio.value * other.ratio.value - 1.0).abs() < 1e-12);
            let (a, b) = (one.ratio.interval, other.ratio.interval);
            prop_assert!((a.low * b.high - 1.0).abs() < 1e-9);
            prop_assert!((a.high * b.low - 1.0).abs() < 1e-9);
        }

        #[test]
        fn a_slower_second_arm_scales_the_ratio(pairs in pairs(), factor in 0.5..2.0_f64) {
            let scaled: Vec<f64> = pairs.iter().map(|log| log + factor.ln()).collect();
            let one = judge(&pairs, MARGIN, LEVEL).unwrap();
            let other = judge(&scaled, MARGIN, LEVEL).unwrap();
            prop_assert!((other.ratio.value / one.ratio.value / factor - 1.0).abs() < 1e-9);
            prop_assert!(other.ratio.interval.contains(other.ratio.value));
        }

        #[test]
        fn a_wider_margin_never_calls_more(pairs in pairs()) {
            let calls = |margin| {
                matches!(
                    judge(&pairs, margin, LEVEL).unwrap().verdict,
                    Verdict::Slower | Verdict::Faster
                )
            };
            prop_assert!(calls(0.01) || !calls(0.03));
        }
    }
}
