use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

#[test]
fn what_was_written_is_read() {
    let results = tempfile::tempdir().unwrap();
    let folder = write(results.path(), 7, 5, Some(RunEnding::Finished));
    let record = Record::open(&folder).unwrap();
    assert_eq!(record.header, header(7));
    assert_eq!(record.end, Some(end(RunEnding::Finished)));
    assert_eq!(record.notes, [""; 0]);
    let all: Vec<_> = (0..5).map(|number| round(7, number)).collect();
    let turns: Vec<Turn> = all.iter().flat_map(|(turns, _)| turns.clone()).collect();
    let failures: Vec<Failure> = all
        .iter()
        .flat_map(|(_, failures)| failures.clone())
        .collect();
    assert_eq!(record.turns, turns);
    assert_eq!(record.failures, failures);
    let numbers: Vec<_> = record
        .rounds
        .iter()
        .map(|one| (one.process, one.round))
        .collect();
    assert_eq!(numbers, [(0, 0), (0, 1), (1, 2), (1, 3), (2, 4)]);
}

#[test]
fn a_packed_record_reads_the_same() {
    let results = tempfile::tempdir().unwrap();
    let folder = write(results.path(), 7, 5, Some(RunEnding::Finished));
    let plain = Record::open(&folder).unwrap();
    pack(&folder);
    assert_eq!(Record::open(&folder).unwrap(), plain);
}

#[test]
fn a_run_that_was_stopped_before_its_first_round_is_a_record() {
    let results = tempfile::tempdir().unwrap();
    let interrupted =
        Record::open(write(results.path(), 1, 0, Some(RunEnding::Interrupted))).unwrap();
    assert_eq!(
        interrupted.notes,
        ["the run was interrupted; rounds read: 0"]
    );
    let killed = Record::open(write(results.path(), 1, 0, None)).unwrap();
    assert_eq!(
        killed.notes,
        ["there is no end.json: the run was killed, or it goes on; rounds read: 0"]
    );
    assert!(killed.turns.is_empty() && interrupted.turns.is_empty());
}

#[test]
fn records_of_one_second_stand_side_by_side_and_nothing_else_is_left() {
    let results = tempfile::tempdir().unwrap();
    let name = header(1).folder_name();
    fs::create_dir(results.path().join(format!("{name}-2"))).unwrap();
    for seed in 1..=3 {
        write(results.path(), seed, 1, Some(RunEnding::Finished));
    }
    let entries = fs::read_dir(results.path()).unwrap();
    let mut names: Vec<_> = entries
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let expected = ["", "-2", "-3", "-4"].map(|suffix| format!("{name}{suffix}"));
    assert_eq!(names, expected);
    for (place, seed) in [("", 1), ("-3", 2), ("-4", 3)] {
        let record = Record::open(results.path().join(format!("{name}{place}"))).unwrap();
        assert_eq!(record.header.settings.seed, seed);
    }
}

#[test]
fn a_record_is_plain_tables_of_known_columns() {
    let results = tempfile::tempdir().unwrap();
    let folder = write(results.path(), 7, 2, Some(RunEnding::Finished));
    let text = |name| fs::read_to_string(folder.join(name)).unwrap();
    let first_two = |name| {
        text(name)
            .lines()
            .take(2)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        first_two(TURNS_FILE),
        [
            "process,round,turn,case,iterations,there_ns,back_ns",
            "0,0,0,depth/raise/exit/wasmer-llvm/0,100,1007000,1007500"
        ]
    );
    assert_eq!(
        text(ERRORS_FILE),
        "process,round,subject,reason\n\
         0,1,wasmer-singlepass,\"died with signal 11\nlast words, \"\"7\"\"\"\n"
    );
    let rounds = text(ROUNDS_FILE);
    let rounds: Vec<&str> = rounds.lines().collect();
    let seed = seal::sha256(&[text(HEADER_FILE).as_bytes()]);
    assert_eq!(
        rounds[..2],
        [
            "process,round,rows,row_bytes,errors,error_bytes,ended_s,line,chain".to_owned(),
            format!(",,0,0,0,0,0.000,,{seed}")
        ]
    );
    let row_bytes: usize = text(TURNS_FILE)
        .lines()
        .skip(1)
        .take(3)
        .map(|row| row.len() + 1)
        .sum();
    assert!(
        rounds[2].starts_with(&format!("0,0,3,{row_bytes},0,0,")),
        "{}",
        rounds[2]
    );
    let json: serde_json::Value = serde_json::from_str(&text(HEADER_FILE)).unwrap();
    assert_eq!(json["schema"], 2);
    assert_eq!(json["started"], "2026-11-22T09:31:05Z");
    let json: serde_json::Value = serde_json::from_str(&text(END_FILE)).unwrap();
    assert_eq!(
        (&json["ending"], &json["rounds"]),
        (&"finished".into(), &2.into())
    );
}

fn any_failure(round: u32) -> impl Strategy<Value = Failure> {
    (any::<String>(), vec(any::<u8>(), 0..60))
        .prop_map(move |(subject, reason)| Failure::new(round / 2, round, subject, reason))
}

/// The cases of a round differ, as they must.
fn any_turns(round: u32) -> impl Strategy<Value = Vec<Turn>> {
    let numbers = (
        any::<u32>(),
        1..=u64::MAX,
        any::<u64>(),
        any::<u64>(),
        "[a-zà\",;]{1,9}",
    );
    let turn = numbers.prop_map(
        move |(value, iterations, there_ns, back_ns, backend)| Turn {
            process: round / 2,
            round,
            turn: value % 3,
            case: format!("host-stack/sentinel/complete/{backend}/{value}")
                .parse()
                .unwrap(),
            iterations,
            there_ns,
            back_ns,
        },
    );
    vec(turn, 0..6).prop_map(|mut turns| {
        // A turn has no case twice; a round may.
        turns.sort_by(|a, b| (a.turn, &a.case).cmp(&(b.turn, &b.case)));
        turns.dedup_by(|a, b| (a.turn, &a.case) == (b.turn, &b.case));
        turns
    })
}

fn any_settings() -> impl Strategy<Value = Settings> {
    let text = || proptest::option::of(any::<String>());
    (
        text(),
        vec(any::<u32>(), 0..5),
        0u32..100_000,
        any::<u64>(),
        text(),
        text(),
    )
        .prop_map(
            |(filter, depths, hundredths, seed, pinning_note, module)| Settings {
                filter,
                depths,
                slice_ms: f64::from(hundredths) / 100.0,
                budget_s: f64::from(hundredths),
                seed,
                pinned_core: None,
                pinning_note,
                keep_environment: seed % 2 == 0,
                relinks: (seed % 3 == 0).then_some(20),
                module,
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn any_run_is_read_as_it_was_written(
        settings in any_settings(),
        command in vec(any::<String>(), 0..4),
        rounds in (0u32..5).prop_flat_map(|count| {
            (0..count).map(|n| (any_turns(n), vec(any_failure(n), 0..3))).collect::<Vec<_>>()
        }),
        packed in any::<bool>(),
    ) {
        let results = tempfile::tempdir().unwrap();
        let header = Header { settings, command, ..header(0) };
        let mut writer = Writer::create(results.path(), &header).unwrap();
        for ((turns, failures), number) in rounds.iter().zip(0..) {
            writer.round(number / 2, number, turns, failures).unwrap();
        }
        let folder = writer.finish(end(RunEnding::Finished)).unwrap();
        if packed {
            pack(&folder);
        }
        let record = Record::open(folder).unwrap();
        prop_assert_eq!(record.header, header);
        prop_assert_eq!(record.rounds.len(), rounds.len());
        let (turns, failures): (Vec<_>, Vec<_>) = rounds.into_iter().unzip();
        prop_assert_eq!(record.turns, turns.concat());
        prop_assert_eq!(record.failures, failures.concat());
        prop_assert_eq!(record.notes, Vec::<String>::new());
    }
}
