//! Records as a whole: what comes back, and what becomes of them when they are damaged.

mod damage;
mod kill;
mod random_damage;
mod round_trip;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::*;

pub(super) fn header(seed: u64) -> Header {
    Header {
        command: vec![
            "trapbench".into(),
            "measure".into(),
            "--seed".into(),
            seed.to_string(),
        ],
        started: "2026-11-22T09:31:05Z".parse().unwrap(),
        settings: Settings {
            filter: Some("raise/exit".into()),
            depths: vec![0, 16],
            slice_ms: 1.5,
            budget_s: 60.0,
            seed,
            pinned_core: Some(1),
            pinning_note: None,
            relinks: None,
            module: None,
            keep_environment: false,
        },
        backends: vec![BackendFacts {
            host_frames: Some(14),
            ..BackendFacts::before_offers(
                "wasmer-llvm",
                BTreeMap::from([
                    ("wasmer".into(), "7.4.2".into()),
                    ("llvm".into(), "22.1.3".into()),
                ]),
                "sha256:00",
            )
        }],
        fixture: "sha256:00".into(),
        // But for what changes from one moment to the next.
        environment: Environment {
            load_average: Some([0.5, 0.25, 0.1]),
            ..Environment::capture()
        },
        state: MachineState::default(),
    }
}

fn end(ending: RunEnding) -> End {
    End::new(
        ending,
        12.5,
        &MachineState::default(),
        MachineState::default(),
    )
}

/// A round as a run would have it: two rounds to a process set, now and then a failure.
pub(super) fn round(seed: u64, round: u32) -> (Vec<Turn>, Vec<Failure>) {
    let process = round / 2;
    let turns = (0..3).map(|n| Turn {
        process,
        round,
        turn: 0,
        case: format!("depth/raise/exit/wasmer-llvm/{n}").parse().unwrap(),
        iterations: 100 + u64::from(n),
        there_ns: 1_000_000 + seed * 1000 + u64::from(round * 10 + n),
        back_ns: 1_000_500 + seed * 1000 + u64::from(round),
    });
    let failures = (round % 3 == 1).then(|| {
        let reason = format!("died with signal 11\nlast words, \"{seed}\"");
        Failure::new(process, round, "wasmer-singlepass", reason)
    });
    (turns.collect(), failures.into_iter().collect())
}

/// Writes a record of `rounds` rounds; without an ending, as if it had been killed.
fn write(results: &Path, seed: u64, rounds: u32, ending: Option<RunEnding>) -> PathBuf {
    write_under(&header(seed), results, seed, rounds, ending)
}

fn write_under(
    header: &Header,
    results: &Path,
    seed: u64,
    rounds: u32,
    ending: Option<RunEnding>,
) -> PathBuf {
    let mut writer = Writer::create(results, header).unwrap();
    for number in 0..rounds {
        let (turns, failures) = round(seed, number);
        writer.round(number / 2, number, &turns, &failures).unwrap();
    }
    match ending {
        Some(ending) => writer.finish(end(ending)).unwrap(),
        None => writer.folder().to_owned(),
    }
}

fn pack(folder: &Path) {
    use std::io::Write;
    let plain = folder.join(TURNS_FILE);
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(&fs::read(&plain).unwrap()).unwrap();
    fs::write(folder.join(PACKED_TURNS_FILE), packer.finish().unwrap()).unwrap();
    fs::remove_file(plain).unwrap();
}

fn change(file: &Path, how: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(file).unwrap();
    how(&mut bytes);
    fs::write(file, bytes).unwrap();
}

fn lines(file: &Path, how: impl FnOnce(&mut Vec<Vec<u8>>)) {
    change(file, |bytes| {
        let mut lines: Vec<_> = bytes
            .split_inclusive(|&b| b == b'\n')
            .map(<[u8]>::to_vec)
            .collect();
        how(&mut lines);
        *bytes = lines.concat();
    });
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

/// All of the original, or its first rounds and a word about it; how many rounds.
fn assert_honest(read: &Record, original: &Record) -> usize {
    let rounds = read.rounds.len();
    assert_eq!(read.header, original.header);
    assert_eq!(read.rounds, original.rounds[..rounds]);
    let last = read.rounds.last().map(|last| last.round);
    let turns: Vec<_> = original
        .turns
        .iter()
        .filter(|turn| Some(turn.round) <= last)
        .collect();
    let failures: Vec<_> = original
        .failures
        .iter()
        .filter(|one| Some(one.round) <= last)
        .collect();
    assert_eq!(read.turns.iter().collect::<Vec<_>>(), turns);
    assert_eq!(read.failures.iter().collect::<Vec<_>>(), failures);
    if read.end.is_some() || rounds == original.rounds.len() && read.notes == original.notes {
        assert_eq!(read, original);
    } else {
        assert!(!read.notes.is_empty(), "rounds are gone without a word");
    }
    rounds
}
