//! A record for a pipe: a case a line, tab-separated, the id first.

use std::collections::BTreeSet;

use super::samples::Samples;
use crate::record::{Failure, Record};
use crate::verdict::LEVEL;
use crate::verdict::interval::mean_over_processes;

/// `id, ns per call, low, high, processes, turns`; a case that was never timed has its reason in
/// place of figures. Costs are whole calls, the interval is a 95 % one over processes.
pub fn lines(record: &Record) -> String {
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
    let measured: BTreeSet<String> = samples.cases().map(ToString::to_string).collect();
    let unmeasured = |failure: &&Failure| !measured.contains(&failure.subject);
    for failure in record.failures.iter().filter(unmeasured) {
        let reason = failure.reason.replace(['\t', '\n'], " ");
        text.push_str(&format!("{}\terror: {reason}\n", failure.subject));
    }
    text
}
