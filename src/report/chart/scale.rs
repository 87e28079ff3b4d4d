//! From a quantity to its place on an axis, and where the ticks are.

/// An axis from its low to its high end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scale {
    /// Costs over several orders of magnitude, ns. Both ends above 0.
    Log {
        low: f64,
        high: f64,
    },
    /// Counts of things, by the logarithm of one more: 0 has its place. A depth of 0 is one frame.
    Counts {
        low: f64,
        high: f64,
    },
    Linear {
        low: f64,
        high: f64,
    },
}

impl Scale {
    /// Around costs in ns; those that are not above 0 have no place on it.
    pub fn log_around(values: impl IntoIterator<Item = f64>) -> Option<Scale> {
        let (low, high) = ends(values.into_iter().filter(|value| *value > 0.0))?;
        Some(Scale::Log {
            low: low / 1.3,
            high: high * 1.3,
        })
    }

    /// Around values and 0.
    pub fn linear_around(values: impl IntoIterator<Item = f64>) -> Option<Scale> {
        let (low, high) = ends(values)?;
        let (low, high) = (low.min(0.0), high.max(0.0));
        let air = ((high - low) * 0.06).max(1e-9);
        let below = if low < 0.0 { air } else { 0.0 };
        Some(Scale::Linear {
            low: low - below,
            high: high + air,
        })
    }

    /// Around counts: logarithmic where they are of several orders of magnitude.
    pub fn counts_around(counts: impl IntoIterator<Item = u32>) -> Option<Scale> {
        let counts = Vec::from_iter(counts.into_iter().map(f64::from));
        let (low, high) = ends(counts.iter().copied())?;
        let positive = counts.into_iter().filter(|count| *count > 0.0);
        let least = positive.fold(f64::INFINITY, f64::min);
        Some(match high / least >= 10.0 {
            true => Scale::Counts { low, high },
            false => Scale::Linear { low, high },
        })
    }

    /// 0 at the low end, 1 at the high one; beyond an end is at it.
    pub fn share(self, value: f64) -> f64 {
        let (low, value, high) = match self {
            Scale::Log { low, high } => (low.ln(), value.max(low).ln(), high.ln()),
            Scale::Counts { low, high } => (low.ln_1p(), value.max(0.0).ln_1p(), high.ln_1p()),
            Scale::Linear { low, high } => (low, value, high),
        };
        if high > low {
            ((value - low) / (high - low)).clamp(0.0, 1.0)
        } else {
            0.5
        }
    }

    /// Round values within the axis, rising: 1, 2 and 5 times powers of ten; on a wide
    /// logarithmic axis the powers alone.
    pub fn ticks(self) -> Vec<f64> {
        match self {
            Scale::Log { low, high } => {
                let of = |steps: &[f64]| -> Vec<f64> {
                    (-3..12)
                        .flat_map(|power| steps.iter().map(move |step| step * 10f64.powi(power)))
                        .filter(|tick| (low..=high).contains(tick))
                        .collect()
                };
                let powers = of(&[1.0]);
                if powers.len() >= 3 {
                    powers
                } else {
                    of(&[1.0, 2.0, 5.0])
                }
            }
            Scale::Counts { low, high } => {
                let powers = (0..16).map(|power| 4f64.powi(power));
                let all = std::iter::once(0.0).chain(powers);
                all.filter(|tick| (low..=high).contains(tick)).collect()
            }
            Scale::Linear { low, high } => {
                let step = round_step((high - low) / 6.0);
                let (first, last) = ((low / step).ceil() as i64, (high / step).floor() as i64);
                (first..=last).map(|at| at as f64 * step).collect()
            }
        }
    }
}

/// 1, 2 or 5 times a power of ten, at least `wanted`.
fn round_step(wanted: f64) -> f64 {
    let power = 10f64.powf(wanted.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * power);
    *steps
        .iter()
        .find(|step| **step >= wanted * 0.999)
        .unwrap_or(&steps[3])
}

fn ends(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    let finite = values.into_iter().filter(|value| value.is_finite());
    finite.fold(None, |ends, value| match ends {
        None => Some((value, value)),
        Some((low, high)) => Some((value.min(low), value.max(high))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_within() {
        let log = Scale::log_around([60.0, 2_000_000.0]).unwrap();
        assert_eq!(log.ticks(), [100.0, 1e3, 1e4, 1e5, 1e6]);
        let narrow = Scale::log_around([60.0, 120.0]).unwrap();
        assert_eq!(narrow.ticks(), [50.0, 100.0]);
        let linear = Scale::linear_around([-0.4, 1.9]).unwrap();
        assert_eq!(linear.ticks(), [-0.5, 0.0, 0.5, 1.0, 1.5, 2.0]);
        let counts = Scale::counts_around([0, 1, 20]).unwrap();
        assert_eq!(counts.ticks(), [0.0, 1.0, 4.0, 16.0]);
        let few = Scale::counts_around([0, 16, 64]).unwrap();
        assert_eq!(few.ticks(), [0.0, 20.0, 40.0, 60.0]);
    }

    #[test]
    fn what_has_no_place_does_no_harm() {
        assert_eq!(Scale::log_around([0.0, -3.0, f64::NAN]), None);
        assert_eq!(Scale::linear_around([f64::INFINITY]), None);
        let log = Scale::log_around([10.0]).unwrap();
        assert_eq!((log.share(-5.0), log.share(1e9)), (0.0, 1.0));
        assert_eq!(Scale::counts_around([0]).unwrap().share(0.0), 0.5);
        let nothing = Scale::linear_around([0.0, 0.0]).unwrap();
        assert!(nothing.ticks().iter().all(|tick| tick.is_finite()));
    }
}
