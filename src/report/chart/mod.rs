//! Charts as SVG: inside a page, and as files of their own.
//!
//! They are written by hand, through the same escaping templates as the page, rather than by a
//! plotting crate: the colours are CSS variables, so one drawing serves light and dark; each
//! point carries its figures in a `<title>`, so hovering and screen readers get them without a
//! script; and the width is the reader's. A plotting crate (plotters was the candidate) draws
//! finished pixels and colours, and offers none of the three.
//!
//! - [`scale`]: from a quantity to a place, and where the ticks are;
//! - [`panel`]: one drawing of curves with intervals;
//! - [`palette`]: a backend's colour, a strategy's look;
//! - [`growth`], [`tax`], [`over_axis`]: what is drawn;
//! - [`strip`]: the small ones, inside tables;
//! - [`sheet`]: several panels as one file;
//! - [`anatomy`]: where instructions go, in bars.

pub mod anatomy;
mod growth;
mod over_axis;
mod palette;
mod panel;
mod scale;
mod sheet;
mod strip;
mod tax;

pub use palette::{LineLook, Palette, STYLE};
pub use panel::{Panel, figure};
pub use sheet::sheet;
pub use strip::{histogram, interval_on_ratio_scale};

use super::answers::Answers;
use super::table::Table;
use trapbench_worker::case::Axis;

/// A question that is answered by panels side by side.
pub struct Chart {
    /// Names the file.
    pub name: &'static str,
    pub title: String,
    /// How to read it, in a sentence or two.
    pub reading: String,
    pub panels: Vec<Panel>,
    /// How to read the same in tables.
    pub table_reading: String,
    pub tables: Vec<Table>,
}

/// Those of the charts for which there are figures.
pub fn charts(answers: &Answers, palette: &Palette) -> Vec<Chart> {
    let over_depth = [
        growth::chart(answers, palette),
        tax::chart(answers, palette),
    ];
    let others = Axis::ALL.iter().filter(|axis| **axis != Axis::Depth);
    let others = others.map(|&axis| over_axis::chart(answers, palette, axis));
    let all = over_depth.into_iter().chain(others);
    all.filter(|chart| !chart.panels.is_empty()).collect()
}
