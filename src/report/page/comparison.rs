//! Two arms on a page: what changed, biggest first, and apart from it what nobody can tell.

use maud::{Markup, html};

use super::frame::frame;
use super::provenance::notes;
use super::table::table;
use crate::report::chart::Palette;
use crate::report::comparison::{ComparedCase, Comparison};
use crate::report::number::{percent, within};
use crate::report::table::Table;
use crate::report::tables::compared::{judged, unjudged};
use crate::report::verdicts::Verdicts;
use crate::verdict::judge::Judgement;

/// `remarks` are what a reader of either arm should mind; `command` makes the page again.
pub fn comparison(comparison: &Comparison, remarks: &[String], command: &str) -> String {
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
                    div { dt { "geometric mean" } dd { (within(mean)) "× over " (comparison.cases.len()) " cases" } }
                }
                div { dt { "smallest change that matters" } dd { (percent(comparison.margin)) } }
            }
        }
        (tables(comparison, &verdicts))
        (notes(&[], remarks))
        section id="provenance" {
            h2 { "To reproduce" }
            p.reading { "From the folder that holds both. Where each comes from is on its own page." }
            pre tabindex="0" { code { (command) } }
        }
    };
    frame(&title, "", "a 95 % interval over processes", body)
}

/// How many cases each verdict has.
pub fn tally(verdicts: &Verdicts) -> Markup {
    html! {
        div.tally {
            @for (name, words, cases) in verdicts.found() { div class=(name) { b { (cases) } (words) } }
        }
    }
}

/// A table for each verdict.
pub fn tables(comparison: &Comparison, verdicts: &Verdicts) -> Markup {
    let judged = |id, heading, reading, cases: &[(&ComparedCase, &Judgement)]| {
        let cases = judged(heading, comparison, cases);
        section(id, heading, reading, &cases)
    };
    html! {
        (judged("changed", "What changed", "Biggest first.", &verdicts.changed))
        (judged("unsure", "Unsure", "The run could not see enough; a longer one may.", &verdicts.unsure))
        (judged("same", "The same", "Any change is smaller than what matters.", &verdicts.same))
        @if !verdicts.unjudged.is_empty() {
            section id="unjudged" {
                h2 { "Not judged" }
                (plain_table(&unjudged(comparison, &verdicts.unjudged)))
            }
        }
    }
}

fn section(id: &str, heading: &str, reading: &str, cases: &Table) -> Markup {
    html! {
        @if !cases.rows.is_empty() {
            section id=(id) {
                h2 { (heading) }
                p.reading { (reading) }
                (plain_table(cases))
            }
        }
    }
}

/// No row of a comparison is about one backend.
pub fn plain_table(cases: &Table) -> Markup {
    table(cases, &Palette::default())
}
