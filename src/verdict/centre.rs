//! The turns of one process → one number.

/// What one turn says a case costs: the faster of its two slices, `[there, back]`, in ns per call.
///
/// NaN when either is NaN.
pub fn turn_value([there, back]: [f64; 2]) -> f64 {
    if back < there || back.is_nan() {
        back
    } else {
        there
    }
}

/// The robust centre of the turns of one process; `None` for no turns or a value that is not
/// finite.
///
/// `turns` are ns per call, differences of ns, or log-ratios: one value per turn, in any order.
///
/// It is the median, because of what the candidates did to a difference of two costs on
/// simulated machines (`examples/coverage.rs`: 2 000 runs of 20 processes × 12 turns; in per
/// cent of the truth):
///
/// | machine           |        | median | Hodges–Lehmann | 20 % trimmed |
/// |---|---|---|---|---|
/// | quiet             | ± half | 1.05   | 1.04           | 1.04         |
/// | bursts on one arm | ± half | 1.05   | 1.93           | 3.77         |
/// | bursts on one arm | bias   | +0.08  | +0.56          | +1.57        |
///
/// A median of normal turns needs half as many turns again as a mean does, and here that costs
/// one per cent of the width: what differs between *processes* decides the width, and no centre
/// of turns touches that. Bursts on one arm do reach an estimator that looks away from the
/// middle. Interruptions only ever slow a slice, so every centre lies above the quiet machine's:
/// by 0.05 % of a cost for the median, 0.11 % for the two others (heavy tails, slope).
pub fn process_centre(turns: &[f64]) -> Option<f64> {
    median(turns)
}

/// The middle value, or the mean of the two middle ones.
pub fn median(values: &[f64]) -> Option<f64> {
    let sorted = sorted(values)?;
    let half = sorted.len() / 2;
    Some(if sorted.len() % 2 == 1 {
        sorted[half]
    } else {
        midpoint(sorted[half - 1], sorted[half])
    })
}

/// The median of the means of all pairs, each value paired with itself too.
///
/// Hodges & Lehmann (1963), "Estimates of location based on rank tests". n (n + 1) / 2 pairs:
/// meant for the tens of turns of a process.
pub fn hodges_lehmann(values: &[f64]) -> Option<f64> {
    let pairs: Vec<f64> = values
        .iter()
        .enumerate()
        .flat_map(|(i, &a)| values[i..].iter().map(move |&b| midpoint(a, b)))
        .collect();
    median(&pairs)
}

/// The mean of what is left when `share` of the values has been cut off at each end.
///
/// Tukey (1962), "The future of data analysis". The number cut at each end is rounded down;
/// `None` also when `share` is not in 0 .. 0.5.
pub fn trimmed_mean(values: &[f64], share: f64) -> Option<f64> {
    if !(0.0..0.5).contains(&share) {
        return None;
    }
    let sorted = sorted(values)?;
    let cut = (sorted.len() as f64 * share) as usize;
    let kept = &sorted[cut..sorted.len() - cut];
    let mean = kept.iter().sum::<f64>() / kept.len() as f64;
    mean.is_finite().then_some(mean)
}

fn sorted(values: &[f64]) -> Option<Vec<f64>> {
    if values.is_empty() || values.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    Some(sorted)
}

/// Halved first: the sum of two finite values need not be finite.
fn midpoint(a: f64, b: f64) -> f64 {
    a / 2.0 + b / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn centres_worked_by_hand() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
        // Pair means of 0, 1, 5: 0, 0.5, 2.5, 1, 3, 5.
        assert_eq!(hodges_lehmann(&[5.0, 0.0, 1.0]), Some(1.75));
        assert_eq!(trimmed_mean(&[90.0, 1.0, 2.0, 6.0, -70.0], 0.2), Some(3.0));
        // A fifth of four values is less than one value: nothing is cut.
        assert_eq!(trimmed_mean(&[1.0, 2.0, 3.0, 6.0], 0.2), Some(3.0));
    }

    #[test]
    fn no_centre_of_nothing_or_of_what_is_not_finite() {
        for centre in [process_centre, median, hodges_lehmann, |turns: &[f64]| {
            trimmed_mean(turns, 0.2)
        }] {
            assert_eq!(centre(&[]), None);
            assert_eq!(centre(&[1.0, f64::NAN, 2.0]), None);
            assert_eq!(centre(&[1.0, f64::INFINITY, 2.0]), None);
            assert_eq!(centre(&[7.0]), Some(7.0));
            assert_eq!(centre(&[-3.0; 6]), Some(-3.0));
        }
        assert_eq!(process_centre(&[f64::MAX, f64::MAX]), Some(f64::MAX));
        assert_eq!(trimmed_mean(&[f64::MAX, f64::MAX], 0.2), None);
    }

    #[test]
    fn a_share_that_leaves_nothing_is_refused() {
        for share in [0.5, 0.9, -0.1, f64::NAN] {
            assert_eq!(trimmed_mean(&[1.0, 2.0, 3.0], share), None, "{share}");
        }
    }

    proptest! {
        #[test]
        fn the_order_of_turns_does_not_matter(
            (turns, shuffled) in prop::collection::vec(-1e6..1e6, 1..40)
                .prop_flat_map(|turns| (Just(turns.clone()), Just(turns).prop_shuffle()))
        ) {
            prop_assert_eq!(process_centre(&turns), process_centre(&shuffled));
        }

        #[test]
        fn a_minority_of_bursts_leaves_the_centre_among_the_rest(
            quiet in prop::collection::vec(90.0..110.0, 5..40),
            burst in 200.0..1e9,
        ) {
            let mut turns = quiet.clone();
            turns.extend(vec![burst; quiet.len() - 1]);
            let centre = process_centre(&turns).unwrap();
            prop_assert!((90.0..110.0).contains(&centre));
        }

        #[test]
        fn the_centre_is_negated_with_its_turns(turns in prop::collection::vec(-1e6..1e6, 1..40)) {
            let negated: Vec<f64> = turns.iter().map(|turn| -turn).collect();
            prop_assert_eq!(process_centre(&negated), process_centre(&turns).map(|c| -c));
        }
    }
}
