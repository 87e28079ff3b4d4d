//! Where instructions go: the bars, what they say, and what is in each group.

use maud::{Markup, html};

use super::comparison::case_id;
use super::figures::scrolling;
use crate::anatomy::names;
use crate::record::anatomy::{Anatomy, BackendAnatomy, CaseAnatomy};
use crate::report::anatomy::{groups, story};
use crate::report::chart::anatomy::{NAME, READING, TITLE, bars};
use crate::report::number::whole;
use crate::report::provenance::command_line;

pub fn anatomy(anatomy: &Anatomy) -> Markup {
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
                @for backend in backends { (table(backend)) }
            }
            details {
                summary { "Which functions are in which group" }
                @for backend in backends { @for case in &backend.cases { (functions(case)) } }
            }
        }
    }
}

fn table(backend: &BackendAnatomy) -> Markup {
    let cell = |case: &CaseAnatomy, group: &str| case.group(group).map(|one| one.instructions);
    scrolling(
        "Instructions by group",
        html! {
            table {
                thead { tr {
                    th scope="col" { (backend.backend) }
                    @for case in &backend.cases { th.n scope="col" { (case.case.series) } }
                } }
                tbody {
                    @for group in groups(backend) {
                        tr {
                            th scope="row" { (group) }
                            @for case in &backend.cases {
                                @match cell(case, group) {
                                    Some(count) => td.n data-v=(count) { (whole(count)) },
                                    None => td.n.gap { "—" },
                                }
                            }
                        }
                    }
                    tr {
                        th scope="row" { "all" }
                        @for case in &backend.cases { td.n { (whole(case.instructions)) } }
                    }
                    tr {
                        th scope="row" { "frames captured" }
                        @for case in &backend.cases { td.n { (format!("{:.0}", case.frames_captured)) } }
                    }
                    tr {
                        th scope="row" { "frames in the caller's trace" }
                        @for case in &backend.cases {
                            @match case.frames_seen {
                                Some(seen) => td.n { (seen) },
                                None => td.n.gap { "—" },
                            }
                        }
                    }
                }
            }
        },
    )
}

fn functions(case: &CaseAnatomy) -> Markup {
    let of = |name: &str| case.group(name);
    html! {
        h3 { (case_id(&case.case)) }
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
