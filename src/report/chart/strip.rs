//! Small drawings for the cells of a table.

use maud::{Markup, html};

use super::scale::Scale;
use crate::report::spread::{BIN, BINS, LOW, Spread};
use crate::verdict::Estimate;

const WIDTH: f64 = 90.0;
const HEIGHT: f64 = 24.0;

/// How the turns of a case lie around their median, which is marked.
pub fn histogram(spread: &Spread, colour: &str, says: &str) -> Markup {
    let most = spread.bins.iter().copied().max().unwrap_or(1).max(1) as f64;
    let width = WIDTH / BINS as f64;
    let bars: String = spread
        .bins
        .iter()
        .enumerate()
        .filter(|(_, turns)| **turns > 0)
        .map(|(bin, &turns)| {
            // A single turn must still be seen.
            let height = (turns as f64 / most * (HEIGHT - 1.0)).max(1.5);
            format!(
                "M{} {HEIGHT}v-{height:.1}h{:.1}v{height:.1}z",
                bin as f64 * width,
                width - 0.4
            )
        })
        .collect();
    let median = (1.0 - LOW) / BIN * width;
    html! {
        svg class={ "chart strip " (colour) } xmlns="http://www.w3.org/2000/svg"
            viewBox={ "0 0 " (WIDTH) " " (HEIGHT + 2.0) } role="img" aria-label=(says) {
            title { (says) }
            line.grid x1="0" x2=(WIDTH) y1=(HEIGHT) y2=(HEIGHT) {}
            path.bar d=(bars) {}
            path.zero d={ "M" (median) " " (HEIGHT) "v2" } {}
        }
    }
}

/// A ratio's interval around 1, on the scale of its table: `reach` is the largest ratio shown.
pub fn interval_on_ratio_scale(ratio: Estimate, reach: f64, class: &str) -> Markup {
    let scale = Scale::Log {
        low: 1.0 / reach,
        high: reach,
    };
    let at = |value: f64| format!("{:.1}", scale.share(value) * (WIDTH - 8.0) + 4.0);
    html! {
        svg class={ "chart strip " (class) } xmlns="http://www.w3.org/2000/svg" aria-hidden="true"
            viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } {
            line.grid x1=(at(1.0)) x2=(at(1.0)) y1="0" y2=(HEIGHT) {}
            line.whisker x1=(at(ratio.interval.low)) x2=(at(ratio.interval.high)) y1="12" y2="12" {}
            circle.dot cx=(at(ratio.value)) cy="12" r="4" {}
        }
    }
}
