//! Costs over an axis.

use std::collections::BTreeSet;

use crate::report::answers::{Answers, BackendAnswers};
use crate::report::at_value::AtValue;
use crate::report::phrase::Phrase;
use crate::report::samples::ordered;
use crate::report::table::{Cell, CellFigure, Column, Mark, Table, TableRow};
use crate::verdict::fit::DepthFit;
use trapbench_worker::case::{Axis, Series, SharedTurn, Strategy, Value};

/// Past this relative miss a straight line is not how a cost grows, and its slope is marked.
const WORST_FIT: f64 = 0.2;

/// What the tables of [`over`] hold, in words.
pub fn caption(axis: Axis) -> String {
    let row = axis.row();
    let within = "in ns unless it says otherwise, ±95 %";
    match (axis, row.turn) {
        (Axis::Depth, _) => format!(
            "Added cost of stopping, by depth: a stopped call minus a completing one, {within}"
        ),
        (_, SharedTurn::OfAValue) => format!(
            "Added cost of stopping, by {}: a stopped call minus a completing one, {}, {within}",
            row.unit,
            guest_depth(axis)
        ),
        (_, SharedTurn::OfAllValues) => format!(
            "What {} add: a stopped call minus the same with the fewest, {}, {within}",
            row.unit,
            guest_depth(axis)
        ),
    }
}

/// Where the guest is on an axis that is not its depth.
pub fn guest_depth(axis: Axis) -> String {
    format!("at guest depth {}", axis.row().base.depth)
}

/// What stopping adds to a call of each backend, or what an axis whose values share a turn adds to
/// a stopped one: a table for each backend that was measured over it.
pub fn over(answers: &Answers, axis: Axis) -> Vec<Table> {
    let tables = answers
        .backends
        .iter()
        .map(|backend| of_backend(backend, axis));
    tables.filter(|table| !table.rows.is_empty()).collect()
}

fn of_backend(backend: &BackendAnswers, axis: Axis) -> Table {
    let shown: Vec<&AtValue> = match axis.row().turn {
        SharedTurn::OfAValue => backend.over(axis).iter().collect(),
        // The lowest is what the others are held against.
        SharedTurn::OfAllValues => backend
            .over(axis)
            .iter()
            .filter(|at| !at.above_lowest.is_empty())
            .collect(),
    };
    let heads = shown.iter().map(|at| Column::right(at.value.to_string()));
    let slope = has_slope(axis).then(|| Column::right("whole call, per frame"));
    Table {
        name: format!("{} by {}", backend.backend, axis.row().unit),
        columns: [Column::left(backend.title())]
            .into_iter()
            .chain(heads)
            .chain(slope)
            .collect(),
        rows: Rows {
            backend,
            axis,
            shown,
        }
        .all(),
    }
}

/// A line is fitted over depth, where each frame is left or tested one by one.
fn has_slope(axis: Axis) -> bool {
    axis == Axis::Depth
}

struct Rows<'a> {
    backend: &'a BackendAnswers,
    axis: Axis,
    shown: Vec<&'a AtValue>,
}

impl Rows<'_> {
    fn all(&self) -> Vec<TableRow> {
        match self.axis.row().turn {
            SharedTurn::OfAValue => self.added(),
            SharedTurn::OfAllValues => self.above_lowest(),
        }
    }

    fn above_lowest(&self) -> Vec<TableRow> {
        let strategies = self.backend.strategies().into_iter();
        let row = |strategy: Strategy| {
            let name = Phrase::code(strategy.name());
            self.row(name, None, |at| {
                Cell::ns(at.above_lowest.get(&strategy).copied())
            })
        };
        strategies.filter_map(row).collect()
    }

    fn added(&self) -> Vec<TableRow> {
        let backend = self.backend;
        let completing = backend.offer.completing();
        let mut rows = Vec::new();
        rows.extend(
            completing.and_then(|complete| self.whole("(completing call)".into(), complete)),
        );
        let nothing_is_added = self.shown.iter().all(|at| at.added.is_empty());
        for strategy in backend.strategies() {
            let name = Phrase::code(strategy.name());
            if backend.shows_added() {
                rows.extend(self.row(name.clone(), Some(strategy.exit()), |at| {
                    Cell::ns(at.added.get(&strategy).copied())
                }));
            }
            // With nothing to subtract, the whole call is all there is to show.
            if !backend.shows_added() || nothing_is_added {
                rows.extend(self.whole(name.plain(", whole call"), strategy.exit()));
            }
        }
        for strategy in backend.strategies() {
            let name = format!("{strategy}/sentinel").into();
            rows.extend(self.row(name, None, |at| {
                Cell::times(at.over_sentinel.get(&strategy).copied())
            }));
        }
        for strategy in backend.strategies() {
            let name = format!("{strategy}/floor").into();
            rows.extend(self.row(name, None, |at| {
                Cell::times(at.over_floor.get(&strategy).copied())
            }));
        }
        let taxed = BTreeSet::from_iter(self.shown.iter().flat_map(|at| at.tax.keys()));
        for complete in taxed {
            let over = match Some(*complete) == completing {
                true => String::new(),
                false => format!(", over {complete}"),
            };
            let name = format!("tax of the tests{over}").into();
            rows.extend(self.row(name, None, |at| Cell::ns(at.tax.get(complete).copied())));
        }
        rows
    }

    fn whole(&self, name: Phrase, series: Series) -> Option<TableRow> {
        self.row(name, Some(series), |at| {
            Cell::ns(at.cost.get(&series).copied())
        })
    }

    /// Nothing where no value has a figure; the slope is that of whole calls of `line`.
    fn row(
        &self,
        name: Phrase,
        line: Option<Series>,
        cell: impl Fn(&AtValue) -> Cell,
    ) -> Option<TableRow> {
        let cells = self.shown.iter().map(|at| cell(at)).collect();
        let mut row = TableRow::of_figures(name, cells)?;
        if has_slope(self.axis) {
            let line = line.and_then(|series| self.backend.lines.get(&series));
            row.cells.push(slope(line));
        }
        Some(row)
    }
}

fn slope(line: Option<&DepthFit>) -> Cell {
    let Some(line) = line else {
        return Cell::Blank;
    };
    let misses = line.lack_of_fit.map(|miss| miss.relative);
    let is_uneven = misses.is_some_and(|miss| miss > WORST_FIT);
    match Cell::ns(Some(line.slope)) {
        Cell::Figure(figure) => Cell::Figure(CellFigure {
            mark: is_uneven.then_some(Mark::Uneven),
            ..figure
        }),
        other => other,
    }
}

/// Whole calls of every series of every backend.
pub fn whole_calls(answers: &Answers, axis: Axis) -> Table {
    let values = values(answers, axis);
    let heads = values.iter().map(|value| Column::right(value.to_string()));
    let ends = [Column::left("backend"), Column::left("series")];
    let slopes = has_slope(axis).then(|| Column::right("per frame"));
    let mut rows = Vec::new();
    for backend in answers
        .backends
        .iter()
        .filter(|one| !one.over(axis).is_empty())
    {
        for series in backend.offer.series() {
            let names = [
                Cell::Words(backend.title()),
                Cell::Words(Phrase::code(series.to_string())),
            ];
            let cells = values.iter().map(|value| {
                let at = backend.at(axis, value);
                Cell::ns(at.and_then(|at| at.cost.get(&series).copied()))
            });
            let slope = has_slope(axis).then(|| slope(backend.lines.get(&series)));
            rows.push(TableRow::new(names.into_iter().chain(cells).chain(slope)));
        }
    }
    Table {
        name: format!("Whole calls by {}", axis.row().unit),
        columns: ends.into_iter().chain(heads).chain(slopes).collect(),
        rows,
    }
}

/// What the sentinel's tests cost a call that completes, by depth.
pub fn tax(answers: &Answers) -> Table {
    let depths = values(answers, Axis::Depth);
    let heads = depths.iter().map(|depth| Column::right(depth.to_string()));
    let rows = answers.backends.iter().filter_map(|backend| {
        let complete = backend.offer.completing()?;
        let cells = depths.iter().map(|depth| {
            let at = backend.at(Axis::Depth, depth);
            Cell::ns(at.and_then(|at| at.tax.get(&complete).copied()))
        });
        TableRow::of_figures(backend.title(), cells.collect())
    });
    Table {
        name: "The tax by depth".to_owned(),
        columns: [Column::left("backend")].into_iter().chain(heads).collect(),
        rows: rows.collect(),
    }
}

/// At which any backend was measured.
fn values(answers: &Answers, axis: Axis) -> Vec<Value> {
    let places = answers
        .backends
        .iter()
        .flat_map(|backend| backend.over(axis));
    ordered(axis, places.map(|at| &at.value))
}
