//! Everything as Markdown, for a README and for pull requests.

mod markup;
mod wrapped;

use super::anatomy::{READING, TITLE, story};
use super::answers::{Answers, BackendAnswers};
use super::comparison::Comparison;
use super::gaps::gaps;
use super::headline::{advice, headline, more_advice};
use super::notes::remarks;
use super::phrase::Phrase;
use super::provenance::{command_line, measured_by};
use super::qualification::Summary;
use super::samples::Samples;
use super::table::Mark;
use super::tables::compared::judged;
use super::tables::costs;
use super::tables::groups::groups_of;
use super::verdicts::Verdicts;
use super::{ruling, words};
use crate::record::Record;
use crate::record::anatomy::Anatomy;
use crate::record::ruling::Ruling;
use trapbench_worker::case::Axis;

pub use markup::{code, fenced};
pub use wrapped::wrapped;

use markup::{escaped, list, phrase, table, target};

/// A chart beside the text.
pub struct ChartLink {
    pub title: String,
    /// As a link in the file that the text goes into.
    pub path: String,
}

/// The answers in sentences, charts, a table per backend, and where they come from. `name` is
/// the record's, with a link to it where there is one; `anatomy` is of the same machine.
pub fn record(
    record: &Record,
    name: &str,
    link: Option<&str>,
    charts: &[ChartLink],
    anatomy: Option<&Anatomy>,
) -> String {
    let samples = Samples::of(&record.turns);
    let answers = Answers::of(&samples, &record.header);
    let mut paragraphs = Vec::new();
    paragraphs.extend(answers.backends.iter().filter_map(in_words));
    paragraphs.extend(
        charts
            .iter()
            .map(|chart| format!("![{}]({})", escaped(&chart.title), target(&chart.path))),
    );
    let axes = Axis::ALL.iter();
    paragraphs.extend(axes.flat_map(|&axis| over(&answers, axis)));
    paragraphs.extend(anatomy.into_iter().flat_map(taken_apart));
    let notes = [gaps(record, &samples), remarks(record)].concat();
    if !notes.is_empty() {
        paragraphs.push(list(notes.iter().map(|note| escaped(note))));
    }
    paragraphs.push(origin(record, &answers, name, link));
    paragraphs.join("\n\n") + "\n"
}

fn over(answers: &Answers, axis: Axis) -> Vec<String> {
    let tables = costs::over(answers, axis);
    if tables.is_empty() {
        return Vec::new();
    }
    let mut paragraphs = vec![format!("{}.", costs::caption(axis))];
    paragraphs.extend(tables.iter().map(table));
    let floor = answers.floor.filter(|_| axis == Axis::Depth);
    paragraphs.extend(floor.map(|cost| escaped(&words::floor(cost))));
    let marks = Mark::of(&tables).into_iter();
    paragraphs.extend(marks.map(|mark| format!("{} {}", escaped(mark.sign()), mark.meaning())));
    paragraphs
}

fn in_words(backend: &BackendAnswers) -> Option<String> {
    let at = backend.spoken_depth()?;
    let mut text = phrase(
        &Phrase::code(backend.backend.as_str())
            .plain(": ")
            .and(headline(backend, at)),
    );
    for advice in advice(at).into_iter().chain(more_advice(backend, at)) {
        text.push_str(&format!(
            "\n- {}: {}",
            escaped(&advice.question),
            escaped(&advice.answer)
        ));
    }
    Some(text)
}

/// Where instructions go: a sentence and a table for each backend, and how they were counted.
fn taken_apart(anatomy: &Anatomy) -> Vec<String> {
    let mut paragraphs = vec![format!("**{TITLE}.** {READING}")];
    for backend in &anatomy.backends {
        let story = story(backend).map_or_else(String::new, |story| format!(": {story}"));
        paragraphs.push(format!("{}{story}", code(backend.backend.as_str())));
        paragraphs.push(table(&groups_of(backend)));
    }
    let how = anatomy.backends.iter().map(|backend| {
        format!(
            "{} ({})",
            code(&command_line(&backend.command)),
            escaped(&backend.valgrind)
        )
    });
    paragraphs.push(format!("Counted by {}.", Vec::from_iter(how).join(", ")));
    paragraphs
}

fn origin(record: &Record, answers: &Answers, name: &str, link: Option<&str>) -> String {
    let name = match link {
        Some(link) => format!("[{}]({})", escaped(name), target(link)),
        None => code(name),
    };
    format!(
        "Record {name}: {} rounds in {} processes a backend, trapbench {} on {}, measured by {}.",
        answers.rounds,
        answers.processes,
        escaped(&record.header.environment.build.trapbench),
        escaped(&record.header.environment.machine_key()),
        code(&measured_by(record))
    )
}

/// What changed, biggest first; what is unsure apart from it; what is the same, counted.
pub fn comparison(comparison: &Comparison, remarks: &[String]) -> String {
    let verdicts = Verdicts::of(comparison);
    let judged = |name, cases| table(&judged(name, comparison, cases));
    let mut paragraphs = vec![
        format!("**{}.**", verdicts.sentence()),
        format!("{}.", phrase(&comparison.measure())),
    ];
    if !verdicts.changed.is_empty() {
        paragraphs.push(judged("What changed", &verdicts.changed));
    }
    if !verdicts.unsure.is_empty() {
        paragraphs.push(format!(
            "<details><summary>Unsure: {}</summary>\n\n{}\n\n</details>",
            verdicts.unsure.len(),
            judged("Unsure", &verdicts.unsure)
        ));
    }
    paragraphs.push(format!("The same: {}.", verdicts.same.len()));
    let unjudged = verdicts
        .unjudged
        .iter()
        .map(|(case, why)| format!("{}: {}", code(&case.case.to_string()), escaped(why)));
    let remarks = remarks.iter().map(|remark| escaped(remark));
    let notes = Vec::from_iter(unjudged.chain(remarks));
    if !notes.is_empty() {
        paragraphs.push(list(notes));
    }
    paragraphs.join("\n\n") + "\n"
}

pub fn ruling(ruling: &Ruling) -> String {
    format!(
        "{}\n{} took {:.0} s of measuring.\n",
        comparison(&ruling::comparison(ruling), &ruling::notes(ruling)),
        code(&command_line(&ruling.command)),
        ruling.seconds
    )
}

/// What the trials of a qualification come to.
pub fn qualification(summary: &Summary) -> String {
    let mut paragraphs = vec![summary.origin.clone()];
    paragraphs.extend(summary.tables.iter().map(table));
    if !summary.missed.is_empty() {
        paragraphs.push(format!(
            "Not found on relinked arms in 10 s:\n{}",
            list(summary.missed.iter().map(phrase))
        ));
    }
    paragraphs.join("\n\n") + "\n"
}
