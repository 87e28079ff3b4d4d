//! Where a call's instructions go: a bar for each case, in pieces, a piece for each group.

use maud::{Markup, PreEscaped, html};

use super::STYLE;
use crate::anatomy::{GROUPS, names};
use crate::record::anatomy::{BackendAnatomy, CaseAnatomy};
use crate::report::anatomy::{READING, TITLE, groups, share};
use crate::report::number::whole;

pub const NAME: &str = "anatomy";
const WIDTH: f64 = 848.0;
const MARGIN: f64 = 16.0;
const HEADING: f64 = 44.0;
const BAR_LEFT: f64 = 150.0;
const BAR_RIGHT: f64 = WIDTH - 90.0;
const ROW: f64 = 22.0;
const BAR: f64 = 14.0;
const TITLE_ROW: f64 = 30.0;
const KEYS_IN_A_ROW: usize = 4;

/// The drawing for a page.
pub fn bars(backends: &[BackendAnatomy]) -> Markup {
    html! {
        svg.chart xmlns="http://www.w3.org/2000/svg" viewBox={ "0 0 " (WIDTH) " " (height(backends)) }
            role="img" aria-labelledby="anatomy-title anatomy-text" {
            title id="anatomy-title" { (TITLE) }
            desc id="anatomy-text" { (description(backends)) }
            (draw(backends))
        }
    }
}

/// The same as a file of its own, with its own paper.
pub fn bars_sheet(backends: &[BackendAnatomy]) -> String {
    let height = height(backends) + HEADING + MARGIN;
    let drawing = html! {
        svg.chart xmlns="http://www.w3.org/2000/svg" viewBox={ "0 0 " (WIDTH) " " (height) }
            width=(WIDTH) height=(height) role="img" aria-labelledby="title text" {
            title id="title" { (TITLE) }
            desc id="text" { (READING) " " (description(backends)) }
            style { (PreEscaped(STYLE)) }
            rect.paper.border x="0.5" y="0.5" width=(WIDTH - 1.0) height=(height - 1.0) rx="6" {}
            text.heading x=(MARGIN + 4.0) y=(MARGIN + 16.0) { (TITLE) }
            g transform={ "translate(0 " (HEADING) ")" } { (draw(backends)) }
        }
    };
    drawing.into_string() + "\n"
}

fn draw(backends: &[BackendAnatomy]) -> Markup {
    let all = || backends.iter().flat_map(|backend| &backend.cases);
    let most = all().map(|case| case.instructions).fold(1.0, f64::max);
    html! {
        @for (at, backend) in backends.iter().enumerate() {
            @let top = rows_height(&backends[..at]);
            text.heading x=(MARGIN + 4.0) y=(place(top + 18.0)) { (backend.backend) }
            @for (row, case) in backend.cases.iter().enumerate() {
                (bar(case, most, top + TITLE_ROW + row as f64 * ROW))
            }
        }
        (key(backends, rows_height(backends) + 8.0))
    }
}

fn bar(case: &CaseAnatomy, most: f64, y: f64) -> Markup {
    let scale = (BAR_RIGHT - BAR_LEFT) / most;
    let mut left = BAR_LEFT;
    let pieces = Vec::from_iter(case.groups.iter().map(|group| {
        let start = left;
        let width = (group.instructions * scale).max(0.0);
        left += width;
        (group, start, width)
    }));
    html! {
        text.end x=(BAR_LEFT - 8.0) y=(place(y + BAR - 2.0)) { (case.case.series) }
        @for (group, x, width) in pieces {
            rect class={ "part-" (class(&group.group)) } x=(place(x)) y=(place(y)) width=(place(width)) height=(BAR) {
                title {
                    (group.group) ": " (whole(group.instructions)) ", " (share(case, &group.group))
                }
            }
        }
        text x=(place(left + 6.0)) y=(place(y + BAR - 2.0)) { (whole(case.instructions)) }
    }
}

fn key(backends: &[BackendAnatomy], top: f64) -> Markup {
    let width = (WIDTH - 2.0 * MARGIN) / KEYS_IN_A_ROW as f64;
    html! {
        @for (at, group) in keys(backends).into_iter().enumerate() {
            @let x = MARGIN + 4.0 + (at % KEYS_IN_A_ROW) as f64 * width;
            @let y = top + (at / KEYS_IN_A_ROW) as f64 * ROW;
            rect class={ "part-" (class(group)) } x=(place(x)) y=(place(y)) width="12" height="12" {}
            text x=(place(x + 18.0)) y=(place(y + 10.0)) { (group) }
        }
    }
}

fn keys(backends: &[BackendAnatomy]) -> Vec<&'static str> {
    let is_there = |name: &&str| {
        backends
            .iter()
            .any(|one| groups(one).any(|group| group == *name))
    };
    names().filter(is_there).collect()
}

fn height(backends: &[BackendAnatomy]) -> f64 {
    rows_height(backends) + 8.0 + keys(backends).len().div_ceil(KEYS_IN_A_ROW) as f64 * ROW
}

fn rows_height(backends: &[BackendAnatomy]) -> f64 {
    let of = |backend: &BackendAnatomy| TITLE_ROW + backend.cases.len() as f64 * ROW;
    backends.iter().map(of).sum()
}

fn description(backends: &[BackendAnatomy]) -> String {
    let cases = backends.iter().flat_map(|backend| &backend.cases);
    let case = |case: &CaseAnatomy| {
        let groups = case.groups.iter();
        let shares = groups.map(|one| format!("{} {}", one.group, share(case, &one.group)));
        format!(
            "{}: {} instructions, {}.",
            case.case,
            whole(case.instructions),
            Vec::from_iter(shares).join(", ")
        )
    };
    Vec::from_iter(cases.map(case)).join(" ")
}

/// A group keeps its colour, whichever others are there.
fn class(group: &str) -> usize {
    let place = names().position(|name| name == group);
    place.unwrap_or(GROUPS.len())
}

fn place(value: f64) -> String {
    format!("{value:.1}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::anatomy::tests::made_up;

    #[test]
    fn the_pieces_of_a_bar_are_as_wide_as_their_shares() {
        let sheet = bars_sheet(&[made_up()]);
        let width = |class: &str| -> f64 {
            let rest = sheet.split(class).nth(1).unwrap();
            let width = rest.split("width=\"").nth(1).unwrap();
            width.split('"').next().unwrap().parse().unwrap()
        };
        // The guest's code comes first, then the unwinder's.
        assert!(
            (width("part-1\"") / width("part-0\"") - 8.0).abs() < 0.05,
            "{sheet}"
        );
        assert!(!sheet.contains("<T>"));
    }
}
