use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why an arm cannot be had: what was tried, on what, and what to do next.
#[derive(Debug, Error)]
pub enum ArmError {
    #[error(
        "the sources of trapbench are neither where this executable was built nor in the current \
         folder; run in a checkout of trapbench"
    )]
    NoCheckout,
    #[error(
        "the sources in {} are not those that this executable was built from; build it again",
        .0.display()
    )]
    NotAsBuilt(PathBuf),
    #[error("`{0}` is an executable: there is nothing to build")]
    NothingToBuild(PathBuf),
    #[error("cannot {what} {}: {source}", path.display())]
    Io {
        what: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    #[error("cannot start `{program}`: {source}; it must be on the PATH")]
    NoProgram { program: String, source: io::Error },
    #[error("{} is no manifest that can be edited: {reason}", path.display())]
    Manifest { path: PathBuf, reason: String },
    #[error(
        "there is no crate of wasmer's in {}: no Cargo.toml at most {} levels below it has a \
         package called wasmer or wasmer-*; give a checkout of wasmer, or a folder that holds \
         patched crates",
        folder.display(), levels
    )]
    NoWasmerCrate { folder: PathBuf, levels: usize },
    #[error(
        "git knows no revision `{revision}` in {}{}", checkout.display(),
        if *.shallow { "; the clone is shallow: `git fetch --unshallow` brings the rest" }
        else { "; `git fetch` may bring it" }
    )]
    NoRevision {
        revision: String,
        checkout: PathBuf,
        shallow: bool,
    },
    #[error("`{revision}` holds no sources of trapbench")]
    NotTrapbench { revision: String },
    #[error("git cannot export `{revision}`: {reason}")]
    Export { revision: String, reason: String },
    #[error("cargo could not build {arm}; its last words:\n{tail}\n{hint}")]
    Build {
        arm: String,
        tail: String,
        hint: String,
    },
    #[error("cargo built {arm}, but named no executable called trapbench")]
    NoExecutable { arm: String },
    #[error("the command that links {arm} cannot be had from rustc; its last words:\n{tail}")]
    NoLinkCommand { arm: String, tail: String },
    #[error(
        "the linker cannot put the sections of {arm} in another order: it must understand \
         --shuffle-sections=<glob>=<seed>, as LLVM's does (RUSTFLAGS=-Clink-arg=-fuse-ld=lld \
         with lld on the machine; rustc brings it along on x86-64 Linux); its last words:\n{tail}"
    )]
    NoShuffle { arm: String, tail: String },
    #[error("a relink of {arm} came out broken: `trapbench list` {how}")]
    BrokenRelink { arm: String, how: String },
    #[error("there is no arm `{name}` in {}; `trapbench arms` lists them", folder.display())]
    NoArm { name: String, folder: PathBuf },
}

impl ArmError {
    /// For `map_err`: what was being done, to which path.
    pub(super) fn io<P: Into<PathBuf>>(
        what: &'static str,
        path: P,
    ) -> impl FnOnce(io::Error) -> ArmError {
        let path = path.into();
        move |source| ArmError::Io { what, path, source }
    }
}
