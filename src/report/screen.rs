//! The closing screen: what stopping costs on each backend, how it grows, and what to do.

use comfy_table::{CellAlignment, Table, presets};

use super::answers::{Answers, AtDepth, BackendAnswers};
use super::notes::remarks;
use super::number::{ns_within, within};
use super::paper::Paper;
use super::provenance;
use super::samples::Samples;
use super::words;
use crate::record::Record;
use crate::verdict::fit::DepthFit;
use trapbench_worker::case::{Outcome, Series, Strategy};

/// Past this relative miss a straight line is not how a cost grows, and its slope is marked.
const WORST_FIT: f64 = 0.2;

/// A record's screen. Headings are bold where `bold` says so.
pub fn screen(record: &Record, bold: bool) -> String {
    let answers = Answers::of(&Samples::of(&record.turns), &record.header);
    let mut paper = Paper::new(bold);
    paper.line(&setting(record, &answers));
    if answers
        .backends
        .iter()
        .any(|backend| !backend.depths.is_empty())
    {
        paper.section(
            "Added cost of stopping, by depth: an exiting call minus a completing one, ns ±95 %",
        );
        paper.line(&costs(&answers));
    }
    if let Some(floor) = answers.floor {
        paper.line(&words::floor(floor));
    }
    if has_uneven_line(&answers) {
        paper.line(
            "* the growth is not one number per frame: a straight line misses a depth by over 20 %",
        );
    }
    let advised = answers.backends.iter();
    for backend in advised.filter(|backend| backend.offer.executes_wasm()) {
        let facts = record.header.facts(&backend.backend);
        let host_frames = facts.and_then(|facts| facts.host_frames);
        advise(backend, host_frames, &mut paper);
    }
    paper.remarks(&remarks(record));
    paper.text()
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
    std::iter::once(backend.title())
        .chain(depths)
        .chain(["whole call, per frame".to_owned()])
        .collect()
}

fn rows(backend: &BackendAnswers) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    if let Some(complete) = backend.offer.completing() {
        rows.extend(row(
            backend,
            "(completing call)",
            backend.lines.get(&complete),
            |at| at.cost.get(&complete).map(|&cost| ns_within(cost)),
        ));
    }
    for strategy in backend.strategies() {
        let line = backend.lines.get(&strategy.exit());
        if backend.shows_added() {
            rows.extend(row(backend, strategy.name(), line, |at| {
                at.added.get(&strategy).map(|&added| ns_within(added))
            }));
        }
        // With nothing to subtract, the whole call is all there is to show.
        if !backend.shows_added() || backend.depths.iter().all(|at| at.added.is_empty()) {
            let name = format!("{strategy}, whole call");
            rows.extend(row(backend, &name, line, |at| {
                at.cost.get(&strategy.exit()).map(|&cost| ns_within(cost))
            }));
        }
    }
    rows.extend(row(backend, "raise/sentinel", None, |at| {
        let ratio = at.over_sentinel.get(&Strategy::Raise);
        ratio.map(|&ratio| format!("{}×", within(ratio)))
    }));
    rows.extend(row(backend, "raise/floor", None, |at| {
        let distance = at.over_floor.get(&Strategy::Raise);
        distance.map(|&distance| format!("{}×", within(distance)))
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
    let shown = |backend: &BackendAnswers, series: &Series| {
        Some(*series) == backend.offer.completing() || series.outcome() == Outcome::Exit
    };
    let uneven = |backend: &BackendAnswers| {
        let mut lines = backend.lines.iter();
        lines.any(|(series, line)| shown(backend, series) && is_uneven(line))
    };
    answers.backends.iter().any(uneven)
}

/// When to raise, when to return a sentinel, and what else decides it.
fn advise(backend: &BackendAnswers, host_frames: Option<usize>, paper: &mut Paper) {
    match backend.spoken_depth() {
        Some(at) => {
            paper.section(&format!("{}, at depth {}", backend.backend, at.depth));
            advise_at(at, backend, paper);
        }
        None => paper.section(&backend.backend.to_string()),
    }
    if let Some(frame) = words::host_frame(backend, Strategy::Raise) {
        let here = host_frames.map_or_else(String::new, |n| format!("; there are {n} here"));
        paper.line(&format!(
            "  every host frame under the call makes a raise dearer by {frame}{here}"
        ));
    }
}

fn advise_at(at: &AtDepth, backend: &BackendAnswers, paper: &mut Paper) {
    for strategy in [Strategy::Raise, Strategy::RaisePrebuilt] {
        if let Some(rate) = at.exit_rate.get(&strategy) {
            let rate = words::exit_rate(rate);
            paper.line(&format!("  {strategy} or sentinel: {rate}"));
        }
        if let Some(depth) = backend.break_even.get(&strategy) {
            let depth = words::break_even(depth);
            paper.line(&format!(
                "  an exit by {strategy} is cheaper than one by sentinel: {depth}"
            ));
        }
    }
    if let Some(distance) = words::over_floor(at) {
        paper.line(&format!("  a raise adds {distance}"));
    }
    if let Some(cheapest) = words::cheapest(at) {
        paper.line(&format!("  cheapest way to stop: {cheapest}"));
    }
}
