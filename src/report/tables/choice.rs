//! The 2×2 of each backend and depth, raise or sentinel, stopped or not; and what follows.

use std::collections::BTreeSet;

use crate::report::answers::{Answers, BackendAnswers};
use crate::report::at_value::AtValue;
use crate::report::phrase::Phrase;
use crate::report::table::{Cell, CellFigure, Column, Table, TableRow, Tone};
use crate::report::words;
use trapbench_worker::case::Strategy;

/// What raise and sentinel cost, stopped and completing.
pub fn two_by_two(answers: &Answers) -> Table {
    let (raise, sentinel) = (Strategy::Raise, Strategy::Sentinel);
    let columns = [
        ("raise, stopped", "raise-exit"),
        ("raise, completing", "raise-complete"),
        ("sentinel, stopped", "sentinel-exit"),
        ("sentinel, completing", "sentinel-complete"),
        ("a raise adds", "raise-adds"),
        ("a sentinel adds", "sentinel-adds"),
        ("raise / sentinel", "ratio"),
        ("tax of the tests", "tax"),
    ];
    let columns = columns.map(|(head, key)| Column::right(head).by(key));
    let row = |backend: &BackendAnswers, at: &AtValue| {
        let whole = |series| Cell::ns(at.cost.get(&series).copied());
        let added = |strategy| Cell::ns(at.added.get(&strategy).copied());
        let cells = [
            whole(raise.exit()),
            whole(raise.complete()),
            whole(sentinel.exit()),
            whole(sentinel.complete()),
            added(raise),
            added(sentinel),
            Cell::times(at.over_sentinel.get(&raise).copied()),
            Cell::ns(at.tax.get(&raise.complete()).copied()),
        ];
        of_place(backend, at, cells)
    };
    Table {
        name: "Costs by backend and depth".to_owned(),
        columns: place_columns().into_iter().chain(columns).collect(),
        rows: places(answers)
            .map(|(backend, at)| row(backend, at))
            .collect(),
    }
}

/// The cheapest way to stop, and for each strategy that is held against the sentinel, when to
/// choose it.
pub fn choices(answers: &Answers) -> Table {
    let rates = places(answers).flat_map(|(_, at)| at.exit_rate.keys());
    let strategies = BTreeSet::from_iter(rates.copied());
    let cheapest = Column::left("cheapest way to stop").by("cheapest");
    let heads = strategies
        .iter()
        .map(|strategy| Column::left(format!("{strategy} or sentinel")).by(strategy.name()));
    let row = |backend: &BackendAnswers, at: &AtValue| {
        let rates = strategies.iter();
        let rates = rates.map(|strategy| {
            let rate = at.exit_rate.get(strategy)?;
            Some(words::exit_rate(*strategy, rate))
        });
        let said = [words::cheapest(at)].into_iter().chain(rates);
        let cells = said.map(|said| said.map_or(Cell::Gap, Cell::words));
        of_place(backend, at, cells)
    };
    Table {
        name: "When to raise, by backend and depth".to_owned(),
        columns: place_columns()
            .into_iter()
            .chain([cheapest])
            .chain(heads)
            .collect(),
        rows: places(answers)
            .map(|(backend, at)| row(backend, at))
            .collect(),
    }
}

/// Native frames leave nobody a choice.
fn places(answers: &Answers) -> impl Iterator<Item = (&BackendAnswers, &AtValue)> {
    let backends = answers.backends.iter();
    let backends = backends.filter(|backend| backend.offer.executes_wasm());
    backends.flat_map(|backend| backend.depths().iter().map(move |at| (backend, at)))
}

fn place_columns() -> [Column; 2] {
    [
        Column::left("backend").by("backend"),
        Column::right("depth").by("depth"),
    ]
}

fn of_place(
    backend: &BackendAnswers,
    at: &AtValue,
    cells: impl IntoIterator<Item = Cell>,
) -> TableRow {
    let place = [
        Cell::Words(Phrase::code(backend.backend.as_str())),
        Cell::Figure(CellFigure::new(at.value.to_string(), f64::from(at.depth()))),
    ];
    TableRow {
        tone: Tone::Backend(backend.backend.clone()),
        ..TableRow::new(place.into_iter().chain(cells))
    }
}
