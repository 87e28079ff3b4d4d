//! The sources of an arm in a folder of their own.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::error::ArmError;
use super::fingerprint;
use super::manifest::{self, Wasmer};

const MANIFEST: &str = "Cargo.toml";
const LOCK: &str = "Cargo.lock";
const STAMP: &str = ".cargo_vcs_info.json";

/// Lays the sources in `from` out in `to`. Files that are as they should be stay untouched,
/// since cargo goes by their times, and files that are no longer among the sources go.
///
/// `stamp` is what the build script tells of the sources' commit; `start` is where the lock file
/// is remembered that cargo started from.
///
/// # Errors
/// When a file cannot be read or written, or the manifest is none.
pub fn lay_out(
    from: &Path,
    to: &Path,
    wasmer: Option<&Wasmer>,
    stamp: Option<&str>,
    start: &Path,
) -> Result<(), ArmError> {
    let files = fingerprint::files(from).map_err(ArmError::io("list the sources in", from))?;
    for file in &files {
        let source = from.join(file);
        let bytes = fs::read(&source).map_err(ArmError::io("read", &source))?;
        if file == Path::new(LOCK) {
            lay_lock(&bytes, &to.join(LOCK), start)?;
        } else if file.file_name() == Some(MANIFEST.as_ref()) {
            let is_root = file == Path::new(MANIFEST);
            let text = edited(&source, &bytes, is_root, wasmer)?;
            write(&to.join(file), text.as_bytes())?;
        } else {
            write(&to.join(file), &bytes)?;
        }
    }
    if let Some(stamp) = stamp {
        write(&to.join(STAMP), stamp.as_bytes())?;
    }
    remove_others(to, &files)
}

fn edited(
    path: &Path,
    bytes: &[u8],
    is_root: bool,
    wasmer: Option<&Wasmer>,
) -> Result<String, ArmError> {
    let text = String::from_utf8_lossy(bytes);
    let edit = match is_root {
        true => manifest::of_arm,
        false => manifest::of_member,
    };
    edit(&text, wasmer).map_err(|error| ArmError::Manifest {
        path: path.to_owned(),
        reason: error.to_string(),
    })
}

/// Cargo changes the lock file of an arm with another wasmer. Laying the checkout's out again
/// each time would make it resolve again each time, and compile again what watches the file.
fn lay_lock(bytes: &[u8], lock: &Path, start: &Path) -> Result<(), ArmError> {
    if lock.exists() && fs::read(start).is_ok_and(|started| started == bytes) {
        return Ok(());
    }
    write(lock, bytes)?;
    write(start, bytes)
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), ArmError> {
    if fs::read(path).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(ArmError::io("create the folder", folder))?;
    }
    fs::write(path, bytes).map_err(ArmError::io("write", path))
}

/// A module that was deleted in the sources would otherwise be compiled for ever.
fn remove_others(to: &Path, files: &[PathBuf]) -> Result<(), ArmError> {
    let wanted: HashSet<&PathBuf> = files.iter().collect();
    let there = fingerprint::files(to).map_err(ArmError::io("list the sources in", to))?;
    for file in there.iter().filter(|file| !wanted.contains(file)) {
        let path = to.join(file);
        fs::remove_file(&path).map_err(ArmError::io("remove", &path))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;

    fn checkout() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        put("Cargo.toml", "[package]\nname = \"trapbench\"\n");
        put("Cargo.lock", "version = 4\n");
        put("build.rs", "fn main() {}\n");
        put("src/main.rs", "mod gone;\n");
        put("src/gone.rs", "");
        put("fixtures/README.md", "The contract.\n");
        folder
    }

    fn age(path: &Path) -> SystemTime {
        let old = SystemTime::now() - Duration::from_secs(1000);
        let file = fs::File::options().write(true).open(path).unwrap();
        file.set_modified(old).unwrap();
        fs::metadata(path).unwrap().modified().unwrap()
    }

    #[test]
    fn only_what_changed_is_written_again() {
        let (from, arm) = (checkout(), tempfile::tempdir().unwrap());
        let (to, start) = (arm.path().join("source"), arm.path().join("start.lock"));
        let lay = || lay_out(from.path(), &to, None, None, &start).unwrap();
        lay();
        let untouched = age(&to.join("build.rs"));
        let changed = age(&to.join("src/main.rs"));
        fs::write(from.path().join("src/main.rs"), "").unwrap();
        fs::remove_file(from.path().join("src/gone.rs")).unwrap();
        lay();
        let modified = |name: &str| fs::metadata(to.join(name)).unwrap().modified().unwrap();
        assert_eq!(modified("build.rs"), untouched);
        assert!(modified("src/main.rs") > changed);
        assert!(!to.join("src/gone.rs").exists());
    }

    #[test]
    fn the_lock_file_is_cargos_until_the_sources_bring_another() {
        let (from, arm) = (checkout(), tempfile::tempdir().unwrap());
        let (to, start) = (arm.path().join("source"), arm.path().join("start.lock"));
        let lay = || lay_out(from.path(), &to, None, None, &start).unwrap();
        lay();
        fs::write(to.join(LOCK), "cargo's").unwrap();
        lay();
        assert_eq!(fs::read_to_string(to.join(LOCK)).unwrap(), "cargo's");
        fs::write(from.path().join(LOCK), "another").unwrap();
        lay();
        assert_eq!(fs::read_to_string(to.join(LOCK)).unwrap(), "another");
    }
}
