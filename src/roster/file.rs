use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use thiserror::Error;
use trapbench_worker::case::BackendId;

/// The file `worker.toml` of a worker's folder: all that must be known to list the worker, to
/// build it and to start it. `workers/README.md` explains the keys.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct WorkerFile {
    /// The runtime, for people.
    pub runtime: String,
    /// Where the runtime's version is pinned, for people.
    pub pinned_by: String,
    /// The host's language.
    pub language: String,
    /// `native`, or the function of the language that reads the clock.
    pub clock: String,
    pub backends: Vec<BackendId>,
    /// The command that builds it, in the worker's folder; none where there is nothing to build.
    #[serde(default)]
    pub build: Vec<String>,
    /// The file that is measured, of which each process gets a fresh copy; none where the program
    /// is an interpreter.
    pub executable: Option<String>,
    /// The command that starts it.
    pub run: Vec<String>,
    /// What must be installed.
    #[serde(default)]
    pub needs: Vec<Need>,
}

/// A program that must be on the PATH.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Need {
    pub program: String,
    /// The Debian package that has it.
    pub debian: String,
}

/// What stands in a command in place of `{folder}` and so on.
#[derive(Clone, Copy, Debug)]
pub struct Placeholders<'a> {
    /// The worker's own folder.
    pub folder: &'a Path,
    /// Where all workers are built.
    pub target: &'a Path,
    pub executable: &'a Path,
    pub backend: &'a str,
    pub guest: &'a Path,
}

#[derive(Debug, Error)]
pub enum FileError {
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{} is no worker's file: {reason}; workers/README.md explains the keys", path.display())]
    Invalid { path: PathBuf, reason: String },
}

impl WorkerFile {
    /// # Errors
    /// When the file cannot be read, lacks a key, or has one that is not known.
    pub fn open(path: &Path) -> Result<WorkerFile, FileError> {
        let text = fs::read_to_string(path).map_err(|source| FileError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        WorkerFile::parse(&text).map_err(|reason| FileError::Invalid {
            path: path.to_owned(),
            reason,
        })
    }

    fn parse(text: &str) -> Result<WorkerFile, String> {
        let file: WorkerFile =
            toml_edit::de::from_str(text).map_err(|error| error.to_string().trim().to_owned())?;
        if file.run.is_empty() {
            return Err("`run` names no program".to_owned());
        }
        if file.backends.is_empty() {
            return Err("`backends` names none".to_owned());
        }
        if file.executable.is_none() && !file.build.is_empty() {
            return Err(
                "it has a `build` and no `executable`, so nobody could tell whether it is built"
                    .to_owned(),
            );
        }
        Ok(file)
    }
}

impl Placeholders<'_> {
    /// The word with every place put in.
    pub fn put_into(&self, word: &str) -> String {
        let path = |path: &Path| path.to_string_lossy().into_owned();
        word.replace("{folder}", &path(self.folder))
            .replace("{target}", &path(self.target))
            .replace("{executable}", &path(self.executable))
            .replace("{backend}", self.backend)
            .replace("{guest}", &path(self.guest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const WHOLE: &str = r#"
        runtime = "Node.js"
        pinned-by = "the machine"
        language = "JavaScript"
        clock = "process.hrtime.bigint"
        backends = ["node-v8"]
        run = ["node", "{folder}/worker.mjs", "{backend}", "{guest}"]
        [[needs]]
        program = "node"
        debian = "nodejs"
    "#;

    #[test]
    fn a_file_is_read_and_its_places_are_filled() {
        let file = WorkerFile::parse(WHOLE).unwrap();
        assert_eq!(file.needs[0].debian, "nodejs");
        let places = Placeholders {
            folder: Path::new("/w/node"),
            target: Path::new("/t"),
            executable: Path::new("/x"),
            backend: "node-v8",
            guest: Path::new("/g.wasm"),
        };
        let run: Vec<String> = file.run.iter().map(|word| places.put_into(word)).collect();
        assert_eq!(run, ["node", "/w/node/worker.mjs", "node-v8", "/g.wasm"]);
    }

    #[test]
    fn what_is_wrong_with_a_file_is_named() {
        for (from, to, words) in [
            ("runtime = \"Node.js\"", "", "runtime"),
            ("clock =", "watch =", "watch"),
            ("[\"node-v8\"]", "[\"a b\"]", "white space"),
            ("[\"node-v8\"]", "[]", "`backends` names none"),
            ("run = [", "build = [\"make\"]\nrun = [", "no `executable`"),
            ("debian =", "fedora =", "fedora"),
        ] {
            let error = WorkerFile::parse(&WHOLE.replacen(from, to, 1)).unwrap_err();
            assert!(error.contains(words), "{to}: {error}");
        }
    }

    proptest! {
        #[test]
        fn no_text_upsets_the_parser(text in "\\PC*", at in 0usize..300, cut in 0usize..40) {
            let _ = WorkerFile::parse(&text);
            let damaged: String = WHOLE
                .chars()
                .enumerate()
                .filter(|(place, _)| !(at..at + cut).contains(place))
                .map(|(_, c)| c)
                .collect();
            let _ = WorkerFile::parse(&damaged);
        }
    }
}
