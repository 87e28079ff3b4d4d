//! What people read, pure functions of samples: no runtime is touched, and no file. Answers become
//! tables and words, which are data; a renderer draws them and adds nothing.
//!
//! - [`samples`]: turns, case by case, and what can be combined from them; `spread`: how they scatter;
//! - [`answers`]: the questions of the suite, answered per backend, each with its interval;
//!   [`at_value`]: at one value of an axis; `floor`: how far above the bare mechanism that is;
//! - [`comparison`]: two arms, judged case by case; `verdicts`: its cases by verdict; [`ruling`]: a
//!   gate's; [`qualification`]: what trials of the gate come to;
//! - [`counts`] and [`anatomy`]: what to say of instructions;
//! - words: `headline`, the answer for one backend at one depth; `words`, answers in sentences;
//!   `number`, how figures are written; `gaps`, what a record lacks; [`notes`], what casts doubt on
//!   it; [`provenance`], how it came about;
//! - `phrase` and `table`: the data that is drawn; `tables`: who makes them; [`chart`]: drawings;
//! - renderers: [`screen`] (on `paper`), [`lines`] for a pipe, [`markdown`], [`page`], [`json`],
//!   [`flame`]; [`splice`]: the sections of a file that show a record.

pub mod anatomy;
pub mod answers;
pub mod at_value;
pub mod chart;
pub mod comparison;
pub mod counts;
pub mod flame;
mod floor;
mod gaps;
mod headline;
pub mod json;
pub mod lines;
pub mod markdown;
pub mod notes;
mod number;
pub mod page;
mod paper;
mod phrase;
pub mod provenance;
pub mod qualification;
pub mod ruling;
pub mod samples;
pub mod screen;
pub mod splice;
mod spread;
mod table;
mod tables;
mod verdicts;
mod words;

#[cfg(test)]
mod tests;

pub use answers::Answers;
pub use samples::Samples;
