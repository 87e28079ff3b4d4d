//! What times slices on request. [`Workbench`] does it, on a [`TimingThread`] of its own;
//! [`serve`] offers it to another process in the words of [`protocol`].
//!
//! Criterion's benches and the scheduler both have their slices timed by workers: the same
//! guest, called through the same loop, with the same frames under it.

mod heap;
pub mod marks;
pub mod protocol;
mod serve;
mod slowdown;
mod stretch;
mod thread;
mod workbench;

pub use serve::serve;
pub use stretch::Stretch;
pub use thread::TimingThread;
pub use workbench::{Refusal, Workbench};
