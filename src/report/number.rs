//! How figures are written: as many digits as they carry, in a unit that keeps them short.

use crate::verdict::{Estimate, Interval};

/// A cost in nanoseconds: `70.3`, `5430`, `95.3 µs`, `1.55 ms`.
pub fn ns(value: f64) -> String {
    let unit = Unit::of(value);
    format!("{}{}", unit.digits(value, value), unit.suffix())
}

/// A cost with the half width of its interval: `5430 ±41`, `95.3 ±0.4 µs`.
pub fn ns_within(estimate: Estimate) -> String {
    let unit = Unit::of(estimate.value);
    let value = unit.digits(estimate.value, estimate.value);
    let half = unit.digits(estimate.half_width(), estimate.value);
    format!("{value} ±{half}{}", unit.suffix())
}

/// A ratio with the half width of its interval: `34.9 ±0.4`, `0.94 ±0.01`.
pub fn ratio_within(estimate: Estimate) -> String {
    let places = places(estimate.value);
    let half = estimate.half_width();
    format!("{:.places$} ±{half:.places$}", estimate.value)
}

/// A count that a person will read in a sentence: three digits, thousands apart.
pub fn about(value: f64) -> String {
    if !value.is_finite() {
        return "any number".to_owned();
    }
    if value < 10.0 {
        return format!("{value:.1}");
    }
    let scale = 10f64.powi((value.log10().floor() as i32 - 2).max(0));
    thousands((value / scale).round() * scale)
}

/// An interval of such counts: `1 850 to 1 990`.
pub fn about_between(interval: Interval) -> String {
    format!("{} to {}", about(interval.low), about(interval.high))
}

fn thousands(value: f64) -> String {
    let digits = format!("{value:.0}");
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(|group| std::str::from_utf8(group).expect("digits are ASCII"))
        .collect();
    groups.join(" ")
}

fn places(value: f64) -> usize {
    match value.abs() {
        v if v < 10.0 => 2,
        v if v < 100.0 => 1,
        _ => 0,
    }
}

#[derive(Clone, Copy)]
enum Unit {
    Nano,
    Micro,
    Milli,
}

impl Unit {
    /// Five digits before the point are one too many to compare at a glance.
    fn of(value: f64) -> Unit {
        match value.abs() {
            v if v < 1e4 => Unit::Nano,
            v if v < 1e6 => Unit::Micro,
            _ => Unit::Milli,
        }
    }

    fn suffix(self) -> &'static str {
        match self {
            Unit::Nano => "",
            Unit::Micro => " µs",
            Unit::Milli => " ms",
        }
    }

    /// With the places that suit a figure of the size of `like`, and never a bare 0.
    fn digits(self, value: f64, like: f64) -> String {
        match self {
            Unit::Nano if like.abs() < 100.0 || value.abs() < 1.0 => format!("{value:.1}"),
            Unit::Nano => format!("{value:.0}"),
            Unit::Micro => format!("{:.1}", value / 1e3),
            Unit::Milli => format!("{:.2}", value / 1e6),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn estimate(value: f64, half: f64) -> Estimate {
        Estimate {
            value,
            interval: Interval {
                low: value - half,
                high: value + half,
            },
        }
    }

    #[test]
    fn costs_are_short_in_every_size() {
        assert_eq!(ns(70.31), "70.3");
        assert_eq!(ns(-3.26), "-3.3");
        assert_eq!(ns(5430.2), "5430");
        assert_eq!(ns_within(estimate(5430.2, 41.3)), "5430 ±41");
        assert_eq!(ns_within(estimate(95_300.0, 421.0)), "95.3 ±0.4 µs");
        assert_eq!(ns_within(estimate(1_553_565.0, 9_000.0)), "1.55 ±0.01 ms");
    }

    #[test]
    fn counts_read_as_a_person_would_say_them() {
        assert_eq!(about(1.04), "1.0");
        assert_eq!(about(23.4), "23");
        assert_eq!(about(2148.0), "2 150");
        assert_eq!(about(1_234_567.0), "1 230 000");
        assert_eq!(about(f64::INFINITY), "any number");
        assert_eq!(ratio_within(estimate(34.94, 0.41)), "34.9 ±0.4");
    }
}
