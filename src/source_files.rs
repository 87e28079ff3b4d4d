//! The files of a folder of sources, in an order that does not depend on the file system.
//!
//! The build script includes this file too, so it leans on the standard library alone.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Every file among `names`, and in the folders among them, as seen from `folder`; nothing of what
/// `is_passed_over`.
///
/// # Errors
/// When a folder cannot be listed.
pub fn source_files(
    folder: &Path,
    names: impl IntoIterator<Item = PathBuf>,
    is_passed_over: impl Fn(&Path) -> bool,
) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut waiting = Vec::from_iter(names);
    while let Some(path) = waiting.pop() {
        let whole = folder.join(&path);
        if is_passed_over(&whole) {
            continue;
        }
        if whole.is_dir() {
            for entry in fs::read_dir(whole)? {
                waiting.push(path.join(entry?.file_name()));
            }
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
