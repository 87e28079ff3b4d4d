//! Where calls' instructions went, as it is kept: one JSON document for a machine.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{BackendFacts, Environment};
use crate::whole_file;
use trapbench_worker::case::{BackendId, Case, NATIVE};

/// The version of [`Anatomy`]'s format; raised when the meaning of a field changes.
pub const ANATOMY_SCHEMA: u32 = 1;

/// Some cases of some backends, taken apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Anatomy {
    pub schema: u32,
    pub backends: Vec<BackendAnatomy>,
}

/// What was counted of one backend in one run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BackendAnatomy {
    pub backend: BackendId,
    /// As typed.
    pub command: Vec<String>,
    pub started: Timestamp,
    /// `valgrind-3.19.0`.
    pub valgrind: String,
    pub versions: BTreeMap<String, String>,
    pub environment: Environment,
    pub cases: Vec<CaseAnatomy>,
}

/// One case, taken apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CaseAnatomy {
    pub case: Case,
    /// Of a call; what its groups come to.
    pub instructions: f64,
    pub groups: Vec<GroupCost>,
    /// Stack frames that a call captures for backtraces.
    pub frames_captured: f64,
    /// Frames in the trace that the caller finds in the error; `None` where there is no error.
    pub frames_seen: Option<usize>,
}

/// One group's share of a case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupCost {
    pub group: String,
    pub instructions: f64,
    /// What matched, the dearest first.
    pub functions: Vec<FunctionCost>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FunctionCost {
    pub name: String,
    pub instructions: f64,
}

#[derive(Debug, Error)]
pub enum AnatomyError {
    #[error("cannot {what} {file}: {source}")]
    Io {
        what: &'static str,
        file: PathBuf,
        source: io::Error,
    },
    #[error("{file} is no anatomy: {reason}; `trapbench anatomy` makes one")]
    Format { file: PathBuf, reason: String },
}

impl Anatomy {
    /// Of the machine that goes by `machine`, beside the records in `results`.
    pub fn file(results: &Path, machine: &str) -> PathBuf {
        results.join("anatomy").join(format!("{machine}.json"))
    }

    /// `None` where there is no such file.
    ///
    /// # Errors
    /// When it cannot be read, or is of another schema.
    pub fn open(file: &Path) -> Result<Option<Anatomy>, AnatomyError> {
        let text = match fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => {
                let file = file.to_owned();
                return Err(AnatomyError::Io {
                    what: "read",
                    file,
                    source,
                });
            }
        };
        let bad = |reason: String| AnatomyError::Format {
            file: file.to_owned(),
            reason,
        };
        let anatomy: Anatomy =
            serde_json::from_str(&text).map_err(|error| bad(error.to_string()))?;
        if anatomy.schema != ANATOMY_SCHEMA {
            return Err(bad(format!(
                "its schema is {}, and this trapbench knows {ANATOMY_SCHEMA}",
                anatomy.schema
            )));
        }
        Ok(Some(anatomy))
    }

    /// Those of its backends that are in a record, in the versions that were measured there; `None`
    /// where that is none of them.
    pub fn of(mut self, measured: &[BackendFacts]) -> Option<Anatomy> {
        let is_measured = |one: &BackendAnatomy| {
            let same =
                |of: &BackendFacts| of.id == one.backend.as_str() && of.versions == one.versions;
            measured.iter().any(same)
        };
        self.backends.retain(is_measured);
        (!self.backends.is_empty()).then_some(self)
    }

    /// Puts a backend's in place of what was known of its cases, and keeps the whole; the file
    /// is the old one or the new one, never half of either.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep(mut self, new: BackendAnatomy, file: &Path) -> Result<Anatomy, AnatomyError> {
        self.backends.retain(|one| one.backend != new.backend);
        self.backends.push(new);
        // What has no runtime around it comes last, as in every table.
        self.backends
            .sort_by_key(|one| (one.backend.as_str() == NATIVE, one.backend.clone()));
        let failed = |what| {
            let file = file.to_owned();
            move |source| AnatomyError::Io { what, file, source }
        };
        let folder = file.parent().unwrap_or(Path::new(""));
        fs::create_dir_all(folder).map_err(failed("make the folder of"))?;
        let json = serde_json::to_string_pretty(&self).expect("an anatomy is plain data") + "\n";
        whole_file::write(file, json.as_bytes()).map_err(failed("write"))?;
        Ok(self)
    }
}

impl Default for Anatomy {
    fn default() -> Anatomy {
        Anatomy {
            schema: ANATOMY_SCHEMA,
            backends: Vec::new(),
        }
    }
}

impl CaseAnatomy {
    pub fn group(&self, name: &str) -> Option<&GroupCost> {
        self.groups.iter().find(|one| one.group == name)
    }

    /// The share of one group, 0 where it takes nothing.
    pub fn share(&self, group: &str) -> f64 {
        let found = self.group(group);
        found.map_or(0.0, |one| one.instructions / self.instructions)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(backend: &str, instructions: f64) -> BackendAnatomy {
        BackendAnatomy {
            backend: backend.parse().unwrap(),
            command: vec!["trapbench".to_owned()],
            started: Timestamp::UNIX_EPOCH,
            valgrind: "valgrind-0.0.0".to_owned(),
            versions: BTreeMap::new(),
            environment: Environment {
                // What is captured again later must be the same.
                load_average: None,
                ..Environment::capture()
            },
            cases: vec![CaseAnatomy {
                case: format!("depth/raise/exit/{backend}/16").parse().unwrap(),
                instructions,
                groups: Vec::new(),
                frames_captured: 3.0,
                frames_seen: Some(0),
            }],
        }
    }

    #[test]
    fn a_backend_takes_its_own_place_and_leaves_the_others_theirs() {
        let folder = tempfile::tempdir().unwrap();
        let file = Anatomy::file(folder.path(), "a-machine");
        assert_eq!(Anatomy::open(&file).unwrap(), None);
        for (backend, instructions) in [("b", 1.0), ("a", 2.0), ("b", 3.0)] {
            let kept = Anatomy::open(&file).unwrap().unwrap_or_default();
            kept.keep(of(backend, instructions), &file).unwrap();
        }
        let kept = Anatomy::open(&file).unwrap().unwrap();
        assert_eq!(kept.backends, [of("a", 2.0), of("b", 3.0)]);
    }

    #[test]
    fn a_record_is_shown_what_was_counted_of_its_own_versions() {
        let anatomy = Anatomy {
            backends: vec![of("a", 1.0), of("b", 2.0)],
            ..Anatomy::default()
        };
        let measured = |id: &str, version: Option<&str>| {
            let versions = version.map(|version| ("wasmer".to_owned(), version.to_owned()));
            BackendFacts::before_offers(id, versions.into_iter().collect(), "")
        };
        let found = anatomy
            .clone()
            .of(&[measured("a", None), measured("b", Some("1.0"))]);
        assert_eq!(found.unwrap().backends, [of("a", 1.0)]);
        assert_eq!(anatomy.of(&[measured("c", None)]), None);
    }

    #[test]
    fn what_is_no_anatomy_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x.json");
        for text in ["", "{}", "{\"schema\": 2, \"backends\": []}"] {
            fs::write(&file, text).unwrap();
            let error = Anatomy::open(&file).unwrap_err().to_string();
            assert!(error.contains("is no anatomy"), "{error}");
        }
    }
}
