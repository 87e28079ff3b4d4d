//! What a gate does whatever it compares: everything is looked at, the suspects are looked at
//! again, and both looks are judged.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use super::{CaseOutcome, Contest, OtherOutcome, Outcome};
use crate::record::Failure;
use crate::record::ruling::Found;
use crate::verdict::Unusable;
use crate::verdict::judge::Judgement;
use trapbench_worker::case::Case;

/// What one look found. Side 0 is the base, and other `n` is side `n + 1`.
pub trait Finding: Default {
    /// ln(other / base), a value for each unit of inference.
    fn log_ratios(&self, other: usize, case: &Case) -> Vec<f64>;

    /// What a call takes on a side.
    fn cost(&self, side: usize, case: &Case) -> Option<f64>;

    /// What a slowdown that was asked for came to.
    fn achieved(&self, other: usize, case: &Case) -> Option<f64>;

    fn failures(&self) -> &[Failure];
}

/// When a case is looked at again, and what is said of it then.
pub struct Rules<S, J> {
    pub is_suspect: S,
    pub judge: J,
}

/// Screens every case, confirms the suspects, and judges.
///
/// `look` is told what to call itself, its number, and which others and cases to look at; it
/// says whether it was interrupted.
///
/// # Errors
/// Those of `look`.
pub fn two_looks<F: Finding, E>(
    contest: &Contest,
    look: impl Fn(&'static str, usize, &BTreeSet<usize>, &[Case]) -> Result<(F, bool), E>,
    rules: Rules<
        impl Fn(&[f64]) -> Result<bool, Unusable>,
        impl Fn(&[f64], Option<&[f64]>) -> Result<Judgement, Unusable>,
    >,
) -> Result<Outcome, E> {
    let began = Instant::now();
    let everyone: BTreeSet<usize> = (0..contest.others.len()).collect();
    let (screening, mut interrupted) = look("screening", 0, &everyone, &contest.cases)?;
    let mut suspects: BTreeMap<usize, BTreeSet<&Case>> = BTreeMap::new();
    for &other in &everyone {
        for case in &contest.cases {
            if (rules.is_suspect)(&screening.log_ratios(other, case)) == Ok(true) {
                suspects.entry(other).or_default().insert(case);
            }
        }
    }
    let mut confirmation = F::default();
    if !suspects.is_empty() && !interrupted {
        let others = suspects.keys().copied().collect();
        let cases = BTreeSet::from_iter(suspects.values().flatten().copied());
        let cases = Vec::from_iter(cases.into_iter().cloned());
        (confirmation, interrupted) = look("confirming", 1, &others, &cases)?;
    }
    let judged = |other: usize, case: &Case| -> OtherOutcome {
        let is_suspect = suspects.get(&other).is_some_and(|of| of.contains(case));
        // A look that was cut short confirms nothing.
        let second = (is_suspect && !interrupted).then(|| confirmation.log_ratios(other, case));
        let last = match second {
            Some(_) => &confirmation,
            None => &screening,
        };
        let first = screening.log_ratios(other, case);
        let judgement = (rules.judge)(&first, second.as_deref());
        OtherOutcome {
            cost: last.cost(other + 1, case),
            achieved: last.achieved(other, case),
            found: found(judgement, first, second),
        }
    };
    let outcome = |case: &Case| {
        let confirmed = confirmation.cost(0, case).filter(|_| !interrupted);
        CaseOutcome {
            case: case.clone(),
            base_cost: confirmed.or_else(|| screening.cost(0, case)),
            others: everyone.iter().map(|&other| judged(other, case)).collect(),
        }
    };
    Ok(Outcome {
        cases: contest.cases.iter().map(outcome).collect(),
        failures: Failure::each_once([screening.failures(), confirmation.failures()].concat()),
        interrupted,
        seconds: began.elapsed().as_secs_f64(),
    })
}

fn found(
    judgement: Result<Judgement, Unusable>,
    screening: Vec<f64>,
    confirmation: Option<Vec<f64>>,
) -> Found {
    let (judgement, not_judged) = match judgement {
        Ok(judgement) => (Some(judgement), None),
        Err(why) => (None, Some(why.to_string())),
    };
    Found {
        judgement,
        not_judged,
        screening,
        confirmation,
    }
}
