//! When may a gate speak of counts? Instructions repeat so closely that two processes of each
//! side are enough.
//!
//! Two looks, as with times ([`super::gate`]): what the first one says must be said by the
//! second, of other processes.

use super::judge::{Judgement, Verdict, judge as judge_look};
use super::{LEVEL, Unusable};

/// The smallest change of a count that matters, as a fraction: five times what like executables
/// have differed by.
pub const MARGIN: f64 = 0.002;

/// Processes of each side that a look counts in.
pub const PROCESSES: usize = 2;

/// Whether a case is to be counted again. `look` has ln(side / base), a value for each pair.
///
/// # Errors
/// [`Unusable`], when there are too few.
pub fn is_suspect(look: &[f64], margin: f64) -> Result<bool, Unusable> {
    Ok(judge_look(look, margin, LEVEL)?.verdict != Verdict::Same)
}

/// What is said of a case that was counted and, where it was suspect, counted again: `slower`
/// is more instructions, `faster` fewer. The ratio is the last look's.
///
/// # Errors
/// [`Unusable`], when a look has too few counts.
pub fn judge(first: &[f64], second: Option<&[f64]>, margin: f64) -> Result<Judgement, Unusable> {
    let screened = judge_look(first, margin, LEVEL)?;
    let last = match second {
        Some(second) => judge_look(second, margin, LEVEL)?,
        None => screened,
    };
    let verdict = match last.verdict {
        Verdict::Same => Verdict::Same,
        said if second.is_some() && said == screened.verdict => said,
        _ => Verdict::Unsure,
    };
    Ok(Judgement { verdict, ..last })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn said(first: [f64; 2], second: Option<[f64; 2]>) -> Verdict {
        let second = second.as_ref().map(<[f64; 2]>::as_slice);
        judge(&first, second, 0.002).unwrap().verdict
    }

    #[test]
    fn only_what_both_looks_say_is_said() {
        assert_eq!(said([0.005; 2], Some([0.005, 0.0051])), Verdict::Slower);
        assert_eq!(said([-0.005; 2], Some([-0.005; 2])), Verdict::Faster);
        assert_eq!(said([0.0; 2], None), Verdict::Same);
        assert_eq!(said([0.005; 2], Some([0.0; 2])), Verdict::Same);
        // Once is not enough, nor in one of two processes, nor in both directions.
        assert_eq!(said([0.005; 2], None), Verdict::Unsure);
        assert_eq!(said([0.005, 0.0], Some([0.005; 2])), Verdict::Unsure);
        assert_eq!(said([0.005; 2], Some([0.005, 0.0])), Verdict::Unsure);
        assert_eq!(said([-0.005; 2], Some([0.005; 2])), Verdict::Unsure);
        // A single count says nothing.
        assert!(judge(&[0.005], Some(&[0.005]), 0.002).is_err());
    }

    #[test]
    fn whatever_is_not_the_same_is_looked_at_again() {
        assert!(!is_suspect(&[0.001, 0.001], 0.002).unwrap());
        assert!(is_suspect(&[0.0021, 0.0021], 0.002).unwrap());
        assert!(is_suspect(&[-0.0021, -0.0021], 0.002).unwrap());
        assert!(is_suspect(&[0.0, 0.0019], 0.002).unwrap());
        assert!(is_suspect(&[], 0.002).is_err());
    }

    proptest! {
        #[test]
        fn swapping_the_arms_mirrors_the_answer(
            first in prop::collection::vec(-0.01..0.01f64, 2..6),
            second in prop::collection::vec(-0.01..0.01f64, 2..6),
        ) {
            let mirror = |look: &[f64]| -> Vec<f64> { look.iter().map(|x| -x).collect() };
            let there = judge(&first, Some(&second), 0.002).unwrap();
            let back = judge(&mirror(&first), Some(&mirror(&second)), 0.002).unwrap();
            prop_assert_eq!(there.verdict, back.verdict.mirrored());
            prop_assert!((there.ratio.value * back.ratio.value - 1.0).abs() < 1e-12);
        }
    }
}
