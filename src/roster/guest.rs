use std::io::{self, Write};
use std::path::Path;

use tempfile::TempPath;
use trapbench_worker::fixture::Fixture;

/// The guest of a run as a file in binary form, for workers in any language. It is gone when this
/// is dropped.
pub struct GuestFile {
    path: TempPath,
    hash: String,
}

impl GuestFile {
    /// # Errors
    /// When there is no temporary folder, or no room in it.
    pub fn of(fixture: &Fixture) -> io::Result<GuestFile> {
        let mut file = tempfile::Builder::new()
            .prefix("trapbench-guest-")
            .suffix(".wasm")
            .tempfile()?;
        file.write_all(fixture.wasm())?;
        Ok(GuestFile {
            path: file.into_temp_path(),
            hash: fixture.hash().to_owned(),
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
