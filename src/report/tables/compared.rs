//! Cases with their verdicts.

use crate::report::comparison::{ComparedCase, Comparison, Cost};
use crate::report::number::within;
use crate::report::phrase::Phrase;
use crate::report::table::{Cell, CellFigure, Column, Table, TableRow, Tone};
use crate::report::verdicts::{Verdicts, change};
use crate::verdict::judge::{Judgement, Verdict};

/// Rows of one verdict, in their order. The verdict stands beside the case, where a phone still
/// shows it.
pub fn judged(name: &str, comparison: &Comparison, rows: &[(&ComparedCase, &Judgement)]) -> Table {
    let with_costs = have_costs(rows.iter().map(|(case, _)| *case));
    Table {
        name: name.to_owned(),
        columns: columns(comparison, with_costs),
        rows: rows
            .iter()
            .map(|(case, judgement)| row(case, judgement, with_costs))
            .collect(),
    }
}

/// Cases of which nothing can be said, with the reason.
pub fn unjudged(comparison: &Comparison, rows: &[(&ComparedCase, &str)]) -> Table {
    let with_costs = have_costs(rows.iter().map(|(case, _)| *case));
    let heads = [
        Column::left("case").by("case"),
        Column::left("why").by("why"),
    ];
    let costs = costs_columns(comparison, with_costs);
    let row = |&(case, why): &(&ComparedCase, &str)| {
        let why = if why.is_empty() {
            "no reason is given"
        } else {
            why
        };
        let cells = [id(case), Cell::words(why)];
        TableRow::new(cells.into_iter().chain(costs_cells(case, with_costs)))
    };
    Table {
        name: "Not judged".to_owned(),
        columns: heads.into_iter().chain(costs).collect(),
        rows: rows.iter().map(row).collect(),
    }
}

/// All of them: what changed, biggest first; what did not; what nobody can tell.
pub fn all(comparison: &Comparison) -> Table {
    let verdicts = Verdicts::of(comparison);
    let lists = [&verdicts.changed, &verdicts.same, &verdicts.unsure];
    let judged = lists.into_iter().flatten();
    let with_costs = have_costs(&comparison.cases);
    let judged = judged.map(|(case, judgement)| row(case, judgement, with_costs));
    let unjudged = verdicts.unjudged.iter().map(|&(case, why)| {
        let cells = [id(case), Cell::words(why), Cell::Blank, Cell::Blank];
        TableRow::new(cells.into_iter().chain(costs_cells(case, with_costs)))
    });
    Table {
        name: "Cases".to_owned(),
        columns: columns(comparison, with_costs),
        rows: judged.chain(unjudged).collect(),
    }
}

fn columns(comparison: &Comparison, with_costs: bool) -> Vec<Column> {
    let heads = [
        Column::left("case").by("case"),
        Column::left("verdict").by("verdict"),
        Column::right("ratio").by("ratio"),
        Column::right("could have seen").by("visible"),
    ];
    let costs = costs_columns(comparison, with_costs);
    heads.into_iter().chain(costs).collect()
}

fn row(case: &ComparedCase, judgement: &Judgement, with_costs: bool) -> TableRow {
    let is_accepted = case.accepted.is_some() && judgement.verdict == Verdict::Slower;
    let (accepted, tone) = match is_accepted {
        true => (", accepted", "accepted".to_owned()),
        false => ("", judgement.verdict.to_string()),
    };
    let ratio = CellFigure {
        around_one: Some(judgement.ratio.interval),
        ..CellFigure::new(
            format!("{}×", within(judgement.ratio)),
            judgement.ratio.value,
        )
    };
    let visible = judgement.smallest_visible_change;
    let cells = [
        id(case),
        Cell::Verdict {
            text: change(judgement) + accepted,
            weight: weight(judgement),
        },
        Cell::Figure(ratio),
        Cell::Figure(CellFigure::new(
            format!("{:.1} %", visible * 100.0),
            visible,
        )),
    ];
    TableRow {
        tone: Tone::Verdict(tone),
        ..TableRow::new(cells.into_iter().chain(costs_cells(case, with_costs)))
    }
}

/// By which verdicts sort: from the fastest to the slowest.
fn weight(judgement: &Judgement) -> f64 {
    match judgement.verdict {
        Verdict::Same | Verdict::Unsure => 1.0,
        Verdict::Slower | Verdict::Faster => judgement.ratio.value,
    }
}

fn id(case: &ComparedCase) -> Cell {
    Cell::Words(Phrase::code(case.case.to_string()))
}

fn have_costs<'a>(cases: impl IntoIterator<Item = &'a ComparedCase>) -> bool {
    let mut costs = cases.into_iter().flat_map(|case| &case.costs);
    costs.any(Option::is_some)
}

fn costs_columns(comparison: &Comparison, with_costs: bool) -> Vec<Column> {
    let column = |role: &str| Column::right(format!("{role} takes")).by(role);
    let roles = comparison.roles.iter().filter(|_| with_costs);
    roles.map(|role| column(role)).collect()
}

fn costs_cells(case: &ComparedCase, with_costs: bool) -> Vec<Cell> {
    let cell = |cost: &Option<Cost>| {
        Cell::from(cost.map(|cost| CellFigure::new(cost.to_string(), cost.value)))
    };
    let costs = case.costs.iter().filter(|_| with_costs);
    costs.map(cell).collect()
}
