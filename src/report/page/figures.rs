//! A chart with how to read it, and its figures as tables.

use maud::{Markup, html};

use super::table::table;
use crate::report::answers::Answers;
use crate::report::chart::{Chart, Palette, figure};
use crate::report::table::{Mark, Table};
use crate::report::tables::costs;
use crate::report::words;
use trapbench_worker::case::Axis;

pub fn figures(chart: &Chart, palette: &Palette) -> Markup {
    html! {
        section id=(chart.name) {
            h2 { (chart.title) }
            p.reading { (chart.reading) }
            div.panels {
                @for (place, panel) in chart.panels.iter().enumerate() {
                    (figure(panel, &format!("{}-{place}", chart.name)))
                }
            }
            details {
                summary { "The same as a table" }
                p { (chart.table_reading) }
                @for one in &chart.tables { (table(one, palette)) }
                (marks(&chart.tables))
            }
        }
    }
}

/// What stopping adds by depth, backend by backend.
pub fn added(answers: &Answers, palette: &Palette) -> Markup {
    let tables = costs::over(answers, Axis::Depth);
    html! {
        @if !tables.is_empty() {
            section id="added" {
                h2 { "What stopping adds, by depth" }
                p.reading { (costs::caption(Axis::Depth)) "." }
                @for one in &tables { (table(one, palette)) }
                @if let Some(floor) = answers.floor { p { (words::floor(floor)) } }
                (marks(&tables))
            }
        }
    }
}

fn marks(tables: &[Table]) -> Markup {
    html! { @for mark in Mark::of(tables) { p { (mark.sign()) " " (mark.meaning()) } } }
}
