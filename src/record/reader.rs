//! Reads a record, or says why not: what comes out is what was measured.
//!
//! What may be missing, and what may not:
//! - **No `end.json`**: the run was killed, or the power went. Then any table may *end
//!   short*. The rounds that are whole in every table are read, the rest is dropped, and a
//!   note says so.
//! - **With `end.json`**, everything was on the disk before it was written: nothing may
//!   be missing, and nothing may follow.
//! - **Bytes that are there but are not the ones written** are damage in either case, and
//!   so is a missing table: the record is refused.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::chain::{Chain, ChainLink, RoundLine};
use super::end::EndFile;
use super::header::Header1;
use super::refusal::{RecordError, damaged};
use super::rows::{ERRORS_HEAD, TURNS_HEAD, TURNS_HEAD_1, from_csv, misfit};
use super::seal::is_intact;
use super::tables::{StoredTable, Tail, read};
use super::{
    END_FILE, ERRORS_FILE, End, Failure, HEADER_FILE, Header, ROUNDS_FILE, RunEnding, TURNS_FILE,
    Turn,
};

/// A run, as it was measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    pub header: Header,
    pub rounds: Vec<Round>,
    /// In the order in which they were measured.
    pub turns: Vec<Turn>,
    pub failures: Vec<Failure>,
    /// `None`: the run was killed, or goes on.
    pub end: Option<End>,
    /// What a reader of its figures should know: that it was stopped, what was dropped.
    pub notes: Vec<String>,
}

/// A finished round; its rows are in [`Record::turns`] and [`Record::failures`].
#[derive(Clone, Debug, PartialEq)]
pub struct Round {
    pub process: u32,
    pub round: u32,
    /// When it was written, in seconds since the record was made.
    pub ended_s: f64,
}

impl Record {
    /// Reads the record in `folder`.
    ///
    /// # Errors
    /// When it was written by an unknown version, or when any byte that is there is not
    /// the one that was written.
    pub fn open(folder: impl AsRef<Path>) -> Result<Record, RecordError> {
        let folder = folder.as_ref();
        let Some(record_json) = read(&folder.join(HEADER_FILE))? else {
            return Err(RecordError::NotARecord {
                folder: folder.to_owned(),
            });
        };
        let file = folder.join(HEADER_FILE);
        // An older schema keeps its own line, and its own header.
        match schema(folder, &record_json)? {
            1 => {
                let header: Header1 = unseal(file, &record_json)?;
                open(folder, &record_json, header.into(), TURNS_HEAD_1)
            }
            2 => open(
                folder,
                &record_json,
                unseal(file, &record_json)?,
                TURNS_HEAD,
            ),
            found => Err(RecordError::UnknownSchema {
                folder: folder.to_owned(),
                found,
            }),
        }
    }
}

/// The one thing that every schema, past and future, has in the same place.
fn schema(folder: &Path, record_json: &[u8]) -> Result<u64, RecordError> {
    #[derive(Deserialize)]
    struct Versioned {
        schema: u64,
    }
    serde_json::from_slice(record_json)
        .map(|Versioned { schema }| schema)
        .map_err(|error| damaged(folder.join(HEADER_FILE), None, error.to_string()))
}

/// The tables of a record, whose turns have this head.
fn open(
    folder: &Path,
    record_json: &[u8],
    header: Header,
    turns_head: &'static str,
) -> Result<Record, RecordError> {
    let end: Option<EndFile> = match read(&folder.join(END_FILE))? {
        Some(bytes) => Some(unseal(folder.join(END_FILE), &bytes)?),
        None => None,
    };
    // Against the order of writing: a run that still goes on reads as its rounds so far.
    let chain = Chain::of_header(record_json);
    let rounds = StoredTable::read(folder.join(ROUNDS_FILE), &chain.head())?;
    let errors = StoredTable::read(folder.join(ERRORS_FILE), ERRORS_HEAD)?;
    let turns = StoredTable::read_turns(folder, turns_head)?;
    let mut record = Record {
        header,
        rounds: Vec::new(),
        turns: Vec::new(),
        failures: Vec::new(),
        end: None,
        notes: Vec::new(),
    };
    let mut reader = RoundReader {
        turns_head,
        turns: turns.rows(),
        errors: errors.rows(),
        rounds: rounds.rows(),
        chain,
        short: None,
    };
    reader.all(&mut record)?;
    match end {
        Some(end) => reader.meets(end, folder, &mut record)?,
        None => record.notes.extend(reader.notes_of_a_killed_run(&record)),
    }
    Ok(record)
}

/// The way through the tables, round by round.
struct RoundReader<'a> {
    turns_head: &'static str,
    turns: Tail<'a>,
    errors: Tail<'a>,
    rounds: Tail<'a>,
    chain: Chain,
    short: Option<Short>,
}

/// Where a table ended before its round did.
struct Short {
    table: String,
    round: u32,
    dropped: usize,
}

impl RoundReader<'_> {
    fn all(&mut self, record: &mut Record) -> Result<(), RecordError> {
        for place in 1.. {
            let Some(text) = self.rounds.line() else {
                break;
            };
            let Some(link) = ChainLink::read(text, &self.chain) else {
                let what = format!("the line of its round {place} is not the one written there");
                return Err(damaged(self.rounds.file.to_owned(), None, what));
            };
            self.round(&link, record)?;
            self.chain = link.chain;
        }
        Ok(())
    }

    fn round(&mut self, link: &ChainLink, record: &mut Record) -> Result<(), RecordError> {
        // Behind a gap nothing can be read, but each line is still held against the last.
        if let Some(short) = &mut self.short {
            short.dropped += 1;
            return Ok(());
        }
        let round = link.line.round;
        let rows = self.turns.take(link.line.row_bytes);
        let errors = self.errors.take(link.line.error_bytes);
        let (Some(rows), Some(errors)) = (rows, errors) else {
            let table = rows.map_or(&self.turns, |_| &self.errors);
            self.short = Some(Short {
                table: table.name(),
                round,
                dropped: 1,
            });
            return Ok(());
        };
        if !link.holds(&self.chain, rows, errors) {
            let file = self.suspect(rows, errors);
            return Err(damaged(
                file,
                Some(round),
                "its rows are not the ones written",
            ));
        }
        record
            .add(&link.line, self.turns_head, rows, errors)
            .map_err(|what| RecordError::Unknown {
                folder: record_folder(self.turns.file),
                round,
                what,
                wrote: record.header.environment.build.trapbench.clone(),
            })
    }

    /// The chain covers both tables at once; mostly only one of them had rows.
    fn suspect(&self, rows: &[u8], errors: &[u8]) -> PathBuf {
        match (rows.is_empty(), errors.is_empty()) {
            (_, true) => self.turns.file.to_owned(),
            (true, _) => self.errors.file.to_owned(),
            _ => self
                .turns
                .file
                .with_file_name(format!("{TURNS_FILE} or {ERRORS_FILE}")),
        }
    }

    /// All was on the disk before `end.json` was: nothing may lack, nothing may follow.
    fn meets(self, file: EndFile, folder: &Path, record: &mut Record) -> Result<(), RecordError> {
        let (promised, found) = (file.rounds, record.rounds.len());
        if promised != found || self.short.is_some() {
            let folder = folder.to_owned();
            return Err(RecordError::Incomplete {
                folder,
                promised,
                found,
            });
        }
        if file.chain != self.chain.as_str() {
            let what = "it closes another record than this one";
            return Err(damaged(folder.join(END_FILE), None, what));
        }
        for table in [self.turns, self.errors, self.rounds] {
            if !table.rest.is_empty() {
                let what = "it goes on behind the last round";
                return Err(damaged(table.file.to_owned(), None, what));
            }
        }
        if file.end.ending == RunEnding::Interrupted {
            let note = format!("the run was interrupted; rounds read: {found}");
            record.notes.push(note);
        }
        record.end = Some(file.end);
        Ok(())
    }

    fn notes_of_a_killed_run(&self, record: &Record) -> Vec<String> {
        let rounds = record.rounds.len();
        let mut notes = vec![format!(
            "there is no {END_FILE}: the run was killed, or it goes on; rounds read: {rounds}"
        )];
        if let Some(Short {
            table,
            round,
            dropped,
        }) = &self.short
        {
            notes.push(format!(
                "{table} ends short in round {round}: rounds dropped from there on: {dropped}"
            ));
            return notes;
        }
        let torn = [&self.turns, &self.errors, &self.rounds];
        notes.extend(
            torn.iter()
                .filter(|table| !table.rest.is_empty())
                .map(|table| {
                    let (name, bytes) = (table.name(), table.rest.len());
                    format!("{name}: {bytes} bytes behind the last finished round were dropped")
                }),
        );
        notes
    }
}

impl Record {
    /// Takes in a round whose bytes are the ones written. They may still say what this
    /// version does not know, such as a new axis.
    fn add(
        &mut self,
        line: &RoundLine,
        turns_head: &str,
        rows: &[u8],
        errors: &[u8],
    ) -> Result<(), String> {
        let turns: Vec<Turn> = from_csv(turns_head, rows).map_err(|error| error.to_string())?;
        let failures: Vec<Failure> =
            from_csv(ERRORS_HEAD, errors).map_err(|error| error.to_string())?;
        if (turns.len(), failures.len()) != (line.rows, line.errors) {
            return Err("the number of its rows is not the one stated".to_owned());
        }
        if let Some(what) = misfit(line.process, line.round, &turns, &failures) {
            return Err(what);
        }
        self.turns.extend(turns);
        self.failures.extend(failures);
        self.rounds.push(Round {
            process: line.process,
            round: line.round,
            ended_s: line.ended_s,
        });
        Ok(())
    }
}

fn record_folder(file: &Path) -> PathBuf {
    file.parent().unwrap_or(Path::new("")).to_owned()
}

fn unseal<T: DeserializeOwned>(file: PathBuf, bytes: &[u8]) -> Result<T, RecordError> {
    if !is_intact(bytes) {
        return Err(damaged(file, None, "it was changed after it was written"));
    }
    serde_json::from_slice(bytes).map_err(|error| damaged(file, None, error.to_string()))
}
