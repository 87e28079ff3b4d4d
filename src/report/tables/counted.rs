//! Instructions a call: a table for each backend and axis, a row for each series.

use std::collections::{BTreeMap, BTreeSet};

use crate::report::samples::ordered;
use crate::report::table::{Cell, Column, Table, TableRow};
use trapbench_worker::case::{Axis, BackendId, Case, Value};

pub fn counted(counts: &BTreeMap<Case, f64>) -> Vec<Table> {
    let pairs = BTreeSet::from_iter(counts.keys().map(|case| (&case.backend, case.axis)));
    let table = |(backend, axis)| by_value(counts, backend, axis);
    pairs.into_iter().map(table).collect()
}

fn by_value(counts: &BTreeMap<Case, f64>, backend: &BackendId, axis: Axis) -> Table {
    let of = |case: &&Case| &case.backend == backend && case.axis == axis;
    let values = ordered(axis, counts.keys().filter(of).map(|case| &case.value));
    let series = BTreeSet::from_iter(counts.keys().filter(of).map(|case| case.series));
    let heads = values.iter().map(|value| Column::right(value.to_string()));
    let row = |series| {
        let cell = |value: &Value| {
            let case = Case {
                axis,
                series,
                backend: backend.clone(),
                value: value.clone(),
            };
            Cell::count(counts.get(&case).copied())
        };
        let name = Cell::words(series.to_string());
        TableRow::new([name].into_iter().chain(values.iter().map(cell)))
    };
    Table {
        name: format!("{backend}, by {axis}"),
        columns: [Column::left("")].into_iter().chain(heads).collect(),
        rows: series.into_iter().map(row).collect(),
    }
}
