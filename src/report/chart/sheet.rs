//! A chart as a file of its own.

use maud::{Markup, PreEscaped, html};

use super::panel::{HEIGHT, WIDTH};
use super::{Chart, STYLE};

const MARGIN: f64 = 16.0;
const HEADING: f64 = 34.0;
const FOOT: f64 = 10.0;

/// Characters of 12 px that fit into a panel's width.
const LINE: usize = 50;

/// Shrunk to the width of a README, two columns are still legible.
const COLUMNS: usize = 2;

/// The chart's panels on one sheet.
///
/// The sheet brings its own paper: on a forge the reader's colours and the page's may differ,
/// and a drawing without a ground would then be dark on dark.
pub fn sheet(chart: &Chart) -> String {
    let columns = chart.panels.len().clamp(1, COLUMNS);
    let rows = chart.panels.len().div_ceil(columns);
    let width = columns as f64 * WIDTH + 2.0 * MARGIN;
    let height = rows as f64 * HEIGHT + HEADING + 2.0 * MARGIN + FOOT;
    let place = |at: usize| -> String {
        let (column, row) = ((at % columns) as f64, (at / columns) as f64);
        let (x, y) = (column * WIDTH + MARGIN, row * HEIGHT + HEADING + MARGIN);
        format!("translate({x} {y})")
    };
    let description: Vec<String> = chart
        .panels
        .iter()
        .map(|panel| format!("{}: {}", panel.title, panel.description))
        .collect();
    let drawing: Markup = html! {
        svg.chart xmlns="http://www.w3.org/2000/svg" viewBox={ "0 0 " (width) " " (height) }
            width=(width) height=(height) role="img" aria-labelledby="title text" {
            title id="title" { (chart.title) }
            desc id="text" { (chart.reading) " " (description.join(" ")) }
            style { (PreEscaped(STYLE)) }
            rect.paper.border x="0.5" y="0.5" width=(width - 1.0) height=(height - 1.0) rx="6" {}
            text.heading x=(MARGIN + 4.0) y=(MARGIN + 16.0) { (chart.title) }
            @for (at, panel) in chart.panels.iter().enumerate() {
                g transform=(place(at)) { (panel.draw()) }
            }
            @if chart.panels.len() < rows * columns {
                g transform=(place(chart.panels.len())) { (paragraph(&chart.reading)) }
            }
        }
    };
    drawing.into_string() + "\n"
}

/// How to read the chart, in the place that an odd number of panels leaves.
fn paragraph(text: &str) -> Markup {
    let mut lines: Vec<String> = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is one from the start");
        if line.chars().count() + word.chars().count() > LINE {
            lines.push(word.to_owned());
        } else {
            let space = if line.is_empty() { "" } else { " " };
            line.push_str(space);
            line.push_str(word);
        }
    }
    html! {
        @for (at, line) in lines.iter().enumerate() {
            text x="52" y=(40 + 18 * at) { (line) }
        }
    }
}
