//! Where instructions go: the bars, what they say, and what is in each group.

use maud::{Markup, html};

use super::table::{phrase, table};
use crate::anatomy::names;
use crate::record::anatomy::{Anatomy, CaseAnatomy};
use crate::report::anatomy::{READING, TITLE, story};
use crate::report::chart::Palette;
use crate::report::chart::anatomy::{NAME, bars};
use crate::report::number::whole;
use crate::report::phrase::Phrase;
use crate::report::provenance::command_line;
use crate::report::tables::groups::groups_of;

pub fn anatomy(anatomy: &Anatomy, palette: &Palette) -> Markup {
    let backends = &anatomy.backends;
    let stories = backends
        .iter()
        .filter_map(|one| Some((&one.backend, story(one)?)));
    html! {
        section id=(NAME) {
            h2 { (TITLE) }
            p.reading { (READING) }
            @for (backend, story) in stories { p { b { (backend) } ": " (story) } }
            div { (bars(backends)) }
            @for backend in backends {
                p.mind {
                    "Counted by " code { (command_line(&backend.command)) } " on "
                    (backend.started.strftime("%e %B %Y").to_string().trim()) ", " (backend.valgrind) "."
                }
            }
            details {
                summary { "The same as a table" }
                @for backend in backends { (table(&groups_of(backend), palette)) }
            }
            details {
                summary { "Which functions are in which group" }
                @for backend in backends { @for case in &backend.cases { (functions(case)) } }
            }
        }
    }
}

fn functions(case: &CaseAnatomy) -> Markup {
    let of = |name: &str| case.group(name);
    html! {
        h3 { (phrase(&Phrase::code(case.case.to_string()))) }
        dl {
            @for group in names().filter_map(of) {
                div {
                    dt { (group.group) ", " (whole(group.instructions)) }
                    dd {
                        @for (at, function) in group.functions.iter().enumerate() {
                            @if at > 0 { ", " }
                            (function.name) " " (whole(function.instructions))
                        }
                    }
                }
            }
        }
    }
}
