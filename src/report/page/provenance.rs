//! What to know before believing the figures, and how to repeat them.

use maud::{Markup, html};

use crate::record::{Record, RunEnding};
use crate::report::provenance::{backends, command, facts};

pub fn notes(missing: &[String], remarks: &[String]) -> Markup {
    html! {
        section id="notes" {
            h2 { "Notes" }
            @if missing.is_empty() && remarks.is_empty() {
                p { "Nothing is missing, and nothing disturbed the run that trapbench could see." }
            }
            @if !missing.is_empty() {
                h3 { "What is missing" }
                ul { @for gap in missing { li { (gap) } } }
            }
            @if !remarks.is_empty() {
                h3 { "What to mind" }
                ul { @for remark in remarks { li { (remark) } } }
            }
        }
    }
}

pub fn provenance(record: &Record) -> Markup {
    html! {
        section id="provenance" {
            h2 { "Where the figures come from" }
            h3 { "To reproduce" }
            pre tabindex="0" { code { (command(record)) } }
            h3 { "Backends" }
            dl.facts {
                @for (id, versions) in backends(record) { div { dt { (id) } dd { (versions) } } }
            }
            h3 { "Run and machine" }
            dl.facts {
                @for (name, value) in facts(record) { div { dt { (name) } dd { (value) } } }
                div { dt { "ended" } dd { (ending(record)) } }
            }
        }
    }
}

fn ending(record: &Record) -> String {
    match &record.end {
        None => "killed, or still running".to_owned(),
        Some(end) => {
            let how = match end.ending {
                RunEnding::Finished => "finished",
                RunEnding::Interrupted => "interrupted",
            };
            format!("{how} after {:.0} s", end.duration_s)
        }
    }
}
