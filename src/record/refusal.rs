//! Why a record is not read: always which file, where in it, and what can be done.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::{END_FILE, HEADER_FILE, SCHEMA};

#[derive(Debug, Error)]
pub enum RecordError {
    #[error("{} is not a record: it has no {HEADER_FILE}; name the folder that holds one", folder.display())]
    NotARecord { folder: PathBuf },
    #[error(
        "{} has schema {found}, and this trapbench knows {SCHEMA} and older; read it with \
         the version that wrote it, or a newer one", folder.display()
    )]
    UnknownSchema { folder: PathBuf, found: u64 },
    #[error("could not read {}: {source}", file.display())]
    Unreadable { file: PathBuf, source: io::Error },
    #[error("{} is missing; {RESTORE}", file.display())]
    Missing { file: PathBuf },
    #[error("{}{}: {what}; {RESTORE}", file.display(), at(*round))]
    Damaged {
        file: PathBuf,
        round: Option<u32>,
        what: String,
    },
    #[error(
        "round {round} of {} says what this trapbench does not know, though its checksum \
         holds: {what}; read it with trapbench {wrote}, which wrote it", folder.display()
    )]
    Unknown {
        folder: PathBuf,
        round: u32,
        what: String,
        wrote: String,
    },
    #[error(
        "{END_FILE} in {} states {promised} rounds, and {found} are whole; {RESTORE}, or remove \
         {END_FILE} to read those as a run that was killed", folder.display()
    )]
    Incomplete {
        folder: PathBuf,
        promised: usize,
        found: usize,
    },
}

const RESTORE: &str = "restore the record from where it came from, or measure again";

fn at(round: Option<u32>) -> String {
    round.map_or_else(String::new, |round| format!(", round {round}"))
}

pub(super) fn damaged(file: PathBuf, round: Option<u32>, what: impl ToString) -> RecordError {
    let what = what.to_string();
    RecordError::Damaged { file, round, what }
}
