use std::io::{IsTerminal, stdout};
use std::path::PathBuf;

use clap::Args;

use super::Done;
use crate::record::Record;
use crate::report::{lines, screen};

/// Show the screen of a record again
#[derive(Args)]
pub struct Options {
    /// The record's folder
    record: PathBuf,
}

pub fn run(options: &Options) -> anyhow::Result<Done> {
    let record = Record::open(&options.record)?;
    if stdout().is_terminal() {
        print!("{}", screen::screen(&record, true));
    } else {
        print!("{}", lines::lines(&record));
    }
    Ok(Done::Well)
}
