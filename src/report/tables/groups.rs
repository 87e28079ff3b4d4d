//! Where a call's instructions go: a column for each case, a row for each group of functions.

use crate::record::anatomy::{BackendAnatomy, CaseAnatomy};
use crate::report::anatomy::{groups, share};
use crate::report::number::whole;
use crate::report::phrase::Phrase;
use crate::report::table::{Cell, CellFigure, Column, Table, TableRow};

pub fn groups_of(backend: &BackendAnatomy) -> Table {
    let cases = &backend.cases;
    let heads = cases
        .iter()
        .map(|case| Column::right(Phrase::code(case.case.series.to_string())));
    let corner = Column::left(Phrase::code(backend.backend.as_str()));
    let row = |name: Phrase, cell: &dyn Fn(&CaseAnatomy) -> Cell| {
        let cells = cases.iter().map(cell);
        TableRow::new([Cell::Words(name)].into_iter().chain(cells))
    };
    let mut rows = Vec::new();
    for group in groups(backend) {
        rows.push(row(group.into(), &|case| of_group(case, group)));
    }
    rows.push(row(Phrase::default().stressed("all"), &|case| {
        Cell::count(Some(case.instructions))
    }));
    rows.push(row("frames captured".into(), &|case| {
        Cell::count(Some(case.frames_captured))
    }));
    rows.push(row("frames in the caller's trace".into(), &|case| {
        Cell::count(case.frames_seen.map(|seen| seen as f64))
    }));
    Table {
        name: format!("Instructions of {} by group", backend.backend),
        columns: [corner].into_iter().chain(heads).collect(),
        rows,
    }
}

fn of_group(case: &CaseAnatomy, group: &str) -> Cell {
    let found = case.group(group).map(|found| CellFigure {
        aside: Some(format!("({})", share(case, group))),
        ..CellFigure::new(whole(found.instructions), found.instructions)
    });
    Cell::from(found)
}
