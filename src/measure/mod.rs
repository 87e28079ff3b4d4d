//! The scheduler: which worker is asked when, for how long, and what becomes of trouble.
//!
//! A run is a sequence of process sets. A set is one fresh worker process per arm, pinned to
//! one core and asked in turn. A set does rounds; a round takes every case once, in turns of
//! the cases that are subtracted from or divided by each other. The process is the unit of inference: many sets, each
//! of a few rounds, rather than one long one.

mod ledger;
mod order;
mod plan;
mod progress;
mod recorded;
mod run;
mod seat;
mod set;
mod turn_group;

pub use plan::{Pace, Plan, Timed, Turns};
pub use progress::Progress;
pub use recorded::recorded;
pub use run::{Observer, RunError, run};
pub use set::Slowed;
