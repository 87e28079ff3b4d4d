//! The two kinds of rows: what was timed, and what failed.

use std::collections::HashSet;
use std::io::Read;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::privacy::without_folders;
use crate::verdict::centre::turn_value;
use trapbench_worker::case::{Apart, Case};

pub(super) const TURNS_HEAD: &str = "process,round,turn,case,iterations,there_ns,back_ns\n";
/// Of schema 1, in which a round had no case twice.
pub(super) const TURNS_HEAD_1: &str = "process,round,case,iterations,there_ns,back_ns\n";
pub(super) const ERRORS_HEAD: &str = "process,round,subject,reason\n";

/// One case, timed once in a balanced turn: one slice on the way there, one on the way back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// The process set, from 0.
    pub process: u32,
    /// Counts on over the whole run.
    pub round: u32,
    /// The turn within the round, from 0: cases with the same number were timed together, in
    /// random order and back.
    #[serde(default)]
    pub turn: u32,
    pub case: Case,
    /// The calls in *each* of the two slices; never 0.
    pub iterations: u64,
    pub there_ns: u64,
    pub back_ns: u64,
}

impl Turn {
    /// Nanoseconds per call in either slice, `[there, back]`.
    pub fn ns_per_call(&self) -> [f64; 2] {
        [self.there_ns, self.back_ns].map(|ns| ns as f64 / self.iterations as f64)
    }

    /// What the turn says that a call of the case costs, ns.
    pub fn cost(&self) -> f64 {
        let slices = self.ns_per_call();
        match self.case.axis.row().apart {
            Apart::Faster => turn_value(slices),
            Apart::Mean => slices[0] / 2.0 + slices[1] / 2.0,
        }
    }
}

/// What could not be timed, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    pub process: u32,
    pub round: u32,
    /// The id of a case, or of a backend whose worker is gone.
    pub subject: String,
    pub reason: String,
}

impl Failure {
    /// The reason may be anything, such as the last words of a dying worker: it is made
    /// UTF-8, freed of control characters and of the machine's folders, and cut to its
    /// last 4 000 characters, for a panic says what happened at its end. One that begins with the
    /// subject, as a worker's does, does not name it twice.
    pub fn new(
        process: u32,
        round: u32,
        subject: impl ToString,
        reason: impl AsRef<[u8]>,
    ) -> Failure {
        let subject = subject.to_string();
        let reason = last_words(reason.as_ref());
        Failure {
            process,
            round,
            reason: match reason.strip_prefix(&format!("{subject}: ")) {
                Some(rest) => rest.to_owned(),
                None => reason,
            },
            subject,
        }
    }

    /// The same trouble in every process is told once.
    pub fn each_once(failures: impl IntoIterator<Item = Failure>) -> Vec<Failure> {
        let mut seen = HashSet::new();
        let is_new =
            |failure: &Failure| seen.insert((failure.subject.clone(), failure.reason.clone()));
        failures.into_iter().filter(is_new).collect()
    }
}

fn last_words(reason: &[u8]) -> String {
    const KEPT: usize = 4000;
    // Bytes are cut before anything looks at them: a worker may have said gigabytes.
    let end = &reason[reason.len().saturating_sub(4 * KEPT)..];
    let printable: String = String::from_utf8_lossy(end)
        .chars()
        .filter(|&c| c == '\n' || c == '\t' || !c.is_control())
        .collect();
    let text = without_folders(printable.trim());
    let surplus = text.chars().count().saturating_sub(KEPT);
    text.chars().skip(surplus).collect()
}

/// What makes a round's rows unfit to be kept together, if anything does.
pub(super) fn misfit(
    process: u32,
    round: u32,
    turns: &[Turn],
    failures: &[Failure],
) -> Option<String> {
    let mut seen = HashSet::new();
    for turn in turns {
        if (turn.process, turn.round) != (process, round) {
            return Some(format!(
                "a turn of {} says process {}, round {}",
                turn.case, turn.process, turn.round
            ));
        }
        if turn.iterations == 0 {
            return Some(format!("a turn of {} has no iterations", turn.case));
        }
        if !seen.insert((turn.turn, &turn.case)) {
            return Some(format!(
                "{} was timed twice in turn {}",
                turn.case, turn.turn
            ));
        }
    }
    let stray = failures
        .iter()
        .find(|one| (one.process, one.round) != (process, round))?;
    Some(format!(
        "a failure of {} says process {}, round {}",
        stray.subject, stray.process, stray.round
    ))
}

pub(super) fn to_csv<Row: Serialize>(rows: &[Row]) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new()
        .has_headers(false)
        .from_writer(Vec::new());
    for row in rows {
        writer
            .serialize(row)
            .expect("rows of numbers and text fit in memory");
    }
    writer.into_inner().expect("memory does not fail to flush")
}

/// Read under the table's head, so that a row with a column too many is an error.
pub(super) fn from_csv<Row: DeserializeOwned>(
    head: &str,
    rows: &[u8],
) -> Result<Vec<Row>, csv::Error> {
    let table = head.as_bytes().chain(rows);
    csv::Reader::from_reader(table).into_deserialize().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_turn_divides_each_slice_by_its_calls() {
        let turn = Turn {
            process: 0,
            round: 0,
            turn: 0,
            case: "depth/raise/exit/b/16".parse().unwrap(),
            iterations: 10,
            there_ns: 100,
            back_ns: 300,
        };
        assert_eq!(turn.ns_per_call(), [10.0, 30.0]);
        assert_eq!(turn.cost(), 10.0);
        let contended = Turn {
            case: "threads/raise/exit/b/16".parse().unwrap(),
            ..turn.clone()
        };
        assert_eq!(contended.cost(), 20.0);
        let huge = Turn {
            there_ns: u64::MAX,
            ..turn
        };
        assert!(huge.ns_per_call()[0] > 1e18);
    }

    #[test]
    fn last_words_are_printable_and_short_and_name_no_folder() {
        let words =
            b"\x1b[31mthread 'main' panicked at /home/ada/trapbench/src/slice.rs:7\n\xff!\r\n";
        let failure = Failure::new(0, 1, "wasmer-llvm", words);
        assert_eq!(
            failure.reason,
            "[31mthread 'main' panicked at slice.rs:7\n\u{fffd}!"
        );
        let long = Failure::new(0, 1, "b", "é".repeat(20_000) + "end");
        assert_eq!(long.reason.chars().count(), 4000);
        assert!(long.reason.ends_with("éend"));
    }

    #[test]
    fn the_same_trouble_of_many_processes_is_told_once() {
        let failure = |process, reason| Failure::new(process, 1, "depth/a/1", reason);
        let all = [
            failure(0, "it runs away"),
            failure(1, "it runs away"),
            failure(2, "it is late"),
        ];
        let told = Failure::each_once(all);
        let reasons = Vec::from_iter(told.iter().map(|failure| &failure.reason[..]));
        assert_eq!(reasons, ["it runs away", "it is late"]);
    }

    #[test]
    fn a_reason_does_not_name_its_subject_twice() {
        let reason = |reason: &str| Failure::new(0, 1, "depth/a/1", reason).reason;
        assert_eq!(reason("depth/a/1: it runs away"), "it runs away");
        assert_eq!(
            reason("depth/a/10: it runs away"),
            "depth/a/10: it runs away"
        );
        assert_eq!(reason("it runs away"), "it runs away");
    }

    proptest! {
        #[test]
        fn any_text_survives_the_table(subject in any::<String>(), reason in any::<String>()) {
            let rows = vec![Failure { process: 1, round: 2, subject, reason }; 2];
            prop_assert_eq!(from_csv::<Failure>(ERRORS_HEAD, &to_csv(&rows)).unwrap(), rows);
        }
    }
}
