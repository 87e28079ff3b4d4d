//! When may a gate speak of counts? Most calls take the same instructions in every process, to the
//! last one. Now and then one goes astray, where threads race for what a runtime shares. So there
//! is no noise to average but a process to be outvoted: the median of a few speaks for a side.
//!
//! Two looks, as with times ([`super::gate`]): what the first one says must be said by the
//! second, of other processes.

use super::centre::median;
use super::judge::{Judgement, Verdict};
use super::{Estimate, Interval, Unusable};

/// The smallest change of a count that matters, as a fraction. Medians of one executable have never
/// differed, and those of two link orders by a twentieth of it.
pub const MARGIN: f64 = 0.002;

/// Processes of each side that a look counts in.
pub const PROCESSES: usize = 5;

/// Whether a case is to be counted again. `look` has ln(side / base), a value for each process.
///
/// # Errors
/// [`Unusable`], when there are too few.
pub fn is_suspect(look: &[f64], margin: f64) -> Result<bool, Unusable> {
    Ok(said(middle(look)?, margin) != Verdict::Same)
}

/// What is said of a case that was counted and, where it was suspect, counted again: `slower`
/// is more instructions, `faster` fewer. The ratio is the last look's, with the range of what it
/// counted.
///
/// # Errors
/// [`Unusable`], when a look has too few counts.
pub fn judge(first: &[f64], second: Option<&[f64]>, margin: f64) -> Result<Judgement, Unusable> {
    let screened = said(middle(first)?, margin);
    let look = second.unwrap_or(first);
    let value = middle(look)?;
    let last = said(value, margin);
    let verdict = match last {
        Verdict::Same => Verdict::Same,
        _ if second.is_some() && last == screened => last,
        _ => Verdict::Unsure,
    };
    let interval = Interval {
        low: look.iter().copied().fold(f64::INFINITY, f64::min),
        high: look.iter().copied().fold(f64::NEG_INFINITY, f64::max),
    };
    let distances = Vec::from_iter(look.iter().map(|count| (count - value).abs()));
    let scatter = median(&distances).ok_or(Unusable::OutOfRange)?;
    Ok(Judgement {
        ratio: Estimate { value, interval }
            .map_increasing(f64::exp)
            .if_finite()?,
        verdict,
        // What lifts the median above the margin, wherever in its scatter it fell.
        smallest_visible_change: (margin.ln_1p() + scatter).exp_m1(),
    })
}

/// The median: of [`PROCESSES`], or the vote is not what it is said to be.
fn middle(look: &[f64]) -> Result<f64, Unusable> {
    if look.len() < PROCESSES {
        let (found, needed) = (look.len(), PROCESSES);
        return Err(Unusable::TooFewCounts { found, needed });
    }
    if let Some(process) = look.iter().position(|value| !value.is_finite()) {
        return Err(Unusable::NotFinite { process });
    }
    median(look).ok_or(Unusable::OutOfRange)
}

fn said(change: f64, margin: f64) -> Verdict {
    match change {
        change if change > margin.ln_1p() => Verdict::Slower,
        change if change < -margin.ln_1p() => Verdict::Faster,
        _ => Verdict::Same,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MORE: [f64; 5] = [0.005; 5];
    const LESS: [f64; 5] = [-0.005; 5];
    const LIKE: [f64; 5] = [0.0; 5];

    fn said(first: [f64; 5], second: Option<[f64; 5]>) -> Verdict {
        let second = second.as_ref().map(<[f64; 5]>::as_slice);
        judge(&first, second, 0.002).unwrap().verdict
    }

    #[test]
    fn only_what_both_looks_say_is_said() {
        assert_eq!(said(MORE, Some(MORE)), Verdict::Slower);
        assert_eq!(said(LESS, Some(LESS)), Verdict::Faster);
        assert_eq!(said(LIKE, None), Verdict::Same);
        assert_eq!(said(MORE, Some(LIKE)), Verdict::Same);
        // Once is not enough, nor in both directions.
        assert_eq!(said(MORE, None), Verdict::Unsure);
        assert_eq!(said(LIKE, Some(MORE)), Verdict::Unsure);
        assert_eq!(said(LESS, Some(MORE)), Verdict::Unsure);
    }

    #[test]
    fn two_processes_of_five_are_outvoted_and_three_are_not() {
        let astray = |processes: usize, by: f64, look: [f64; 5]| {
            let mut look = look;
            look[..processes].fill(by);
            look
        };
        let like = astray(2, 0.017, LIKE);
        assert_eq!(said(like, Some(like)), Verdict::Same);
        let more = astray(2, -0.011, MORE);
        assert_eq!(said(more, Some(more)), Verdict::Slower);
        let astray = astray(3, 0.017, LIKE);
        assert_eq!(said(astray, Some(astray)), Verdict::Slower);
        assert_eq!(said(astray, Some(LIKE)), Verdict::Same);
    }

    #[test]
    fn a_vote_that_is_not_whole_says_nothing() {
        for look in [&[][..], &[0.005], &[0.005; 4]] {
            assert!(judge(look, Some(&MORE), 0.002).is_err());
            assert!(judge(&MORE, Some(look), 0.002).is_err());
            assert!(is_suspect(look, 0.002).is_err());
        }
        assert!(judge(&[f64::NAN; 5], None, 0.002).is_err());
    }

    #[test]
    fn whatever_is_not_the_same_is_looked_at_again() {
        assert!(!is_suspect(&[0.0019; 5], 0.002).unwrap());
        assert!(is_suspect(&[0.0021; 5], 0.002).unwrap());
        assert!(is_suspect(&[-0.0021; 5], 0.002).unwrap());
    }

    proptest! {
        #[test]
        fn swapping_the_arms_mirrors_the_answer(
            first in prop::collection::vec(-0.01..0.01f64, 5..8),
            second in prop::collection::vec(-0.01..0.01f64, 5..8),
        ) {
            let mirror = |look: &[f64]| -> Vec<f64> { look.iter().map(|x| -x).collect() };
            let there = judge(&first, Some(&second), 0.002).unwrap();
            let back = judge(&mirror(&first), Some(&mirror(&second)), 0.002).unwrap();
            prop_assert_eq!(there.verdict, back.verdict.mirrored());
            prop_assert!((there.ratio.value * back.ratio.value - 1.0).abs() < 1e-12);
        }
    }
}
