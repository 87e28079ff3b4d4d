use super::*;

const FILES: [&str; 5] = [HEADER_FILE, TURNS_FILE, ERRORS_FILE, ROUNDS_FILE, END_FILE];

/// The refusal of a record of five rounds that was damaged so, with and without an end.
fn refused(ending: Option<RunEnding>, damage: impl FnOnce(&Path)) -> String {
    let results = tempfile::tempdir().unwrap();
    let folder = write(results.path(), 5, 5, ending);
    damage(&folder);
    let error = Record::open(&folder).unwrap_err().to_string();
    error.replace(results.path().to_str().unwrap(), "results")
}

fn replace(file: &Path, from: &str, to: &str) {
    change(file, |bytes| {
        let text = String::from_utf8(bytes.clone()).unwrap();
        assert!(text.contains(from), "{from} is not in {text}");
        *bytes = text.replacen(from, to, 1).into_bytes();
    });
}

#[test]
fn a_changed_figure_is_refused_by_file_and_round() {
    for ending in [
        None,
        Some(RunEnding::Finished),
        Some(RunEnding::Interrupted),
    ] {
        let error = refused(ending, |folder| {
            replace(
                &folder.join(TURNS_FILE),
                "/1,101,1005021,",
                "/1,101,1005031,",
            );
        });
        assert!(
            error.contains("turns.csv, round 2: its rows are not the ones written; restore"),
            "{error}"
        );
    }
}

#[test]
fn a_changed_reason_is_refused() {
    let error = refused(None, |folder| {
        replace(&folder.join(ERRORS_FILE), "signal 11", "signal 12");
    });
    assert!(
        error.contains("turns.csv or errors.csv, round 1: its rows"),
        "{error}"
    );
}

#[test]
fn a_row_that_is_repeated_removed_or_moved_is_refused() {
    let damages: [fn(&mut Vec<Vec<u8>>); 3] = [
        |rows| rows.insert(3, rows[2].clone()),
        |rows| drop(rows.remove(5)),
        |rows| rows.swap(2, 8),
    ];
    for damage in damages {
        let error = refused(None, |folder| lines(&folder.join(TURNS_FILE), damage));
        assert!(error.contains("turns.csv"), "{error}");
        assert!(
            error.contains(": its rows are not the ones written"),
            "{error}"
        );
    }
}

#[test]
fn rounds_that_are_repeated_removed_or_moved_are_refused() {
    let damages: [fn(&mut Vec<Vec<u8>>); 4] = [
        |lines| lines.insert(4, lines[3].clone()),
        |lines| lines.push(lines[6].clone()),
        |lines| drop(lines.remove(3)),
        |lines| lines.swap(3, 4),
    ];
    for damage in damages {
        let error = refused(None, |folder| lines(&folder.join(ROUNDS_FILE), damage));
        assert!(
            error.contains("rounds.csv: the line of its round "),
            "{error}"
        );
    }
}

#[test]
fn a_size_that_was_changed_does_not_pass_for_a_file_that_ends_short() {
    let error = refused(None, |folder| {
        lines(&folder.join(ROUNDS_FILE), |lines| {
            let line = String::from_utf8(lines[6].clone()).unwrap();
            lines[6] = line.replacen("2,4,3,1", "2,4,3,9", 1).into_bytes();
        });
    });
    assert!(
        error.contains("rounds.csv: the line of its round 5 is not"),
        "{error}"
    );
}

#[test]
fn a_finished_run_that_lacks_rounds_is_refused() {
    let short = |name| {
        move |folder: &Path| {
            change(&folder.join(name), |bytes| bytes.truncate(bytes.len() - 1));
        }
    };
    for (name, found) in [(TURNS_FILE, 4), (ROUNDS_FILE, 4), (ERRORS_FILE, 4)] {
        for ending in [RunEnding::Finished, RunEnding::Interrupted] {
            let error = refused(Some(ending), short(name));
            let stated = format!("states 5 rounds, and {found} are whole; restore");
            assert!(error.contains(&stated), "{error}");
        }
    }
}

#[test]
fn a_table_that_goes_on_behind_its_end_is_refused() {
    for (name, more) in [(TURNS_FILE, "1"), (ERRORS_FILE, "\n"), (ROUNDS_FILE, "9,9")] {
        let error = refused(Some(RunEnding::Finished), |folder| {
            change(&folder.join(name), |bytes| bytes.extend(more.bytes()));
        });
        assert!(
            error.contains(&format!("{name}: it goes on behind the last round")),
            "{error}"
        );
    }
}

#[test]
fn a_missing_table_is_refused_by_name() {
    for name in [TURNS_FILE, ERRORS_FILE, ROUNDS_FILE] {
        let error = refused(None, |folder| fs::remove_file(folder.join(name)).unwrap());
        assert!(
            error.contains(&format!("{name} is missing; restore")),
            "{error}"
        );
    }
    let error = refused(None, |folder| {
        fs::remove_file(folder.join(HEADER_FILE)).unwrap()
    });
    assert!(
        error.contains("is not a record: it has no record.json; name the folder"),
        "{error}"
    );
}

#[test]
fn a_changed_header_or_end_is_refused() {
    let error = refused(None, |folder| {
        replace(
            &folder.join(HEADER_FILE),
            "\"slice_ms\": 1.5",
            "\"slice_ms\": 2.5",
        );
    });
    assert!(
        error.contains("record.json: it was changed after it was written"),
        "{error}"
    );
    let error = refused(Some(RunEnding::Interrupted), |folder| {
        replace(&folder.join(END_FILE), "interrupted", "finished");
    });
    assert!(
        error.contains("end.json: it was changed after it was written"),
        "{error}"
    );
}

#[test]
fn a_newer_schema_is_told_apart_from_damage() {
    let error = refused(Some(RunEnding::Finished), |folder| {
        replace(&folder.join(HEADER_FILE), "\"schema\": 2", "\"schema\": 3");
    });
    assert!(
        error.contains("has schema 3, and this trapbench knows 2 and older; read"),
        "{error}"
    );
}

#[test]
fn line_ends_that_were_changed_are_named() {
    let error = refused(None, |folder| {
        change(&folder.join(TURNS_FILE), |bytes| {
            *bytes = String::from_utf8_lossy(bytes)
                .replace('\n', "\r\n")
                .into_bytes();
        });
    });
    assert!(
        error.contains("turns.csv: its line ends were changed"),
        "{error}"
    );
}

#[test]
fn a_file_of_another_record_is_refused() {
    // Of another run, and of one that has the same header even.
    let (ours, theirs) = (header(5), header(6));
    for (header, rounds) in [(&theirs, 5), (&theirs, 4), (&ours, 5), (&ours, 4)] {
        for ending in [None, Some(RunEnding::Finished)] {
            let results = tempfile::tempdir().unwrap();
            let theirs = write_under(header, results.path(), 6, rounds, ending);
            let template = write_under(&ours, results.path(), 5, 5, ending);
            for name in FILES {
                let ours = results.path().join(format!("with {name}"));
                copy(&template, &ours);
                if fs::read(ours.join(name)).ok() != fs::read(theirs.join(name)).ok() {
                    fs::copy(theirs.join(name), ours.join(name)).unwrap();
                    let outcome = Record::open(&ours);
                    assert!(outcome.is_err(), "{name} of {rounds} rounds: {outcome:?}");
                }
            }
        }
    }
}

#[test]
fn without_a_finished_round_a_header_is_still_held_to_its_tables() {
    let results = tempfile::tempdir().unwrap();
    let [ours, theirs] = [5, 6].map(|seed| write(results.path(), seed, 0, None));
    fs::copy(theirs.join(HEADER_FILE), ours.join(HEADER_FILE)).unwrap();
    let error = Record::open(&ours).unwrap_err().to_string();
    assert!(
        error.contains("rounds.csv: its head is not the one written"),
        "{error}"
    );
}

#[test]
fn a_packed_table_that_is_damaged_is_refused() {
    let error = refused(None, |folder| {
        pack(folder);
        change(&folder.join(PACKED_TURNS_FILE), |bytes| {
            bytes.truncate(bytes.len() - 9)
        });
    });
    assert!(
        error.contains("turns.csv.gz: it does not unpack"),
        "{error}"
    );
}

#[test]
fn checked_bytes_that_say_something_unknown_name_the_version_that_knows() {
    for (rows, row, what) in [
        (
            1,
            "0,0,0,breadth/raise/exit/b/1,1,1,1\n",
            "unknown axis `breadth`",
        ),
        (
            1,
            "0,0,0,depth/raise/exit/b/1,1,1,1,1\n",
            "found record with 8 fields",
        ),
        (1, "0,0,0,depth/raise/exit/b/1,0,1,1\n", "has no iterations"),
        (
            2,
            "0,0,0,depth/raise/exit/b/1,1,1,1\n",
            "the number of its rows is not the one stated",
        ),
    ] {
        let results = tempfile::tempdir().unwrap();
        let folder = write(results.path(), 5, 0, None);
        let seed = chain::Chain::of_header(&fs::read(folder.join(HEADER_FILE)).unwrap());
        let line = chain::RoundLine {
            process: 0,
            round: 0,
            rows,
            row_bytes: row.len(),
            errors: 0,
            error_bytes: 0,
            ended_s: 1.0,
        };
        let (text, _) = line.written(&seed, row.as_bytes(), b"");
        change(&folder.join(TURNS_FILE), |bytes| bytes.extend(row.bytes()));
        change(&folder.join(ROUNDS_FILE), |bytes| {
            bytes.extend(text.bytes())
        });
        let error = Record::open(&folder).unwrap_err().to_string();
        assert!(error.contains(what), "{error}");
        let version = format!("read it with trapbench {}", env!("CARGO_PKG_VERSION"));
        assert!(error.contains(&version), "{error}");
    }
}
