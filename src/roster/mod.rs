//! The participants of a run: which there are, how each is started, and what it says of itself.
//!
//! - [`WorkerFile`] and [`Workers`]: the folders `workers/NAME/`, and which of them are ready;
//! - [`Arm`]: one side of a comparison, for one backend; [`Copies`]: what its processes start from;
//!   [`Unwinder`]: the library that they load;
//! - [`Worker`]: such a process, asked one thing at a time; [`hello`]: what it says of itself;
//! - [`Participant`]: an arm that has introduced itself;
//! - [`conformance`]: whether a worker refuses the guests that it must refuse.

mod arm;
mod build;
mod child;
pub mod conformance;
mod copies;
mod file;
mod guest;
pub mod hello;
mod last_words;
mod participant;
pub mod pin;
mod unwinder;
mod workers;

pub use arm::{Arm, Runs};
pub use build::build;
pub use child::{PATIENCE, Trouble, Worker};
pub use copies::{Copies, strip};
pub use file::WorkerFile;
pub use guest::GuestFile;
pub use participant::Participant;
pub use trapbench_worker::protocol::Setup;
pub use unwinder::{Unwinder, UnwinderError};
pub use workers::{Readiness, WorkerFolder, Workers, WorkersError};
