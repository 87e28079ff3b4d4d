//! Writes a record so that whatever stops the run, every finished round can be read.
//!
//! The order is the guarantee. A round's rows go to the kernel first, then its line in
//! `rounds.csv`: a kill between the two leaves rows without a line, which the reader
//! drops. Nothing is buffered here and nothing is synced until the end, because a sync
//! between rounds would disturb the machine that is being measured; after a power cut the
//! tail of any file may be missing, and the reader copes with that too.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::Serialize;
use thiserror::Error;

use super::chain::{Chain, RoundLine};
use super::end::EndFile;
use super::rows::{ERRORS_HEAD, TURNS_HEAD, misfit, to_csv};
use super::seal::{sealed, sync_folder, write_synced, write_whole};
use super::{
    END_FILE, ERRORS_FILE, End, Failure, HEADER_FILE, Header, MachineState, ROUNDS_FILE, RunEnding,
    SCHEMA, TURNS_FILE, Turn,
};

/// An open record.
pub struct Writer {
    folder: PathBuf,
    turns: GrowingTable,
    errors: GrowingTable,
    rounds: GrowingTable,
    chain: Chain,
    written: usize,
    last: Option<(u32, u32)>,
    began: Instant,
    before: MachineState,
}

#[derive(Debug, Error)]
pub enum WriteError {
    #[error(
        "could not {doing} {}: {source}; see that the disk has room and the folder may be \
         written, rounds finished before stay readable", path.display()
    )]
    Io {
        doing: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    #[error(
        "round {round} of process {process} cannot be kept: {why}; this is a defect of the caller"
    )]
    Misfit {
        process: u32,
        round: u32,
        why: String,
    },
    #[error("the setting {name} is not a finite number; give one")]
    NotFinite { name: &'static str },
}

impl Writer {
    /// Makes a new folder in `results_dir`, with the header in it. A record that has the
    /// same name, started in the same second, is left alone: this one's name ends in `-2`.
    pub fn create(results_dir: &Path, header: &Header) -> Result<Writer, WriteError> {
        if let Some(name) = header.unkeepable() {
            return Err(WriteError::NotFinite { name });
        }
        fs::create_dir_all(results_dir).map_err(failed("make the folder", results_dir))?;
        let (unfinished, folder) = new_folder(results_dir, &header.folder_name())?;
        let record_json = sealed(&HeaderFile {
            schema: SCHEMA,
            header,
        });
        let chain = Chain::of_header(&record_json);
        for (name, bytes) in [
            (HEADER_FILE, &*record_json),
            (TURNS_FILE, TURNS_HEAD.as_bytes()),
            (ERRORS_FILE, ERRORS_HEAD.as_bytes()),
            (ROUNDS_FILE, chain.head().as_bytes()),
        ] {
            let path = unfinished.join(name);
            write_synced(&path, bytes).map_err(failed("write", &path))?;
        }
        sync_folder(&unfinished).map_err(failed("save the folder", &unfinished))?;
        // The folder appears under its name only now, with every file in it: from here on
        // a missing file is damage.
        fs::rename(&unfinished, &folder).map_err(failed("make the folder", &folder))?;
        sync_folder(results_dir).map_err(failed("save the folder", results_dir))?;
        Ok(Writer {
            turns: GrowingTable::open(&folder, TURNS_FILE)?,
            errors: GrowingTable::open(&folder, ERRORS_FILE)?,
            rounds: GrowingTable::open(&folder, ROUNDS_FILE)?,
            chain,
            written: 0,
            last: None,
            began: Instant::now(),
            before: header.state.clone(),
            folder,
        })
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Keeps a finished round. Rounds must come in growing order, and all rows must be of
    /// this one. After an error nothing of the round is kept, and it may be tried again.
    pub fn round(
        &mut self,
        process: u32,
        round: u32,
        turns: &[Turn],
        failures: &[Failure],
    ) -> Result<(), WriteError> {
        let disorder = self.last.is_some_and(|(p, r)| process < p || round <= r);
        let why = if disorder {
            Some("it comes behind a later one".to_owned())
        } else {
            misfit(process, round, turns, failures)
        };
        if let Some(why) = why {
            return Err(WriteError::Misfit {
                process,
                round,
                why,
            });
        }
        let (rows, errors) = (to_csv(turns), to_csv(failures));
        let line = RoundLine {
            process,
            round,
            rows: turns.len(),
            row_bytes: rows.len(),
            errors: failures.len(),
            error_bytes: errors.len(),
            ended_s: self.began.elapsed().as_secs_f64(),
        };
        let (text, chain) = line.written(&self.chain, &rows, &errors);
        for table in [&mut self.turns, &mut self.errors, &mut self.rounds] {
            table.forget_unfinished()?;
        }
        self.turns.append(&rows)?;
        self.errors.append(&errors)?;
        self.rounds.append(text.as_bytes())?;
        for table in [&mut self.turns, &mut self.errors, &mut self.rounds] {
            table.keep();
        }
        self.chain = chain;
        self.written += 1;
        self.last = Some((process, round));
        Ok(())
    }

    /// The end as of now. Workers must have been waited for: what a running one used
    /// counts as somebody else's.
    pub fn end(&self, ending: RunEnding) -> End {
        let duration_s = self.began.elapsed().as_millis() as f64 / 1000.0;
        End::new(ending, duration_s, &self.before, MachineState::now())
    }

    /// Closes the record and returns its folder.
    pub fn finish(mut self, end: End) -> Result<PathBuf, WriteError> {
        for table in [&mut self.turns, &mut self.errors, &mut self.rounds] {
            table.forget_unfinished()?;
            table.file.sync_all().map_err(failed("save", &table.path))?;
        }
        let path = self.folder.join(END_FILE);
        let file = EndFile {
            end,
            rounds: self.written,
            chain: self.chain.as_str().to_owned(),
        };
        write_whole(&path, &sealed(&file)).map_err(failed("write", &path))?;
        Ok(self.folder)
    }
}

#[derive(Serialize)]
struct HeaderFile<'a> {
    schema: u32,
    #[serde(flatten)]
    header: &'a Header,
}

/// A file that only grows, and knows where its last whole round ended.
struct GrowingTable {
    file: File,
    path: PathBuf,
    kept: u64,
    end: u64,
}

impl GrowingTable {
    fn open(folder: &Path, name: &str) -> Result<GrowingTable, WriteError> {
        let path = folder.join(name);
        let open = || {
            let file = File::options().append(true).open(&path)?;
            let length = file.metadata()?.len();
            io::Result::Ok((file, length))
        };
        let (file, length) = open().map_err(failed("open", &path))?;
        Ok(GrowingTable {
            file,
            path,
            kept: length,
            end: length,
        })
    }

    fn append(&mut self, bytes: &[u8]) -> Result<(), WriteError> {
        // Unknown while it lasts: a full disk takes part of the bytes.
        self.end = u64::MAX;
        self.file
            .write_all(bytes)
            .map_err(failed("write to", &self.path))?;
        self.end = self.kept + bytes.len() as u64;
        Ok(())
    }

    fn keep(&mut self) {
        self.kept = self.end;
    }

    /// Cuts off what a failed round left behind.
    fn forget_unfinished(&mut self) -> Result<(), WriteError> {
        if self.end != self.kept {
            self.file
                .set_len(self.kept)
                .map_err(failed("repair", &self.path))?;
            self.end = self.kept;
        }
        Ok(())
    }
}

/// A folder to fill, and the free name that it will get. Making the first one claims the
/// second: two runs that start in the same second do not meet.
fn new_folder(results_dir: &Path, name: &str) -> Result<(PathBuf, PathBuf), WriteError> {
    let mut names = std::iter::once(name.to_owned()).chain((2..).map(|n| format!("{name}-{n}")));
    loop {
        let name = names.next().expect("the numbers do not end");
        let unfinished = results_dir.join(format!(".{name}.unfinished"));
        let folder = results_dir.join(name);
        match fs::create_dir(&unfinished) {
            Ok(()) if !folder.exists() => return Ok((unfinished, folder)),
            Ok(()) => fs::remove_dir(&unfinished).map_err(failed("remove", &unfinished))?,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => (),
            Err(error) => return Err(failed("make the folder", &unfinished)(error)),
        }
    }
}

fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> WriteError + use<> {
    let path = path.to_owned();
    move |source| WriteError::Io {
        doing,
        path,
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Record;
    use crate::record::tests::{header, round};

    fn lengths(writer: &Writer) -> [u64; 3] {
        let tables = [&writer.turns, &writer.errors, &writer.rounds];
        tables.map(|table| fs::metadata(&table.path).unwrap().len())
    }

    #[test]
    fn a_round_that_could_not_be_written_leaves_no_trace_and_may_be_tried_again() {
        let results = tempfile::tempdir().unwrap();
        let mut writer = Writer::create(results.path(), &header(1)).unwrap();
        let (turns, failures) = round(1, 1);
        for broken in 0..3 {
            let number = broken * 3 + 1;
            let (turns, failures) = round(1, number);
            let table = |writer: &mut Writer| {
                let tables = [&mut writer.turns, &mut writer.errors, &mut writer.rounds];
                let table = tables.into_iter().nth(broken as usize).unwrap();
                let read_only = File::open(&table.path).unwrap();
                std::mem::replace(&mut table.file, read_only)
            };
            let sound = table(&mut writer);
            let before = lengths(&writer);
            let error = writer
                .round(number / 2, number, &turns, &failures)
                .unwrap_err();
            assert!(
                error.to_string().starts_with("could not write to "),
                "{error}"
            );
            // The rows go first and the line last: a kill has its effect at any place.
            let grown = lengths(&writer)
                .iter()
                .zip(before)
                .map(|(now, then)| *now > then)
                .collect::<Vec<_>>();
            assert_eq!(grown, [broken > 0, broken > 1, false]);
            let tables = [&mut writer.turns, &mut writer.errors, &mut writer.rounds];
            tables.into_iter().nth(broken as usize).unwrap().file = sound;
            writer.round(number / 2, number, &turns, &failures).unwrap();
        }
        let end = writer.end(RunEnding::Finished);
        let record = Record::open(writer.finish(end).unwrap()).unwrap();
        let numbers: Vec<u32> = record.rounds.iter().map(|round| round.round).collect();
        assert_eq!(numbers, [1, 4, 7]);
        assert_eq!(
            (&record.turns[..3], &record.failures[..1]),
            (&turns[..], &failures[..])
        );
    }

    #[test]
    fn rows_that_do_not_belong_together_are_not_kept() {
        let results = tempfile::tempdir().unwrap();
        let mut writer = Writer::create(results.path(), &header(1)).unwrap();
        let (turns, failures) = round(1, 4);
        let mut says = |process, number, turns: &[Turn], failures: &[Failure]| {
            let error = writer.round(process, number, turns, failures).unwrap_err();
            error.to_string()
        };
        assert!(says(2, 5, &turns, &[]).contains("says process 2, round 4"));
        assert!(says(0, 4, &[], &[Failure::new(2, 4, "b", "died")]).contains("a failure of b"));
        let twice = [turns.clone(), turns.clone()].concat();
        assert!(says(2, 4, &twice, &[]).contains("was timed twice"));
        let idle = [Turn {
            iterations: 0,
            ..turns[0].clone()
        }];
        assert!(says(2, 4, &idle, &[]).contains("no iterations"));
        writer.round(2, 4, &turns, &failures).unwrap();
        for (process, number) in [(2, 4), (2, 3), (1, 5)] {
            let error = writer
                .round(process, number, &[], &[])
                .unwrap_err()
                .to_string();
            assert!(error.contains("behind a later one"), "{error}");
        }
        let record = Record::open(writer.folder()).unwrap();
        assert_eq!((record.rounds.len(), record.turns), (1, turns));
    }

    #[test]
    fn a_setting_that_json_cannot_hold_is_refused_before_the_run() {
        let results = tempfile::tempdir().unwrap();
        let mut header = header(1);
        header.settings.budget_s = f64::INFINITY;
        let error = Writer::create(results.path(), &header)
            .err()
            .unwrap()
            .to_string();
        assert_eq!(
            error,
            "the setting budget_s is not a finite number; give one"
        );
        assert_eq!(std::fs::read_dir(results.path()).unwrap().count(), 0);
    }
}
