//! Criterion over every case of this executable's own backends: what `cargo bench` runs.

mod register;

use std::process::ExitCode;

use trapbench::cli::participants::ParticipantOptions;

fn main() -> ExitCode {
    register::main(&ParticipantOptions::default())
}
