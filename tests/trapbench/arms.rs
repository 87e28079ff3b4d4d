use std::fs;
use std::path::Path;
use std::process::Output;

use trapbench::arms::{Cache, Source, checkout};

use crate::command::{stderr, stdout, trapbench};

fn arms(folder: &Path, more: &[&str]) -> Output {
    let folder = folder.to_str().unwrap();
    trapbench(&[&["arms", "--arms", folder], more].concat())
        .output()
        .unwrap()
}

/// An arm as far as the listing looks.
fn make_up(folder: &Path, name: &str, relinks: u32) {
    let arm = folder.join(name);
    let orders = arm.join("relinks/0123456789abcdef");
    fs::create_dir_all(&orders).unwrap();
    fs::write(arm.join("used"), "").unwrap();
    for seed in 1..=relinks {
        fs::write(orders.join(seed.to_string()), [1; 5000]).unwrap();
    }
    fs::write(orders.join("9.unproven"), "half of it").unwrap();
}

#[test]
fn no_arms_are_no_lines() {
    let folder = tempfile::tempdir().unwrap();
    for folder in [folder.path(), &folder.path().join("absent")] {
        let output = arms(folder, &[]);
        assert!(output.status.success(), "{}", stderr(&output));
        assert_eq!(stdout(&output), "");
        assert!(arms(folder, &["--delete-all"]).status.success());
    }
}

#[test]
fn an_arm_is_a_line_that_begins_with_its_name() {
    let folder = tempfile::tempdir().unwrap();
    make_up(folder.path(), "wasmer-7.0.1-cranelift", 3);
    make_up(folder.path(), "here-cranelift", 0);
    fs::create_dir(folder.path().join("somebody-elses")).unwrap();
    let text = stdout(&arms(folder.path(), &[]));
    let lines: Vec<Vec<&str>> = text.lines().map(|l| l.split('\t').collect()).collect();
    assert_eq!(lines.len(), 2, "{text}");
    assert_eq!(lines[0][0], "here-cranelift");
    assert_eq!(lines[0][2], "0");
    assert_eq!(lines[1][0], "wasmer-7.0.1-cranelift");
    assert!(lines[1][1].parse::<u64>().unwrap() >= 15_000, "{text}");
    assert_eq!(lines[1][2], "3");
    assert!(lines[1][3].ends_with('Z'), "{text}");
}

#[test]
fn arms_are_deleted_by_name_or_all_and_nothing_else_is() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a", "b", "c"] {
        make_up(folder.path(), name, 1);
    }
    fs::create_dir(folder.path().join("somebody-elses")).unwrap();
    let output = arms(folder.path(), &["--delete", "b"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(!folder.path().join("b").exists());
    assert!(folder.path().join("a").exists());
    let before = folder.path().join("a");
    for (absent, words) in [("b", "there is no arm `b`"), ("../x", "no arm `../x`")] {
        let output = arms(folder.path(), &["--delete", absent]);
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains(words), "{}", stderr(&output));
        assert!(before.exists());
    }
    assert!(arms(folder.path(), &["--delete-all"]).status.success());
    assert!(!folder.path().join("a").exists());
    assert!(folder.path().join("somebody-elses").exists());
}

#[test]
fn what_cannot_be_built_is_said_before_anything_is() {
    let folder = tempfile::tempdir().unwrap();
    let empty = tempfile::tempdir().unwrap();
    let cache = Cache::of(&checkout().unwrap(), Some(folder.path()));
    let nothing = format!("wasmer@path:{}", empty.path().display());
    let executable = env!("CARGO_BIN_EXE_trapbench");
    for (source, words) in [
        ("trapbench@no-such-revision", "no-such-revision"),
        (&nothing, "no crate of wasmer's"),
        ("wasmer@path:/no/such/folder", "/no/such/folder"),
        (executable, "there is nothing to build"),
    ] {
        let source: Source = source.parse().unwrap();
        let error = cache.build(&source, &["cranelift"], 2, &|_| ());
        let error = error.unwrap_err().to_string();
        assert!(error.contains(words), "{source}: {error}");
    }
    assert_eq!(cache.list().unwrap(), []);
}
