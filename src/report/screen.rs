//! The closing screen: what stopping costs on each backend, how it grows, and what to do.

use comfy_table::{CellAlignment, Table, presets};

use super::answers::{Answers, AtDepth, BackendAnswers};
use super::number::{ns_within, ratio_within};
use super::samples::Samples;
use super::words;
use crate::case::{Series, Strategy};
use crate::record::Record;
use crate::verdict::fit::DepthFit;

/// Past this relative miss a straight line is not how a cost grows, and its slope is marked.
const WORST_FIT: f64 = 0.2;

/// A record's screen. Headings are bold where `bold` says so.
pub fn screen(record: &Record, bold: bool) -> String {
    let answers = Answers::of(&Samples::of(&record.turns));
    let mut paper = Paper {
        text: String::new(),
        bold,
    };
    paper.line(&setting(record, &answers));
    paper.section(
        "Added cost of stopping, by depth: an exiting call minus a completing one, ns ±95 %",
    );
    paper.line(&costs(&answers));
    if has_uneven_line(&answers) {
        paper.line(
            "* the growth is not one number per frame: a straight line misses a depth by over 20 %",
        );
    }
    paper.section("When to raise, and when to return a sentinel");
    for backend in &answers.backends {
        for sentence in advice(backend) {
            paper.line(&sentence);
        }
    }
    if answers.backends.iter().any(|b| !b.host_stack.is_empty()) {
        paper.section(&format!(
            "The host's stack under the call ({} frames here) is part of the price; at depth 16",
            record.header.host_stack_frames
        ));
        for backend in &answers.backends {
            if let Some(effect) = words::host_stack(backend) {
                paper.line(&format!("{}: {effect}", backend.backend));
            }
        }
    }
    let remarks = remarks(record);
    if !remarks.is_empty() {
        paper.section("Mind");
        remarks.iter().for_each(|remark| paper.line(remark));
    }
    paper.text
}

struct Paper {
    text: String,
    bold: bool,
}

impl Paper {
    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn section(&mut self, heading: &str) {
        self.line("");
        if self.bold {
            self.line(&format!("\x1b[1m{heading}\x1b[0m"));
        } else {
            self.line(heading);
        }
    }
}

fn setting(record: &Record, answers: &Answers) -> String {
    let header = &record.header;
    let versions: Vec<String> = header
        .backends
        .iter()
        .map(|backend| {
            let parts: Vec<String> = backend
                .versions
                .iter()
                .map(|(name, version)| format!("{name} {version}"))
                .collect();
            format!("{} ({})", backend.id, parts.join(", "))
        })
        .collect();
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
        versions.join("; ")
    )
}

fn costs(answers: &Answers) -> String {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    for backend in &answers.backends {
        table.add_row(heading(backend));
        table.add_rows(rows(backend));
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.trim_fmt()
}

fn heading(backend: &BackendAnswers) -> Vec<String> {
    let depths = backend.depths.iter().map(|at| at.depth.to_string());
    std::iter::once(backend.backend.to_string())
        .chain(depths)
        .chain(["per frame".to_owned()])
        .collect()
}

fn rows(backend: &BackendAnswers) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for strategy in Strategy::ALL {
        let line = backend.lines.get(&strategy.exit());
        rows.extend(row(backend, strategy.name(), line, |at| {
            at.added.get(&strategy).map(|&added| ns_within(added))
        }));
    }
    rows.extend(row(backend, "raise/sentinel", None, |at| {
        let ratio = at.over_sentinel.get(&Strategy::Raise);
        ratio.map(|&ratio| format!("{}×", ratio_within(ratio)))
    }));
    rows.extend(row(backend, "tax of the tests", None, |at| {
        at.tax.map(ns_within)
    }));
    rows
}

/// A row of the table; none where no depth has a figure for it.
fn row(
    backend: &BackendAnswers,
    name: &str,
    line: Option<&DepthFit>,
    cell: impl Fn(&AtDepth) -> Option<String>,
) -> Option<Vec<String>> {
    let cells: Vec<Option<String>> = backend.depths.iter().map(cell).collect();
    if cells.iter().all(Option::is_none) {
        return None;
    }
    let slope = line.map_or_else(String::new, |line| {
        let mark = if is_uneven(line) { "*" } else { "" };
        format!("{}{mark}", ns_within(line.slope))
    });
    let cells = cells
        .into_iter()
        .map(|cell| cell.unwrap_or_else(|| "—".to_owned()));
    let row = std::iter::once(format!("  {name}"))
        .chain(cells)
        .chain([slope]);
    Some(row.collect())
}

fn is_uneven(line: &DepthFit) -> bool {
    line.lack_of_fit
        .is_some_and(|miss| miss.relative > WORST_FIT)
}

fn has_uneven_line(answers: &Answers) -> bool {
    let exits = |series: &Series| Strategy::ALL.iter().any(|s| s.exit() == *series);
    let mut lines = answers.backends.iter().flat_map(|backend| &backend.lines);
    lines.any(|(series, line)| exits(series) && is_uneven(line))
}

fn advice(backend: &BackendAnswers) -> Vec<String> {
    let Some(at) = backend.spoken_depth() else {
        return Vec::new();
    };
    let mut sentences = Vec::new();
    let mut say = |what: String| sentences.push(format!("{}: {what}", backend.backend));
    for strategy in [Strategy::Raise, Strategy::RaisePrebuilt] {
        let rate = at
            .exit_rate
            .get(&strategy)
            .map(|rate| format!("at depth {}, {}", at.depth, words::exit_rate(rate)));
        let depth = backend.break_even.get(&strategy).map(words::break_even);
        let parts: Vec<String> = [rate, depth].into_iter().flatten().collect();
        if !parts.is_empty() {
            say(format!("{strategy} or sentinel? {}", parts.join("; ")));
        }
    }
    if let Some(cheapest) = words::cheapest(at) {
        say(format!("at depth {}, {cheapest}", at.depth));
    }
    sentences
}

/// What a reader of the figures should know before believing them.
fn remarks(record: &Record) -> Vec<String> {
    let failures = record
        .failures
        .iter()
        .map(|failure| format!("not measured: {}: {}", failure.subject, failure.reason));
    let pinning = record.header.settings.pinning_note.iter().cloned();
    let disturbances = record.end.iter().flat_map(|end| end.disturbances.clone());
    let build = &record.header.environment.build;
    let debug = (build.opt_level.as_deref() == Some("0"))
        .then(|| "this is a debug build: its figures mean nothing".to_owned());
    debug
        .into_iter()
        .chain(pinning)
        .chain(disturbances)
        .chain(record.notes.iter().cloned())
        .chain(failures)
        .collect()
}
