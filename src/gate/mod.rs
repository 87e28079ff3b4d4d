//! Sides held against each other: one base and others, in two looks.
//!
//! A gate holds a build against a base, and a second set of processes of the base, the control,
//! beside it. A qualification holds an executable against itself, or against itself with known
//! work added. Both are a [`Contest`], taken and judged by one [`Meter`]: what the qualification
//! finds out about the instrument is true of the gate because it is the same one.
//!
//! [`Contest`]: crate::metric::Contest
//! [`Meter`]: crate::metric::Meter

mod accepted;
mod hold;
mod introduction;
mod selection;
mod soundness;

pub use accepted::{Accepted, AcceptedError};
pub use hold::{Held, HeldCase, HeldOther, hold};
pub use introduction::{Introduction, NotFit, hear, introduce, refuse_the_incomparable};
pub use selection::default_cases;
pub use soundness::{Unsound, sound, spare};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::time::{FEWEST_RELINKS, RELINKED_MARGIN, shares};
    use crate::verdict::gate::Rule;
    use crate::verdict::judge::Verdict;

    #[test]
    fn the_fewest_relinks_can_still_be_judged_in_a_gate_of_a_dozen() {
        let said = |relinks: u32| {
            let [screening, confirmation] = shares(relinks as usize).map(|units| vec![0.1; units]);
            let rule = Rule::new(default_cases().len(), RELINKED_MARGIN);
            rule.is_suspect(&screening)?;
            rule.judge(&screening, Some(&confirmation))
        };
        assert_eq!(said(FEWEST_RELINKS).unwrap().verdict, Verdict::Slower);
        assert!(said(FEWEST_RELINKS - 1).is_err());
    }
}
