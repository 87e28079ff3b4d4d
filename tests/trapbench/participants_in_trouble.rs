//! Programs that take part and are in trouble: each is named, what it has started is ended, and the
//! others go on.

#![cfg(unix)]

use std::fs;

use trapbench_worker::fixture::Fixture;

use crate::command::{any_backend, stderr};
use crate::scripted::{OFFER, honest, measure, same, script};

/// Measures a worker in trouble beside an honest one, and returns why it was not measured.
fn trouble(change: impl Fn(String) -> String, time: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let honest = script(folder.path(), "honest-sh", same, &honest());
    let troubled = script(folder.path(), "troubled-sh", change, time);
    let (output, record) = measure(&[honest, troubled], &[]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let record = record.unwrap();
    for backend in ["honest-sh", any_backend()] {
        let mut turns = record.turns.iter();
        assert!(
            turns.any(|turn| turn.case.backend.as_str() == backend),
            "{backend}"
        );
    }
    assert!(!record.failures.is_empty());
    let subject = |failure: &trapbench::record::Failure| failure.subject.contains("troubled-sh");
    assert!(record.failures.iter().all(subject), "{:?}", record.failures);
    let reasons = record.failures.into_iter().map(|failure| failure.reason);
    let reasons = Vec::from_iter(reasons);
    assert!(
        stderr(&output).contains("troubled-sh"),
        "{}",
        stderr(&output)
    );
    reasons
}

#[test]
fn one_that_speaks_another_protocol_is_named_and_the_others_finish() {
    let reasons = trouble(
        |hello| hello.replace("\"protocol\":2", "\"protocol\":9"),
        &honest(),
    );
    assert!(reasons[0].contains("speaks protocol 9"), "{reasons:?}");
}

#[test]
fn one_that_has_another_guest_or_does_not_say_which_is_named() {
    let hash = Fixture::shared().hash().to_owned();
    let reasons = trouble(|hello| hello.replace(&hash, "0"), &honest());
    assert!(
        reasons[0].contains("runs the fixture 0, not"),
        "{reasons:?}"
    );
    let none = format!("\"early_exit\":\"{hash}\"");
    let reasons = trouble(|hello| hello.replace(&none, ""), &honest());
    assert!(
        reasons[0].contains("does not say which guest"),
        "{reasons:?}"
    );
}

#[test]
fn one_that_offers_what_nobody_knows_is_named_and_what_is_known_is_measured() {
    let folder = tempfile::tempdir().unwrap();
    let more = |hello: String| hello.replace("\"raise/exit\"", "\"raise/exit\",\"throw/exit\"");
    let (output, record) = measure(&[script(folder.path(), "more-sh", more, &honest())], &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("the series `throw/exit`"),
        "{}",
        stderr(&output)
    );
    let mut turns = record.as_ref().unwrap().turns.iter();
    assert!(turns.any(|turn| turn.case.backend.as_str() == "more-sh"));
    // An old record is read by its own vocabulary: the name that nobody knows is still in it.
    let backends = record.unwrap().header.backends;
    let facts = backends.iter().find(|one| one.id == "more-sh").unwrap();
    assert!(facts.offer[0].series.contains(&"throw/exit".to_owned()));
    assert_eq!(facts.offer().series().len(), 4);
}

#[test]
fn one_that_offers_nothing_dies_or_has_no_runtime_is_named() {
    let reasons = trouble(|hello| hello.replace(OFFER, "[]"), &honest());
    assert!(reasons[0].contains("offers nothing"), "{reasons:?}");
    let reasons = trouble(same, "echo 'no more memory' >&2; exit 3");
    assert!(reasons[0].contains("no more memory"), "{reasons:?}");
    let reasons = trouble(|_| "$(exec no-such-runtime)".to_owned(), &honest());
    assert!(reasons[0].contains("nonsense"), "{reasons:?}");
}

#[test]
fn one_that_cannot_be_started_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (output, record) = measure(&[folder.path().join("absent-sh")], &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("cannot start the worker"),
        "{}",
        stderr(&output)
    );
    let mut turns = record.as_ref().unwrap().turns.iter();
    assert!(turns.any(|turn| turn.case.backend.as_str() == any_backend()));
}

#[test]
fn one_that_hangs_is_ended_with_all_that_it_has_started() {
    let folder = tempfile::tempdir().unwrap();
    let started = folder.path().join("started");
    let hang = format!("sleep 1000 & echo $! >> {}; wait", started.display());
    let hanging = script(folder.path(), "hanging-sh", same, &hang);
    let (output, record) = measure(&[hanging], &[]);
    for number in fs::read_to_string(&started).unwrap().lines() {
        let line = fs::read_to_string(format!("/proc/{number}/cmdline")).unwrap_or_default();
        assert!(!line.contains("sleep"), "process {number} is still there");
    }
    assert_eq!(output.status.code(), Some(1));
    let failures = record.unwrap().failures;
    assert!(
        failures[0].reason.contains("did not answer within 10s"),
        "{failures:?}"
    );
}

#[test]
fn what_a_worker_leaves_behind_is_ended_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let started = folder.path().join("started");
    let leave = format!(
        "sleep 1000 & echo $! >> {}; {}",
        started.display(),
        honest()
    );
    let leaving = script(folder.path(), "leaving-sh", same, &leave);
    let (output, _) = measure(&[leaving], &[]);
    assert!(output.status.success(), "{}", stderr(&output));
    for number in fs::read_to_string(&started).unwrap().lines() {
        let line = fs::read_to_string(format!("/proc/{number}/cmdline")).unwrap_or_default();
        assert!(!line.contains("sleep"), "process {number} is still there");
    }
}
