//! What times slices on request. [`Workbench`] does it, on a [`TimingThread`] of its own;
//! [`serve`] offers it to another process in the words of [`protocol`].
//!
//! Criterion's benches use a timing thread of their own process, verdicts use workers: both
//! call the same guest through the same loop with the same frames under it.

pub mod protocol;
mod serve;
mod thread;
mod workbench;

pub use serve::serve;
pub use thread::TimingThread;
pub use workbench::{Refusal, Workbench};
