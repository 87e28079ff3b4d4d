use std::fs;
use std::path::{Path, PathBuf};

use trapbench::record::{Header, Record, Turn, Writer};

use crate::command::{any_backend, backends, run, stderr, stdout};

/// Measures a moment and returns the record's folder.
fn measured(results: &Path) -> PathBuf {
    let filter = "depth/(raise|sentinel)/.*/[01]$";
    let folder = results.to_str().unwrap();
    let output = run(&[
        "measure",
        filter,
        "--backend",
        any_backend(),
        "--time",
        "1",
        "--results",
        folder,
    ]);
    assert!(output.status.success(), "{}", stderr(&output));
    let entry = fs::read_dir(results).unwrap().next().unwrap().unwrap();
    entry.path()
}

/// A record of the same kind, with its header and turns changed.
fn changed(
    record: &Path,
    results: &Path,
    header: impl FnOnce(&mut Header),
    turn: impl Fn(&mut Turn),
) -> PathBuf {
    let record = Record::open(record).unwrap();
    let mut head = record.header;
    header(&mut head);
    let mut writer = Writer::create(results, &head).unwrap();
    for round in &record.rounds {
        let of_round = record.turns.iter().filter(|turn| turn.round == round.round);
        let mut turns: Vec<Turn> = of_round.cloned().collect();
        turns.iter_mut().for_each(&turn);
        writer
            .round(round.process, round.round, &turns, &[])
            .unwrap();
    }
    let end = writer.end(trapbench::record::RunEnding::Finished);
    writer.finish(end).unwrap()
}

fn double(turn: &mut Turn) {
    if turn.case.series.strategy() == trapbench_worker::case::Strategy::Sentinel {
        turn.there_ns *= 2;
        turn.back_ns *= 2;
    }
}

/// The ratio on each line, by id.
fn ratios(text: &str) -> Vec<(String, f64)> {
    let line = |line: &str| {
        let fields: Vec<&str> = line.split('\t').collect();
        (fields[0].to_owned(), fields[1].parse().unwrap())
    };
    text.lines().map(line).collect()
}

#[test]
fn a_record_against_itself_slowed_down_shows_the_slowdown_and_its_mirror() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (folder.path().join("one"), folder.path().join("other"));
    let first = measured(&one);
    let second = changed(&first, &other, |_| (), double);
    let (first, second) = (first.to_str().unwrap(), second.to_str().unwrap());
    for ratios_option in [&[][..], &["--ratios"][..]] {
        let there = run(&[&["compare", first, second][..], ratios_option].concat());
        let back = run(&[&["compare", second, first][..], ratios_option].concat());
        assert!(there.status.success(), "{}", stderr(&there));
        let (there, back) = (ratios(&stdout(&there)), ratios(&stdout(&back)));
        assert_eq!(there.len(), if ratios_option.is_empty() { 8 } else { 6 });
        for ((id, ratio), (same_id, reverse)) in there.iter().zip(&back) {
            assert_eq!(id, same_id);
            let truth = if id.contains("sentinel") { 2.0 } else { 1.0 };
            assert!((ratio - truth).abs() < 1e-3, "{id}: {ratio}");
            assert!(
                (ratio * reverse - 1.0).abs() < 1e-3,
                "{id}: {ratio} and {reverse}"
            );
        }
    }
}

#[test]
fn records_that_cannot_be_compared_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let first = measured(&folder.path().join("one"));
    let refused = |name: &str, change: fn(&mut Header), words: &str| {
        let second = changed(&first, &folder.path().join(name), change, |_| ());
        let output = run(&["compare", first.to_str().unwrap(), second.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains(words), "{}", stderr(&output));
        second
    };
    refused(
        "guest",
        |header| header.fixture = "0".to_owned(),
        "different guests",
    );
    refused(
        "height",
        |header| header.backends[0].host_frames = Some(100),
        "host frames under each call",
    );
    let rebuilt = changed(
        &first,
        &folder.path().join("build"),
        |header| header.environment.build.git_commit = Some("another".to_owned()),
        |_| (),
    );
    for (second, warned) in [(&rebuilt, true), (&first, false)] {
        let output = run(&["compare", first.to_str().unwrap(), second.to_str().unwrap()]);
        assert_eq!(
            stderr(&output).contains("different builds"),
            warned,
            "{}",
            stderr(&output)
        );
    }
    refused(
        "profile",
        |header| header.environment.build.profile = Some("other".to_owned()),
        "different profiles",
    );
    let elsewhere = refused(
        "machine",
        |header| header.environment.cpu_model = Some("Another CPU".to_owned()),
        "--ratios compares what can be",
    );
    let (first, elsewhere) = (first.to_str().unwrap(), elsewhere.to_str().unwrap());
    assert!(
        run(&["compare", first, elsewhere, "--ratios"])
            .status
            .success()
    );
    let output = run(&["compare", first, elsewhere, "--ratios", "sentinel/exit"]);
    assert!(
        stderr(&output).contains("over 2 cases"),
        "{}",
        stderr(&output)
    );
    let output = run(&["compare", first, elsewhere, "--ratios", "no-such-case"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("no case in common"));
    let output = run(&["compare", first, "no-such-record"]);
    assert!(stderr(&output).contains("give two backends, or the folders of two records"));
}

#[test]
fn two_backends_are_measured_in_turn() {
    let folder = tempfile::tempdir().unwrap();
    let results = folder.path().to_str().unwrap();
    let &[first, second, ..] = &backends()[..] else {
        return;
    };
    let filter = "depth/(raise|sentinel)/exit/.*/1$";
    let output = run(&[
        "compare",
        first,
        second,
        filter,
        "--time",
        "1",
        "--results",
        results,
    ]);
    let text = stdout(&output);
    assert!(output.status.success(), "{}", stderr(&output));
    let ids: Vec<String> = ratios(&text).into_iter().map(|(id, _)| id).collect();
    let expected = ["raise", "sentinel"].map(|s| format!("depth/{s}/exit/{second}/1"));
    assert_eq!(ids, expected);
    for line in text.lines() {
        let verdict = line.split('\t').nth(4).unwrap();
        assert!(
            ["slower", "faster", "same", "unsure"].contains(&verdict),
            "{line}"
        );
    }
    for (a, b, words) in [
        (first, first, "compared with itself"),
        (first, "wasmtime", "neither a backend nor a record's folder"),
    ] {
        let output = run(&["compare", a, b, "--results", results]);
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains(words), "{}", stderr(&output));
    }
}
