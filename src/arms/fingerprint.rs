//! What this crate is compiled from, and a hash over it.
//!
//! The build script includes this file too, so it leans on the standard library alone.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::source_files::source_files;

/// Files and folders without which the binary cannot be compiled, or would be another.
///
/// Revisions before the workers have no `crates`.
pub const SOURCES: [&str; 6] = [
    "Cargo.toml",
    "Cargo.lock",
    "build.rs",
    "crates",
    "fixtures",
    "src",
];

/// A hash over the names and contents of the sources in `folder`, in hexadecimal.
///
/// FNV-1a in 64 bits: it has to tell an edit, not to withstand an attack, and a build script
/// that needs no crate is built in no time.
///
/// # Errors
/// When one of them cannot be read.
pub fn hash(folder: &Path) -> io::Result<String> {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let mut take = |bytes: &[u8]| {
        // The length in front, or else a byte could move from one file to its neighbour.
        let length = (bytes.len() as u64).to_le_bytes();
        for byte in length.iter().chain(bytes) {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
        }
    };
    for file in files(folder)? {
        take(file.to_string_lossy().replace('\\', "/").as_bytes());
        take(&fs::read(folder.join(&file))?);
    }
    Ok(format!("{hash:016x}"))
}

/// Every file of the sources in `folder`, as seen from there, in an order that does not
/// depend on the file system.
///
/// # Errors
/// When one of the sources is missing or cannot be listed.
pub fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let sources = SOURCES.iter().map(PathBuf::from);
    let is_there = |path: &PathBuf| path != Path::new("crates") || folder.join(path).exists();
    source_files(folder, sources.filter(is_there), |_| false)
}
