//! Says which releases cargo resolved, and what has to be made up for in this release of wasmer.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

fn main() {
    let lock = Lock::open();
    lock.state("CRANELIFT", "cranelift-codegen");
    lock.state("COROSENSEI", "corosensei");
    lock.differences_of_wasmer();
    println!("cargo::rerun-if-changed=build.rs");
    if lock.file.exists() {
        println!("cargo::rerun-if-changed={}", lock.file.display());
    }
}

/// The lock file that cargo has just brought up to date: the workspace's, above this package. A
/// crate archive has none, and nothing is known then.
///
/// Asking the crates themselves would take direct dependencies, and with them second pins that
/// have to follow every release of wasmer's compiler.
struct Lock {
    file: PathBuf,
    text: String,
}

impl Lock {
    fn open() -> Lock {
        let package = env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
        let file = Path::new(&package).join("../../Cargo.lock");
        let text = fs::read_to_string(&file).unwrap_or_default();
        Lock { file, text }
    }

    /// The versions of a package, in ascending order.
    fn versions(&self, package: &str) -> Vec<&str> {
        let name = format!("name = \"{package}\"");
        let lines = || self.text.lines().map(str::trim);
        let packages = lines()
            .zip(lines().skip(1))
            .filter(|(line, _)| *line == name);
        packages
            .filter_map(|(_, next)| Some(next.strip_prefix("version = ")?.trim_matches('"')))
            .collect()
    }

    /// States the newest version of a package to the crate; empty means unknown.
    fn state(&self, name: &str, package: &str) {
        let version = self.versions(package).pop().unwrap_or_default();
        println!("cargo::rustc-env=TRAPBENCH_{name}={version}");
    }

    /// What has to be made up for: in `src/releases.rs`, and by leaving out `src/native.rs`.
    /// Releases before 6.1.0 bring a corosensei of their own, and two of them do not link: their
    /// assembly has the same names.
    fn differences_of_wasmer(&self) {
        println!("cargo::rustc-check-cfg=cfg(wasmer_takes_probestack, two_corosenseis)");
        if self.versions("corosensei").len() > 1 {
            println!("cargo::rustc-cfg=two_corosenseis");
        }
        let version = self.versions("wasmer").pop().unwrap_or_default();
        let mut numbers = version.split('.').map(|part| part.parse::<u32>().ok());
        let release = (numbers.next().flatten(), numbers.next().flatten());
        if matches!(release, (Some(..6), _) | (Some(6), Some(0))) {
            println!("cargo::rustc-cfg=wasmer_takes_probestack");
        }
    }
}
