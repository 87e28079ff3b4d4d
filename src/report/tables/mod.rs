//! What is shown in tables, made in one place. Screen, Markdown and page draw the same ones.
//!
//! - [`costs`]: costs over an axis; [`choice`]: raise or sentinel, backend by backend;
//! - [`compared`]: cases with their verdicts;
//! - [`groups`]: where a call's instructions go;
//! - [`counted`]: instructions a call.

pub mod choice;
pub mod compared;
pub mod costs;
pub mod counted;
pub mod groups;
