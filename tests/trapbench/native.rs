//! The backend `native` in the commands: measured like any other, and out of the way of those that
//! are about WebAssembly.

use serde_json::{Value, json};

use trapbench_worker::case::NATIVE;

use crate::command::{any_backend, changed_fixture, run, stderr, stdout, trapbench};

#[test]
fn native_frames_are_measured_beside_a_guest_and_the_distance_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let results = folder.path().to_str().unwrap();
    let filter = format!(
        "depth/(reset|raise|sentinel)/.*/({NATIVE}|{})/",
        any_backend()
    );
    let output = run(&[
        "measure",
        &filter,
        "--depths",
        "0,3",
        "--time",
        "1",
        "--results",
        results,
    ]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(stdout(&output).lines().count(), 12, "{}", stdout(&output));
    let json = run(&["report", "--results", results, "--json"]);
    let json: Value = serde_json::from_str(&stdout(&json)).unwrap();
    let floor = json["floor"]["value"].as_f64().unwrap();
    assert!(floor > 0.0);
    let versions = json["header"]["backends"].as_array().unwrap();
    let native = versions.iter().find(|one| one["id"] == NATIVE).unwrap();
    assert_eq!(native["versions"], json!({"corosensei": "0.3.4"}));
    // By names, and the one that executes no WebAssembly last.
    let backends = &json["backends"];
    assert_eq!(backends[0]["backend"], any_backend());
    assert_eq!(backends[1]["backend"], NATIVE);
    assert_eq!(backends[1]["depths"][0]["over_floor"], json!({}));
}

#[test]
fn a_depth_that_is_too_deep_for_native_frames_is_refused_before_they_are_laid() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(&[
        "measure",
        "/exit/",
        "--backend",
        NATIVE,
        "--depths",
        "1,10000000,4294967295",
        "--time",
        "1",
        "--results",
        folder.path().to_str().unwrap(),
    ]);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    let lines = |depth: u32| {
        let end = format!("/{NATIVE}/{depth}\t");
        let lines = text.lines().filter(move |line| line.contains(&end));
        lines.collect::<Vec<_>>()
    };
    assert_eq!(lines(1).len(), 3, "{text}");
    assert!(
        lines(1).iter().all(|line| !line.contains("error")),
        "{text}"
    );
    for depth in [10_000_000, u32::MAX] {
        let refused = lines(depth);
        assert_eq!(refused.len(), 3, "{text}");
        let too_deep = "too deep for the guest's stack";
        assert!(refused.iter().all(|line| line.contains(too_deep)), "{text}");
    }
}

#[test]
fn the_gate_looks_at_wasm_alone() {
    let folder = tempfile::tempdir().unwrap();
    let executable = env!("CARGO_BIN_EXE_trapbench");
    let filter = format!("/{NATIVE}/");
    let output = trapbench(&["gate", "--base", executable, "--head", executable, &filter])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = stderr(&output);
    assert!(said.contains("matches none of"), "{said}");
}

#[test]
fn what_needs_a_module_is_refused_in_words() {
    let example = run(&["example", "--backend", NATIVE]);
    assert_eq!(example.status.code(), Some(1));
    let said = stderr(&example);
    assert!(said.contains("native executes none"), "{said}");
    let compare = run(&["compare", any_backend(), NATIVE]);
    assert_eq!(compare.status.code(), Some(1));
    let said = stderr(&compare);
    assert!(said.contains("no case in common"), "{said}");
}

#[test]
fn native_frames_are_the_same_beside_a_module_of_the_users_own() {
    let folder = tempfile::tempdir().unwrap();
    // A module that no backend could measure.
    let module = changed_fixture(folder.path(), &[("(call $early_exit)", "")]);
    let output = run(&[
        "measure",
        "reset/exit",
        "--depths",
        "0",
        "--time",
        "1",
        "--module",
        module.to_str().unwrap(),
        "--results",
        folder.path().join("results").to_str().unwrap(),
    ]);
    assert!(output.status.success(), "{}", stderr(&output));
    let text = stdout(&output);
    assert!(text.starts_with("depth/reset/exit/native/0\t"), "{text}");
}
