use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

use trapbench::record::Record;

use crate::command::{any_backend, run, stderr, stdout, trapbench};

const FEW: &str = "depth/(raise|sentinel)/.*/[01]$";

/// The only record in a folder.
fn record_in(results: &Path) -> PathBuf {
    let entries: Vec<_> = fs::read_dir(results).unwrap().collect();
    assert_eq!(entries.len(), 1, "{entries:?}");
    entries[0].as_ref().unwrap().path()
}

#[test]
fn a_run_prints_a_line_a_case_and_keeps_a_record_that_shows_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let results = folder.path().to_str().unwrap();
    let backend = any_backend();
    let output = run(&[
        "measure",
        FEW,
        "--backend",
        backend,
        "--time",
        "1",
        "--results",
        results,
    ]);
    assert!(output.status.success());
    let text = stdout(&output);
    assert_eq!(text.lines().count(), 8, "{text}");
    for line in text.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let numbers: Vec<f64> = fields[1..4].iter().map(|n| n.parse().unwrap()).collect();
        let [ns, low, high] = numbers[..] else {
            panic!("{line}")
        };
        assert!(low <= ns && ns <= high && ns > 0.0, "{line}");
        assert!(
            fields[4].parse::<u32>().unwrap() >= 2,
            "two processes at least: {line}"
        );
    }
    let record = record_in(folder.path());
    let again = run(&["show", record.to_str().unwrap()]);
    assert_eq!(stdout(&again), text);
    let shortened = fs::read(record.join("rounds.csv")).unwrap();
    fs::write(record.join("rounds.csv"), &shortened[..shortened.len() - 1]).unwrap();
    fs::remove_file(record.join("end.json")).unwrap();
    let again = run(&["show", record.to_str().unwrap()]);
    assert!(
        stderr(&again).contains("round"),
        "a pipe hears of it too: {}",
        stderr(&again)
    );
    fs::write(record.join("rounds.csv"), shortened).unwrap();
    let record = Record::open(&record).unwrap();
    assert_eq!(record.header.settings.depths, [0, 1]);
    assert_eq!(record.header.backends[0].id, backend);
    assert!(record.failures.is_empty());
}

#[test]
fn a_user_s_own_module_is_measured_and_its_faults_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let changes = [(
        "(call $early_exit)",
        "(call $early_exit) (call $early_exit)",
    )];
    let module = crate::command::changed_fixture(folder.path(), &changes);
    let results = folder.path().join("results");
    let output = run(&[
        "measure",
        "depth/(raise|sentinel)/complete/.*/0",
        "--time",
        "1",
        "--backend",
        any_backend(),
        "--module",
        module.to_str().unwrap(),
        "--results",
        results.to_str().unwrap(),
    ]);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("called 2 times in 1 calls"), "{text}");
    let record = Record::open(record_in(&results)).unwrap();
    assert_eq!(
        record.header.settings.module.as_deref(),
        Some("changed.wat"),
        "no folder"
    );
    let sentinel = text
        .lines()
        .find(|line| line.starts_with("depth/sentinel"))
        .unwrap();
    assert!(!sentinel.contains("error"), "{text}");
}

/// Starts a long run and waits until it has finished a round.
#[cfg(unix)]
fn long_run(results: &Path) -> std::process::Child {
    let child = trapbench(&["measure", FEW, "--backend", any_backend(), "--time", "600"])
        .args(["--results", results.to_str().unwrap()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let has_a_round = || {
        let record = fs::read_dir(results).ok()?.next()?.ok()?;
        let rounds = fs::read_to_string(record.path().join("rounds.csv")).ok()?;
        // Below the heading and the line that opens the chain.
        (rounds.lines().count() > 2).then_some(())
    };
    while has_a_round().is_none() {
        sleep(Duration::from_millis(10));
    }
    child
}

#[cfg(unix)]
fn signal(child: &std::process::Child, signal: nix::sys::signal::Signal) {
    let pid = nix::unistd::Pid::from_raw(child.id().try_into().unwrap());
    nix::sys::signal::kill(pid, signal).unwrap();
}

#[test]
#[cfg(unix)]
fn ctrl_c_keeps_and_shows_what_was_finished() {
    let folder = tempfile::tempdir().unwrap();
    let child = long_run(folder.path());
    signal(&child, nix::sys::signal::Signal::SIGINT);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert!(stdout(&output).contains("depth/raise/exit"));
    let record = Record::open(record_in(folder.path())).unwrap();
    assert!(!record.turns.is_empty());
    assert_eq!(
        record.end.unwrap().ending,
        trapbench::record::RunEnding::Interrupted
    );
}

#[test]
#[cfg(unix)]
fn a_kill_leaves_every_finished_round() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = long_run(folder.path());
    signal(&child, nix::sys::signal::Signal::SIGKILL);
    child.wait().unwrap();
    let record = Record::open(record_in(folder.path())).unwrap();
    assert!(record.end.is_none() && !record.notes.is_empty());
    assert!(!record.rounds.is_empty());
    assert_eq!(record.turns.len(), 8 * record.rounds.len());
}
