use std::path::PathBuf;

use clap::Args;

use super::{Done, output};
use crate::record::Record;
use crate::report::{lines, notes, screen};

/// Show the screen of a record again
#[derive(Args)]
pub struct Options {
    /// The record's folder
    record: PathBuf,
}

pub fn run(options: &Options) -> anyhow::Result<Done> {
    let record = Record::open(&options.record)?;
    output::print(
        || screen::record(&record, true),
        || lines::record(&record),
        &notes::remarks(&record),
    )?;
    Ok(Done::Well)
}
