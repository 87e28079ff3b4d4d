//! At which share of early exits does which strategy win?
//!
//! Let p be the share of runs that the host stops early. One run costs on average
//!
//! ```text
//! raise:     (1 − p) R_done + p R_exit
//! sentinel:  (1 − p) S_done + p S_exit
//! ```
//!
//! Sentinel minus raise, with the tax `T = S_done − R_done` and the stop `D = R_exit − S_exit`,
//! is `(1 − p) T − p D`, so **raise wins exactly when (1 − p) T > p D**. The two are level at
//! `p* = T / (D + T)`, one run in `1/p* = 1 + D/T`. By quadrant:
//!
//! - `T > 0, D > 0`: dividing by `T`, raise wins when `p < p*`: if *fewer* than one run in 1/p*
//!   exits early. The error is dear, so it must be rare.
//! - `T < 0, D < 0`: dividing by `T` turns the sign round, raise wins when `p > p*`: if *more*
//!   than one run in 1/p* exits early. The sentinel is cheaper to carry and dearer to use.
//! - `T > 0, D < 0`: `(1 − p) T >= 0 >= −p |D|`: raise wins at every rate.
//! - `T < 0, D > 0`: the same with both signs turned: the sentinel wins at every rate.
//!
//! Where T and D have the same sign D/T is above 0, so 1/p* is above 1, as one in so many must.

use super::interval::{ratio_of_means, student_interval};
use super::{Estimate, Unusable, check_pairs};

/// The answer, at one depth. The estimates are of 1/p*, a number of runs, at least 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ExitRate {
    /// T > 0, D > 0.
    RaiseIfFewerThanOneIn(Estimate),
    /// T < 0, D < 0.
    RaiseIfMoreThanOneIn(Estimate),
    /// T > 0, D < 0.
    AlwaysRaise,
    /// T < 0, D > 0.
    AlwaysSentinel,
    /// The sign of at least one of the two is lost in noise: a number would be a guess.
    NotResolved {
        /// Whether the interval of T excludes 0.
        tax: bool,
        /// Whether the interval of D excludes 0.
        stop: bool,
    },
}

/// Answers for one backend at one depth.
///
/// `tax[k]` and `stop[k]` are T and D of process k, in ns. The interval of 1/p* is Fieller's for
/// D/T, plus 1. It is bounded because T is resolved and above 1 because D is resolved, with the
/// same sign and at the same level.
///
/// # Errors
/// [`Unusable`], when the process values allow no interval at all.
pub fn exit_rate(tax: &[f64], stop: &[f64], level: f64) -> Result<ExitRate, Unusable> {
    check_pairs(tax, stop)?;
    let t = student_interval(tax, level)?;
    let d = student_interval(stop, level)?;
    if !t.excludes_zero() || !d.excludes_zero() {
        return Ok(ExitRate::NotResolved {
            tax: t.excludes_zero(),
            stop: d.excludes_zero(),
        });
    }
    let one_in = || {
        let ratio = ratio_of_means(stop, tax, level)?;
        // Above 1 by the algebra; the largest of the two keeps rounding from saying otherwise.
        Ok(ratio.map_increasing(|d_over_t| (1.0 + d_over_t).max(1.0)))
    };
    Ok(match (t.is_above_zero(), d.is_above_zero()) {
        (true, true) => ExitRate::RaiseIfFewerThanOneIn(one_in()?),
        (false, false) => ExitRate::RaiseIfMoreThanOneIn(one_in()?),
        (true, false) => ExitRate::AlwaysRaise,
        (false, true) => ExitRate::AlwaysSentinel,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::{Interval, LEVEL};
    use proptest::prelude::*;

    /// Process values around `centre` whose interval stays on its side of 0.
    fn resolved(centre: f64) -> Vec<f64> {
        [0.97, 1.0, 1.03, 0.99, 1.01]
            .map(|factor| centre * factor)
            .to_vec()
    }

    /// Process values whose interval contains 0.
    fn lost() -> Vec<f64> {
        vec![-3.0, 2.0, -1.0, 4.0, -1.5]
    }

    fn answer(tax: Vec<f64>, stop: Vec<f64>) -> ExitRate {
        exit_rate(&tax, &stop, LEVEL).unwrap()
    }

    #[test]
    fn the_four_quadrants() {
        // 1/p* = 1 + 90/10 in both quadrants that have one.
        match answer(resolved(10.0), resolved(90.0)) {
            ExitRate::RaiseIfFewerThanOneIn(one_in) => assert!((one_in.value - 10.0).abs() < 1e-9),
            other => panic!("{other:?}"),
        }
        match answer(resolved(-10.0), resolved(-90.0)) {
            ExitRate::RaiseIfMoreThanOneIn(one_in) => assert!((one_in.value - 10.0).abs() < 1e-9),
            other => panic!("{other:?}"),
        }
        assert_eq!(
            answer(resolved(10.0), resolved(-90.0)),
            ExitRate::AlwaysRaise
        );
        assert_eq!(
            answer(resolved(-10.0), resolved(90.0)),
            ExitRate::AlwaysSentinel
        );
    }

    #[test]
    fn what_is_lost_in_noise_is_named() {
        let not_resolved = |tax, stop| ExitRate::NotResolved { tax, stop };
        for sign in [-1.0, 1.0] {
            assert_eq!(
                answer(resolved(sign * 9.0), lost()),
                not_resolved(true, false)
            );
            assert_eq!(
                answer(lost(), resolved(sign * 9.0)),
                not_resolved(false, true)
            );
        }
        assert_eq!(answer(lost(), lost()), not_resolved(false, false));
        assert_eq!(
            answer(vec![0.0; 3], vec![0.0; 3]),
            not_resolved(false, false)
        );
    }

    #[test]
    fn a_higher_level_resolves_less() {
        let (tax, stop) = (vec![3.0, 4.0, 5.0], vec![9.0, 10.0, 11.0]);
        assert!(matches!(
            exit_rate(&tax, &stop, 0.95),
            Ok(ExitRate::RaiseIfFewerThanOneIn(_))
        ));
        assert_eq!(
            exit_rate(&tax, &stop, 0.999),
            Ok(ExitRate::NotResolved {
                tax: false,
                stop: false
            })
        );
    }

    #[test]
    fn data_without_an_interval_say_why() {
        let wrong = |tax: &[f64], stop: &[f64]| exit_rate(tax, stop, LEVEL).unwrap_err();
        assert_eq!(wrong(&[], &[]), Unusable::TooFewProcesses { found: 0 });
        assert_eq!(
            wrong(&[1.0], &[1.0]),
            Unusable::TooFewProcesses { found: 1 }
        );
        assert_eq!(
            wrong(&[1.0, 2.0], &[1.0]),
            Unusable::Unpaired { left: 2, right: 1 }
        );
        assert_eq!(
            wrong(&[1.0, f64::NAN], &[1.0, 1.0]),
            Unusable::NotFinite { process: 1 }
        );
        assert_eq!(
            wrong(&[1.0, 1.0], &[f64::INFINITY, 1.0]),
            Unusable::NotFinite { process: 0 }
        );
        assert_eq!(
            exit_rate(&[1.0, 2.0], &[1.0, 2.0], 0.0),
            Err(Unusable::BadLevel)
        );
    }

    fn processes() -> impl Strategy<Value = (Vec<f64>, Vec<f64>)> {
        (
            -100.0..100.0,
            -100.0..100.0,
            prop::collection::vec((-9.0..9.0, -9.0..9.0), 2..12),
        )
            .prop_map(|(tax, stop, noise): (f64, f64, Vec<(f64, f64)>)| {
                noise.into_iter().map(|(t, d)| (tax + t, stop + d)).unzip()
            })
    }

    proptest! {
        #[test]
        fn one_in_so_many_is_finite_and_at_least_one((tax, stop) in processes()) {
            let (ExitRate::RaiseIfFewerThanOneIn(one_in) | ExitRate::RaiseIfMoreThanOneIn(one_in)) =
                answer(tax, stop) else { return Ok(()) };
            let Interval { low, high } = one_in.interval;
            prop_assert!(1.0 <= low && low <= one_in.value && one_in.value <= high);
            prop_assert!(high.is_finite());
        }

        /// The words against the costs themselves, at every rate.
        #[test]
        fn the_answer_is_the_cheaper_strategy(tax in -50.0..50.0_f64, stop in -50.0..50.0_f64, rate in 0.0..1.0_f64) {
            prop_assume!(tax != 0.0 && stop != 0.0);
            let (raise_done, sentinel_exit) = (100.0, 200.0);
            let (sentinel_done, raise_exit) = (raise_done + tax, sentinel_exit + stop);
            let raise = (1.0 - rate) * raise_done + rate * raise_exit;
            let sentinel = (1.0 - rate) * sentinel_done + rate * sentinel_exit;
            prop_assume!((raise - sentinel).abs() > 1e-6);
            let said = match answer(vec![tax; 3], vec![stop; 3]) {
                ExitRate::RaiseIfFewerThanOneIn(one_in) => rate < 1.0 / one_in.value,
                ExitRate::RaiseIfMoreThanOneIn(one_in) => rate > 1.0 / one_in.value,
                ExitRate::AlwaysRaise => true,
                ExitRate::AlwaysSentinel => false,
                ExitRate::NotResolved { .. } => return Err(TestCaseError::fail("not resolved")),
            };
            prop_assert_eq!(said, raise < sentinel);
        }
    }
}
