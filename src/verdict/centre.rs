//! The slices of one process → one number: a value per turn, then their centre.
//!
//! Interference only ever slows: on a shared machine 20 to 37 % of all slices took over 10 % more
//! than a quiet one, up to twice as long, and in turns that it reached it hit one slice rather
//! than both by 3 to 2 or more. What the candidates did about it to simulated machines
//! (`cargo run --release --example coverage`: 2 000 runs of 20 processes × 12 turns; in per cent
//! of the truth, coverage of the 95 % interval in per cent):
//!
//! | value of a turn       |                    | mean of both | faster | **ours** | ours           | none: 10 % quantile |
//! | centre over turns     |                    | median       | median | median   | Hodges–Lehmann | of all slices       |
//! |---|---|---|---|---|---|---|
//! | quiet                 | ratio, ± half      | 0.34         | 0.34   | 0.34     | 0.34           | 0.34                |
//! |                       | slope, coverage    | 95           | **26** | 95       | 95             | **0**               |
//! | contention            | ratio, ± half      | **0.71**     | 0.37   | 0.36     | **0.59**       | 0.35                |
//! |                       | ratio, coverage    | **90**       | 95     | 95       | 96             | 94                  |
//! |                       | slope, coverage    | **1**        | 93     | 83       | **54**         | **1**               |
//! | bursts on one arm     | difference, ± half | 1.04         | 1.05   | 1.04     | **2.17**       | 1.05                |
//! | drift, 10 s apart     | ratio, ± half      | 0.35         | 0.36   | 0.35     | 0.34           | **0.45**            |
//! |                       | slope, coverage    | 95           | 94     | 95       | 94             | **5**               |
//! | all that, 10 s apart  | ratio, ± half      | 1.54         | 1.34   | 1.34     | 1.77           | 1.54                |
//! |                       | slope, coverage    | **40**       | 91     | 86       | 76             | **18**              |
//!
//! And to five recorded runs on such a machine (standard error over processes of the log-ratio of
//! two cases, in per cent, median over all pairs of cases of a backend):
//!
//! | slices of | processes × turns | mean | faster | **ours** | ours, Hodges–Lehmann | 10 % quantile |
//! |---|---|---|---|---|---|---|
//! | 1.5 ms    | 19 × 5            | 1.07 | 0.93   | 0.89     | 1.00                 | 0.98          |
//! | 1.5 ms    | 7 × 16            | 1.13 | 0.78   | 0.75     | 0.82                 | 0.66          |
//! | 0.3 ms    | 19 × 19           | 1.85 | 1.79   | 1.80     | 1.77                 | 1.63          |
//! | 0.3 ms    | 7 × 70            | 0.99 | 0.58   | 0.61     | 0.70                 | 0.48          |
//! | 0.2 ms    | 7 × 95            | 1.23 | 1.05   | 1.07     | 1.08                 | 0.64          |
//!
//! The quantile is the narrowest there, for it looks at the quiet moments alone. It is not ours:
//! it pairs nothing, and where the clock drifts it reads every cost in ns at the fastest moment,
//! 7 % below the truth.

use super::signed_rank::walsh_averages;

pub use trapbench_worker::slice::{AGREEMENT, turn_value};

/// The robust centre of the turns of one process; `None` for no turns or a value that is not
/// finite.
///
/// `turns` are ns per call, differences of ns, or log-ratios: one value per turn, in any order.
///
/// It is the median. A median of normal turns needs half as many turns again as a mean does, and
/// here that costs a hundredth of the width: what differs between *processes* decides the width,
/// and no centre of turns touches that. Bursts on one arm and a busy neighbour do reach an
/// estimator that looks away from the middle. They only ever slow, so every centre of turns lies
/// above the quiet machine's: a neighbour who is busy for a fifth of the time moves the median up
/// by 0.2 % of a cost and 0.02 % of a ratio, Hodges and Lehmann's by 0.9 and 0.1 %.
pub fn process_centre(turns: &[f64]) -> Option<f64> {
    median(turns)
}

/// The middle value, or the mean of the two middle ones.
pub fn median(values: &[f64]) -> Option<f64> {
    quantile(values, 0.5)
}

/// The value below which `share` of the values lie, on the straight line between its neighbours.
///
/// Hyndman & Fan (1996), "Sample quantiles in statistical packages", definition 7. `None` also
/// when `share` is not in 0 ..= 1.
pub fn quantile(values: &[f64], share: f64) -> Option<f64> {
    if !(0.0..=1.0).contains(&share) {
        return None;
    }
    let sorted = sorted(values)?;
    let place = share * (sorted.len() - 1) as f64;
    let (below, above) = (place.floor(), place.ceil());
    let weight = place - below;
    // Each times its weight: the sum of two finite values need not be finite.
    Some(sorted[below as usize] * (1.0 - weight) + sorted[above as usize] * weight)
}

/// The median of the means of all pairs, each value paired with itself too.
///
/// Hodges & Lehmann (1963), "Estimates of location based on rank tests". n (n + 1) / 2 pairs:
/// meant for the tens of turns of a process.
pub fn hodges_lehmann(values: &[f64]) -> Option<f64> {
    median(&walsh_averages(values))
}

fn sorted(values: &[f64]) -> Option<Vec<f64>> {
    if values.is_empty() || values.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    Some(sorted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::simulate::normal;
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand::rngs::SmallRng;

    #[test]
    fn centres_worked_by_hand() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
        // Pair means of 0, 1, 5: 0, 0.5, 2.5, 1, 3, 5.
        assert_eq!(hodges_lehmann(&[5.0, 0.0, 1.0]), Some(1.75));
        assert_eq!(quantile(&[3.0, 1.0, 2.0, 7.0, 5.0], 0.25), Some(2.0));
        assert_eq!(quantile(&[10.0, 20.0, 30.0], 0.125), Some(12.5));
        assert_eq!(quantile(&[3.0, 1.0, 2.0], 0.0), Some(1.0));
        assert_eq!(quantile(&[3.0, 1.0, 2.0], 1.0), Some(3.0));
    }

    #[test]
    fn no_centre_of_nothing_or_of_what_is_not_finite() {
        for centre in [process_centre, median, hodges_lehmann, |turns: &[f64]| {
            quantile(turns, 0.125)
        }] {
            assert_eq!(centre(&[]), None);
            assert_eq!(centre(&[1.0, f64::NAN, 2.0]), None);
            assert_eq!(centre(&[1.0, f64::INFINITY, 2.0]), None);
            assert_eq!(centre(&[7.0]), Some(7.0));
            assert_eq!(centre(&[-3.0; 6]), Some(-3.0));
        }
        assert_eq!(process_centre(&[f64::MAX, f64::MAX]), Some(f64::MAX));
    }

    #[test]
    fn a_share_that_is_none_is_refused() {
        for share in [1.1, -0.1, f64::NAN] {
            assert_eq!(quantile(&[1.0, 2.0, 3.0], share), None, "{share}");
        }
    }

    #[test]
    fn slices_that_agree_both_count_and_of_others_the_faster() {
        for (slices, value) in [
            ([100.0, 100.0], 100.0),
            ([100.0, 104.0], 102.0),
            ([104.0, 100.0], 102.0),
            ([100.0, 106.0], 100.0),
            ([170.0, 100.0], 100.0),
        ] {
            assert_eq!(turn_value(slices), value, "{slices:?}");
        }
        assert!(turn_value([f64::NAN, 1.0]).is_nan());
        assert!(turn_value([1.0, f64::NAN]).is_nan());
    }

    /// What symmetric noise of slices does to a turn, and what the faster slice would do.
    #[test]
    fn jitter_hardly_moves_a_turn_before_it_reaches_the_agreement() {
        let mut rng = SmallRng::seed_from_u64(1);
        let mut bias = |jitter: f64, value: fn([f64; 2]) -> f64| {
            let mut turn = || value([0; 2].map(|_| 100.0 * (jitter * normal(&mut rng)).exp()));
            (0..100_000)
                .map(|_| turn().ln() - 100_f64.ln())
                .sum::<f64>()
                / 1_000.0
        };
        let faster = |[there, back]: [f64; 2]| there.min(back);
        for (jitter, ours, fasters) in [
            (0.005, 0.0, -0.28),
            (0.01, 0.0, -0.56),
            (0.02, -0.23, -1.13),
        ] {
            assert!((bias(jitter, turn_value) - ours).abs() < 0.03, "{jitter}");
            assert!((bias(jitter, faster) - fasters).abs() < 0.03, "{jitter}");
        }
    }

    proptest! {
        #[test]
        fn the_way_does_not_matter_and_the_unit_goes_with_it(
            there in 1.0..1e6,
            slower in 1.0..3.0,
            unit in 1e-3..1e3,
        ) {
            let back = there * slower;
            prop_assert_eq!(turn_value([there, back]), turn_value([back, there]));
            let value = turn_value([there, back]);
            prop_assert!(there <= value && value <= there * (1.0 + AGREEMENT / 2.0));
            // Where the slices are about to disagree, rounding decides.
            if f64::abs(slower - 1.0 - AGREEMENT) > 1e-9 {
                let other = turn_value([unit * there, unit * back]);
                prop_assert!(f64::abs(other / unit / value - 1.0) < 1e-9);
            }
        }

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
