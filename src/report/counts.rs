//! Instructions a call, for a terminal and for a pipe.

use std::collections::{BTreeMap, BTreeSet};

use comfy_table::{CellAlignment, Table, presets};

use super::number::whole;
use super::paper::Paper;
use crate::record::Failure;
use trapbench_worker::case::{Axis, BackendId, Case, Series, Value};

/// What a count of instructions cannot see, in words.
pub const BLIND_SPOTS: &str = "contention, caches, branch prediction, and all that the kernel does";

/// And of what is compared by a gate.
pub const LEFT_OUT: &str =
    "the unwinder's search for a frame's table, whose steps the layout decides";

/// What to mind of a debug build.
pub const UNOPTIMISED: &str = "this is a debug build, which takes many times the instructions of what \
                               users run; build it with --release";

/// A table for each backend and axis.
pub fn screen(counts: &BTreeMap<Case, f64>, remarks: &[String], bold: bool) -> String {
    let mut paper = Paper::new(bold);
    paper.heading("Instructions a call, as callgrind counts them");
    let groups = BTreeSet::from_iter(counts.keys().map(|case| (&case.backend, case.axis)));
    for (backend, axis) in groups {
        paper.section(&format!("{backend}, by {axis}"));
        paper.line(&table(counts, backend, axis));
    }
    paper.remarks(remarks);
    paper.text()
}

fn table(counts: &BTreeMap<Case, f64>, backend: &BackendId, axis: Axis) -> String {
    let of = |case: &&Case| &case.backend == backend && case.axis == axis;
    let values = BTreeSet::from_iter(counts.keys().filter(of).map(|case| case.value.clone()));
    let series = BTreeSet::from_iter(counts.keys().filter(of).map(|case| case.series));
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    let heads = values.iter().map(ToString::to_string);
    table.add_row(std::iter::once(String::new()).chain(heads));
    for series in series {
        let cells = values
            .iter()
            .map(|value| cell(counts, backend, axis, series, value.clone()));
        table.add_row(std::iter::once(format!("  {series}")).chain(cells));
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.trim_fmt()
}

fn cell(
    counts: &BTreeMap<Case, f64>,
    backend: &BackendId,
    axis: Axis,
    series: Series,
    value: Value,
) -> String {
    let case = Case {
        axis,
        series,
        backend: backend.clone(),
        value,
    };
    let count = counts.get(&case).copied();
    count.map_or_else(|| "—".to_owned(), whole)
}

/// `id, instructions a call`; a case that could not be counted has its reason in place of them.
pub fn lines(counts: &BTreeMap<Case, f64>, failures: &[Failure]) -> String {
    let ids = BTreeSet::from_iter(counts.keys().map(Case::to_string));
    let counted = counts
        .iter()
        .map(|(case, instructions)| format!("{case}\t{instructions:.1}\n"));
    let uncounted = failures
        .iter()
        .filter(|failure| !ids.contains(&failure.subject));
    counted.chain(error_rows(uncounted)).collect()
}

pub fn error_rows<'a>(
    failures: impl IntoIterator<Item = &'a Failure>,
) -> impl Iterator<Item = String> {
    failures.into_iter().map(|failure| {
        let reason = failure.reason.replace(['\t', '\n'], " ");
        format!("{}\terror: {reason}\n", failure.subject)
    })
}

/// What failed, and what such counts do not see.
pub fn notes(failures: &[Failure]) -> Vec<String> {
    let failed = failures.iter();
    let failed = failed.map(|failure| format!("{}: {}", failure.subject, failure.reason));
    failed
        .chain([format!("not counted: {BLIND_SPOTS}")])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_that_another_process_counted_has_its_count_alone() {
        let [counted, lost] = ["16", "64"].map(|value| format!("depth/raise/exit/b/{value}"));
        let counts = BTreeMap::from([(counted.parse().unwrap(), 7.0)]);
        let failures = [&counted, &lost].map(|id| Failure::new(0, 0, id, "it runs away"));
        let rows = format!("{counted}\t7.0\n{lost}\terror: it runs away\n");
        assert_eq!(lines(&counts, &failures), rows);
        assert_eq!(notes(&failures).len(), 3);
    }
}
