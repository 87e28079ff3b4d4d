//! When may a gate speak? Two looks at a case, on fresh data each: a screening that lets much
//! through, and a confirmation of what it let through, whose effect is the one reported.
//!
//! Both look at every arm alike. A *change* is head over base; a *control* is base over base,
//! in other processes of the same turns, judged by the same rule: what is found there is the
//! instrument's.

use super::judge::{Judgement, POWER, Verdict, verdict};
use super::signed_rank::location;
use super::student::{critical_t, student_quantile};
use super::{Estimate, LEVEL, Unusable};

/// The probability that a gate says `slower` or `faster` of any of its cases where nothing has
/// changed, at most.
pub const FAMILY_WISE_ERROR: f64 = 0.001;

/// The level of the screening's interval: of cases that have not changed, at most one in ten is
/// looked at again.
pub const SCREENING: f64 = 0.9;

/// How a gate of `cases` cases judges.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rule {
    /// The smallest change that matters, as a fraction.
    pub margin: f64,
    /// The level of the confirmation's interval.
    pub confirmation: f64,
}

impl Rule {
    /// Without a change both looks must err, and to the same side: with a share of `1 −`
    /// [`SCREENING`] and of `1 − confirmation`, half of each to either side, that happens to a
    /// case with a probability of half their product. The sum over the cases bounds the whole
    /// (Bonferroni), whatever they share.
    pub fn new(cases: usize, margin: f64) -> Rule {
        let per_case = FAMILY_WISE_ERROR / cases.max(1) as f64;
        let error = 2.0 * per_case / (1.0 - SCREENING);
        Rule {
            margin,
            confirmation: 1.0 - error.min(1.0 - LEVEL),
        }
    }

    /// Whether a case is to be confirmed. `screening` has ln(head / base), one value for each
    /// unit of inference: a pair of relinks, or of processes where an arm is one executable.
    ///
    /// # Errors
    /// [`Unusable`], when the pairs allow no interval.
    pub fn is_suspect(&self, screening: &[f64]) -> Result<bool, Unusable> {
        Ok(location(screening, SCREENING)?.excludes_zero())
    }

    /// What is said of a case that was screened and, where it was suspect, confirmed.
    ///
    /// The ratio is the last look's, with its interval at [`LEVEL`]; the verdict rests on the
    /// rule's own levels. A case that was not suspect, or was not confirmed, is the `same` where
    /// that interval is within the margin, else `unsure`.
    ///
    /// # Errors
    /// [`Unusable`], when the pairs allow no interval.
    pub fn judge(
        &self,
        screening: &[f64],
        confirmation: Option<&[f64]>,
    ) -> Result<Judgement, Unusable> {
        let last = confirmation.unwrap_or(screening);
        let shown = location(last, LEVEL)?;
        let confirmed = match confirmation {
            Some(confirmation) => self.confirmed(screening, confirmation)?,
            None => Verdict::Unsure,
        };
        let verdict = match (confirmed, verdict(shown, self.margin.ln_1p())) {
            (Verdict::Slower | Verdict::Faster, _) => confirmed,
            (_, Verdict::Same) => Verdict::Same,
            _ => Verdict::Unsure,
        };
        Ok(Judgement {
            ratio: shown.map_increasing(f64::exp).if_finite()?,
            verdict,
            smallest_visible_change: self.visible(last.len(), shown)?,
        })
    }

    fn confirmed(&self, screening: &[f64], confirmation: &[f64]) -> Result<Verdict, Unusable> {
        let first = location(screening, SCREENING)?;
        let second = location(confirmation, self.confirmation)?;
        let found = verdict(second, self.margin.ln_1p());
        Ok(match found {
            Verdict::Slower if first.is_above_zero() => Verdict::Slower,
            Verdict::Faster if first.is_below_zero() => Verdict::Faster,
            _ => Verdict::Unsure,
        })
    }

    /// The true change that a look of `units` with this interval at [`LEVEL`] confirms with the
    /// probability [`POWER`]: it must clear the margin and the confirmation's interval.
    ///
    /// The standard error is read off the interval as if the centres were normal, which rank
    /// estimates of a dozen values nearly are.
    fn visible(&self, units: usize, shown: Estimate) -> Result<f64, Unusable> {
        let error = shown.half_width() / critical_t(units, LEVEL)?;
        let bar = critical_t(units, self.confirmation)? * error;
        let power = student_quantile(units, POWER)? * error;
        let visible = (bar.max(self.margin.ln_1p()) + power).exp_m1();
        if visible.is_finite() {
            Ok(visible)
        } else {
            Err(Unusable::OutOfRange)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::simulate::normal;
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand::rngs::SmallRng;

    /// Sixteen pairs, evenly within 0.5 % of `mean`.
    fn around(mean: f64) -> Vec<f64> {
        (0..16)
            .map(|n| mean + 0.01 * (f64::from(n) / 15.0 - 0.5))
            .collect()
    }

    fn said(screening: f64, confirmation: Option<f64>) -> Verdict {
        let confirmation = confirmation.map(around);
        let rule = Rule::new(12, 0.005);
        let judgement = rule.judge(&around(screening), confirmation.as_deref());
        judgement.unwrap().verdict
    }

    #[test]
    fn only_what_both_looks_see_is_said() {
        assert_eq!(said(0.05, Some(0.05)), Verdict::Slower);
        assert_eq!(said(-0.05, Some(-0.05)), Verdict::Faster);
        // Not a suspect, and never more than unsure, however large it looks.
        assert_eq!(said(0.05, None), Verdict::Unsure);
        // The looks disagree, or the second one sees nothing.
        assert_eq!(said(0.05, Some(-0.05)), Verdict::Unsure);
        assert_eq!(said(0.05, Some(0.004)), Verdict::Unsure);
        assert_eq!(said(0.0005, Some(0.05)), Verdict::Unsure);
    }

    #[test]
    fn the_same_is_said_where_the_last_look_is_within_the_margin() {
        let rule = Rule::new(12, 0.02);
        let said = |screening: f64, confirmation: Option<f64>| {
            let confirmation = confirmation.map(around);
            let judgement = rule.judge(&around(screening), confirmation.as_deref());
            judgement.unwrap().verdict
        };
        assert_eq!(said(0.0, None), Verdict::Same);
        assert_eq!(said(0.01, Some(0.001)), Verdict::Same);
        assert_eq!(said(0.001, Some(0.03)), Verdict::Unsure);
        // Sure, and of no consequence.
        assert_eq!(said(0.01, Some(0.012)), Verdict::Same);
    }

    #[test]
    fn the_levels_share_the_error_among_the_cases() {
        let rule = Rule::new(12, 0.0);
        let both = (1.0 - SCREENING) / 2.0 * (1.0 - rule.confirmation) / 2.0;
        assert!((12.0 * 2.0 * both - FAMILY_WISE_ERROR).abs() < 1e-12);
        // A gate of one case still shows no interval that is looser than the one on the screen.
        assert!(Rule::new(1, 0.0).confirmation >= LEVEL);
    }

    /// The promise, on gates of twelve cases with nothing to find, and with 2 % to find.
    #[test]
    fn false_alarms_and_power_are_as_promised() {
        let mut rng = SmallRng::seed_from_u64(11);
        let rule = Rule::new(12, 0.005);
        let mut look = |processes: usize, change: f64| -> Vec<f64> {
            let draw = |_| change + 0.015 * normal(&mut rng);
            (0..processes).map(draw).collect()
        };
        let mut speaks = |change: f64, cases: u32| {
            let spoken = (0..cases).filter(|_| {
                let screening = look(20, change);
                let suspect = rule.is_suspect(&screening).unwrap();
                let confirmation = suspect.then(|| look(30, change));
                let said = rule.judge(&screening, confirmation.as_deref()).unwrap();
                matches!(said.verdict, Verdict::Slower | Verdict::Faster)
            });
            spoken.count() as f64 / f64::from(cases)
        };
        // Bonferroni's bound is 1 / 12 000, so two of 20 000 are expected at most.
        assert!(speaks(0.0, 20_000) * 20_000.0 < 9.0);
        assert!(speaks(0.02, 2_000) > 0.9);
    }

    proptest! {
        #[test]
        fn swapping_the_arms_mirrors_the_answer(
            screening in prop::collection::vec(-0.1..0.1f64, 12..20),
            confirmation in prop::collection::vec(-0.1..0.1f64, 12..20),
        ) {
            let rule = Rule::new(12, 0.01);
            let mirror = |look: &[f64]| -> Vec<f64> { look.iter().map(|x| -x).collect() };
            let there = rule.judge(&screening, Some(&confirmation)).unwrap();
            let back = rule.judge(&mirror(&screening), Some(&mirror(&confirmation))).unwrap();
            prop_assert_eq!(there.verdict, back.verdict.mirrored());
            prop_assert_eq!(
                rule.is_suspect(&screening).unwrap(),
                rule.is_suspect(&mirror(&screening)).unwrap()
            );
            prop_assert!((there.ratio.value * back.ratio.value - 1.0).abs() < 1e-12);
        }
    }
}
