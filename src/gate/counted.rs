//! Sides held against each other by the instructions that a call takes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use super::{CaseOutcome, Contest, OtherOutcome, Outcome, Side, each_once, found};
use crate::case::{BackendId, Case};
use crate::count::{Count, Counter, Detail, Missing, count};
use crate::measure::{Arm, Progress, Trouble};
use crate::record::Failure;
use crate::verdict::centre::median;
use crate::verdict::counted::{PROCESSES, is_suspect, judge};

/// What one process counted of one case.
#[derive(Clone, Copy)]
struct Counted {
    /// But for the unwinder's search.
    instructions: f64,
    /// What the slowdown that was asked for came to.
    achieved: Option<f64>,
}

/// What one process of a side came to.
struct OfProcess {
    counted: BTreeMap<Case, Counted>,
    failures: Vec<Failure>,
    interrupted: bool,
}

/// One look: by side, 0 the base, and by case, what each process counted, by its number.
#[derive(Default)]
struct Look {
    counted: BTreeMap<(usize, Case), BTreeMap<usize, Counted>>,
    failures: Vec<Failure>,
    interrupted: bool,
}

/// Counts every case in processes of each side, counts the suspects again in others, and judges.
/// The contest's seconds, core and seed are of no use to it.
///
/// # Errors
/// When there is no Valgrind.
pub fn hold_by_counts(contest: &Contest, stop: &AtomicBool) -> Result<Outcome, Missing> {
    let began = Instant::now();
    let margin = contest.rule.margin;
    let sides: BTreeSet<usize> = (0..=contest.others.len()).collect();
    let screening = contest.count("counting", 0, &sides, &contest.cases, stop)?;
    let is_suspect = |other: usize, case: &Case| {
        is_suspect(&screening.log_ratios(other, case), margin) == Ok(true)
    };
    let suspects = contest.pairs();
    let suspects = suspects.filter(|&(other, case)| is_suspect(other, case));
    let suspects = BTreeSet::from_iter(suspects);
    let mut confirmation = Look::default();
    if !suspects.is_empty() && !screening.interrupted {
        let sides = suspects.iter().map(|&(other, _)| other + 1);
        let sides = BTreeSet::from_iter(sides.chain([0]));
        let cases = BTreeSet::from_iter(suspects.iter().map(|&(_, case)| case));
        let cases = Vec::from_iter(cases.into_iter().cloned());
        confirmation = contest.count("confirming", 1, &sides, &cases, stop)?;
    }
    let interrupted = screening.interrupted || confirmation.interrupted;
    let other = |at: usize, case: &Case| -> OtherOutcome {
        let first = screening.log_ratios(at, case);
        // A look that was cut short confirms nothing.
        let is_confirmed = suspects.contains(&(at, case)) && !interrupted;
        let second = is_confirmed.then(|| confirmation.log_ratios(at, case));
        let last = match is_confirmed {
            true => &confirmation,
            false => &screening,
        };
        OtherOutcome {
            cost: last.instructions(at + 1, case),
            achieved: last.achieved(at + 1, case),
            found: found(judge(&first, second.as_deref(), margin), first, second),
        }
    };
    let outcome = |case: &Case| CaseOutcome {
        case: case.clone(),
        base_cost: confirmation
            .instructions(0, case)
            .filter(|_| !interrupted)
            .or_else(|| screening.instructions(0, case)),
        others: (0..contest.others.len())
            .map(|at| other(at, case))
            .collect(),
    };
    Ok(Outcome {
        cases: contest.cases.iter().map(outcome).collect(),
        failures: each_once([&screening.failures[..], &confirmation.failures[..]].concat()),
        interrupted,
        seconds: began.elapsed().as_secs_f64(),
    })
}

impl Contest {
    /// Look `number`: a process of each side, of another executable where there are several, and
    /// all sides again.
    fn count(
        &self,
        label: &'static str,
        number: usize,
        sides: &BTreeSet<usize>,
        cases: &[Case],
        stop: &AtomicBool,
    ) -> Result<Look, Missing> {
        let side = |at: usize| match at {
            0 => &self.base,
            other => &self.others[other - 1],
        };
        let steps = (PROCESSES * sides.len() * cases.len()) as f64;
        let mut done = 0.0;
        let mut look = Look::default();
        let progress = Progress::start(label);
        for process in 0..PROCESSES {
            for &at in sides {
                let counted =
                    self.count_side(side(at), number * PROCESSES + process, cases, stop, || {
                        done += 1.0;
                        progress.at(done / steps);
                    });
                let found = match counted {
                    Ok(found) => found,
                    Err(missing) => {
                        progress.end();
                        return Err(missing);
                    }
                };
                look.failures.extend(found.failures);
                for (case, counted) in found.counted {
                    let of_case = look.counted.entry((at, case)).or_default();
                    of_case.insert(process, counted);
                }
                if found.interrupted {
                    look.interrupted = true;
                    progress.end();
                    return Ok(look);
                }
            }
        }
        progress.end();
        Ok(look)
    }

    /// What one process of a side counts, of its `at`-th executable.
    fn count_side(
        &self,
        side: &Side,
        at: usize,
        cases: &[Case],
        stop: &AtomicBool,
        mut tick: impl FnMut(),
    ) -> Result<OfProcess, Missing> {
        let arms = self.arms(side, at, cases);
        let mut run = |how: &mut dyn FnMut(&mut Counter, &Case) -> Result<Count, Trouble>| {
            let detail = Detail::Functions;
            count(&arms, detail, &self.fixture, cases, stop, how, &mut tick)
        };
        // What is to be added is found out in a process of its own: in the one that is judged each
        // case is prepared once, as the base's is, since even that leaves its trace.
        let mut added = BTreeMap::new();
        let mut failures = Vec::new();
        if let Some(share) = side.slowdown {
            let tried = run(&mut |counter, case| {
                let (plain, found) = added_work(counter, case, share)?;
                added.insert(case.clone(), found);
                Ok(plain)
            })?;
            failures.extend(tried.failures);
        }
        let found = run(&mut |counter, case| {
            counter.count(case, added.get(case).map_or(0, |added| added.links))
        })?;
        let counted = |(case, count): (Case, Count)| {
            let counted = Counted {
                instructions: count.compared(),
                achieved: added.get(&case).map(|added| added.share),
            };
            (case, counted)
        };
        failures.extend(found.failures);
        let of_side = |failure: Failure| Failure {
            reason: format!("{}: {}", side.name, failure.reason),
            ..failure
        };
        Ok(OfProcess {
            counted: found.counts.into_iter().map(counted).collect(),
            failures: failures.into_iter().map(of_side).collect(),
            interrupted: found.interrupted,
        })
    }

    fn arms(&self, side: &Side, at: usize, cases: &[Case]) -> Vec<Arm> {
        let backends = BTreeSet::from_iter(cases.iter().map(|case| &case.backend));
        let executable = &side.executables[at % side.executables.len()];
        let arm = |backend: &BackendId| {
            let executables = vec![executable.clone()];
            Arm::of_workers(&side.name, backend, executables, self.module.as_deref())
        };
        backends.into_iter().map(arm).collect()
    }
}

/// Work that is added to a call.
struct Added {
    links: u64,
    /// Of the call's own instructions.
    share: f64,
}

/// How much work is so large a share of a case's instructions. What a link of it comes to is
/// counted, not assumed: an optimiser makes one multiplication of several.
fn added_work(counter: &mut Counter, case: &Case, share: f64) -> Result<(Count, Added), Trouble> {
    const LINKS: u64 = 1000;
    let plain = counter.count(case, 0)?;
    let call = plain.compared();
    let link = (counter.count(case, LINKS)?.compared() - call) / LINKS as f64;
    if link <= 0.0 {
        let reason = format!("{case}: the worker adds no work where it is asked to");
        return Err(Trouble::Refused(reason));
    }
    let links = (share * call / link).round().max(1.0);
    let added = Added {
        links: links as u64,
        share: links * link / call,
    };
    Ok((plain, added))
}

impl Look {
    /// ln(other / base) of each process that both have, to the sixth digit, so that what is
    /// judged is what is kept.
    fn log_ratios(&self, other: usize, case: &Case) -> Vec<f64> {
        let of = |side: usize| self.counted.get(&(side, case.clone()));
        let (Some(base), Some(other)) = (of(0), of(other + 1)) else {
            return Vec::new();
        };
        let log = |(process, other): (&usize, &Counted)| {
            let ratio = other.instructions / base.get(process)?.instructions;
            Some((ratio.ln() * 1e6).round() / 1e6)
        };
        other.iter().filter_map(log).collect()
    }

    /// The mean over processes.
    fn instructions(&self, side: usize, case: &Case) -> Option<f64> {
        let counted = self.counted.get(&(side, case.clone()))?.values();
        let counted = Vec::from_iter(counted.map(|counted| counted.instructions));
        Some(counted.iter().sum::<f64>() / counted.len() as f64)
    }

    fn achieved(&self, side: usize, case: &Case) -> Option<f64> {
        let counted = self.counted.get(&(side, case.clone()))?.values();
        median(&Vec::from_iter(
            counted.filter_map(|counted| counted.achieved),
        ))
    }
}
