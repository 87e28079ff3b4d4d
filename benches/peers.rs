//! Criterion over the cases of every worker that is ready as well: `cargo bench --bench peers`.

mod register;

use std::process::ExitCode;

use trapbench::cli::participants::ParticipantOptions;

fn main() -> ExitCode {
    register::main(&ParticipantOptions::of_all_that_are_ready())
}
