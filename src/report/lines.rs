//! Everything for a pipe: a line for each thing, tab-separated, the case's id first.

use std::collections::{BTreeMap, BTreeSet};

use super::comparison::{ComparedCase, Comparison};
use super::ruling;
use super::samples::Samples;
use crate::record::anatomy::BackendAnatomy;
use crate::record::ruling::Ruling;
use crate::record::{Failure, Record};
use crate::verdict::LEVEL;
use crate::verdict::interval::mean_over_processes;
use trapbench_worker::case::Case;

/// `id, ns per call, low, high, processes, turns`; a case that was never timed has its reason in
/// place of figures. Costs are whole calls, the interval is a 95 % one over processes.
pub fn record(record: &Record) -> String {
    let samples = Samples::of(&record.turns);
    let mut text = String::new();
    for case in samples.cases() {
        let cost = Vec::from_iter(samples.per_process([case], |[ns]| ns).into_values());
        let (processes, turns) = samples.size(case);
        let figures = match mean_over_processes(&cost, LEVEL) {
            Some(cost) => format!(
                "{:.2}\t{:.2}\t{:.2}",
                cost.value, cost.interval.low, cost.interval.high
            ),
            None => "\t\t".to_owned(),
        };
        text.push_str(&format!("{case}\t{figures}\t{processes}\t{turns}\n"));
    }
    let measured = samples.cases().map(ToString::to_string).collect();
    text.extend(failed(&record.failures, &measured));
    text
}

/// `id, ratio, low, high, verdict, smallest visible change`; the id is the second arm's.
pub fn comparison(comparison: &Comparison) -> String {
    let line = |case: &ComparedCase| match &case.judgement {
        Ok(judgement) => format!(
            "{}\t{:.4}\t{:.4}\t{:.4}\t{}\t{:.4}\n",
            case.case,
            judgement.ratio.value,
            judgement.ratio.interval.low,
            judgement.ratio.interval.high,
            judgement.verdict,
            judgement.smallest_visible_change
        ),
        Err(why) => format!("{}\terror: {why}\n", case.case),
    };
    comparison.cases.iter().map(line).collect()
}

/// As of any comparison.
pub fn ruling(ruling: &Ruling) -> String {
    comparison(&ruling::comparison(ruling))
}

/// `id, instructions a call`; a case that could not be counted has its reason in place of them.
pub fn counts(counts: &BTreeMap<Case, f64>, failures: &[Failure]) -> String {
    let line = |(case, instructions): (&Case, &f64)| format!("{case}\t{instructions:.1}\n");
    let counted = counts.keys().map(ToString::to_string).collect();
    let failed = failed(failures, &counted);
    counts.iter().map(line).chain(failed).collect()
}

/// `id, group, instructions a call`, and each of its functions with its own, of each group, and of
/// `all` of them; then `id, frames captured, how many` and the same of those that the caller sees.
pub fn anatomy(anatomy: &BackendAnatomy, failures: &[Failure]) -> String {
    let mut text = String::new();
    for case in &anatomy.cases {
        let id = &case.case;
        for group in &case.groups {
            let names = group.functions.iter().map(|function| {
                let name = function.name.replace('\t', " ");
                format!("{name} {:.1}", function.instructions)
            });
            let names = Vec::from_iter(names).join("\t");
            let cost = group.instructions;
            text.push_str(&format!("{id}\t{}\t{cost:.1}\t{names}\n", group.group));
        }
        text.push_str(&format!("{id}\tall\t{:.1}\n", case.instructions));
        text.push_str(&format!(
            "{id}\tframes captured\t{:.1}\n",
            case.frames_captured
        ));
        if let Some(seen) = case.frames_seen {
            text.push_str(&format!("{id}\tframes seen\t{seen}\n"));
        }
    }
    text.extend(failed(failures, &BTreeSet::new()));
    text
}

/// What failed and has no line of its own.
fn failed(failures: &[Failure], known: &BTreeSet<String>) -> Vec<String> {
    let unknown = |failure: &&Failure| !known.contains(&failure.subject);
    let line = |failure: &Failure| {
        let reason = failure.reason.replace(['\t', '\n'], " ");
        format!("{}\terror: {reason}\n", failure.subject)
    };
    failures.iter().filter(unknown).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::counts::notes;

    #[test]
    fn a_case_that_another_process_counted_has_its_count_alone() {
        let [counted, lost] = ["16", "64"].map(|value| format!("depth/raise/exit/b/{value}"));
        let all = BTreeMap::from([(counted.parse().unwrap(), 7.0)]);
        let failures = [&counted, &lost].map(|id| Failure::new(0, 0, id, "it runs away"));
        let rows = format!("{counted}\t7.0\n{lost}\terror: it runs away\n");
        assert_eq!(counts(&all, &failures), rows);
        assert_eq!(notes(&failures).len(), 3);
    }
}
