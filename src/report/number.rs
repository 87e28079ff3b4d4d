//! How figures are written: as many digits as they carry, in a unit that keeps them short.

use crate::verdict::{Estimate, Interval};

/// A cost in nanoseconds with its unit: `70.3 ns`, `5430 ns`, `95.3 µs`.
pub fn ns(value: f64) -> String {
    let unit = Unit::of(value);
    let suffix = if unit.suffix.is_empty() {
        " ns"
    } else {
        unit.suffix
    };
    let value = value / unit.ns;
    let places = if value.abs() < 100.0 { 1 } else { 0 };
    format!("{value:.places$}{suffix}")
}

/// A cost in nanoseconds with the half width of its interval, to the places that the interval
/// leaves meaningful; the unit is named where it is not ns: `5430 ±41`, `-0.8 ±0.3`, `29 ±1 µs`.
pub fn ns_within(estimate: Estimate) -> String {
    let unit = Unit::of(estimate.value);
    let figure = within(estimate.map_increasing(|ns| ns / unit.ns));
    format!("{figure}{}", unit.suffix)
}

/// A cost with its interval and, always, its unit.
pub fn cost(estimate: Estimate) -> String {
    let text = ns_within(estimate);
    if text.ends_with('s') {
        text
    } else {
        format!("{text} ns")
    }
}

/// A ratio, or any other figure without a unit, in the same way: `34.9 ±0.4`, `0.62 ±0.05`.
pub fn within(estimate: Estimate) -> String {
    let half = estimate.half_width();
    let places = match half {
        half if half >= 1.0 => 0,
        half if half >= 0.1 => 1,
        half if half >= 0.01 => 2,
        _ => 3,
    };
    // A rounded −0 would claim a sign.
    let value = format!("{:.places$}", estimate.value);
    let is_zero = value.trim_start_matches(['-', '0', '.']).is_empty();
    let value = if is_zero {
        value.trim_start_matches('-')
    } else {
        &value
    };
    format!("{value} ±{half:.places$}")
}

/// A fraction in per cent: `2 %`, `0.5 %`.
pub fn percent(fraction: f64) -> String {
    let tenths = (fraction * 1000.0).round();
    let places = usize::from(tenths % 10.0 != 0.0);
    format!("{:.places$} %", fraction * 100.0)
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

/// A count to the last digit, thousands apart: `48 400`.
pub fn whole(value: f64) -> String {
    thousands(value.round())
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

/// Thousands apart; the suffix is empty for ns.
struct Unit {
    ns: f64,
    suffix: &'static str,
}

impl Unit {
    /// Five digits before the point are one too many to compare at a glance.
    fn of(value: f64) -> Unit {
        let (ns, suffix) = match value.abs() {
            v if v < 1e4 => (1.0, ""),
            v if v < 1e6 => (1e3, " µs"),
            _ => (1e6, " ms"),
        };
        Unit { ns, suffix }
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
    fn a_figure_has_the_places_that_its_interval_leaves_it() {
        assert_eq!(ns_within(estimate(5430.2, 41.3)), "5430 ±41");
        assert_eq!(ns_within(estimate(158.4, 0.4)), "158.4 ±0.4");
        assert_eq!(ns_within(estimate(-0.8, 4.3)), "-1 ±4");
        assert_eq!(ns_within(estimate(-0.3, 4.3)), "0 ±4");
        assert_eq!(ns_within(estimate(95_300.0, 421.0)), "95.3 ±0.4 µs");
        assert_eq!(ns_within(estimate(1_553_565.0, 90_000.0)), "1.55 ±0.09 ms");
        assert_eq!(within(estimate(34.94, 0.41)), "34.9 ±0.4");
        assert_eq!(within(estimate(0.62, 0.05)), "0.62 ±0.05");
        assert_eq!(within(estimate(0.541, 0.002)), "0.541 ±0.002");
    }

    #[test]
    fn counts_and_costs_read_as_a_person_would_say_them() {
        assert_eq!(ns(70.31), "70.3 ns");
        assert_eq!(ns(5430.2), "5430 ns");
        assert_eq!(ns(95_300.0), "95.3 µs");
        assert_eq!(about(1.04), "1.0");
        assert_eq!(about(23.4), "23");
        assert_eq!(about(2148.0), "2 150");
        assert_eq!(about(1_234_567.0), "1 230 000");
        assert_eq!(about(f64::INFINITY), "any number");
    }
}
