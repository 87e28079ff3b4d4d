//! Workers that lie, hang, die or talk nonsense become error rows with their last words, and
//! the rest goes on. The workers here are shell scripts: the protocol is that simple.

#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use trapbench::measure::{Observer, Pace, Plan, Timed, Turns, run};
use trapbench::record::{Failure, RunEnding, Turn};
use trapbench::roster::{Arm, Runs};
use trapbench_worker::case::{BackendId, Case};

use crate::command::shell_worker;

const FIXTURE: &str = "0";

/// A worker that answers `hello` and `prepare` as it should, and `time` with `answer`.
fn script(folder: &Path, backend: &str, answer: &str) -> Arm {
    let hello = format!(
        r#"{{"answer":"hello","protocol":1,"backend":"{backend}","versions":{{}},"fixture":"{FIXTURE}","profile":"release","host_frames":null,"cases":[]}}"#
    );
    let path = shell_worker(folder, backend, &hello, answer);
    Arm {
        name: backend.to_owned(),
        backend: backend.parse().unwrap(),
        served_as: backend.parse().unwrap(),
        runs: Runs::Copies(path),
        arguments: Vec::new(),
        slowdown: None,
        keeps_environment: false,
        unwinder: None,
    }
}

fn case(backend: &BackendId, depth: u32) -> Case {
    format!("depth/raise/exit/{backend}/{depth}")
        .parse()
        .unwrap()
}

/// Runs two cases of each arm for a moment.
fn measure(arms: Vec<Arm>) -> (Vec<Turn>, Vec<Failure>) {
    measure_at(arms, Pace::Sets(3))
}

fn measure_at(arms: Vec<Arm>, pace: Pace) -> (Vec<Turn>, Vec<Failure>) {
    let cases = arms
        .iter()
        .flat_map(|arm| [0, 1].map(|depth| case(&arm.backend, depth)));
    let plan = Plan {
        cases: cases.collect(),
        arms,
        fixture: FIXTURE.to_owned(),
        turns: Turns::OfAPlace,
        pace,
        budget: Duration::from_millis(300),
        slice: Duration::from_micros(1),
        seed: 1,
        // Enough for a shell on a busy machine, and soon over for one that hangs.
        patience: Duration::from_secs(3),
        core: None,
    };
    let mut kept = Kept::default();
    let stopped = run(&plan, &AtomicBool::new(false), &mut kept);
    assert_eq!(stopped.unwrap(), RunEnding::Finished);
    (kept.turns, kept.failures)
}

#[derive(Default)]
struct Kept {
    turns: Vec<Turn>,
    failures: Vec<Failure>,
}

impl Observer for Kept {
    fn progress(&mut self, share: f64) {
        assert!(share >= 0.0);
    }

    fn round(
        &mut self,
        _: u32,
        _: u32,
        turns: &[Timed],
        failures: &[Failure],
    ) -> anyhow::Result<()> {
        self.turns
            .extend(turns.iter().map(|timed| timed.turn.clone()));
        self.failures.extend_from_slice(failures);
        Ok(())
    }
}

const HONEST: &str = r#"echo '{"answer":"time","nanoseconds":1000}'"#;

/// Measures an honest worker beside one in trouble, and returns the trouble.
fn beside_an_honest_one(answer: &str) -> Vec<Failure> {
    let folder = tempfile::tempdir().unwrap();
    let honest = script(folder.path(), "honest", HONEST);
    let troubled = script(folder.path(), "troubled", answer);
    let (turns, failures) = measure(vec![honest, troubled]);
    for depth in [0, 1] {
        let id = format!("depth/raise/exit/honest/{depth}");
        let of_case = turns.iter().filter(|turn| turn.case.to_string() == id);
        assert!(of_case.count() >= 2, "the honest worker goes on");
    }
    assert!(
        turns
            .iter()
            .all(|turn| turn.case.backend.as_str() == "honest")
    );
    assert!(!failures.is_empty());
    assert!(
        failures
            .iter()
            .all(|failure| failure.subject.contains("troubled")),
        "{failures:?}"
    );
    failures
}

#[test]
fn one_that_dies_is_named_with_its_last_words() {
    let failures = beside_an_honest_one("echo 'segment violated, goodbye' >&2; exit 7");
    assert!(
        failures[0].reason.contains("died (exit status: 7)"),
        "{failures:?}"
    );
    assert!(
        failures[0].reason.contains("segment violated, goodbye"),
        "{failures:?}"
    );
    // Each case gets a second chance in the next process, and no third.
    assert!(failures.len() <= 4, "{failures:?}");
}

#[test]
fn one_that_answers_nonsense_is_dropped() {
    let failures = beside_an_honest_one("echo 'I am a teapot'");
    assert!(
        failures[0].reason.contains("nonsense: `I am a teapot`"),
        "{failures:?}"
    );
    let failures = beside_an_honest_one(r#"echo '{"answer":"verified"}'"#);
    assert!(
        failures[0].reason.contains("another question"),
        "{failures:?}"
    );
}

#[test]
fn one_that_claims_more_time_than_passed_is_dropped() {
    let failures = beside_an_honest_one(r#"echo '{"answer":"time","nanoseconds":9000000000000}'"#);
    assert!(
        failures[0]
            .reason
            .contains("passed on the scheduler's clock"),
        "{failures:?}"
    );
    let failures = beside_an_honest_one(r#"echo '{"answer":"time","nanoseconds":0}'"#);
    assert!(failures[0].reason.contains("took no time"), "{failures:?}");
    let failures = beside_an_honest_one(r#"echo '{"answer":"time","nanoseconds":1}'"#);
    assert!(
        failures[0].reason.contains("calls took 1 ns"),
        "{failures:?}"
    );
}

#[test]
fn one_that_hangs_or_is_stopped_is_ended() {
    let failures = beside_an_honest_one("sleep 1000");
    assert!(
        failures[0].reason.contains("did not answer within 3s"),
        "{failures:?}"
    );
    let failures = beside_an_honest_one("kill -STOP $$");
    assert!(
        failures[0].reason.contains("did not answer within 3s"),
        "{failures:?}"
    );
}

#[test]
fn one_whose_slice_is_void_goes_on_without_that_case() {
    let answer = r#"case "$line" in */1\"*) echo '{"answer":"error","reason":"2 of 9 calls were bad"}';; *) echo '{"answer":"time","nanoseconds":1000}';; esac"#;
    let folder = tempfile::tempdir().unwrap();
    let (turns, failures) = measure(vec![script(folder.path(), "partial", answer)]);
    let [failure] = &failures[..] else {
        panic!("once, for good: {failures:?}")
    };
    assert_eq!(failure.subject, "depth/raise/exit/partial/1");
    assert_eq!(failure.reason, "2 of 9 calls were bad");
    assert!(turns.len() >= 2 && turns.iter().all(|turn| turn.case.value == 0));
}

#[test]
fn one_that_cannot_start_or_runs_another_guest_is_named_and_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let honest = script(folder.path(), "honest", HONEST);
    let mut other = script(folder.path(), "other", HONEST);
    let text = fs::read_to_string(other.executable(0)).unwrap();
    fs::write(
        other.executable(0),
        text.replace(r#""fixture":"0""#, r#""fixture":"1""#),
    )
    .unwrap();
    let mut text_file = other.clone();
    text_file.name = "unstartable".to_owned();
    text_file.backend = "unstartable".parse().unwrap();
    text_file.runs = Runs::Copies(folder.path().join("note.txt"));
    fs::write(text_file.executable(0), "not a program").unwrap();
    other.backend = "other".parse().unwrap();
    let (turns, failures) = measure(vec![honest, other, text_file]);
    assert!(
        turns
            .iter()
            .all(|turn| turn.case.backend.as_str() == "honest")
            && !turns.is_empty()
    );
    let reason = |subject: &str| {
        let of_subject: Vec<_> = failures.iter().filter(|f| f.subject == subject).collect();
        assert_eq!(of_subject.len(), 2, "tried twice: {failures:?}");
        of_subject[0].reason.clone()
    };
    assert!(reason("other").contains("runs the fixture 1, not 0"));
    assert!(reason("unstartable").contains("cannot start the worker"));
}

/// A run whose cases are all left out ends long before the sets that it was to have.
#[test]
fn where_everything_is_left_out_the_run_ends() {
    let folder = tempfile::tempdir().unwrap();
    let starts = folder.path().join("starts");
    let arm = script(folder.path(), "dying", "exit 1");
    let text = fs::read_to_string(arm.executable(0)).unwrap();
    let count = format!("#!/bin/sh\necho x >> {}", starts.display());
    fs::write(arm.executable(0), text.replace("#!/bin/sh", &count)).unwrap();
    let (turns, failures) = measure_at(vec![arm], Pace::Brisk { least: 1000 });
    assert_eq!(turns, []);
    assert!(!failures.is_empty());
    let starts = fs::read_to_string(starts).unwrap().lines().count();
    assert!(starts < 20, "{starts} workers");
}
