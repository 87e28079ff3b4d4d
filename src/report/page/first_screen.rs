//! The answer, a card per backend, at a depth that the reader chooses.

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::table::sentence;
use super::unbroken::unbroken;
use crate::record::Record;
use crate::report::answers::{Answers, BackendAnswers};
use crate::report::chart::Palette;
use crate::report::headline::{Advice, advice, headline, more_advice};
use crate::report::provenance::{backends, machine};

/// `remarks` is how many things the page says further down that a reader should mind.
pub fn first_screen(
    record: &Record,
    answers: &Answers,
    palette: &Palette,
    remarks: usize,
) -> Markup {
    let depths = depths(answers);
    let spoken = spoken(answers);
    html! {
        header {
            p.eyebrow {
                "trapbench · " (record.header.started.strftime("%e %B %Y").to_string().trim())
                " · " (machine(&record.header.environment))
            }
            h1 { "What does it cost to stop a guest?" }
            @if depths.len() > 1 {
                fieldset.chooser {
                    legend { "at depth" }
                    @for (place, depth) in depths.iter().enumerate() {
                        label {
                            input type="radio" name="depth" id={ "depth-" (place) } value=(depth)
                                checked[Some(*depth) == spoken];
                            span { (depth) }
                        }
                    }
                }
            }
            div.cards {
                @for backend in &answers.backends {
                    (card(backend, versions(record, backend), &depths, palette))
                }
                @if answers.backends.is_empty() {
                    p.none { "This record holds no timing. What happened is under Notes." }
                }
            }
            @if remarks > 0 {
                p.mind {
                    a href="#notes" { (remarks) @if remarks == 1 { " note" } @else { " notes" } }
                    " on what is missing or was disturbed."
                }
            }
        }
    }
}

/// Rules by which the chosen depth's answers are shown and the others are not: the choice works
/// without a script, and a browser that knows no `:has` shows all depths.
pub fn depth_rules(answers: &Answers) -> String {
    let depths = depths(answers);
    let rule = |place: usize| {
        format!(
            "body:has(#depth-{place}:checked) :is(.at:not(.at-{place}),.only-all){{display:none}}\n"
        )
    };
    (0..depths.len())
        .filter(|_| depths.len() > 1)
        .map(rule)
        .collect()
}

fn card(
    backend: &BackendAnswers,
    versions: Option<String>,
    depths: &[u32],
    palette: &Palette,
) -> Markup {
    html! {
        article class={ "card " (palette.class(&backend.backend)) } {
            h2 { (backend.backend) }
            @if let Some(versions) = versions { p.versions { (versions) } }
            @for (place, depth) in depths.iter().enumerate() {
                div class={ "at at-" (place) } {
                    @match backend.at_depth(*depth) {
                        Some(at) => {
                            p.answer { (sentence(&headline(backend, at))) }
                            (list(&advice(at)))
                        }
                        None => p.none { "Not measured at depth " (depth) "." },
                    }
                }
            }
            @if !backend.depths().is_empty() && backend.offer.executes_wasm() {
                details {
                    summary { "More on " (backend.backend) }
                    @for (place, depth) in depths.iter().enumerate() {
                        @if let Some(at) = backend.at_depth(*depth) {
                            div class={ "at at-" (place) } {
                                p.only-all { "At depth " (depth) ":" }
                                (list(&more_advice(backend, at)))
                            }
                        }
                    }
                }
            }
            @if depths.is_empty() { p.none { "Not measured over depth." } }
        }
    }
}

fn list(advice: &[Advice]) -> Markup {
    html! {
        dl { @for advice in advice {
            div { dt { (advice.question) } dd { (unbroken(&advice.answer)) } }
        } }
    }
}

/// What the backend is made of.
fn versions(record: &Record, backend: &BackendAnswers) -> Option<String> {
    let all = backends(record).into_iter();
    let mut own = all.filter(|(id, _)| id == backend.backend.as_str());
    own.next().map(|(_, versions)| versions)
}

/// Every depth at which any backend was measured.
fn depths(answers: &Answers) -> Vec<u32> {
    let depths = answers.backends.iter().flat_map(|backend| backend.depths());
    let depths: BTreeSet<u32> = depths.map(|at| at.depth()).collect();
    depths.into_iter().collect()
}

fn spoken(answers: &Answers) -> Option<u32> {
    let mut spoken = answers
        .backends
        .iter()
        .filter_map(BackendAnswers::spoken_depth);
    spoken.next().map(|at| at.depth())
}
