//! A chart with how to read it, and its figures as a table.

use std::collections::BTreeSet;

use maud::{Markup, html};

use crate::report::answers::{Answers, BackendAnswers};
use crate::report::chart::{Chart, figure};
use crate::report::number::{cost, ns_within, within};
use crate::report::words;
use crate::verdict::Estimate;
use trapbench_worker::case::{Series, Strategy};

pub fn figures(chart: &Chart, answers: &Answers) -> Markup {
    let table = match chart.name {
        "cost-over-depth" => over_depth(answers),
        "tax" => tax(answers),
        _ => host_stack(answers),
    };
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
                (table)
            }
        }
    }
}

/// Whole calls of every series, and the slope of each line.
fn over_depth(answers: &Answers) -> Markup {
    let depths = places(
        answers
            .backends
            .iter()
            .flat_map(|b| b.depths.iter().map(|at| at.depth)),
    );
    let cell = |backend: &BackendAnswers, series: Series, depth: u32| {
        let at = backend.depths.iter().find(|at| at.depth == depth)?;
        at.cost.get(&series).copied()
    };
    html! {
        p { "ns for a whole call, by depth; per frame: the slope of the straight line of least relative error." }
        (scrolling("Whole calls by depth", html! {
            table {
                thead { tr {
                    th scope="col" { "backend" } th scope="col" { "series" }
                    @for depth in &depths { th.n scope="col" { (depth) } }
                    th.n scope="col" { "per frame" }
                } }
                tbody {
                    @for backend in &answers.backends {
                        @for series in backend.offer.series() {
                            tr {
                                th scope="row" { (backend.title()) }
                                td { (series) }
                                @for &depth in &depths { (nanoseconds(cell(backend, series, depth))) }
                                (nanoseconds(backend.lines.get(&series).map(|line| line.slope)))
                            }
                        }
                    }
                }
            }
        }))
        @if let Some(floor) = answers.floor { (over_floor(answers, floor)) }
    }
}

fn over_floor(answers: &Answers, floor: Estimate) -> Markup {
    let depths = places(
        answers
            .backends
            .iter()
            .flat_map(|b| b.depths.iter().map(|at| at.depth)),
    );
    let cell = |backend: &BackendAnswers, strategy: Strategy, depth: u32| {
        let at = backend.depths.iter().find(|at| at.depth == depth)?;
        at.over_floor.get(&strategy).copied()
    };
    let is_told = |backend: &BackendAnswers, strategy: Strategy| {
        let mut depths = depths.iter();
        depths.any(|&depth| cell(backend, strategy, depth).is_some())
    };
    html! {
        p { (words::floor(floor)) }
        (scrolling("Distance from the floor by depth", html! {
            table {
                thead { tr {
                    th scope="col" { "backend" } th scope="col" { "distance" }
                    @for depth in &depths { th.n scope="col" { (depth) } }
                } }
                tbody {
                    @for backend in executing_wasm(answers) {
                        @for strategy in backend.strategies() {
                            @if is_told(backend, strategy) {
                                tr {
                                    th scope="row" { (backend.title()) }
                                    td { (strategy) "/floor" }
                                    @for &depth in &depths { (times(cell(backend, strategy, depth))) }
                                }
                            }
                        }
                    }
                }
            }
        }))
    }
}

fn times(figure: Option<Estimate>) -> Markup {
    html! {
        @match figure {
            Some(figure) => td.n data-v=(figure.value) { (within(figure)) "×" },
            None => td.n.gap { "—" },
        }
    }
}

fn tax(answers: &Answers) -> Markup {
    let depths = places(
        answers
            .backends
            .iter()
            .flat_map(|b| b.depths.iter().map(|at| at.depth)),
    );
    html! {
        p { "ns a call, by depth." }
        (scrolling("The tax by depth", html! {
            table {
                thead { tr {
                    th scope="col" { "backend" }
                    @for depth in &depths { th.n scope="col" { (depth) } }
                } }
                tbody {
                    @for backend in executing_wasm(answers) {
                        tr {
                            th scope="row" { (backend.title()) }
                            @for depth in &depths {
                                (nanoseconds(backend.depths.iter().find(|at| at.depth == *depth).and_then(|at| at.tax)))
                            }
                        }
                    }
                }
            }
        }))
    }
}

fn host_stack(answers: &Answers) -> Markup {
    let heights = places(
        answers
            .backends
            .iter()
            .flat_map(|b| b.host_stack.iter().map(|at| at.frames)),
    );
    let cell = |backend: &BackendAnswers, strategy: Strategy, frames: u32| {
        let at = backend.host_stack.iter().find(|at| at.frames == frames)?;
        at.added.get(&strategy).copied()
    };
    html! {
        p { "ns added to a stopped call, by extra native frames under it." }
        (scrolling("What the host's stack adds", html! {
            table {
                thead { tr {
                    th scope="col" { "backend" } th scope="col" { "strategy" }
                    @for frames in &heights { th.n scope="col" { (frames) } }
                } }
                tbody {
                    @for backend in executing_wasm(answers) {
                        @for strategy in backend.strategies() {
                            tr {
                                th scope="row" { (backend.title()) }
                                td { (strategy) }
                                @for &frames in &heights { (nanoseconds(cell(backend, strategy, frames))) }
                            }
                        }
                    }
                }
            }
        }))
    }
}

/// Native frames have no sentinel, and are measured over depth alone.
fn executing_wasm(answers: &Answers) -> impl Iterator<Item = &BackendAnswers> {
    let backends = answers.backends.iter();
    backends.filter(|backend| backend.offer.executes_wasm())
}

/// A table that is wider than a phone scrolls in its own frame, by keyboard too.
pub fn scrolling(label: &str, table: Markup) -> Markup {
    html! { div.scroll tabindex="0" role="region" aria-label=(label) { (table) } }
}

/// A cell in ns that sorts by its value; a dash where there is no figure.
pub fn nanoseconds(figure: Option<Estimate>) -> Markup {
    html! {
        @match figure {
            Some(figure) => td.n data-v=(figure.value) title=(cost(figure)) { (ns_within(figure)) },
            None => td.n.gap { "—" },
        }
    }
}

fn places(values: impl Iterator<Item = u32>) -> BTreeSet<u32> {
    values.collect()
}
