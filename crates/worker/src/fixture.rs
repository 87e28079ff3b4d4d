//! The guest that is measured: the shared module, or a user's own under the same contract
//! (`fixtures/README.md`). Names and types are checked here; what the code does is checked
//! by [`crate::verify`], on the compiled function.

use std::fmt;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use thiserror::Error;
use wasmparser::{ExternalKind, FuncType, Parser, Payload, TypeRef, ValType, Validator};

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
    pub const RUN: &str = "run";
    pub const RUN_SENTINEL: &str = "run_sentinel";
    pub const DEPTH: &str = "depth";
    pub const COMPLETED: &str = "completed";
}

/// A module that keeps the contract's names and types.
#[derive(Clone, Debug)]
pub struct Fixture {
    wasm: Vec<u8>,
    hash: String,
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

impl Fixture {
    /// The module that comes with the suite.
    pub fn shared() -> Fixture {
        let wasm = wat::parse_str(WAT).expect("the shared fixture is well-formed text");
        Fixture::new(wasm)
    }

    /// A module as text.
    ///
    /// # Errors
    /// In words, when it is no text of a module, or breaks the contract.
    pub fn of_text(text: &str) -> Result<Fixture, String> {
        let wasm = wat::parse_str(text).map_err(|error| error.to_string())?;
        check_contract(&wasm)?;
        Ok(Fixture::new(wasm))
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
        check_contract(&wasm).map_err(|breach| FixtureError::Contract {
            path: path.to_owned(),
            breach,
        })?;
        Ok(Fixture::new(wasm))
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
            hash: self.hash.clone(),
        }
    }

    fn new(wasm: Vec<u8>) -> Fixture {
        let digest = Sha256::digest(&wasm);
        let hash = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        Fixture { wasm, hash }
    }
}

impl fmt::Display for ExitCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl std::error::Error for ExitCode {}

/// What the contract asks of one imported or exported item.
#[derive(Clone, Debug, PartialEq)]
enum Item {
    Func(FuncType),
    MutableI32,
    Other(&'static str),
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |types: &[ValType]| {
            let names: Vec<String> = types.iter().map(ToString::to_string).collect();
            format!("({})", names.join(", "))
        };
        match self {
            Item::Func(ty) => write!(f, "{} -> {}", list(ty.params()), list(ty.results())),
            Item::MutableI32 => f.write_str("a mutable i32 global"),
            Item::Other(what) => f.write_str(what),
        }
    }
}

fn check_contract(wasm: &[u8]) -> Result<(), String> {
    let found = Surface::read(wasm).map_err(|error| error.to_string())?;
    let i32s = |params: usize, results: usize| {
        Item::Func(FuncType::new(
            vec![ValType::I32; params],
            vec![ValType::I32; results],
        ))
    };
    let imports = [
        (name::EARLY_EXIT, i32s(0, 0)),
        (name::SHOULD_EXIT, i32s(0, 1)),
    ];
    let exports = [
        (name::RUN, i32s(2, 1)),
        (name::RUN_SENTINEL, i32s(2, 1)),
        (name::DEPTH, Item::MutableI32),
        (name::COMPLETED, Item::MutableI32),
    ];
    for (wanted, item) in &imports {
        let wanted = format!("{}.{wanted}", name::NAMESPACE);
        expect("import", &wanted, item, &found.imports)?;
    }
    for (wanted, item) in &exports {
        expect("export", wanted, item, &found.exports)?;
    }
    let allowed = |import: &str| {
        imports
            .iter()
            .any(|(name, _)| import == format!("{}.{name}", name::NAMESPACE))
    };
    match found.imports.iter().find(|(import, _)| !allowed(import)) {
        Some((extra, _)) => Err(format!("the import `{extra}` is one too many")),
        None => Ok(()),
    }
}

fn expect(what: &str, name: &str, item: &Item, found: &[(String, Item)]) -> Result<(), String> {
    match found.iter().find(|(found, _)| found == name) {
        None => Err(format!("the {what} `{name}` is missing (it is {item})")),
        Some((_, is)) if is != item => {
            Err(format!("the {what} `{name}` is {is} where {item} belongs"))
        }
        Some(_) => Ok(()),
    }
}

/// The imports and exports of a module, each with its type.
struct Surface {
    imports: Vec<(String, Item)>,
    exports: Vec<(String, Item)>,
}

impl Surface {
    fn read(wasm: &[u8]) -> wasmparser::Result<Surface> {
        let types = Validator::new().validate_all(wasm)?;
        let types = types.as_ref();
        let func = |at: u32| Item::Func(types[types.core_function_at(at)].unwrap_func().clone());
        let global = |ty: wasmparser::GlobalType| match (ty.mutable, ty.content_type) {
            (true, ValType::I32) => Item::MutableI32,
            (false, ValType::I32) => Item::Other("an immutable i32 global"),
            _ => Item::Other("a global of another type"),
        };
        let mut surface = Surface {
            imports: Vec::new(),
            exports: Vec::new(),
        };
        let mut functions = 0;
        for payload in Parser::new(0).parse_all(wasm) {
            match payload? {
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        let import = import?;
                        let item = match import.ty {
                            TypeRef::Func(_) => {
                                functions += 1;
                                func(functions - 1)
                            }
                            TypeRef::Global(ty) => global(ty),
                            _ => Item::Other("neither a function nor a global"),
                        };
                        let name = format!("{}.{}", import.module, import.name);
                        surface.imports.push((name, item));
                    }
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export?;
                        let item = match export.kind {
                            ExternalKind::Func => func(export.index),
                            ExternalKind::Global => global(types.global_at(export.index)),
                            _ => Item::Other("neither a function nor a global"),
                        };
                        surface.exports.push((export.name.to_owned(), item));
                    }
                }
                _ => {}
            }
        }
        Ok(surface)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breach_of(text: &str) -> String {
        check_contract(&wat::parse_str(text).unwrap()).unwrap_err()
    }

    #[test]
    fn the_shared_module_keeps_its_own_contract() {
        assert_eq!(check_contract(Fixture::shared().wasm()), Ok(()));
    }

    #[test]
    fn a_missing_or_mistyped_name_is_named() {
        for (from, to, breach) in [
            ("(export \"run\")", "", "the export `run` is missing"),
            (
                "\"should_exit\"",
                "\"may_exit\"",
                "the import `env.should_exit` is missing",
            ),
            (
                "(export \"run\") (param $a i32)",
                "(export \"run\") (param $c i32) (param $a i32)",
                "the export `run` is (i32, i32, i32) -> (i32) where (i32, i32) -> (i32) belongs",
            ),
            (
                "(global $completed (export \"completed\")",
                "(global (export \"completed\") (mut i64) (i64.const 0)) (global $completed",
                "the export `completed` is a global of another type",
            ),
            (
                "(global $depth (export \"depth\")",
                "(memory (export \"depth\") 1) (global $depth",
                "the export `depth` is neither a function nor a global",
            ),
            (
                "(global $depth",
                "(import \"env\" \"more\" (func)) (global $depth",
                "the import `env.more` is one too many",
            ),
        ] {
            let broken = WAT.replacen(from, to, 1);
            let found = breach_of(&broken);
            assert!(found.contains(breach), "{from} -> {to}: {found}");
        }
        let mistyped = r#"(module (import "env" "early_exit" (func (param i64))))"#;
        let breach = "the import `env.early_exit` is (i64) -> () where () -> () belongs";
        assert_eq!(breach_of(mistyped), breach);
    }

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
