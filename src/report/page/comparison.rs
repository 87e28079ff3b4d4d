//! Two arms on a page: what changed, biggest first, and apart from it what nobody can tell.

use maud::{Markup, html};

use super::figures::scrolling;
use super::frame::frame;
use super::provenance::notes;
use crate::report::chart::interval_on_ratio_scale;
use crate::report::comparison::{Comparison, Row};
use crate::report::number::{percent, within};
use crate::report::verdicts::{Verdicts, change};
use crate::verdict::judge::{Judgement, Verdict};
use trapbench_worker::case::Case;

/// `remarks` are what a reader of either arm should mind; `command` makes the page again.
pub fn comparison_page(comparison: &Comparison, remarks: &[String], command: &str) -> String {
    let verdicts = Verdicts::of(comparison);
    let title = format!(
        "trapbench: {} against {}",
        comparison.second, comparison.first
    );
    let body = html! {
        header {
            p.eyebrow { "trapbench · time of the second over time of the first" }
            h1 { (verdicts.sentence()) }
            (tally(&verdicts))
            dl.facts {
                div { dt { "first" } dd { (comparison.first) } }
                div { dt { "second" } dd { (comparison.second) } }
                @if let Some(mean) = comparison.geometric_mean {
                    div { dt { "geometric mean" } dd { (within(mean)) "× over " (comparison.rows.len()) " cases" } }
                }
                div { dt { "smallest change that matters" } dd { (percent(comparison.margin)) } }
            }
        }
        (tables(&verdicts, ["first", "second"]))
        (notes(&[], remarks))
        section id="provenance" {
            h2 { "To reproduce" }
            p.reading { "From the folder that holds both. Where each comes from is on its own page." }
            pre tabindex="0" { code { (command) } }
        }
    };
    frame(&title, "", "a 95 % interval over processes", body)
}

/// How many cases each verdict has; what is accepted is counted apart, for it is no finding.
pub fn tally(verdicts: &Verdicts) -> Markup {
    let accepted = verdicts.accepted().count();
    let found = verdicts.tally().map(|(name, rows)| match name {
        "slower" => (name, rows - accepted),
        _ => (name, rows),
    });
    html! {
        div.tally {
            @for (name, rows) in found { div class=(name) { b { (rows) } (name) } }
            @if accepted > 0 { div.accepted { b { (accepted) } "slower, accepted" } }
        }
    }
}

/// A table for each verdict; `arms` is what the first arm and the second are called.
pub fn tables(verdicts: &Verdicts, arms: [&str; 2]) -> Markup {
    html! {
        (section("changed", "What changed", "Biggest first.", arms, &verdicts.changed))
        (section("unsure", "Unsure", "The run could not see enough; a longer one may.", arms, &verdicts.unsure))
        (section("same", "The same", "Any change is smaller than what matters.", arms, &verdicts.same))
        @if !verdicts.unjudged.is_empty() {
            section id="unjudged" {
                h2 { "Not judged" }
                (unjudged(verdicts, arms))
            }
        }
    }
}

fn section(
    id: &str,
    heading: &str,
    reading: &str,
    arms: [&str; 2],
    rows: &[(&Row, &Judgement)],
) -> Markup {
    if rows.is_empty() {
        return html! {};
    }
    html! {
        section id=(id) {
            h2 { (heading) }
            p.reading { (reading) }
            (table(heading, arms, rows))
        }
    }
}

/// Rows with their verdicts, in the order in which they are given. The verdict stands beside the
/// case, where a phone still shows it.
pub fn table(label: &str, arms: [&str; 2], rows: &[(&Row, &Judgement)]) -> Markup {
    let ends = rows.iter().flat_map(|(_, judgement)| {
        let ratio = judgement.ratio.interval;
        [ratio.low.ln().abs(), ratio.high.ln().abs()]
    });
    let reach = ends.fold(0.05, f64::max).exp();
    let with_costs = rows
        .iter()
        .any(|(row, _)| row.costs.iter().any(Option::is_some));
    scrolling(
        label,
        html! {
            table.sortable {
                thead { tr {
                    th scope="col" data-key="case" { "case" }
                    th scope="col" data-key="verdict" { "verdict" }
                    th.n scope="col" data-key="ratio" { "ratio" }
                    th scope="col" data-key="around" { "around 1" }
                    th.n scope="col" data-key="visible" { "could have seen" }
                    @if with_costs { (cost_heads(arms)) }
                } }
                tbody {
                    @for (row, judgement) in rows {
                        @let is_accepted = row.accepted.is_some() && judgement.verdict == Verdict::Slower;
                        @let colour = match is_accepted {
                            true => "accepted".to_owned(),
                            false => judgement.verdict.to_string(),
                        };
                        tr class=(colour) {
                            th scope="row" { (case_id(&row.case)) }
                            td.verdict data-v=(weight(judgement)) {
                                (change(judgement))
                                @if is_accepted { ", accepted" }
                            }
                            td.n data-v=(judgement.ratio.value) { (within(judgement.ratio)) "×" }
                            td data-v=(judgement.ratio.value) {
                                (interval_on_ratio_scale(judgement.ratio, reach, &colour))
                            }
                            td.n data-v=(judgement.smallest_visible_change) {
                                (format!("{:.1} %", judgement.smallest_visible_change * 100.0))
                            }
                            @if with_costs { (cost_cells(row)) }
                        }
                    }
                }
            }
        },
    )
}

fn unjudged(verdicts: &Verdicts, arms: [&str; 2]) -> Markup {
    let rows = &verdicts.unjudged;
    let with_costs = rows
        .iter()
        .any(|(row, _)| row.costs.iter().any(Option::is_some));
    scrolling(
        "Not judged",
        html! {
            table.sortable {
                thead { tr {
                    th scope="col" data-key="case" { "case" }
                    th scope="col" data-key="why" { "why" }
                    @if with_costs { (cost_heads(arms)) }
                } }
                tbody {
                    @for (row, why) in rows {
                        tr {
                            th scope="row" { (case_id(&row.case)) }
                            td.words { @if why.is_empty() { "no reason is given" } @else { (why) } }
                            @if with_costs { (cost_cells(row)) }
                        }
                    }
                }
            }
        },
    )
}

fn cost_heads(arms: [&str; 2]) -> Markup {
    html! { @for arm in arms { th.n scope="col" data-key=(arm) { (arm) " takes" } } }
}

fn cost_cells(row: &Row) -> Markup {
    html! {
        @for cost in &row.costs {
            @match cost {
                Some(cost) => td.n data-v=(cost.value) { (cost) },
                None => td.n.gap { "—" },
            }
        }
    }
}

/// By which verdicts sort: from the fastest to the slowest.
fn weight(judgement: &Judgement) -> f64 {
    match judgement.verdict {
        Verdict::Same | Verdict::Unsure => 1.0,
        Verdict::Slower | Verdict::Faster => judgement.ratio.value,
    }
}

/// A case's id, which may break between its parts.
pub fn case_id(case: &Case) -> Markup {
    html! {
        @for (place, part) in case.to_string().split('/').enumerate() {
            @if place > 0 { "/" wbr; }
            (part)
        }
    }
}
