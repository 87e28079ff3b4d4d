//! Everything for a terminal. Headings are bold where `bold` says so.

use std::collections::BTreeMap;

use super::anatomy::matched;
use super::answers::{Answers, BackendAnswers};
use super::comparison::Comparison;
use super::headline::{advice, headline, more_advice};
use super::notes::remarks;
use super::number::percent;
use super::paper::Paper;
use super::samples::Samples;
use super::table::Mark;
use super::tables::compared::all;
use super::tables::costs;
use super::tables::counted::counted;
use super::tables::groups::groups_of;
use super::verdicts::Verdicts;
use super::{provenance, ruling, words};
use crate::record::Record;
use crate::record::anatomy::BackendAnatomy;
use crate::record::ruling::Ruling;
use trapbench_worker::case::{Axis, Case};

/// What stopping costs on each backend, how it grows, and what to do.
pub fn record(record: &Record, bold: bool) -> String {
    let answers = Answers::of(&Samples::of(&record.turns), &record.header);
    let mut paper = Paper::new(bold);
    paper.line(&setting(record, &answers));
    for &axis in Axis::ALL {
        over(&answers, axis, &mut paper);
    }
    for backend in &answers.backends {
        in_words(backend, &mut paper);
    }
    paper.remarks(&remarks(record));
    paper.text()
}

fn over(answers: &Answers, axis: Axis, paper: &mut Paper) {
    let tables = costs::over(answers, axis);
    if tables.is_empty() {
        return;
    }
    paper.section(&costs::caption(axis));
    paper.tables(&tables);
    if let Some(floor) = answers.floor.filter(|_| axis == Axis::Depth) {
        paper.line(&words::floor(floor));
    }
    for mark in Mark::of(&tables) {
        paper.line(&format!("{} {}", mark.sign(), mark.meaning()));
    }
}

fn setting(record: &Record, answers: &Answers) -> String {
    let header = &record.header;
    let backends = provenance::backends(record).into_iter();
    let backends = backends.map(|(id, versions)| format!("{id} ({versions})"));
    let took = record
        .end
        .as_ref()
        .map_or_else(String::new, |end| format!(", {:.0} s", end.duration_s));
    format!(
        "trapbench {} on {}: {} rounds in {} processes a backend{took}\n{}",
        header.environment.build.trapbench,
        header.environment.machine_key(),
        answers.rounds,
        answers.processes,
        Vec::from_iter(backends).join("; ")
    )
}

fn in_words(backend: &BackendAnswers, paper: &mut Paper) {
    let Some(at) = backend.spoken_depth() else {
        return;
    };
    paper.section(backend.backend.as_str());
    paper.line(&format!("  {}", headline(backend, at).text()));
    for advice in advice(at).into_iter().chain(more_advice(backend, at)) {
        paper.line(&format!("  {}: {}", advice.question, advice.answer));
    }
}

/// The verdicts, biggest change first, those that are unsure last.
pub fn comparison(comparison: &Comparison, remarks: &[String], bold: bool) -> String {
    let mut paper = Paper::new(bold);
    paper.heading(&comparison.measure().text());
    paper.table(&all(comparison));
    paper.line(&tally(comparison));
    if let Some(mean) = comparison.mean() {
        paper.line(&mean);
    }
    paper.remarks(remarks);
    paper.text()
}

fn tally(comparison: &Comparison) -> String {
    let verdicts = Verdicts::of(comparison);
    let within = percent(comparison.margin);
    let found = verdicts.found().into_iter();
    let found = found.map(|(name, words, cases)| match name {
        "same" => format!("{cases} {words} (within {within})"),
        _ => format!("{cases} {words}"),
    });
    Vec::from_iter(found).join("; ")
}

pub fn ruling(ruling: &Ruling, bold: bool) -> String {
    comparison(&ruling::comparison(ruling), &ruling::notes(ruling), bold)
}

/// Instructions a call, by backend and axis.
pub fn counts(counts: &BTreeMap<Case, f64>, remarks: &[String], bold: bool) -> String {
    let mut paper = Paper::new(bold);
    paper.heading("Instructions a call, as callgrind counts them");
    for table in counted(counts) {
        paper.section(&table.name);
        paper.tables(&[table]);
    }
    paper.remarks(remarks);
    paper.text()
}

/// Where a call's instructions go, and which functions are in which group.
pub fn anatomy(anatomy: &BackendAnatomy, remarks: &[String], bold: bool) -> String {
    let mut paper = Paper::new(bold);
    paper.heading(&format!("{}: instructions a call", anatomy.backend));
    paper.tables(&[groups_of(anatomy)]);
    for case in &anatomy.cases {
        paper.section(&format!("What matched, {}", case.case));
        for group in &case.groups {
            paper.line(&format!("  {}", matched(group)));
        }
    }
    paper.remarks(remarks);
    paper.text()
}
