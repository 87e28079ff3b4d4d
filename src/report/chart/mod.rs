//! Charts as SVG: inside a page, and as files of their own.
//!
//! They are written by hand, through the same escaping templates as the page, rather than by a
//! plotting crate: the colours are CSS variables, so one drawing serves light and dark; each
//! point carries its figures in a `<title>`, so hovering and screen readers get them without a
//! script; and the width is the reader's. A plotting crate (plotters was the candidate) draws
//! finished pixels and colours, and offers none of the three.
//!
//! - [`scale`]: from a quantity to a place, and where the ticks are;
//! - [`panel`]: one drawing of lines with intervals;
//! - [`palette`]: a backend's colour, a strategy's dash and marker;
//! - [`growth`], [`tax`], [`host_stack`]: what is drawn;
//! - [`strip`]: the small ones, inside tables;
//! - [`sheet`]: several panels as one file;
//! - [`anatomy`]: where instructions go, in bars.

pub mod anatomy;
mod growth;
mod host_stack;
mod palette;
mod panel;
mod scale;
mod sheet;
mod strip;
mod tax;

pub use palette::{Palette, STYLE};
pub use panel::{Panel, figure};
pub use sheet::sheet;
pub use strip::{histogram, interval_on_ratio_scale};

use super::answers::Answers;

/// A question that is answered by panels side by side.
pub struct Chart {
    /// Names the file.
    pub name: &'static str,
    pub title: &'static str,
    /// How to read it, in a sentence or two.
    pub reading: String,
    pub panels: Vec<Panel>,
}

/// Those of the charts for which there are figures.
pub fn charts(answers: &Answers, palette: &Palette) -> Vec<Chart> {
    let all = [
        growth::chart(answers, palette),
        tax::chart(answers, palette),
        host_stack::chart(answers, palette),
    ];
    all.into_iter()
        .filter(|chart| !chart.panels.is_empty())
        .collect()
}
