use std::process::{Command, Stdio};

use thiserror::Error;

use super::workers::{Readiness, WorkerFolder};

/// Why a worker could not be built.
#[derive(Debug, Error)]
pub enum BuildError {
    #[error("the worker {name} cannot be built: it {why}; {remedy}")]
    Needs {
        name: String,
        why: String,
        remedy: String,
    },
    #[error("the worker {name} cannot be built: cannot start {program}: {source}")]
    NoProgram {
        name: String,
        program: String,
        source: std::io::Error,
    },
    #[error(
        "the worker {name} cannot be built: `{command}` ended with {status}; its words are above"
    )]
    Failed {
        name: String,
        command: String,
        status: String,
    },
    #[error(
        "the worker {name} was built, but there is no file {file} then; its worker.toml names it"
    )]
    NoExecutable { name: String, file: String },
    #[error("the worker {name} was built, but that cannot be noted: {source}")]
    Stamp {
        name: String,
        source: std::io::Error,
    },
}

/// Builds a worker with its own command, whose progress goes to standard error. Where nothing has
/// changed since, the command has little to do.
///
/// # Errors
/// When something that it needs is missing, or when the command fails.
pub fn build(worker: &WorkerFolder) -> Result<(), BuildError> {
    let name = worker.name.clone();
    let readiness = worker.readiness();
    if let Readiness::Needs(_) = readiness {
        return Err(BuildError::Needs {
            remedy: readiness.remedy(&name).unwrap_or_default(),
            why: readiness.to_string(),
            name,
        });
    }
    let Some(words) = worker.build_command() else {
        return Ok(());
    };
    // Of before: what is edited while it is built is not in what is built.
    let sources = worker.sources();
    let status = Command::new(&words[0])
        .args(&words[1..])
        .current_dir(worker.folder())
        .stdin(Stdio::null())
        // Standard output is the caller's answer.
        .stdout(std::io::stderr())
        .status()
        .map_err(|source| BuildError::NoProgram {
            name: name.clone(),
            program: words[0].clone(),
            source,
        })?;
    if !status.success() {
        return Err(BuildError::Failed {
            name,
            command: words.join(" "),
            status: status.to_string(),
        });
    }
    if let Some(executable) = worker.executable().filter(|file| !file.is_file()) {
        return Err(BuildError::NoExecutable {
            name,
            file: executable.display().to_string(),
        });
    }
    sources
        .and_then(|sources| worker.stamp(&sources))
        .map_err(|source| BuildError::Stamp { name, source })
}
