//! What a gate does whatever it compares: everything is looked at, the suspects are looked at
//! again, and both looks are judged.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use crate::metric::{Contest, Meter, Wanted, Which};
use crate::record::Failure;
use crate::record::ruling::Found;
use crate::verdict::Unusable;
use crate::verdict::judge::Judgement;
use trapbench_worker::case::Case;

/// What came of a contest.
#[derive(Clone, Debug)]
pub struct Held {
    /// In the order of the contest's cases.
    pub cases: Vec<HeldCase>,
    /// Each reason once.
    pub failures: Vec<Failure>,
    pub interrupted: bool,
    /// Of measuring.
    pub seconds: f64,
}

#[derive(Clone, Debug)]
pub struct HeldCase {
    pub case: Case,
    /// In the metric's unit, of the last look.
    pub base_cost: Option<f64>,
    /// In the order of the contest's others.
    pub others: Vec<HeldOther>,
}

#[derive(Clone, Debug)]
pub struct HeldOther {
    /// As the base's.
    pub cost: Option<f64>,
    pub found: Found,
    /// What a slowdown that was asked for came to, the median over processes.
    pub achieved: Option<f64>,
}

/// Screens every case, confirms the suspects, and judges.
///
/// # Errors
/// When the machine does not let the `meter` look.
pub fn hold(meter: &dyn Meter, contest: &Contest, stop: &AtomicBool) -> anyhow::Result<Held> {
    let began = Instant::now();
    let everyone: BTreeSet<usize> = (0..contest.others.len()).collect();
    let look = |which, others: &BTreeSet<usize>, cases: &[Case]| {
        let wanted = Wanted {
            which,
            others,
            cases,
        };
        meter.look(contest, &wanted, stop)
    };
    let screening = look(Which::Screening, &everyone, &contest.cases)?;
    let mut suspects: BTreeMap<usize, BTreeSet<&Case>> = BTreeMap::new();
    for &other in &everyone {
        for case in &contest.cases {
            let found = screening.log_ratios(other, case);
            if meter.is_suspect(&contest.rule, &found) == Ok(true) {
                suspects.entry(other).or_default().insert(case);
            }
        }
    }
    let mut confirmation = None;
    if !suspects.is_empty() && !screening.is_interrupted() {
        let others = suspects.keys().copied().collect();
        let cases = BTreeSet::from_iter(suspects.values().flatten().copied());
        let cases = Vec::from_iter(cases.into_iter().cloned());
        confirmation = Some(look(Which::Confirmation, &others, &cases)?);
    }
    let looks = Vec::from_iter(
        [Some(&screening), confirmation.as_ref()]
            .into_iter()
            .flatten(),
    );
    let interrupted = looks.iter().any(|look| look.is_interrupted());
    let failures = looks
        .iter()
        .flat_map(|look| look.failures().iter().cloned());
    let failures = Failure::each_once(failures);
    // A look that was cut short confirms nothing.
    let confirmation = confirmation.as_ref().filter(|_| !interrupted);
    let judged = |other: usize, case: &Case| -> HeldOther {
        let is_suspect = suspects.get(&other).is_some_and(|of| of.contains(case));
        let confirmation = confirmation.filter(|_| is_suspect);
        let first = screening.log_ratios(other, case);
        let second = confirmation.map(|look| look.log_ratios(other, case));
        let judgement = meter.judge(&contest.rule, &first, second.as_deref());
        let last = confirmation.unwrap_or(&screening);
        HeldOther {
            cost: last.cost(other + 1, case),
            achieved: last.achieved(other, case),
            found: found(judgement, first, second),
        }
    };
    let held = |case: &Case| {
        let confirmed = confirmation.and_then(|look| look.cost(0, case));
        HeldCase {
            case: case.clone(),
            base_cost: confirmed.or_else(|| screening.cost(0, case)),
            others: everyone.iter().map(|&other| judged(other, case)).collect(),
        }
    };
    Ok(Held {
        cases: contest.cases.iter().map(held).collect(),
        failures,
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
