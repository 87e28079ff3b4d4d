//! Two arms on a page: what changed, biggest first, and apart from it what nobody can tell.

use maud::{Markup, html};

use super::figures::scrolling;
use super::frame::frame;
use super::provenance::notes;
use crate::case::Case;
use crate::report::chart::interval_on_ratio_scale;
use crate::report::comparison::{Comparison, Row};
use crate::report::number::{percent, within};
use crate::report::verdicts::{Verdicts, change};
use crate::verdict::judge::Judgement;

/// `remarks` are what a reader of either arm should mind.
pub fn comparison_page(comparison: &Comparison, remarks: &[String]) -> String {
    let verdicts = Verdicts::of(comparison);
    let title = format!(
        "trapbench: {} against {}",
        comparison.second, comparison.first
    );
    let body = html! {
        header {
            p.eyebrow { "trapbench · time of the second over time of the first" }
            h1 { (verdicts.sentence()) }
            div.tally {
                @for (name, rows) in verdicts.tally() { div class=(name) { b { (rows) } (name) } }
            }
            dl.facts {
                div { dt { "first" } dd { (comparison.first) } }
                div { dt { "second" } dd { (comparison.second) } }
                @if let Some(mean) = comparison.geometric_mean {
                    div { dt { "geometric mean" } dd { (within(mean)) "× over " (comparison.rows.len()) " cases" } }
                }
                div { dt { "smallest change that matters" } dd { (percent(comparison.margin)) } }
            }
        }
        (table("changed", "What changed", "Biggest first.", &verdicts.changed))
        (table("unsure", "Unsure", "The run could not see enough; a longer one may.", &verdicts.unsure))
        (table("same", "The same", "Any change is smaller than what matters.", &verdicts.same))
        @if !verdicts.unjudged.is_empty() {
            section id="unjudged" {
                h2 { "Not judged" }
                ul { @for (row, why) in &verdicts.unjudged { li { (row.case) ": " (why) } } }
            }
        }
        (notes(&[], remarks))
    };
    frame(&title, "", body)
}

fn table(id: &str, heading: &str, reading: &str, rows: &[(&Row, &Judgement)]) -> Markup {
    if rows.is_empty() {
        return html! {};
    }
    let ends = rows.iter().flat_map(|(_, judgement)| {
        let ratio = judgement.ratio.interval;
        [ratio.low.ln().abs(), ratio.high.ln().abs()]
    });
    let reach = ends.fold(0.05, f64::max).exp();
    html! {
        section id=(id) {
            h2 { (heading) }
            p.reading { (reading) }
            (scrolling(heading, html! {
                table.sortable {
                    thead { tr {
                        th scope="col" data-key="case" { "case" }
                        th.n scope="col" data-key="ratio" { "ratio" }
                        th scope="col" { "around 1" }
                        th scope="col" data-key="verdict" { "verdict" }
                        th.n scope="col" data-key="visible" { "could have seen" }
                    } }
                    tbody {
                        @for (row, judgement) in rows {
                            @let verdict = judgement.verdict.to_string();
                            tr class=(verdict) {
                                th scope="row" { (case_id(&row.case)) }
                                td.n data-v=(judgement.ratio.value) { (within(judgement.ratio)) "×" }
                                td { (interval_on_ratio_scale(judgement.ratio, reach, &verdict)) }
                                td.verdict data-v=(judgement.ratio.value) { (change(judgement)) }
                                td.n data-v=(judgement.smallest_visible_change) {
                                    (format!("{:.1} %", judgement.smallest_visible_change * 100.0))
                                }
                            }
                        }
                    }
                }
            }))
        }
    }
}

/// A case's id, which may break between its parts.
fn case_id(case: &Case) -> Markup {
    html! {
        @for (place, part) in case.to_string().split('/').enumerate() {
            @if place > 0 { "/" wbr; }
            (part)
        }
    }
}
