//! A table on a page: it scrolls in its own frame, and sorts where its columns have keys.

use maud::{Markup, html};

use super::unbroken::unbroken;
use crate::report::chart::{Palette, interval_on_ratio_scale};
use crate::report::phrase::{Phrase, Piece};
use crate::report::table::{Cell, CellFigure, Column, Edge, Table, TableRow, Tone};
use crate::verdict::{Estimate, Interval};

pub fn table(table: &Table, palette: &Palette) -> Markup {
    let on_page = OnPage {
        palette,
        reach: reach(table),
        with_ratio: with_ratio(table),
    };
    let is_sortable = table.columns.iter().all(|column| column.key.is_some());
    scrolling(
        &table.name,
        html! {
            table class=[is_sortable.then_some("sortable")] {
                thead { tr {
                    @for (at, column) in table.columns.iter().enumerate() {
                        th class=[number(column)] scope="col" data-key=[&column.key] {
                            (phrase(&column.head))
                        }
                        @if on_page.with_ratio == Some(at) {
                            th scope="col" data-key=[is_sortable.then_some("around")] { "around 1" }
                        }
                    }
                } }
                tbody { @for row in &table.rows { (on_page.row(row, table)) } }
            }
        },
    )
}

/// A table that is wider than a phone scrolls in its own frame, by keyboard too.
pub fn scrolling(label: &str, table: Markup) -> Markup {
    html! { div.scroll tabindex="0" role="region" aria-label=(label) { (table) } }
}

/// A sentence, whose figures stay on one line.
pub fn sentence(phrase: &Phrase) -> Markup {
    html! {
        @for piece in &phrase.0 {
            @match piece {
                Piece::Plain(text) => (unbroken(text)),
                Piece::Code(text) => code { (text) },
                Piece::Stressed(text) => strong { (unbroken(text)) },
            }
        }
    }
}

/// In a table. Ids may break between their parts.
pub fn phrase(phrase: &Phrase) -> Markup {
    html! {
        @for piece in &phrase.0 {
            @match piece {
                Piece::Plain(text) => (unbroken(text)),
                Piece::Code(text) => (parts(text)),
                Piece::Stressed(text) => b { (text) },
            }
        }
    }
}

fn parts(id: &str) -> Markup {
    html! {
        @for (place, part) in id.split('/').enumerate() {
            @if place > 0 { "/" wbr; }
            (part)
        }
    }
}

/// Figures are written to the right.
fn number(column: &Column) -> Option<&'static str> {
    (column.side == Edge::Right).then_some("n")
}

struct OnPage<'a> {
    palette: &'a Palette,
    /// The largest ratio that is drawn.
    reach: f64,
    /// The column whose ratios are drawn beside it.
    with_ratio: Option<usize>,
}

impl OnPage<'_> {
    fn row(&self, row: &TableRow, table: &Table) -> Markup {
        let (class, has_swatch) = match &row.tone {
            Tone::Plain => (None, false),
            Tone::Backend(backend) => (Some(self.palette.class(backend)), true),
            Tone::Verdict(name) => (Some(name.clone()), false),
        };
        html! {
            tr class=[&class] {
                @for (at, (cell, column)) in row.cells.iter().zip(&table.columns).enumerate() {
                    @match cell {
                        Cell::Words(words) if at == 0 => th scope="row" {
                            @if has_swatch { span.swatch {} }
                            (phrase(words))
                        },
                        Cell::Words(words) => td class=[(words.text().len() > LONG).then_some("words")] { (phrase(words)) },
                        Cell::Verdict { text, weight } => td.verdict data-v=(weight) { (text) },
                        Cell::Figure(figure) => td.n data-v=(figure.value) title=[&figure.says] {
                            (figure.marked())
                            @if let Some(aside) = &figure.aside { " " small { (aside) } }
                        },
                        Cell::Gap if column.side == Edge::Right => td.n.gap { "—" },
                        Cell::Gap => td.gap { "—" },
                        Cell::Blank => td {},
                    }
                    @if self.with_ratio == Some(at) { (self.around_one(cell, class.as_deref())) }
                }
            }
        }
    }

    fn around_one(&self, cell: &Cell, class: Option<&str>) -> Markup {
        let ratio = match cell {
            Cell::Figure(figure) => ratio(figure),
            _ => None,
        };
        html! {
            @match ratio {
                Some(ratio) => td data-v=(ratio.value) {
                    (interval_on_ratio_scale(ratio, self.reach, class.unwrap_or_default()))
                },
                None => td.gap { "—" },
            }
        }
    }
}

/// Words that are longer than this may be broken.
const LONG: usize = 24;

fn ratio(figure: &CellFigure) -> Option<Estimate> {
    let interval = figure.around_one?;
    Some(Estimate {
        value: figure.value,
        interval,
    })
}

fn ratios(table: &Table) -> impl Iterator<Item = (usize, Interval)> {
    let cells = table
        .rows
        .iter()
        .flat_map(|row| row.cells.iter().enumerate());
    cells.filter_map(|(at, cell)| match cell {
        Cell::Figure(figure) => Some((at, figure.around_one?)),
        _ => None,
    })
}

fn with_ratio(table: &Table) -> Option<usize> {
    ratios(table).next().map(|(at, _)| at)
}

fn reach(table: &Table) -> f64 {
    let ends = ratios(table).flat_map(|(_, ends)| [ends.low.ln().abs(), ends.high.ln().abs()]);
    ends.fold(0.05, f64::max).exp()
}
