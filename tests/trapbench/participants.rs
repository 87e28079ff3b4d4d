//! Programs of other people's take part by the protocol alone: what they say of themselves is what
//! is planned, recorded and shown.

#![cfg(unix)]

use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use trapbench::record::{Launched, Record};
use trapbench_worker::fixture::Fixture;

use crate::command::{any_backend, run, stderr, stdout};
use crate::scripted::{OFFER, claims, honest, measure, same, script};

#[test]
fn a_program_takes_part_by_what_it_says_of_itself() {
    let folder = tempfile::tempdir().unwrap();
    let (output, record) = measure(&[script(folder.path(), "mine-sh", same, &honest())], &[]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(
        stderr(&output).contains("mine-sh: unverified"),
        "{}",
        stderr(&output)
    );
    let record = record.unwrap();
    let backends = &record.header.backends;
    let mine = backends.iter().find(|one| one.id == "mine-sh").unwrap();
    assert_eq!((&mine.language[..], &mine.clock[..]), ("Shell", "sleep"));
    assert_eq!(mine.versions["engine"], "1.2.3");
    assert_eq!(mine.unverified, ["frames"]);
    assert!(mine.own_threads);
    assert_eq!(mine.launched, Launched::OneFile);
    let own = backends.iter().find(|one| one.id == any_backend()).unwrap();
    assert_eq!(
        (&own.worker[..], own.launched),
        ("trapbench", Launched::FreshCopies)
    );
    assert!(own.host_frames.unwrap() > 0);
    let turns = record.turns.iter();
    let of_mine = turns.filter(|turn| turn.case.backend.as_str() == "mine-sh");
    assert!(of_mine.count() >= 4);
    // What the scheduler was started with, whatever its workers get.
    let variables = &record.header.environment.variables;
    assert_eq!(
        (
            &variables["RUST_BACKTRACE"][..],
            &variables["MALLOC_ARENA_MAX"][..]
        ),
        ("1", "2")
    );
    assert!(!record.header.settings.keep_environment);
}

#[test]
fn workers_are_started_without_backtraces_unless_they_are_to_keep_them() {
    let folder = tempfile::tempdir().unwrap();
    let told = folder.path().join("told");
    let time = format!(
        "echo \"${{RUST_BACKTRACE:-none}}\" > {}; {}",
        told.display(),
        honest()
    );
    let worker = [script(folder.path(), "mine-sh", same, &time)];
    for (more, expected) in [(&[][..], "none"), (&["--keep-environment"], "1")] {
        let (output, record) = measure(&worker, more);
        assert!(output.status.success(), "{}", stderr(&output));
        assert_eq!(fs::read_to_string(&told).unwrap().trim(), expected);
        assert_eq!(
            record.unwrap().header.settings.keep_environment,
            expected == "1"
        );
    }
}

/// What `compare` says of two programs, each as the backend that its file is called after.
fn compare(backends: [&str; 2], filter: &str, programs: [&PathBuf; 2]) -> String {
    let results = tempfile::tempdir().unwrap();
    let named = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        format!("--worker={name}={}", path.display())
    };
    let [one, two] = programs.map(named);
    let results = results.path().to_str().unwrap();
    let [a, b] = backends;
    let output = run(&[
        "compare",
        a,
        b,
        filter,
        "--time",
        "1",
        "--results",
        results,
        &one,
        &two,
    ]);
    assert!(output.status.success(), "{}", stderr(&output));
    stdout(&output)
}

#[test]
fn a_comparison_and_its_mirror_hold_two_participants_against_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let slow = claims(200);
    let one = script(folder.path(), "one-sh", same, &honest());
    let two = script(folder.path(), "two-sh", same, &slow);
    let ratio = |first: &str, second: &str| -> f64 {
        let text = compare([first, second], "depth/raise/exit/.*/0", [&one, &two]);
        let line = text.lines().next().unwrap();
        let cells: Vec<&str> = line.split('\t').collect();
        assert!(cells[0].contains(second), "{line}");
        let ratio = cells
            .iter()
            .find_map(|cell| cell.trim_end_matches('×').parse().ok());
        ratio.unwrap_or_else(|| panic!("no ratio in {line}"))
    };
    let (there, back) = (ratio("one-sh", "two-sh"), ratio("two-sh", "one-sh"));
    assert!((there - 2.0).abs() < 0.01, "{there}");
    assert!((back - 0.5).abs() < 0.01, "{back}");
}

#[test]
fn a_comparison_takes_every_usual_case_of_either_that_both_can_do() {
    let folder = tempfile::tempdir().unwrap();
    let offers = |values: &'static str| {
        move |hello: String| {
            let hello = hello.replace("[0,16]", values);
            hello.replace("\"others\":false", "\"others\":true")
        }
    };
    let one = script(folder.path(), "one-sh", offers("[8]"), &honest());
    let two = script(folder.path(), "two-sh", offers("[0]"), &honest());
    let text = compare(["one-sh", "two-sh"], "raise/exit", [&one, &two]);
    let ids = Vec::from_iter(text.lines().map(|line| line.split('\t').next().unwrap()));
    assert_eq!(
        ids,
        ["depth/raise/exit/two-sh/0", "depth/raise/exit/two-sh/8"]
    );
}

/// The states of a worker's process, as another worker of its set sees them when it is asked.
fn states_of_the_other(own_threads: bool) -> String {
    let folder = tempfile::tempdir().unwrap();
    let [number, states] = ["number", "states"].map(|name| folder.path().join(name));
    let change = |hello: String| {
        let threads = |is: bool| format!("\"own_threads\":{is}");
        hello.replace(&threads(true), &threads(own_threads))
    };
    let watched = script(folder.path(), "watched-sh", change, &honest());
    let text = fs::read_to_string(&watched).unwrap();
    let note = format!("#!/bin/sh\necho $$ > {}", number.display());
    fs::write(&watched, text.replace("#!/bin/sh", &note)).unwrap();
    let watch = format!(
        "sleep 0.02; cut -d ' ' -f 3 /proc/$(cat {})/stat >> {}; {}",
        number.display(),
        states.display(),
        honest()
    );
    let watching = script(folder.path(), "watching-sh", same, &watch);
    let (output, _) = measure(&[watched, watching], &[]);
    assert!(output.status.success(), "{}", stderr(&output));
    fs::read_to_string(&states)
        .unwrap()
        .split_whitespace()
        .collect()
}

#[test]
#[cfg(target_os = "linux")]
fn a_worker_with_threads_of_its_own_is_stopped_while_others_are_asked() {
    let stopped = states_of_the_other(true);
    assert!(
        stopped.len() > 3 && stopped.chars().all(|state| state == 'T'),
        "{stopped}"
    );
    let running = states_of_the_other(false);
    assert!(running.len() > 3 && !running.contains('T'), "{running}");
}

#[test]
fn the_guest_is_printed_as_the_workers_have_it() {
    let text = run(&["fixture"]);
    assert_eq!(stdout(&text), trapbench_worker::fixture::WAT);
    let binary = run(&["fixture", "--wasm"]);
    assert_eq!(binary.stdout, Fixture::shared().wasm());
}

/// A record names what each backend said, so that it can be judged without this executable.
#[test]
fn a_report_shows_every_participant() {
    let folder = tempfile::tempdir().unwrap();
    let results = folder.path().join("results");
    let worker = script(folder.path(), "mine-sh", same, &honest());
    let output = run(&[
        "measure",
        "depth/.*/0",
        "--time",
        "1",
        "--results",
        results.to_str().unwrap(),
        &format!("--worker=mine-sh={}", worker.display()),
    ]);
    assert!(output.status.success(), "{}", stderr(&output));
    let record = fs::read_dir(&results)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let report = run(&["report", record.to_str().unwrap(), "--json"]);
    assert!(
        stdout(&report).contains("\"mine-sh\""),
        "{}",
        stderr(&report)
    );
    let show = run(&["show", record.to_str().unwrap()]);
    assert!(stdout(&show).contains("mine-sh"), "{}", stdout(&show));
    let header = fs::read_to_string(record.join("record.json")).unwrap();
    let header: Value = serde_json::from_str(&header).unwrap();
    assert_eq!(header["schema"], 2);
}

/// A slice is as many calls beside any number of threads, whatever a filter leaves of them.
#[test]
fn beside_threads_a_case_is_called_as_often_as_alone() {
    let folder = tempfile::tempdir().unwrap();
    let asks = folder.path().join("asks");
    let threads = |hello: String| {
        hello.replace(
            OFFER,
            r#"[{"axis":"threads","series":["raise/exit"],"values":[0,16],"others":false}]"#,
        )
    };
    // Sixteen others make a call a hundred times as long.
    let number = r#"n=${line##*iterations\":}; n=${n%%[!0-9]*}"#;
    let time = format!(
        r#"echo "$line" >> {}; {number}; case "$line" in */16\"*) ns=100000;; *) ns=1000;; esac; while [ $((n * ns)) -gt 60000000 ]; do n=$((n / 2)); done; sleep 0.06; echo "{{\"answer\":\"time\",\"nanoseconds\":$((n * ns))}}""#,
        asks.display()
    );
    let worker = script(folder.path(), "mine", threads, &time);
    let worker = format!("--worker=mine={} {{guest}}", worker.display());
    let results = tempfile::tempdir().unwrap();
    let results = results.path().to_str().unwrap();
    let filter = "^threads/raise/exit/mine/16$";
    let output = run(&[
        "measure",
        filter,
        "--backend=mine",
        &worker,
        "--time=2",
        "--results",
        results,
    ]);
    assert!(output.status.success(), "{}", stderr(&output));
    let record = fs::read_dir(results).unwrap().next().unwrap().unwrap();
    let record = Record::open(record.path()).unwrap();
    let iterations = |turn: &trapbench::record::Turn| turn.iterations;
    let iterations: Vec<u64> = record.turns.iter().map(iterations).collect();
    // Of 6 ms at 1 µs a call; at 100 µs it would be 60.
    assert!(
        !iterations.is_empty() && iterations.iter().all(|&n| n == 6000),
        "{iterations:?}"
    );
    let asks = fs::read_to_string(asks).unwrap();
    assert!(asks.contains("threads/raise/exit/mine/0"), "{asks}");
}
