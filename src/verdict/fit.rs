//! Cost over depth: what one more guest frame costs, and how far that is from one number.

use super::interval::student_interval;
use super::{Estimate, Unusable, check_depths, check_processes, column};

/// A straight line of cost over depth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// ns per call at depth 0.
    pub base: f64,
    /// ns per guest frame.
    pub slope: f64,
}

/// Cost over depth, over all processes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DepthFit {
    /// ns per call at depth 0.
    pub base: Estimate,
    /// ns per guest frame.
    pub slope: Estimate,
    /// `None` with two depths: a line goes through any two points.
    pub lack_of_fit: Option<LackOfFit>,
}

/// Where the line is furthest from the measured mean cost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LackOfFit {
    /// |measured − line| / measured: 0.1 is ten per cent of the cost at that depth.
    pub relative: f64,
    pub depth: u32,
}

impl Line {
    pub fn at(self, depth: u32) -> f64 {
        self.base + self.slope * f64::from(depth)
    }
}

/// Fits a line to each process and takes base and slope over processes.
///
/// `depths` are strictly ascending; `processes[k][i]` is the centre of process k at
/// `depths[i]`, in ns per call, above 0. The interval is over the slopes of the processes, so
/// it needs no assumption on how the points of one process scatter around its line.
///
/// # Errors
/// [`Unusable`], when a line or an interval does not exist.
pub fn fit_over_depth(
    depths: &[u32],
    processes: &[Vec<f64>],
    level: f64,
) -> Result<DepthFit, Unusable> {
    check_depths(depths)?;
    check_processes(processes, depths.len())?;
    let mut bases = Vec::with_capacity(processes.len());
    let mut slopes = Vec::with_capacity(processes.len());
    for (process, costs) in processes.iter().enumerate() {
        if costs.iter().any(|&ns| ns <= 0.0) {
            return Err(Unusable::NotPositive { process });
        }
        let line = relative_line(depths, costs);
        bases.push(line.base);
        slopes.push(line.slope);
    }
    let base = student_interval(&bases, level)?;
    let slope = student_interval(&slopes, level)?;
    let centre = Line {
        base: base.value,
        slope: slope.value,
    };
    Ok(DepthFit {
        base,
        slope,
        lack_of_fit: lack_of_fit(depths, processes, centre),
    })
}

/// Weighted least squares with weights 1/ns²: the line of least *relative* error.
///
/// The noise of a cost is a share of it, so unweighted the deepest point would decide alone:
/// at depth 4096 a sentinel costs two hundred times what it costs at 0.
///
/// Aitken (1935), "On least squares and linear combination of observations".
fn relative_line(depths: &[u32], costs: &[f64]) -> Line {
    // Relative to the cheapest, so that a weight neither overflows nor vanishes.
    let cheapest = costs.iter().copied().fold(f64::INFINITY, f64::min);
    let weights: Vec<f64> = costs.iter().map(|ns| (cheapest / ns).powi(2)).collect();
    let total: f64 = weights.iter().sum();
    let weighted = |values: &mut dyn Iterator<Item = f64>| -> f64 {
        values.zip(&weights).map(|(value, w)| w * value).sum()
    };
    let x = |&depth: &u32| f64::from(depth);
    let x_mean = weighted(&mut depths.iter().map(x)) / total;
    let y_mean = weighted(&mut costs.iter().copied()) / total;
    let spread = weighted(&mut depths.iter().map(|d| (x(d) - x_mean).powi(2)));
    let product = weighted(
        &mut depths
            .iter()
            .zip(costs)
            .map(|(d, ns)| (x(d) - x_mean) * (ns - y_mean)),
    );
    let slope = product / spread;
    Line {
        base: y_mean - slope * x_mean,
        slope,
    }
}

fn lack_of_fit(depths: &[u32], processes: &[Vec<f64>], line: Line) -> Option<LackOfFit> {
    if depths.len() < 3 {
        return None;
    }
    depths
        .iter()
        .enumerate()
        .map(|(index, &depth)| {
            let costs = column(processes, index);
            let measured = costs.iter().sum::<f64>() / costs.len() as f64;
            LackOfFit {
                relative: (measured - line.at(depth)).abs() / measured,
                depth,
            }
        })
        .max_by(|one, other| one.relative.total_cmp(&other.relative))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::LEVEL;
    use proptest::prelude::*;

    const DEPTHS: [u32; 5] = [0, 1, 16, 256, 4096];

    fn on_a_line(base: f64, slope: f64) -> Vec<f64> {
        let line = Line { base, slope };
        DEPTHS.iter().map(|&depth| line.at(depth)).collect()
    }

    #[test]
    fn lines_are_recovered_and_averaged_over_processes() {
        let processes = [on_a_line(70.0, 4.0), on_a_line(80.0, 5.0)];
        let fit = fit_over_depth(&DEPTHS, &processes, LEVEL).unwrap();
        assert!((fit.base.value - 75.0).abs() < 1e-6);
        assert!((fit.slope.value - 4.5).abs() < 1e-9);
        // Half a unit of standard error, t = 12.706 at one degree of freedom.
        assert!((fit.slope.half_width() - 12.706_204_74 / 2.0).abs() < 1e-5);
        assert!(fit.lack_of_fit.unwrap().relative < 1e-9);
    }

    #[test]
    fn a_cost_that_is_not_a_line_says_where() {
        let mut bent = on_a_line(70.0, 4.0);
        bent[3] *= 1.3;
        let fit = fit_over_depth(&DEPTHS, &[bent.clone(), bent], LEVEL).unwrap();
        let lack = fit.lack_of_fit.unwrap();
        assert_eq!(lack.depth, 256);
        assert!((0.1..0.3).contains(&lack.relative), "{lack:?}");
    }

    #[test]
    fn two_depths_cannot_show_a_lack_of_fit() {
        let fit = fit_over_depth(&[0, 10], &[vec![5.0, 25.0], vec![5.0, 25.0]], LEVEL).unwrap();
        assert_eq!(fit.lack_of_fit, None);
        assert!((fit.slope.value - 2.0).abs() < 1e-12);
    }

    #[test]
    fn deep_costs_do_not_decide_alone() {
        // Ten per cent more at depth 4096 is 1 700 ns; unweighted it would pull the base there.
        let mut deep = on_a_line(70.0, 4.0);
        deep[4] *= 1.1;
        let fit = fit_over_depth(&DEPTHS, &[deep.clone(), deep], LEVEL).unwrap();
        assert!((fit.base.value - 70.0).abs() < 3.5, "{fit:?}");
    }

    #[test]
    fn what_has_no_line_says_why() {
        let fit = |depths: &[u32], processes: &[Vec<f64>]| {
            fit_over_depth(depths, processes, LEVEL).unwrap_err()
        };
        let good = vec![1.0, 2.0];
        let pair = [good.clone(), good.clone()];
        assert_eq!(fit(&[], &[]), Unusable::TooFewDepths { found: 0 });
        assert_eq!(
            fit(&[4], &[vec![1.0], vec![1.0]]),
            Unusable::TooFewDepths { found: 1 }
        );
        assert_eq!(fit(&[4, 4], &pair), Unusable::DepthsNotAscending);
        assert_eq!(fit(&[4, 1], &pair), Unusable::DepthsNotAscending);
        assert_eq!(
            fit(&[0, 1], std::slice::from_ref(&good)),
            Unusable::TooFewProcesses { found: 1 }
        );
        assert_eq!(
            fit(&[0, 1], &[good.clone(), vec![1.0]]),
            Unusable::Ragged {
                process: 1,
                found: 1,
                expected: 2
            }
        );
        for bad in [f64::NAN, f64::INFINITY] {
            assert_eq!(
                fit(&[0, 1], &[good.clone(), vec![1.0, bad]]),
                Unusable::NotFinite { process: 1 }
            );
        }
        for bad in [0.0, -1.0] {
            assert_eq!(
                fit(&[0, 1], &[vec![bad, 1.0], good.clone()]),
                Unusable::NotPositive { process: 0 }
            );
        }
        assert_eq!(fit_over_depth(&[0, 1], &pair, 1.5), Err(Unusable::BadLevel));
    }

    #[test]
    fn equal_costs_are_a_flat_line() {
        let fit = fit_over_depth(&DEPTHS, &[vec![9.0; 5], vec![9.0; 5]], LEVEL).unwrap();
        assert_eq!(fit.slope.value, 0.0);
        assert_eq!(fit.base.value, 9.0);
        assert_eq!(fit.lack_of_fit.unwrap().relative, 0.0);
    }

    fn costs() -> impl Strategy<Value = Vec<f64>> {
        prop::collection::vec(1.0..1e5, DEPTHS.len())
    }

    fn relative_squares(line: Line, costs: &[f64]) -> f64 {
        DEPTHS
            .iter()
            .zip(costs)
            .map(|(&depth, ns)| ((ns - line.at(depth)) / ns).powi(2))
            .sum()
    }

    proptest! {
        #[test]
        fn no_line_near_has_less_relative_error(costs in costs(), tilt in -0.1..0.1, lift in -0.1..0.1) {
            let best = relative_line(&DEPTHS, &costs);
            let other = Line {
                base: best.base * (1.0 + lift),
                slope: best.slope * (1.0 + tilt),
            };
            let least = relative_squares(best, &costs);
            prop_assert!(least <= relative_squares(other, &costs) * (1.0 + 1e-9) + 1e-12);
        }

        #[test]
        fn scaling_the_costs_scales_the_line(costs in costs(), factor in 0.01..100.0_f64) {
            let line = relative_line(&DEPTHS, &costs);
            let scaled: Vec<f64> = costs.iter().map(|ns| ns * factor).collect();
            let other = relative_line(&DEPTHS, &scaled);
            prop_assert!((other.slope / factor - line.slope).abs() < 1e-7 * (1.0 + line.slope.abs()));
            prop_assert!((other.base / factor - line.base).abs() < 1e-7 * (1.0 + line.base.abs()));
        }
    }
}
