//! Each mistake gets an error that names what was tried, on what, and what to do next.

use std::fs;

use crate::command::{backends, changed_fixture, run, stderr, trapbench};

fn refused(arguments: &[&str], status: i32, words: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let output = trapbench(arguments)
        .current_dir(folder.path())
        .output()
        .unwrap();
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(status), "{arguments:?}: {said}");
    for word in words {
        assert!(
            said.contains(word),
            "{arguments:?}: `{word}` is not in: {said}"
        );
    }
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
    assert!(left.is_empty(), "{arguments:?} left {left:?}");
}

#[test]
fn an_unknown_backend() {
    for command in ["example", "list", "measure"] {
        let words = ["unknown backend `wasmer-craneleft`", "wasmer-cranelift"];
        refused(&[command, "--backend", "wasmer-craneleft"], 1, &words);
    }
    refused(&["worker", "wasmer-craneleft"], 1, &["unknown backend"]);
    refused(
        &["list", "--require", "wasmtime"],
        1,
        &["unknown backend `wasmtime`"],
    );
}

#[test]
fn a_backend_that_is_not_compiled_in() {
    let slots = &trapbench_wasmer::SLOTS;
    for slot in slots.iter().filter(|slot| !slot.is_compiled_in()) {
        let feature = format!("--features {}", slot.feature.unwrap());
        let words = [slot.id, "not compiled in", &feature];
        refused(&["example", "--backend", slot.id], 1, &words);
        refused(&["measure", "--backend", slot.id], 1, &words);
        refused(&["list", "--require", slot.id], 1, &words);
    }
}

#[test]
fn a_filter_that_matches_nothing_or_is_none() {
    for command in ["list", "measure"] {
        refused(
            &[command, "raze"],
            1,
            &["`raze` matches none of", "trapbench list"],
        );
        refused(&[command, "raise("], 2, &["regex parse error"]);
    }
}

#[test]
fn a_command_line_that_makes_no_sense() {
    refused(&["mesure"], 2, &["mesure"]);
    refused(&["measure", "--time", "0"], 2, &["from 1 to 86400"]);
    refused(&["measure", "--time", "NaN"], 2, &["from 1 to 86400"]);
    refused(&["measure", "--depths", "-1"], 2, &["-1"]);
}

#[test]
fn a_depth_that_is_too_deep_for_the_guests_stack() {
    for backend in backends() {
        too_deep(backend);
    }
}

fn too_deep(backend: &str) {
    let folder = tempfile::tempdir().unwrap();
    let results = folder.path().to_str().unwrap();
    let filter = "depth/(raise|sentinel)/exit";
    let output = run(&[
        "measure",
        filter,
        "--backend",
        backend,
        "--depths",
        "1,10000000",
        "--time",
        "1",
        "--results",
        results,
    ]);
    let text = crate::command::stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    for strategy in ["raise", "sentinel"] {
        let id = |depth: u32| format!("depth/{strategy}/exit/{backend}/{depth}\t");
        let line = |depth| text.lines().find(|line| line.starts_with(&id(depth)));
        assert!(
            line(10_000_000)
                .unwrap()
                .contains("too deep for the guest's stack"),
            "{text}"
        );
        assert!(!line(1).unwrap().contains("error"), "{text}");
    }
}

#[test]
fn a_module_that_cannot_be_measured() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let absent = folder.path().join("absent.wat");
    let broken = changed_fixture(folder.path(), &[("(export \"run\")", "")]);
    let cases = [
        (
            absent.to_str().unwrap().to_owned(),
            ["cannot read the module", "absent.wat"],
        ),
        (
            file("words.wat", b"(module (func"),
            ["words.wat is no WebAssembly module", "expected"],
        ),
        (
            file("short.wasm", b"\0asm\x01\0\0"),
            ["short.wasm is no WebAssembly module", ""],
        ),
        (
            file("typed.wat", b"(module (func (result i32) i64.const 1))"),
            ["typed.wat is no WebAssembly module", "type mismatch"],
        ),
        (
            file(
                "part.wat",
                b"(component (core module (import \"env\" \"early_exit\" (func))))",
            ),
            ["part.wat is no WebAssembly module", "it is a component"],
        ),
        (
            broken.to_str().unwrap().to_owned(),
            ["the export `run` is missing", "fixtures/README.md"],
        ),
    ];
    for (module, words) in &cases {
        for command in ["example", "measure"] {
            refused(&[command, "--module", module], 1, words);
        }
        let output = trapbench(&["example"])
            .env("TRAPBENCH_MODULE", module)
            .output()
            .unwrap();
        assert!(stderr(&output).contains(words[0]), "{module}");
        assert_eq!(output.status.code(), Some(1), "{module}");
    }
}
