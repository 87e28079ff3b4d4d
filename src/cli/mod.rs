//! The commands, a file each. Each returns how it ended; this file turns that into a status.
//!
//! 0: done. 1: something could not be done, or was not what it must be. 2: the command line
//! makes no sense. 3: a gate found a case slower. 4: it was to be certain, and is not. 130: interrupted, with what was finished kept.

mod anatomy;
mod arms;
mod building;
pub mod closing;
mod compare;
mod count;
mod counting;
mod example;
mod fixture;
mod gate;
mod links;
mod list;
mod measure;
mod output;
mod own;
pub mod participants;
mod qualify;
mod report;
mod run;
mod selection;
mod show;
mod trials;
mod two_records;
mod worker;
mod workers;

use std::process::ExitCode;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use clap::{Parser, Subcommand};

use crate::record::Failure;
use trapbench_worker::in_words;

pub use selection::{ModuleOption, is_called_for};

/// What stopping a WebAssembly guest costs: raising an error against returning a sentinel.
#[derive(Parser)]
#[command(version, about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    Anatomy(anatomy::Options),
    Arms(arms::Options),
    Compare(compare::Options),
    Count(count::Options),
    Example(example::Options),
    Fixture(fixture::Options),
    Gate(gate::Options),
    List(list::Options),
    Measure(measure::Options),
    Qualify(qualify::Options),
    Report(report::Options),
    Show(show::Options),
    Worker(worker::Options),
    Workers(workers::Options),
}

/// How a command ended that did not fail outright.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    Well,
    /// Something that was asked for is missing from the answer, which says what.
    Partly,
    Interrupted,
    /// A gate found a case slower.
    Slower,
    /// A gate that was to be certain is not.
    Unsure,
}

impl Done {
    /// How a command ended in which some things failed.
    fn of(interrupted: bool, failures: &[Failure]) -> Done {
        match (interrupted, failures.is_empty()) {
            (true, _) => Done::Interrupted,
            (false, true) => Done::Well,
            (false, false) => Done::Partly,
        }
    }
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let done = match Cli::parse().command {
        None => example::run(&example::Options::default()),
        Some(Command::Anatomy(options)) => anatomy::run(&options),
        Some(Command::Arms(options)) => arms::run(&options),
        Some(Command::Compare(options)) => compare::run(&options),
        Some(Command::Count(options)) => count::run(&options),
        Some(Command::Example(options)) => example::run(&options),
        Some(Command::Fixture(options)) => fixture::run(&options),
        Some(Command::Gate(options)) => gate::run(&options),
        Some(Command::List(options)) => list::run(&options),
        Some(Command::Measure(options)) => measure::run(&options),
        Some(Command::Qualify(options)) => qualify::run(&options),
        Some(Command::Report(options)) => report::run(&options),
        Some(Command::Show(options)) => show::run(&options),
        Some(Command::Worker(options)) => worker::run(&options),
        Some(Command::Workers(options)) => workers::run(&options),
    };
    match done {
        Ok(Done::Well) => ExitCode::SUCCESS,
        Ok(Done::Partly) => ExitCode::FAILURE,
        Ok(Done::Slower) => ExitCode::from(3),
        Ok(Done::Unsure) => ExitCode::from(4),
        Ok(Done::Interrupted) => ExitCode::from(130),
        Err(error) if error.is::<Interrupted>() => ExitCode::from(130),
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("trapbench: {}", in_words(&error));
            ExitCode::FAILURE
        }
    }
}

/// Whoever reads our lines may have seen enough: `trapbench list | head`.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let io = error.downcast_ref::<std::io::Error>();
    io.is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

/// Somebody pressed Ctrl-C before there was anything to keep.
#[derive(Debug, thiserror::Error)]
#[error("interrupted")]
struct Interrupted;

/// Set by the first Ctrl-C, which lets the command keep what it has; the second one ends it.
fn interruption() -> &'static AtomicBool {
    static PRESSED: AtomicBool = AtomicBool::new(false);
    static HANDLER: OnceLock<()> = OnceLock::new();
    HANDLER.get_or_init(|| {
        let handler = ctrlc::set_handler(|| {
            if PRESSED.swap(true, Relaxed) {
                std::process::exit(130);
            }
        });
        // Without a handler Ctrl-C ends the process, and the record is as after a kill.
        drop(handler);
    });
    &PRESSED
}
