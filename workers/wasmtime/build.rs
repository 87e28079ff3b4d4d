//! Says which releases cargo resolved.

use std::env;
use std::fs;
use std::path::Path;

fn main() {
    let package = env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
    let file = Path::new(&package).join("Cargo.lock");
    // Cargo writes it before it builds anything.
    let lock = fs::read_to_string(&file).expect("the lock file lies beside the manifest");
    for (name, package) in [("WASMTIME", "wasmtime"), ("CRANELIFT", "cranelift-codegen")] {
        let version = version(&lock, package).expect("the lock file has each package");
        println!("cargo::rustc-env=TRAPBENCH_{name}={version}");
    }
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", file.display());
}

/// The version of a package.
///
/// Asking the crates themselves would take direct dependencies, and with them second pins that
/// have to follow every release of wasmtime.
fn version<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name);
    let version = lines.nth(1)?.strip_prefix("version = ")?;
    Some(version.trim_matches('"'))
}
