use super::*;

const ROUNDS: u32 = 3;
const TABLES: [&str; 3] = [TURNS_FILE, ERRORS_FILE, ROUNDS_FILE];

/// How long each table was after each round, from none to all.
fn lengths(results: &Path) -> (PathBuf, Vec<[usize; 3]>) {
    let mut writer = Writer::create(results, &header(3)).unwrap();
    let folder = writer.folder().to_owned();
    let measured = || TABLES.map(|name| fs::metadata(folder.join(name)).unwrap().len() as usize);
    let mut lengths = vec![measured()];
    for number in 0..ROUNDS {
        let (turns, failures) = round(3, number);
        writer.round(number / 2, number, &turns, &failures).unwrap();
        lengths.push(measured());
    }
    (folder, lengths)
}

fn cut(folder: &Path, whole: &[Vec<u8>; 3], to: [usize; 3]) {
    for ((name, bytes), length) in TABLES.iter().zip(whole).zip(to) {
        fs::write(folder.join(name), &bytes[..length]).unwrap();
    }
}

#[test]
fn a_kill_at_any_byte_leaves_every_finished_round() {
    let results = tempfile::tempdir().unwrap();
    let (folder, lengths) = lengths(results.path());
    let original = Record::open(&folder).unwrap();
    let whole = TABLES.map(|name| fs::read(folder.join(name)).unwrap());
    for (finished, step) in lengths.windows(2).enumerate() {
        let (from, to) = (step[0], step[1]);
        // The order of writing: the rows, the errors, the line.
        for table in 0..3 {
            for length in from[table]..to[table] {
                let mut cut_to = from;
                cut_to[..table].copy_from_slice(&to[..table]);
                cut_to[table] = length;
                cut(&folder, &whole, cut_to);
                let record = Record::open(&folder).unwrap();
                assert_eq!(assert_honest(&record, &original), finished, "{cut_to:?}");
                assert_eq!(record.notes.len() > 1, cut_to != from, "{:?}", record.notes);
            }
        }
    }
}

#[test]
fn after_a_power_cut_the_rounds_that_are_whole_in_every_table_are_read() {
    let results = tempfile::tempdir().unwrap();
    let (folder, lengths) = lengths(results.path());
    let original = Record::open(&folder).unwrap();
    let whole = TABLES.map(|name| fs::read(folder.join(name)).unwrap());
    let whole_rounds =
        |table: usize, length| lengths.iter().filter(|at| at[table] <= length).count() - 1;
    // Every table at each round's end, and a byte to either side.
    let ends = |table: usize| {
        let near = lengths
            .iter()
            .flat_map(move |at| [at[table].saturating_sub(1), at[table], at[table] + 1]);
        let (least, most) = (lengths[0][table], lengths[ROUNDS as usize][table]);
        near.filter(move |length| (least..=most).contains(length))
    };
    for turns in ends(0) {
        for errors in ends(1) {
            for lines in ends(2) {
                cut(&folder, &whole, [turns, errors, lines]);
                let record = Record::open(&folder).unwrap();
                let expected = whole_rounds(0, turns)
                    .min(whole_rounds(1, errors))
                    .min(whole_rounds(2, lines));
                assert_eq!(assert_honest(&record, &original), expected);
            }
        }
    }
}

#[test]
fn a_tail_that_was_dropped_is_named() {
    let results = tempfile::tempdir().unwrap();
    let folder = write(results.path(), 3, 4, None);
    change(&folder.join(ROUNDS_FILE), |bytes| {
        bytes.truncate(bytes.len() - 1)
    });
    let notes = Record::open(&folder).unwrap().notes;
    assert_eq!(
        notes[0],
        "there is no end.json: the run was killed, or it goes on; rounds read: 3"
    );
    assert!(notes[1].starts_with("turns.csv: 1"), "{notes:?}");
    assert!(
        notes.last().unwrap().starts_with("rounds.csv: "),
        "{notes:?}"
    );

    let folder = write(results.path(), 3, 4, None);
    change(&folder.join(TURNS_FILE), |bytes| {
        bytes.truncate(TURNS_HEAD_LEN + 10)
    });
    assert_eq!(
        Record::open(&folder).unwrap().notes,
        [
            "there is no end.json: the run was killed, or it goes on; rounds read: 0",
            "turns.csv ends short in round 0: rounds dropped from there on: 4"
        ]
    );
}

const TURNS_HEAD_LEN: usize = rows::TURNS_HEAD.len();
