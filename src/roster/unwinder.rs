use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::sync::Arc;

use tempfile::TempDir;
use thiserror::Error;

use super::copies::own_folder;
use crate::record::{NoUnwinder, SONAME, UnwinderFacts};

/// Where the loader looks for libraries first.
const VARIABLE: &str = "LD_LIBRARY_PATH";

/// An unwinder that workers are to load in place of the system's.
#[derive(Clone, Debug)]
pub struct Unwinder {
    facts: UnwinderFacts,
    /// What [`VARIABLE`] is set to.
    search: OsString,
    /// In it the file goes by the name that programs ask for. It removes itself when the last
    /// arm with this unwinder is gone.
    _folder: Arc<TempDir>,
}

#[derive(Debug, Error)]
pub enum UnwinderError {
    #[error("--unwinder: {0}")]
    None(#[from] NoUnwinder),
    #[error("--unwinder: the file cannot be put before the loader: {0}")]
    NotLaid(io::Error),
}

impl Unwinder {
    /// Has a file, whatever its name, found by the loader before the system's.
    ///
    /// # Errors
    /// When it is no unwinder, or when there is no temporary folder.
    pub fn of(file: &Path) -> Result<Unwinder, UnwinderError> {
        let facts = UnwinderFacts::of_file(file)?;
        let lay = || -> io::Result<(TempDir, OsString)> {
            let folder = own_folder()?;
            let whole = std::path::absolute(file)?;
            std::os::unix::fs::symlink(whole, folder.path().join(SONAME))?;
            let others = std::env::var_os(VARIABLE).filter(|others| !others.is_empty());
            let others = others.iter().flat_map(std::env::split_paths);
            let search = std::iter::once(folder.path().to_owned()).chain(others);
            let search = std::env::join_paths(search).map_err(io::Error::other)?;
            Ok((folder, search))
        };
        let (folder, search) = lay().map_err(UnwinderError::NotLaid)?;
        Ok(Unwinder {
            facts,
            search,
            _folder: Arc::new(folder),
        })
    }

    /// What a command's environment has to say.
    pub(super) fn variable(&self) -> (&'static str, &OsString) {
        (VARIABLE, &self.search)
    }

    /// Whether this is what a process has loaded: what was measured with another must not go by
    /// this one's name.
    ///
    /// # Errors
    /// In words, when it is not.
    pub(super) fn check(&self, loaded: Option<&UnwinderFacts>) -> Result<(), String> {
        let Unwinder { facts, .. } = self;
        match loaded {
            Some(loaded) if loaded.sha256 == facts.sha256 => Ok(()),
            Some(loaded) => Err(format!(
                "the worker was to load the unwinder {facts} and has loaded {loaded}; \
                 LD_PRELOAD and a path within the program go before --unwinder"
            )),
            None => Err(format!(
                "the worker was to load the unwinder {facts} and has loaded no {SONAME} that the \
                 system tells of: it may have an unwinder of its own, linked statically, which \
                 --unwinder does not replace"
            )),
        }
    }
}
