use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use trapbench_worker::fixture::Fixture;

use super::copies::own_folder;

/// The guest of a run as a file in binary form, for workers in any language. It is gone when this
/// is dropped.
pub struct GuestFile {
    path: PathBuf,
    hash: String,
    /// Removes itself.
    _folder: TempDir,
}

impl GuestFile {
    /// # Errors
    /// When there is no temporary folder, or no room in it.
    pub fn of(fixture: &Fixture) -> io::Result<GuestFile> {
        let folder = own_folder()?;
        let path = folder.path().join("guest.wasm");
        fs::write(&path, fixture.wasm())?;
        Ok(GuestFile {
            path,
            hash: fixture.hash().to_owned(),
            _folder: folder,
        })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// SHA-256 in hexadecimal: what a worker says that it runs.
    pub fn hash(&self) -> &str {
        &self.hash
    }
}
