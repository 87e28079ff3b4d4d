//! A table as data: its columns and rows, and what its marks mean. Whoever draws one adds nothing.

use std::collections::BTreeSet;

use super::number::{cost, ns_within, whole, within};
use super::phrase::Phrase;
use crate::verdict::{Estimate, Interval};
use trapbench_worker::case::BackendId;

#[derive(Clone, Debug, Default)]
pub struct Table {
    /// What is in it, for a reader who cannot see it.
    pub name: String,
    pub columns: Vec<Column>,
    pub rows: Vec<TableRow>,
}

#[derive(Clone, Debug)]
pub struct Column {
    pub head: Phrase,
    pub side: Edge,
    /// By which a reader of a page may sort the rows: `ratio`. Either all columns have one or none.
    pub key: Option<String>,
}

/// Where the content of a column stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    Left,
    Right,
}

/// The first cell is the row's name.
#[derive(Clone, Debug, Default)]
pub struct TableRow {
    pub cells: Vec<Cell>,
    pub tone: Tone,
}

/// What a row is about, where a format has colours.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    #[default]
    Plain,
    Backend(BackendId),
    /// A verdict's name, or `accepted`.
    Verdict(String),
}

#[derive(Clone, Debug)]
pub enum Cell {
    /// There is no figure. A hole must never be taken for a result.
    Gap,
    /// There is nothing to say here.
    Blank,
    Words(Phrase),
    /// What was found of a case; the weight goes from the fastest to the slowest.
    Verdict {
        text: String,
        weight: f64,
    },
    Figure(CellFigure),
}

#[derive(Clone, Debug)]
pub struct CellFigure {
    pub text: String,
    /// By which it sorts.
    pub value: f64,
    /// With its unit, where the text leaves that out.
    pub says: Option<String>,
    /// What stands beside it, as a share does.
    pub aside: Option<String>,
    /// Of a ratio, which may be drawn around 1.
    pub around_one: Option<Interval>,
    pub mark: Option<Mark>,
}

/// What casts doubt on a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// A straight line does not fit.
    Uneven,
}

impl Mark {
    pub fn sign(self) -> &'static str {
        match self {
            Mark::Uneven => "*",
        }
    }

    pub fn meaning(self) -> &'static str {
        match self {
            Mark::Uneven => {
                "the growth is not one number per frame: a straight line misses a depth by over 20 %"
            }
        }
    }

    /// The marks of some tables, each once.
    pub fn of<'a>(tables: impl IntoIterator<Item = &'a Table>) -> BTreeSet<Mark> {
        let rows = tables.into_iter().flat_map(|table| &table.rows);
        let cells = rows.flat_map(|row| &row.cells);
        cells.filter_map(Cell::mark).collect()
    }
}

impl Column {
    pub fn left(head: impl Into<Phrase>) -> Column {
        Column {
            head: head.into(),
            side: Edge::Left,
            key: None,
        }
    }

    pub fn right(head: impl Into<Phrase>) -> Column {
        Column {
            side: Edge::Right,
            ..Column::left(head)
        }
    }

    pub fn by(self, key: impl Into<String>) -> Column {
        Column {
            key: Some(key.into()),
            ..self
        }
    }
}

impl TableRow {
    pub fn new(cells: impl IntoIterator<Item = Cell>) -> TableRow {
        TableRow {
            cells: cells.into_iter().collect(),
            tone: Tone::Plain,
        }
    }

    /// Nothing where none of the cells behind the name has a figure.
    pub fn of_figures(name: impl Into<Phrase>, figures: Vec<Cell>) -> Option<TableRow> {
        let has_figure = figures.iter().any(|cell| matches!(cell, Cell::Figure(_)));
        let name = Cell::Words(name.into());
        has_figure.then(|| TableRow::new([name].into_iter().chain(figures)))
    }
}

impl Cell {
    pub fn words(words: impl Into<Phrase>) -> Cell {
        Cell::Words(words.into())
    }

    /// A cost in ns.
    pub fn ns(figure: Option<Estimate>) -> Cell {
        let of = |figure| CellFigure {
            says: Some(cost(figure)),
            ..CellFigure::new(ns_within(figure), figure.value)
        };
        Cell::from(figure.map(of))
    }

    /// A ratio that is no ratio of two likes, and has no 1 to stand around.
    pub fn times(figure: Option<Estimate>) -> Cell {
        let of = |figure| CellFigure::new(format!("{}×", within(figure)), figure.value);
        Cell::from(figure.map(of))
    }

    /// A count to the last digit.
    pub fn count(count: Option<f64>) -> Cell {
        Cell::from(count.map(|count| CellFigure::new(whole(count), count)))
    }

    fn mark(&self) -> Option<Mark> {
        match self {
            Cell::Figure(figure) => figure.mark,
            _ => None,
        }
    }
}

impl From<Option<CellFigure>> for Cell {
    fn from(figure: Option<CellFigure>) -> Cell {
        figure.map_or(Cell::Gap, Cell::Figure)
    }
}

impl CellFigure {
    pub fn new(text: impl Into<String>, value: f64) -> CellFigure {
        CellFigure {
            text: text.into(),
            value,
            says: None,
            aside: None,
            around_one: None,
            mark: None,
        }
    }

    /// With its mark.
    pub fn marked(&self) -> String {
        let sign = self.mark.map_or("", Mark::sign);
        format!("{}{sign}", self.text)
    }
}
