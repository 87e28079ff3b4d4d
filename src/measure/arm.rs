use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::{TempDir, TempPath};

use crate::case::BackendId;

use super::pin::tie;

/// One side of a comparison: an executable that works for one backend.
#[derive(Clone, Debug)]
pub struct Arm {
    pub backend: BackendId,
    pub executable: PathBuf,
    pub arguments: Vec<OsString>,
}

impl Arm {
    /// This executable's own worker.
    ///
    /// # Errors
    /// When the system does not say which file this executable is.
    pub fn of_this_executable(backend: &BackendId, module: Option<&Path>) -> io::Result<Arm> {
        let mut arguments = vec!["worker".into(), backend.as_str().into()];
        if let Some(module) = module {
            arguments.extend(["--module".into(), module.into()]);
        }
        Ok(Arm {
            backend: backend.clone(),
            executable: std::env::current_exe()?,
            arguments,
        })
    }

    /// The command that starts a worker from `executable`, on one core where one is given.
    pub fn command(&self, executable: &Path, core: Option<usize>) -> Command {
        let mut command = Command::new(executable);
        command.args(&self.arguments);
        tie(&mut command, core);
        command
    }
}

/// Copies of one executable, each in pages of its own.
///
/// Two processes started from one file share its pages, and with them whatever luck their
/// placement brings: a bias of 1.9 % in two cases of twelve stayed with one file through every
/// process started from it. A fresh copy for each process turns that bias into noise.
pub struct Copies {
    folder: TempDir,
    stripped: PathBuf,
}

impl Copies {
    /// # Errors
    /// When the temporary folder cannot hold a copy.
    pub fn of(executable: &Path) -> io::Result<Copies> {
        remove_what_the_dead_left();
        let prefix = format!("{FOLDER}{}-", std::process::id());
        let folder = tempfile::Builder::new().prefix(&prefix).tempdir()?;
        let stripped = folder.path().join("stripped");
        // Symbols are most of the file and none of the program. Without the tool, copies are
        // larger and nothing else.
        let strip = Command::new("strip")
            .arg("-o")
            .args([&stripped, executable])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        if !strip.is_ok_and(|status| status.success()) {
            fs::copy(executable, &stripped)?;
        }
        Ok(Copies { folder, stripped })
    }

    /// One more copy, gone when it is dropped; a process that was started from it keeps it.
    ///
    /// # Errors
    /// When the disk is full.
    pub fn fresh(&self) -> io::Result<TempPath> {
        let copy = tempfile::Builder::new().tempfile_in(&self.folder)?;
        let path = copy.into_temp_path();
        fs::copy(&self.stripped, &path)?;
        Ok(path)
    }
}

const FOLDER: &str = "trapbench-copies-";

/// A run that was killed could not remove its copies, and they are large.
fn remove_what_the_dead_left() {
    let Ok(entries) = fs::read_dir(std::env::temp_dir()) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let Some(rest) = name.to_str().and_then(|name| name.strip_prefix(FOLDER)) else {
            continue;
        };
        let pid = rest.split('-').next().and_then(|pid| pid.parse().ok());
        if pid.is_some_and(is_dead) {
            // Somebody else's folder stays; there is nobody to tell.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(unix)]
fn is_dead(pid: i32) -> bool {
    use nix::{errno::Errno, sys::signal::kill, unistd::Pid};
    kill(Pid::from_raw(pid), None) == Err(Errno::ESRCH)
}

#[cfg(not(unix))]
fn is_dead(_: i32) -> bool {
    false
}
