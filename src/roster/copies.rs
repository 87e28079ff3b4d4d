use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::{TempDir, TempPath};

/// Copies of executables, each in pages of its own.
///
/// Two processes started from one file share its pages, and with them whatever luck their
/// placement brings: a bias of 1.9 % in two cases of twelve stayed with one file through every
/// process started from it. A fresh copy for each process turns that bias into noise.
pub struct Copies {
    folder: TempDir,
    /// What copies are made from, by executable.
    stripped: HashMap<PathBuf, PathBuf>,
}

impl Copies {
    /// # Errors
    /// When there is no temporary folder.
    pub fn new() -> io::Result<Copies> {
        Ok(Copies {
            folder: own_folder()?,
            stripped: HashMap::new(),
        })
    }

    /// Makes a stripped copy to make copies from: symbols are most of the file and none of the
    /// program. Without the tool, copies are larger and nothing else.
    ///
    /// # Errors
    /// When the executable cannot be read, or when the disk is full.
    pub fn strip(&mut self, executable: &Path) -> io::Result<()> {
        if self.stripped.contains_key(executable) {
            return Ok(());
        }
        let name = format!("stripped-{}", self.stripped.len());
        let stripped = self.folder.path().join(name);
        if !strip(executable, &stripped, "--strip-all") {
            fs::copy(executable, &stripped)?;
        }
        self.stripped.insert(executable.to_owned(), stripped);
        Ok(())
    }

    /// One more copy, gone when it is dropped; a process that was started from it keeps it.
    ///
    /// # Errors
    /// When the executable cannot be read, or when the disk is full.
    pub fn fresh(&self, executable: &Path) -> io::Result<TempPath> {
        let copy = tempfile::Builder::new().tempfile_in(&self.folder)?;
        let path = copy.into_temp_path();
        let stripped = self.stripped.get(executable);
        fs::copy(stripped.map_or(executable, PathBuf::as_path), &path)?;
        Ok(path)
    }
}

/// Makes a copy without `what`, an option of the tool `strip`; tells whether it could.
pub fn strip(executable: &Path, copy: &Path, what: &str) -> bool {
    let status = Command::new("strip")
        .args([what, "-o"])
        .args([copy, executable])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.is_ok_and(|status| status.success())
}

const FOLDER: &str = "trapbench-copies-";

/// A temporary folder of this process. What it cannot remove the next run does.
///
/// # Errors
/// When there is no temporary folder.
pub fn own_folder() -> io::Result<TempDir> {
    remove_what_the_dead_left();
    let prefix = format!("{FOLDER}{}-", std::process::id());
    tempfile::Builder::new().prefix(&prefix).tempdir()
}

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
