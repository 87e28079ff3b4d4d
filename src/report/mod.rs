//! What people read, pure functions of samples: no runtime is touched, and no file.
//!
//! - [`samples`]: turns, case by case, and what can be combined from them;
//! - [`answers`]: the questions of the suite, answered per backend, each with its interval;
//! - [`words`]: answers in sentences;
//! - [`number`]: how figures are written;
//! - [`screen`]: all of it on one screen; [`lines`]: the same for a pipe;
//! - [`comparison`]: two arms, judged case by case; [`comparison_screen`]: what is said of it.

pub mod answers;
pub mod comparison;
pub mod comparison_screen;
pub mod lines;
mod number;
mod paper;
pub mod samples;
pub mod screen;
mod words;

#[cfg(test)]
mod tests;

pub use answers::Answers;
pub use samples::Samples;
