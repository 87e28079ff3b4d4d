//! What is kept of a run: one folder, written as the run goes, read back or refused.
//!
//! | file | holds | written |
//! |---|---|---|
//! | `record.json` | [`Header`]: command, settings, versions, [`Environment`] | before the first sample |
//! | `turns.csv` | a [`Turn`] a line | at each round |
//! | `errors.csv` | a [`Failure`] a line | at each round |
//! | `rounds.csv` | a line per finished round, with the chained checksum | at each round, last |
//! | `end.json` | [`End`]: how it ended, what disturbed it | at the end |
//!
//! The files, from the outside in:
//! - [`writer`] and [`reader`]: the two ways into a record, and [`refusal`]: why one is shut;
//! - [`header`], [`rows`], [`end`]: what is in it;
//! - [`tables`], [`chain`] and [`seal`]: the bytes, and what makes damage to them visible;
//! - [`environment`], [`unwinder`], [`build_facts`], [`machine_state`], [`disturbance`]: where the run took place;
//! - [`privacy`]: what is left out of every text.
//!
//! A changed meaning or a new required field takes a new [`SCHEMA`], and the old one keeps
//! its reader beside the new one in [`reader`]; a new optional field does not.

pub mod anatomy;
mod build_facts;
mod chain;
mod disturbance;
mod end;
mod environment;
mod header;
mod machine_state;
pub mod metric;
mod privacy;
pub mod qualification;
mod reader;
mod refusal;
mod rows;
pub mod ruling;
mod seal;
mod tables;
mod unwinder;
mod writer;

#[cfg(test)]
mod tests;

pub use build_facts::BuildFacts;
pub use disturbance::disturbances;
pub use end::{End, RunEnding};
pub use environment::Environment;
pub use header::{BackendFacts, Header, Launched, Offers, Settings};
pub use machine_state::MachineState;
pub use reader::{Record, Round};
pub use refusal::RecordError;
pub use rows::{Failure, Turn};
pub use unwinder::{NoUnwinder, SONAME, UnwinderFacts};
pub use writer::{WriteError, Writer};

/// The version of the format that [`Writer`] writes.
pub const SCHEMA: u32 = 2;

const HEADER_FILE: &str = "record.json";
const TURNS_FILE: &str = "turns.csv";
const PACKED_TURNS_FILE: &str = "turns.csv.gz";
const ERRORS_FILE: &str = "errors.csv";
const ROUNDS_FILE: &str = "rounds.csv";
const END_FILE: &str = "end.json";
