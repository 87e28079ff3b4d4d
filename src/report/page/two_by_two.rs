//! The 2×2 of each backend and depth: raise or sentinel, stopped or not; and what follows.

use maud::{Markup, html};

use super::figures::{nanoseconds, scrolling};
use super::unbroken::unbroken;
use crate::report::answers::{Answers, AtDepth, BackendAnswers};
use crate::report::chart::Palette;
use crate::report::number::within;
use crate::report::words;
use trapbench_worker::case::Strategy;

/// Columns with the names by which a link sorts: `#sort=tax`, or `#sort=-tax` downwards.
const COSTS: [(&str, &str); 10] = [
    ("backend", "backend"),
    ("depth", "depth"),
    ("raise-exit", "raise, stopped"),
    ("raise-complete", "raise, completing"),
    ("sentinel-exit", "sentinel, stopped"),
    ("sentinel-complete", "sentinel, completing"),
    ("raise-adds", "a raise adds"),
    ("sentinel-adds", "a sentinel adds"),
    ("ratio", "raise / sentinel"),
    ("tax", "tax of the tests"),
];

const CHOICES: [(&str, &str); 5] = [
    ("backend", "backend"),
    ("depth", "depth"),
    ("cheapest", "cheapest way to stop"),
    ("raise", "raise or sentinel"),
    ("prebuilt", "raise-prebuilt or sentinel"),
];

pub fn two_by_two(answers: &Answers, palette: &Palette) -> Markup {
    let rows = || {
        let backends = answers.backends.iter();
        let backends = backends.filter(|backend| backend.offer.executes_wasm());
        backends.flat_map(|backend| backend.depths.iter().map(move |at| (backend, at)))
    };
    if rows().next().is_none() {
        return html! {};
    }
    html! {
        section id="two-by-two" {
            h2 { "Raise or sentinel, stopped or not" }
            p.reading {
                "Nanoseconds a call, ±95 %. Added is a stopped call minus a completing one of the same \
                 code. The tax is what the tests cost a call that nobody stops."
            }
            (table("Costs by backend and depth", &COSTS, 1..COSTS.len(), html! {
                @for (backend, at) in rows() { (costs(backend, at, palette)) }
            }))
        }
        section id="choice" {
            h2 { "When to raise, by depth" }
            p.reading {
                "At which share of early exits which way costs less in all. With rare exits the \
                 tests weigh more, on all the other calls, than a dearer way to stop."
            }
            (table("When to raise, by backend and depth", &CHOICES, 1..2, html! {
                @for (backend, at) in rows() { (choice(backend, at, palette)) }
            }))
        }
    }
}

/// `numbers` are the columns that are written to the right.
fn table(
    label: &str,
    columns: &[(&str, &str)],
    numbers: std::ops::Range<usize>,
    rows: Markup,
) -> Markup {
    scrolling(
        label,
        html! {
            table.sortable {
                thead { tr {
                    @for (at, (key, name)) in columns.iter().enumerate() {
                        th.n[numbers.contains(&at)] scope="col" data-key=(key) { (name) }
                    }
                } }
                tbody { (rows) }
            }
        },
    )
}

fn costs(backend: &BackendAnswers, at: &AtDepth, palette: &Palette) -> Markup {
    let whole = |series| nanoseconds(at.cost.get(&series).copied());
    let added = |strategy| nanoseconds(at.added.get(&strategy).copied());
    html! {
        tr class=(palette.class(&backend.backend)) {
            th scope="row" { span.swatch {} (backend.backend) }
            td.n data-v=(at.depth) { (at.depth) }
            (whole(Strategy::Raise.exit()))
            (whole(Strategy::Raise.complete()))
            (whole(Strategy::Sentinel.exit()))
            (whole(Strategy::Sentinel.complete()))
            (added(Strategy::Raise))
            (added(Strategy::Sentinel))
            @match at.over_sentinel.get(&Strategy::Raise) {
                Some(ratio) => td.n data-v=(ratio.value) { (within(*ratio)) "×" },
                None => td.n.gap { "—" },
            }
            (nanoseconds(at.tax))
        }
    }
}

fn choice(backend: &BackendAnswers, at: &AtDepth, palette: &Palette) -> Markup {
    let rate = |strategy| at.exit_rate.get(&strategy).map(words::exit_rate);
    html! {
        tr class=(palette.class(&backend.backend)) {
            th scope="row" { span.swatch {} (backend.backend) }
            td.n data-v=(at.depth) { (at.depth) }
            @for said in [
                words::cheapest(at),
                rate(Strategy::Raise),
                rate(Strategy::RaisePrebuilt),
            ] {
                @match said {
                    Some(said) => td.words { (unbroken(&said)) },
                    None => td.gap { "—" },
                }
            }
        }
    }
}
