//! The folders `workers/NAME/`: which there are, whether they are ready, and whether a worker refuses
//! what it must refuse.

use std::fs;
use std::path::Path;

use crate::command::{any_backend, run, stderr, stdout, trapbench};

fn line_of<'a>(text: &'a str, worker: &str) -> Vec<&'a str> {
    let mut lines = text
        .lines()
        .map(|line| line.split('\t').collect::<Vec<_>>());
    lines
        .find(|cells| cells[0] == worker)
        .unwrap_or_else(|| panic!("no {worker} in {text}"))
}

#[test]
fn every_worker_is_listed_with_what_would_mend_it() {
    let target = tempfile::tempdir().unwrap();
    let output = trapbench(&["workers"])
        .env("CARGO_TARGET_DIR", target.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let text = stdout(&output);
    assert_eq!(line_of(&text, "trapbench")[1], "ready");
    assert!(line_of(&text, "trapbench")[3].contains(any_backend()));
    let wasmtime = line_of(&text, "wasmtime");
    assert_eq!(
        (wasmtime[1], wasmtime[4]),
        ("not built", "trapbench workers --build wasmtime")
    );
    // Where a program is missing it is named, with its package.
    let output = trapbench(&["workers"])
        .env("PATH", target.path())
        .output()
        .unwrap();
    let text = stdout(&output);
    let node = line_of(&text, "node");
    assert_eq!(
        (node[1], node[4]),
        ("needs node", "on Debian: apt-get install nodejs")
    );
}

#[test]
fn a_worker_that_is_not_ready_is_an_error_with_the_command_that_mends_it() {
    let target = tempfile::tempdir().unwrap();
    let not_built = |arguments: &[&str]| {
        let output = trapbench(arguments)
            .env("CARGO_TARGET_DIR", target.path())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1));
        let said = stderr(&output);
        assert!(
            said.contains("trapbench workers --build wasmtime"),
            "{said}"
        );
    };
    let results = target.path().join("results");
    let results = results.to_str().unwrap();
    not_built(&["measure", "--with", "wasmtime", "--results", results]);
    not_built(&["list", "--backend", "wasmtime-winch"]);
    not_built(&[
        "compare",
        any_backend(),
        "wasmtime-cranelift",
        "--results",
        results,
    ]);
    assert!(!Path::new(results).exists(), "nothing was measured");
    let output = run(&["measure", "--with", "wasmtome"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("there is no worker `wasmtome`"),
        "{}",
        stderr(&output)
    );
}

/// The suite's own backends are held to what every worker is held to.
#[test]
fn the_suites_own_backends_refuse_every_broken_guest() {
    let output = run(&["workers", "--check", "trapbench"]);
    let text = stdout(&output);
    let wrong = text.lines().filter(|line| !line.contains("\twell\t"));
    let wrong = Vec::from_iter(wrong);
    assert!(
        wrong.is_empty() && output.status.success(),
        "{wrong:#?} {}",
        stderr(&output)
    );
    let refused = format!("{}\trefused: ", any_backend());
    assert_eq!(
        text.lines()
            .filter(|line| line.starts_with(&refused))
            .count(),
        trapbench::roster::conformance::BREACHES.len()
    );
    assert!(
        text.contains("native\tdepth/reset/exit/native/16 is timed\twell"),
        "{text}"
    );
}

/// What a worker in Rust is built with that runs under the clock is built as the suite's own is:
/// a workspace of its own inherits no profile.
#[test]
fn every_worker_in_rust_repeats_the_profile_of_what_is_timed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = |folder: &Path| -> toml_edit::DocumentMut {
        fs::read_to_string(folder.join("Cargo.toml"))
            .unwrap()
            .parse()
            .unwrap()
    };
    let release = |manifest: &toml_edit::DocumentMut| manifest["profile"]["release"].to_string();
    let of_suite = manifest(root);
    let units = |manifest: &toml_edit::DocumentMut, package: &str| {
        let profile = &manifest["profile"]["release"]["package"][package];
        profile["codegen-units"].as_integer()
    };
    let mut found = 0;
    for entry in fs::read_dir(root.join("workers")).unwrap() {
        let folder = entry.unwrap().path();
        if !folder.join("Cargo.toml").is_file() {
            continue;
        }
        found += 1;
        let of_worker = manifest(&folder);
        let package = of_worker["package"]["name"].as_str().unwrap().to_owned();
        for (name, like) in [
            ("trapbench-worker", "trapbench-worker"),
            (&package[..], "trapbench-wasmer"),
        ] {
            assert_eq!(
                units(&of_worker, name),
                units(&of_suite, like),
                "{name} in {package}"
            );
            assert_eq!(units(&of_worker, name), Some(1));
        }
        for key in ["debug", "opt-level", "lto", "panic"] {
            let of = |manifest: &toml_edit::DocumentMut| {
                manifest["profile"]["release"]
                    .get(key)
                    .map(ToString::to_string)
            };
            let own = of(&of_worker);
            assert_eq!(
                own,
                of(&of_suite),
                "{key} in {package}: {}",
                release(&of_worker)
            );
        }
        assert!(
            folder.join("Cargo.lock").is_file(),
            "{package} has no lock file"
        );
    }
    assert!(found > 0);
}
