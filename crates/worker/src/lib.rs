//! What a worker in Rust needs, and no runtime: a program that times slices on request.
//!
//! A worker brings its backends as a list of [`Slot`](backend::Slot)s. The rest is here:
//!
//! - [`case`]: what is measured, and the ids: axis, strategy, outcome, backend, value.
//! - [`offer`]: what a worker can do: which of these cases it has.
//! - [`fixture`]: the guest, its names, its expected results; users' own modules.
//! - [`placement`]: where the guest's code lies within its page.
//! - [`slice`]: the timing loop, the only stopwatch.
//! - [`host_stack`]: the host's frames under a call.
//! - [`backend`]: what executes the guest, behind one trait.
//! - [`verify`]: what must hold before a case is timed, and after each slice.
//! - `shared_program`: what the threads of a process share of a backend; `crowd`: other threads that
//!   stop guests meanwhile.
//! - [`Workbench`]: cases that are ready to be called, on a [`TimingThread`] of its own.
//! - [`serve`]: offers it to another process, in the words of [`protocol`].
//! - [`main`]: the whole of a worker's executable.
//!
//! All of it is compiled as one unit, because it is what runs under the clock.

pub mod backend;
pub mod case;
mod crowd;
mod ending;
pub mod fixture;
mod heap;
mod host;
pub mod host_stack;
pub mod marks;
pub mod offer;
pub mod placement;
mod program;
pub mod protocol;
mod refusal;
mod serve;
mod shared_program;
pub mod slice;
mod slowdown;
mod stretch;
mod thread;
pub mod verify;
mod workbench;

pub use program::{in_words, main};
pub use refusal::Refusal;
pub use serve::serve;
pub use stretch::Stretch;
pub use thread::TimingThread;
pub use workbench::Workbench;
