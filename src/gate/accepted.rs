use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use regex::Regex;
use serde::Deserialize;
use thiserror::Error;

use trapbench_worker::case::Case;

/// Changes that are accepted on purpose: a small file that is reviewed like code.
///
/// ```toml
/// [[accepted]]
/// cases = "depth/raise-traced/exit/.*"
/// reason = "traces name the module since #1234"
/// ```
#[derive(Clone, Debug, Default)]
pub struct Accepted {
    entries: Vec<AcceptedRow>,
}

#[derive(Clone, Debug)]
struct AcceptedRow {
    cases: Regex,
    reason: String,
}

#[derive(Debug, Error)]
pub enum AcceptedError {
    #[error("cannot read the accepted changes in {file}: {source}")]
    Read { file: PathBuf, source: io::Error },
    #[error(
        "{file} is no list of accepted changes: {reason}; an entry reads\n[[accepted]]\ncases = \"depth/raise/.*\"\nreason = \"why it is as it should be\""
    )]
    Format { file: PathBuf, reason: String },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    accepted: Vec<AcceptedLine>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AcceptedLine {
    cases: String,
    reason: String,
}

impl Accepted {
    /// # Errors
    /// When the file cannot be read, or an entry lacks its pattern or its reason.
    pub fn open(file: &Path) -> Result<Accepted, AcceptedError> {
        let text = fs::read_to_string(file).map_err(|source| AcceptedError::Read {
            file: file.to_owned(),
            source,
        })?;
        Accepted::parse(&text).map_err(|reason| AcceptedError::Format {
            file: file.to_owned(),
            reason,
        })
    }

    fn parse(text: &str) -> Result<Accepted, String> {
        let document: Document =
            toml_edit::de::from_str(text).map_err(|error| error.to_string())?;
        let entry = |line: AcceptedLine| {
            if line.reason.trim().is_empty() {
                return Err(format!("`{}` is accepted without a reason", line.cases));
            }
            // A pattern names whole ids: `…/1` is not to accept `…/16` as well.
            let cases = Regex::new(&format!("^(?:{})$", line.cases)).map_err(|e| e.to_string())?;
            Ok(AcceptedRow {
                cases,
                reason: line.reason,
            })
        };
        let entries = document.accepted.into_iter().map(entry);
        Ok(Accepted {
            entries: entries.collect::<Result<_, _>>()?,
        })
    }

    /// Why a change of this case is accepted, where it is.
    pub fn reason(&self, case: &Case) -> Option<&str> {
        let id = case.to_string();
        let entry = self
            .entries
            .iter()
            .find(|entry| entry.cases.is_match(&id))?;
        Some(&entry.reason)
    }

    /// The reasons that are for some of the `judged` cases and that none of them needed: they can
    /// go. Of cases that were not judged nobody knows.
    pub fn idle(&self, judged: &[&Case], accepted: &[&Case]) -> Vec<String> {
        let is_idle = |entry: &&AcceptedRow| {
            let is_for = |case: &&Case| entry.cases.is_match(&case.to_string());
            judged.iter().any(is_for) && !accepted.iter().any(is_for)
        };
        let idle = self.entries.iter().filter(is_idle);
        idle.map(|entry| entry.reason.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"
        [[accepted]]
        cases = "depth/raise/exit/.*/1"
        reason = "one"
        [[accepted]]
        cases = "host-stack/.*"
        reason = "two"
    "#;

    fn case(id: &str) -> Case {
        id.parse().unwrap()
    }

    #[test]
    fn a_pattern_accepts_whole_ids() {
        let accepted = Accepted::parse(FILE).unwrap();
        let one = case("depth/raise/exit/wasmer-llvm/1");
        assert_eq!(accepted.reason(&one), Some("one"));
        let other = case("depth/raise/exit/wasmer-llvm/16");
        assert_eq!(accepted.reason(&other), None);
        let hosts = case("host-stack/raise/exit/wasmer-llvm/16");
        let judged = [&one, &other, &hosts];
        assert_eq!(accepted.idle(&judged, &[&one]), ["two"]);
        assert_eq!(accepted.idle(&judged, &[&one, &hosts]), [""; 0]);
        // Nothing is said of an entry whose cases were left out.
        assert_eq!(accepted.idle(&[&one], &[&one]), [""; 0]);
    }

    #[test]
    fn an_entry_without_a_reason_or_with_a_slip_is_refused() {
        for text in [
            "[[accepted]]\ncases = \"a\"",
            "[[accepted]]\ncases = \"a\"\nreason = \" \"",
            "[[accepted]]\ncases = \"(\"\nreason = \"r\"",
            "[[accepted]]\ncase = \"a\"\nreason = \"r\"",
            "[[acepted]]\ncases = \"a\"\nreason = \"r\"",
        ] {
            assert!(Accepted::parse(text).is_err(), "{text}");
        }
        assert!(Accepted::parse("").unwrap().entries.is_empty());
    }
}
