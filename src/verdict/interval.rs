//! Process values → a value with its interval. The process is the unit of inference.

pub use super::fieller::ratio_of_means;
use super::student::{critical_t, mean_and_error};
use super::{Estimate, Interval, Unusable, check_values};

/// The mean of the process values with its Student interval.
///
/// `processes` holds one value per process, in any unit. `None` below two processes, for a
/// value that is not finite, or for a `level` outside 0 .. 1.
///
/// The values must be independent. Placement is, from process to process. The machine's clock is
/// not, if a process starts as the last one ends: simulated with a memory of 2 s, costs in ns
/// are covered in 86 % of runs instead of 95, and in 95 again with 10 s between processes.
/// Log-ratios of the same turns are covered in 95 % either way.
///
/// Student (1908), "The probable error of a mean": mean ± t · s / √K, with t at K − 1 degrees
/// of freedom.
pub fn mean_over_processes(processes: &[f64], level: f64) -> Option<Estimate> {
    student_interval(processes, level).ok()
}

/// The geometric mean of ratios, one per process, with its interval: the mean of the logs,
/// taken back.
///
/// `None` as for [`mean_over_processes`], or for a ratio that is not above 0.
pub fn geometric_mean(ratios: &[f64], level: f64) -> Option<Estimate> {
    // The log of a negative ratio is NaN, that of 0 infinite: both are refused below.
    let logs: Vec<f64> = ratios.iter().map(|ratio| ratio.ln()).collect();
    let estimate = mean_over_processes(&logs, level)?;
    estimate.map_increasing(f64::exp).if_finite().ok()
}

/// [`mean_over_processes`] for those who must say why there is none.
pub(super) fn student_interval(processes: &[f64], level: f64) -> Result<Estimate, Unusable> {
    check_values(processes)?;
    let t = critical_t(processes.len(), level)?;
    let (value, error) = mean_and_error(processes);
    Estimate {
        value,
        interval: Interval {
            low: value - t * error,
            high: value + t * error,
        },
    }
    .if_finite()
}

#[cfg(test)]
mod tests {
    use super::*;
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
    fn a_mean_worked_by_hand() {
        // s² = 2.5, s / √5 = √0.5, t at 4 degrees of freedom.
        let half = 2.776_445_105_197_799 * 0.5_f64.sqrt();
        let mean = mean_over_processes(&[1.0, 2.0, 3.0, 4.0, 5.0], LEVEL).unwrap();
        assert!((mean.value - 3.0).abs() < 1e-12);
        assert!((mean.half_width() - half).abs() < 1e-6);
        assert!(mean.excludes_zero());
    }

    #[test]
    fn a_higher_level_is_a_wider_interval() {
        let values = [1.0, 2.0, 4.0];
        let narrow = mean_over_processes(&values, 0.9).unwrap();
        let wide = mean_over_processes(&values, 0.99).unwrap();
        assert!(wide.interval.low < narrow.interval.low);
        assert!(narrow.interval.high < wide.interval.high);
    }

    #[test]
    fn no_interval_without_two_finite_processes_and_a_level() {
        for values in [
            &[][..],
            &[1.0],
            &[1.0, f64::NAN],
            &[1.0, f64::INFINITY],
            &[f64::MAX, f64::MAX],
        ] {
            assert_eq!(mean_over_processes(values, LEVEL), None, "{values:?}");
        }
        for level in [0.0, 1.0, -1.0, 95.0, f64::NAN] {
            assert_eq!(mean_over_processes(&[1.0, 2.0], level), None, "{level}");
        }
    }

    #[test]
    fn equal_processes_are_an_interval_of_no_width() {
        assert_close(
            mean_over_processes(&[5.0; 4], LEVEL).unwrap(),
            5.0,
            5.0,
            5.0,
        );
        let nothing = mean_over_processes(&[0.0; 4], LEVEL).unwrap();
        assert!(!nothing.excludes_zero());
    }

    #[test]
    fn a_geometric_mean_worked_by_hand() {
        let mean = geometric_mean(&[0.5, 1.0, 2.0], LEVEL).unwrap();
        // Logs −ln 2, 0, ln 2: error ln 2 / √3, t = 4.302 652 729 at 2 degrees of freedom.
        let half = 4.302_652_729_911_275 * 2.0_f64.ln() / 3.0_f64.sqrt();
        assert!((mean.value - 1.0).abs() < 1e-12);
        assert!((mean.interval.low.ln() + half).abs() < 1e-6);
        assert!((mean.interval.high.ln() - half).abs() < 1e-6);
        for bad in [&[1.0, 0.0][..], &[1.0, -2.0], &[1.0], &[1.0, f64::INFINITY]] {
            assert_eq!(geometric_mean(bad, LEVEL), None, "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn the_order_of_processes_does_not_matter(
            values in prop::collection::vec(-50.0..200.0, 2..12),
            turn in 0_usize..12,
        ) {
            let mut turned = values.clone();
            turned.rotate_left(turn % values.len());
            let mean = mean_over_processes(&values, LEVEL).unwrap();
            let again = mean_over_processes(&turned, LEVEL).unwrap();
            prop_assert!(mean.interval.contains(mean.value));
            prop_assert!(close(mean.value, again.value));
            prop_assert!(close(mean.interval.low, again.interval.low));
        }
    }
}
