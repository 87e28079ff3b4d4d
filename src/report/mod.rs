//! What people read, pure functions of samples: no runtime is touched, and no file.
//!
//! - [`samples`]: turns, case by case, and what can be combined from them;
//! - [`answers`]: the questions of the suite, answered per backend, each with its interval;
//! - `floor`: how far above the bare mechanism a way of stopping is;
//! - [`words`]: answers in sentences;
//! - [`number`]: how figures are written;
//! - [`screen`]: all of it on one screen; [`lines`]: the same for a pipe;
//! - [`comparison`]: two arms, judged case by case; [`comparison_screen`]: what is said of it;
//!   `verdicts`: its rows by verdict; [`ruling`]: a gate's;
//! - [`counts`]: instructions a call; [`anatomy`]: where they go; [`flame`]: as a flame graph;
//! - [`qualification`]: what trials of the gate come to;
//! - `headline`: the answer for one backend at one depth; `gaps`: what a record lacks;
//!   [`notes`]: what casts doubt on it;
//!   `spread`: how turns scatter; [`provenance`]: how a record came about;
//! - [`page`]: a record, or a comparison, as HTML; [`chart`]: as SVG; [`markdown`] and
//!   [`export`]: as Markdown and JSON; [`splice`]: the section of a file that shows one.

pub mod anatomy;
pub mod answers;
pub mod chart;
pub mod comparison;
pub mod comparison_screen;
pub mod counts;
pub mod export;
pub mod flame;
mod floor;
mod gaps;
mod headline;
pub mod lines;
pub mod markdown;
pub mod notes;
mod number;
pub mod page;
mod paper;
pub mod provenance;
pub mod qualification;
pub mod ruling;
pub mod samples;
pub mod screen;
pub mod splice;
mod spread;
mod verdicts;
mod words;

#[cfg(test)]
mod tests;

pub use answers::Answers;
pub use samples::Samples;
