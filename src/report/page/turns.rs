//! How the turns of each case lie: a small histogram a case, a row a series.

use std::collections::{BTreeMap, BTreeSet};

use maud::{Markup, html};

use super::table::scrolling;
use crate::report::chart::{Palette, histogram};
use crate::report::number::ns;
use crate::report::samples::ordered;
use crate::report::spread::{BIN, BINS, LOW, Spread};
use trapbench_worker::case::{Axis, BackendId, Case, Series, Value};

pub fn turns(spreads: &BTreeMap<Case, Spread>, palette: &Palette) -> Markup {
    let backends: BTreeSet<&BackendId> = spreads.keys().map(|case| &case.backend).collect();
    if backends.is_empty() {
        return html! {};
    }
    html! {
        section id="turns" {
            h2 { "How the turns scatter" }
            p.reading {
                "Each small chart holds all turns of a case by their cost relative to the case's \
                 median, from " (percent(LOW - 1.0)) " to " (percent(LOW + BINS as f64 * BIN - 1.0))
                "; the notch is the median, and what lies beyond is in the outer bars. One narrow hump is a quiet \
                 machine; two are a machine with two moods. Under it stand the bounds of the \
                 middle 80 % of turns."
            }
            @for backend in backends {
                h3 class=(palette.class(backend)) { span.swatch {} (backend) }
                @for &axis in Axis::ALL { (matrix(spreads, backend, axis, palette)) }
            }
        }
    }
}

fn matrix(
    spreads: &BTreeMap<Case, Spread>,
    backend: &BackendId,
    axis: Axis,
    palette: &Palette,
) -> Markup {
    let mine = |case: &&Case| case.axis == axis && &case.backend == backend;
    let values = ordered(axis, spreads.keys().filter(mine).map(|case| &case.value));
    let all: BTreeSet<Series> = spreads
        .keys()
        .filter(mine)
        .map(|case| case.series)
        .collect();
    let of = |series, value: &Value| {
        let case = Case {
            axis,
            series,
            backend: backend.clone(),
            value: value.clone(),
        };
        spreads.get(&case)
    };
    if values.is_empty() {
        return html! {};
    }
    let place = axis.name();
    let label = format!("Turns of {backend} by {place}");
    scrolling(
        &label,
        html! {
            table.strips {
                thead { tr {
                    th scope="col" { (place) }
                    @for value in &values { th scope="col" { (value) } }
                } }
                tbody {
                    @for &series in &all {
                        tr {
                            th scope="row" { (series) }
                            @for value in &values {
                                @match of(series, value) {
                                    Some(spread) => td { (cell(series, value, spread, &palette.class(backend))) },
                                    None => td.gap { "—" },
                                }
                            }
                        }
                    }
                }
            }
        },
    )
}

fn cell(series: Series, value: &Value, spread: &Spread, colour: &str) -> Markup {
    let (low, high) = spread.relative_tenths();
    let says = format!(
        "{series} at {value}: {} turns, median {}, four fifths between {} and {} of it",
        spread.turns,
        ns(spread.median),
        percent(low),
        percent(high)
    );
    html! {
        (histogram(spread, colour, &says))
        small { (percent(low)) " … " (percent(high)) }
    }
}

/// With a sign, and a real minus.
fn percent(share: f64) -> String {
    let percent = format!("{:.0}", (share * 100.0).abs());
    match () {
        () if percent == "0" => "0\u{a0}%".to_owned(),
        () if share < 0.0 => format!("−{percent}\u{a0}%"),
        () => format!("+{percent}\u{a0}%"),
    }
}
