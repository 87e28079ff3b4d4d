//! What a qualification found out about the instrument: a line of JSON for each trial, appended
//! as it ends, so that a run that was cut short goes on where it stopped.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoEnumIterator, IntoStaticStr};
use thiserror::Error;

use super::metric::{Costs, Metric};
use super::ruling::Found;
use super::{BuildFacts, Failure};
use trapbench_worker::case::Case;

/// Raised when trials of before say nothing about the instrument of now: when the rule, the
/// slices or the shares of the looks change.
pub const INSTRUMENT: u32 = 1;

/// A question that is put to the instrument.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    Display,
    EnumIter,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case", parse_err_ty = String, parse_err_fn = unknown)]
pub enum Experiment {
    /// An executable against itself, from fresh copies.
    Null,
    /// The same, the other cores busy.
    NullBusy,
    /// Two sets of relinks of the same objects.
    Rebuilds,
    /// Two single relinks of the same objects, as bare executables are.
    RebuildsBare,
    /// Known work added, on relinks.
    Power,
    /// Known work added, on one executable.
    PowerBare,
    /// 1 % added, on relinks, with 30 s a case.
    PowerLong,
    /// The same work added, judged by Criterion's baselines.
    Criterion,
    /// An executable against itself, by instructions.
    NullInstructions,
    /// 0.5 % of instructions added, on one executable.
    PowerInstructions,
}

/// One comparison of one base with others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    pub experiment: Experiment,
    /// From 0, within its experiment.
    pub number: u32,
    pub instrument: u32,
    pub started: Timestamp,
    /// Of measuring.
    pub seconds: f64,
    /// The budget of both looks together, of a gate's three sides; what Criterion took for both runs.
    pub seconds_per_case: f64,
    /// As a fraction.
    pub margin: f64,
    /// How the machine is called in records.
    pub machine: String,
    pub build: BuildFacts,
    /// By backend.
    pub versions: BTreeMap<String, BTreeMap<String, String>>,
    /// Relinks a side; 1 is a bare executable.
    pub relinks: usize,
    pub rows: Vec<TrialRow>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<Failure>,
}

/// One case of one side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrialRow {
    pub case: Case,
    pub side: String,
    /// The slowdown that was asked for, as a fraction; 0 for none.
    pub nominal: f64,
    /// What it came to, measured in the same processes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub achieved: Option<f64>,
    /// Of the base.
    #[serde(flatten)]
    pub costs: Costs,
    #[serde(flatten)]
    pub found: Found,
}

/// The trials of one machine, in one file.
pub struct Trials {
    file: PathBuf,
    trials: Vec<Trial>,
}

#[derive(Debug, Error)]
pub enum TrialsError {
    #[error("cannot {what} {file}: {source}")]
    Io {
        what: &'static str,
        file: PathBuf,
        source: io::Error,
    },
    #[error("line {line} of {file} is no trial: {reason}")]
    Format {
        file: PathBuf,
        line: usize,
        reason: String,
    },
}

impl Experiment {
    /// What is compared.
    pub fn metric(self) -> Metric {
        match self {
            Experiment::NullInstructions | Experiment::PowerInstructions => Metric::Instructions,
            _ => Metric::Time,
        }
    }

    /// Whether times of relinks are compared.
    pub fn is_of_relinks(self) -> bool {
        matches!(
            self,
            Experiment::Rebuilds
                | Experiment::RebuildsBare
                | Experiment::Power
                | Experiment::PowerLong
        )
    }
}

fn unknown(_: &str) -> String {
    let known = Vec::from_iter(Experiment::iter().map(Into::<&str>::into));
    format!("unknown experiment (known: {})", known.join(", "))
}

impl Trials {
    /// Reads `file`, which need not be there yet. A last line that was cut short is a trial that
    /// did not end, and is passed over.
    ///
    /// # Errors
    /// When the file cannot be read, or when another line is no trial.
    pub fn open(file: &Path) -> Result<Trials, TrialsError> {
        let text = match fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(source) => return Err(failed("read", file)(source)),
        };
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        let trial = |(line, text): (usize, &str)| {
            serde_json::from_str(text).map_err(|error| TrialsError::Format {
                file: file.to_owned(),
                line: line + 1,
                reason: error.to_string(),
            })
        };
        let trials = text[..whole].lines().enumerate().map(trial);
        Ok(Trials {
            file: file.to_owned(),
            trials: trials.collect::<Result<_, _>>()?,
        })
    }

    pub fn all(&self) -> &[Trial] {
        &self.trials
    }

    /// Those that say something about this instrument and this wasmer.
    pub fn that_count<'a>(
        &'a self,
        wasmer: Option<&'a str>,
    ) -> impl Iterator<Item = &'a Trial> + 'a {
        let counts = move |trial: &&Trial| {
            let versions = trial.versions.values().filter_map(|of| of.get("wasmer"));
            let mut versions = versions.map(String::as_str);
            trial.instrument == INSTRUMENT && versions.all(|version| Some(version) == wasmer)
        };
        self.trials.iter().filter(counts)
    }

    /// Keeps one more, on the disk before it is counted.
    ///
    /// # Errors
    /// When it cannot be written; the file is then as it was, or ends with a line that was cut
    /// short.
    pub fn append(&mut self, trial: Trial) -> Result<(), TrialsError> {
        if let Some(folder) = self.file.parent() {
            fs::create_dir_all(folder).map_err(failed("make the folder of", &self.file))?;
        }
        let mut line = serde_json::to_string(&trial).expect("a trial is plain data");
        line.push('\n');
        let write = || -> io::Result<()> {
            let mut file = File::options()
                .create(true)
                .append(true)
                .read(true)
                .open(&self.file)?;
            let mut before = Vec::new();
            file.read_to_end(&mut before)?;
            // What was cut short is no trial, and must not become half of a line.
            let whole = before.iter().rposition(|&byte| byte == b'\n');
            file.set_len(whole.map_or(0, |end| end as u64 + 1))?;
            file.write_all(line.as_bytes())?;
            file.sync_all()
        };
        write().map_err(failed("append to", &self.file))?;
        self.trials.push(trial);
        Ok(())
    }
}

fn failed(what: &'static str, file: &Path) -> impl Fn(io::Error) -> TrialsError + use<> {
    let file = file.to_owned();
    move |source| TrialsError::Io {
        what,
        file: file.clone(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trial(number: u32) -> Trial {
        Trial {
            experiment: Experiment::Null,
            number,
            instrument: INSTRUMENT,
            started: Timestamp::UNIX_EPOCH,
            seconds: 1.5,
            seconds_per_case: 10.0,
            margin: 0.01,
            machine: "a-machine".to_owned(),
            build: BuildFacts::of_this_build(),
            versions: BTreeMap::from([(
                "wasmer-cranelift".to_owned(),
                BTreeMap::from([("wasmer".to_owned(), "7.4.2".to_owned())]),
            )]),
            relinks: 1,
            rows: vec![TrialRow {
                case: "depth/raise/exit/wasmer-cranelift/0".parse().unwrap(),
                side: "head".to_owned(),
                nominal: 0.0,
                achieved: None,
                costs: Costs::of(Metric::Time, [("base", Some(12.5))]),
                found: Found {
                    judgement: None,
                    not_judged: Some("too few".to_owned()),
                    screening: vec![0.25],
                    confirmation: None,
                },
            }],
            failures: Vec::new(),
        }
    }

    #[test]
    fn trials_come_back_and_a_torn_one_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("deep/trials.jsonl");
        let mut trials = Trials::open(&file).unwrap();
        trials.append(trial(0)).unwrap();
        trials.append(trial(1)).unwrap();
        let whole = fs::read(&file).unwrap();
        for cut in [1, 2, 50, whole.len() / 2 - 1] {
            fs::write(&file, &whole[..whole.len() - cut]).unwrap();
            let mut torn = Trials::open(&file).unwrap();
            assert_eq!(torn.all(), [trial(0)], "{cut} bytes were cut");
            torn.append(trial(1)).unwrap();
            assert_eq!(fs::read(&file).unwrap(), whole);
        }
        fs::write(&file, "{}\n").unwrap();
        let error = Trials::open(&file).err().unwrap().to_string();
        assert!(error.starts_with("line 1 of"), "{error}");
    }

    #[test]
    fn other_instruments_and_other_releases_do_not_count() {
        let folder = tempfile::tempdir().unwrap();
        let mut trials = Trials::open(&folder.path().join("t")).unwrap();
        trials.append(trial(0)).unwrap();
        let other = Trial {
            instrument: INSTRUMENT + 1,
            ..trial(1)
        };
        trials.append(other).unwrap();
        assert_eq!(trials.that_count(Some("7.4.2")).count(), 1);
        assert_eq!(trials.that_count(Some("7.0.1")).count(), 0);
    }
}
