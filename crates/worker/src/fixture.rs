//! The guest that is measured: the shared module, or a user's own under the same contract
//! (`fixtures/README.md`). Names and types are checked here; what the code does is checked
//! by [`crate::verify`], on the compiled function.

mod contract;

use std::fmt;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use strum::VariantArray;
use thiserror::Error;
use wasmparser::{Parser, Validator};

use crate::placement;

/// The shared module.
pub const WAT: &str = include_str!("../early_exit.wat");

/// The arguments of every call, the documented example's.
pub const ARGUMENTS: (i32, i32) = (1, 7);

/// What a completing call returns.
pub const SUM: i32 = 8;

/// What `should_exit` returns, and then the guest, when the host wants to stop.
pub const SENTINEL: i32 = -1;

/// The error that the host raises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExitCode(pub i32);

/// The code that is raised, the documented example's.
pub const EXIT_CODE: ExitCode = ExitCode(1);

/// Names that guest and host share.
pub mod name {
    pub const NAMESPACE: &str = "env";
    pub const EARLY_EXIT: &str = "early_exit";
    pub const SHOULD_EXIT: &str = "should_exit";
    pub const DEPTH: &str = "depth";
    pub const COMPLETED: &str = "completed";
}

/// A way into the guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, VariantArray)]
pub enum Entry {
    Run,
    RunSentinel,
    RunUnreachable,
}

/// A module that keeps the contract's names and types.
#[derive(Clone, Debug)]
pub struct Fixture {
    wasm: Vec<u8>,
    hash: String,
    /// Those that it exports. A module may leave out what came later than its contract.
    entries: Vec<Entry>,
}

/// Why a module cannot be measured.
#[derive(Debug, Error)]
pub enum FixtureError {
    #[error("cannot read the module {}: {source}", path.display())]
    Unreadable {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{} is no WebAssembly module: {reason}", path.display())]
    Invalid { path: PathBuf, reason: String },
    #[error(
        "{} breaks the fixture's contract: {breach}; fixtures/README.md has the contract on one page",
        path.display()
    )]
    Contract { path: PathBuf, breach: String },
}

impl Entry {
    /// The name of its export.
    pub fn export(self) -> &'static str {
        match self {
            Entry::Run => "run",
            Entry::RunSentinel => "run_sentinel",
            Entry::RunUnreachable => "run_unreachable",
        }
    }

    /// Whether a module without it breaks the contract.
    fn is_required(self) -> bool {
        match self {
            Entry::Run | Entry::RunSentinel => true,
            Entry::RunUnreachable => false,
        }
    }
}

impl Fixture {
    /// The module that comes with the suite.
    pub fn shared() -> Fixture {
        Fixture::of_text(WAT).expect("the shared fixture keeps its own contract")
    }

    /// A module as text.
    ///
    /// # Errors
    /// In words, when it is no text of a module, or breaks the contract.
    pub fn of_text(text: &str) -> Result<Fixture, String> {
        let wasm = wat::parse_str(text).map_err(|error| error.to_string())?;
        let entries = contract::entries(&wasm)?;
        Ok(Fixture::new(wasm, entries))
    }

    /// A user's own module, as text or binary.
    ///
    /// # Errors
    /// When the file cannot be read, is not a valid module, or lacks or mistypes one of the
    /// contract's names.
    pub fn from_file(path: &Path) -> Result<Fixture, FixtureError> {
        let bytes = std::fs::read(path).map_err(|source| FixtureError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        let invalid = |reason: String| FixtureError::Invalid {
            path: path.to_owned(),
            reason,
        };
        let wasm = wat::parse_bytes(&bytes)
            .map_err(|error| invalid(error.to_string()))?
            .into_owned();
        if Parser::is_component(&wasm) {
            return Err(invalid(
                "it is a component; give its core module".to_owned(),
            ));
        }
        Validator::new()
            .validate_all(&wasm)
            .map_err(|error| invalid(error.to_string()))?;
        let entries = contract::entries(&wasm).map_err(|breach| FixtureError::Contract {
            path: path.to_owned(),
            breach,
        })?;
        Ok(Fixture::new(wasm, entries))
    }

    /// The module at `path`, or the shared one.
    ///
    /// # Errors
    /// As [`Fixture::from_file`].
    pub fn open(path: Option<&Path>) -> Result<Fixture, FixtureError> {
        path.map_or_else(|| Ok(Fixture::shared()), Fixture::from_file)
    }

    /// The module in binary form.
    pub fn wasm(&self) -> &[u8] {
        &self.wasm
    }

    /// SHA-256 of the binary form as it was given, in hexadecimal: two runs measured the same
    /// guest exactly when this is the same.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// The same guest, its code moved within its page by a function in front that is never
    /// called (see [`crate::placement`]).
    pub fn displaced(&self, calls: u32) -> Fixture {
        Fixture {
            wasm: placement::displaced(&self.wasm, calls),
            ..self.clone()
        }
    }

    /// Whether it can be called so.
    pub fn has(&self, entry: Entry) -> bool {
        self.entries.contains(&entry)
    }

    fn new(wasm: Vec<u8>, entries: Vec<Entry>) -> Fixture {
        let hash = hex::encode(Sha256::digest(&wasm));
        Fixture {
            wasm,
            hash,
            entries,
        }
    }
}

impl fmt::Display for ExitCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl std::error::Error for ExitCode {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_of_the_guest_and_not_of_its_text() {
        let commented = format!(";; another comment\n{WAT}");
        let path = tempfile::NamedTempFile::with_suffix(".wat").unwrap();
        std::fs::write(path.path(), commented).unwrap();
        let same = Fixture::from_file(path.path()).unwrap();
        assert_eq!(same.hash(), Fixture::shared().hash());
        assert_eq!(same.hash().len(), 64);
    }
}
