//! What the trials of a qualification come to: false alarms, power, and the margins that follow.

use std::collections::BTreeMap;

use super::number::percent;
use super::phrase::Phrase;
use super::table::{Cell, Column, Table, TableRow};
use crate::record::qualification::{Experiment, Trial, TrialRow};
use crate::verdict::centre::median;
use crate::verdict::judge::Verdict;

/// No margin is smaller: a change of half a per cent matters to nobody who raises errors.
pub const LEAST_MARGIN: f64 = 0.005;

/// Neutral rebuilds that must have been tried before a margin is taken from them.
const ENOUGH: usize = 100;

/// What neutral rebuilds say of the smallest change that matters, as a fraction: of relinked arms
/// and of bare executables. `None` where too few of them have been tried.
///
/// A relinked arm's layout is in its interval, and the margin is what one standard deviation of
/// neutral rebuilds comes to (by the median of their sizes, times 1.4826). A bare executable's is
/// not: there it is the largest change that a neutral rebuild showed, and half as much again, for
/// layouts have heavy tails and the next one may be worse.
pub fn margins(trials: &[&Trial]) -> [Option<f64>; 2] {
    let sizes = |experiment| -> Option<Vec<f64>> {
        let rows = rows(trials, experiment);
        let ratios = rows.filter_map(|(_, row)| Some(row.found.judgement?.ratio.value));
        let sizes = Vec::from_iter(ratios.map(|ratio| ratio.ln().abs()));
        (sizes.len() >= ENOUGH).then_some(sizes)
    };
    let up = |fraction: f64| (fraction.exp_m1() * 1000.0).ceil() / 1000.0;
    let relinked = sizes(Experiment::Rebuilds).and_then(|sizes| median(&sizes));
    let relinked = relinked.map(|middle| up(1.4826 * middle).max(LEAST_MARGIN));
    let bare = sizes(Experiment::RebuildsBare);
    let bare = bare.map(|sizes| up(1.5 * sizes.into_iter().fold(0.0, f64::max)));
    [relinked, bare]
}

/// What is said of the trials.
pub struct Summary {
    /// How many there are, and of which machines.
    pub origin: String,
    /// Where nothing had changed; where work had been added.
    pub tables: Vec<Table>,
    /// What was not found of 2 % and more on relinked arms, each by name.
    pub missed: Vec<Phrase>,
}

impl Summary {
    pub fn of(trials: &[&Trial]) -> Summary {
        let tables = [silence(trials), power(trials)];
        Summary {
            origin: origin(trials),
            tables: tables.into_iter().flatten().collect(),
            missed: missed(trials),
        }
    }
}

fn origin(trials: &[&Trial]) -> String {
    let mut machines: Vec<&str> = trials.iter().map(|trial| &trial.machine[..]).collect();
    machines.sort_unstable();
    machines.dedup();
    let hours = trials.iter().map(|trial| trial.seconds).sum::<f64>() / 3600.0;
    format!(
        "{} trials on {}, {hours:.1} hours of measuring.",
        trials.len(),
        machines.join(", ")
    )
}

/// Where nothing had changed.
fn silence(trials: &[&Trial]) -> Option<Table> {
    let kinds = [
        (Experiment::Null, "an executable with itself"),
        (Experiment::NullBusy, "the same, the other cores busy"),
        (Experiment::Rebuilds, "neutral rebuilds, relinked arms"),
        (
            Experiment::RebuildsBare,
            "neutral rebuilds, bare executables",
        ),
        (
            Experiment::Criterion,
            "Criterion, an executable with itself",
        ),
        (
            Experiment::NullInstructions,
            "instructions, an executable with itself",
        ),
    ];
    let heads = [
        "comparisons",
        "slower",
        "faster",
        "gates that spoke",
        "largest estimate",
        "seconds a case",
        "margin",
    ];
    let rows = kinds
        .into_iter()
        .filter_map(|(experiment, name)| silent(trials, experiment, name));
    let rows = Vec::from_iter(rows);
    (!rows.is_empty()).then(|| Table {
        name: "Where nothing had changed".to_owned(),
        columns: [Column::left("nothing changed")]
            .into_iter()
            .chain(heads.map(Column::right))
            .collect(),
        rows,
    })
}

fn silent(trials: &[&Trial], experiment: Experiment, name: &str) -> Option<TableRow> {
    let all = Vec::from_iter(rows(trials, experiment).filter(|(_, row)| row.nominal == 0.0));
    if all.is_empty() {
        return None;
    }
    let margin = margin_now(trials, experiment);
    let called = |verdict| {
        let called = all.iter();
        let called = called.filter(move |(_, row)| said(row, margin) == Some(verdict));
        Cell::count(Some(called.count() as f64))
    };
    let is_called = |row| matches!(said(row, margin), Some(Verdict::Slower | Verdict::Faster));
    let mut spoke: Vec<u32> = all
        .iter()
        .filter(|(_, row)| is_called(row))
        .map(|(trial, _)| trial.number)
        .collect();
    spoke.dedup();
    let gates = trials.iter().filter(|trial| trial.experiment == experiment);
    let ratios = all
        .iter()
        .filter_map(|(_, row)| Some(row.found.judgement?.ratio.value));
    let largest = ratios.map(|ratio| ratio.ln().abs()).fold(0.0, f64::max);
    let seconds = seconds_per_case(trials, experiment);
    Some(TableRow::new([
        Cell::words(name),
        Cell::words(all.len().to_string()),
        called(Verdict::Slower),
        called(Verdict::Faster),
        Cell::words(format!("{} of {}", spoke.len(), gates.count())),
        Cell::words(format!("{:.2} %", largest.exp_m1() * 100.0)),
        Cell::words(format!("{seconds:.1}")),
        Cell::words(percent(margin)),
    ]))
}

/// Of measuring, as they were spent, per case of a trial, whatever it found. A trial of Criterion
/// is several comparisons, of which each takes what was planned.
fn seconds_per_case(trials: &[&Trial], experiment: Experiment) -> f64 {
    let of = || trials.iter().filter(|trial| trial.experiment == experiment);
    if experiment == Experiment::Criterion {
        return of().next().map_or(0.0, |trial| trial.seconds_per_case);
    }
    let cases: usize = of().map(|trial| cases(trial)).sum();
    of().map(|trial| trial.seconds).sum::<f64>() / cases.max(1) as f64
}

fn cases(trial: &Trial) -> usize {
    let mut cases = Vec::from_iter(trial.rows.iter().map(|row| &row.case));
    cases.sort_unstable();
    cases.dedup();
    cases.len()
}

/// The margin that a gate has now, where the trials say what it is; else theirs.
fn margin_now(trials: &[&Trial], experiment: Experiment) -> f64 {
    let of = trials.iter().find(|trial| trial.experiment == experiment);
    let theirs = of.map_or(LEAST_MARGIN, |trial| trial.margin);
    let [relinked, bare] = margins(trials);
    let now = match experiment {
        Experiment::RebuildsBare | Experiment::PowerBare => bare,
        Experiment::Criterion | Experiment::NullInstructions | Experiment::PowerInstructions => {
            None
        }
        _ => relinked,
    };
    now.unwrap_or(theirs)
}

/// A trial's verdict under a wider margin than it had: the margin is the last bar that a change
/// must clear, so a change that does not clear it is none.
fn said(row: &TrialRow, margin: f64) -> Option<Verdict> {
    let judgement = row.found.judgement?;
    let clears = judgement.ratio.value.ln().abs() > margin.ln_1p();
    match judgement.verdict {
        Verdict::Slower | Verdict::Faster if !clears => Some(Verdict::Unsure),
        verdict => Some(verdict),
    }
}

/// Where work had been added.
fn power(trials: &[&Trial]) -> Option<Table> {
    let kinds = [
        (Experiment::Power, "relinked arms, 10 s"),
        (Experiment::PowerLong, "relinked arms, 30 s"),
        (Experiment::PowerBare, "one executable, 10 s"),
        (Experiment::Criterion, "Criterion, 10 s"),
        (Experiment::PowerInstructions, "instructions"),
    ];
    let there = |&(experiment, _): &(Experiment, &str)| {
        rows(trials, experiment).any(|(_, row)| row.nominal > 0.0)
    };
    let kinds: Vec<_> = kinds.into_iter().filter(there).collect();
    let heads = kinds.iter().map(|(_, name)| Column::right(*name));
    let row = |nominal| {
        let found = kinds
            .iter()
            .map(|&(experiment, _)| found(trials, experiment, nominal));
        let name = Cell::words(format!("{} slower", percent(nominal)));
        TableRow::new([name, achieved(trials, nominal)].into_iter().chain(found))
    };
    (!kinds.is_empty()).then(|| Table {
        name: "Where work had been added".to_owned(),
        columns: [
            Column::left("called slower, of cases that are"),
            Column::right("achieved"),
        ]
        .into_iter()
        .chain(heads)
        .collect(),
        rows: nominals(trials).into_iter().map(row).collect(),
    })
}

fn achieved(trials: &[&Trial], nominal: f64) -> Cell {
    let rows = trials.iter().flat_map(|trial| &trial.rows);
    let of = rows.filter(|row| row.nominal == nominal);
    let achieved = Vec::from_iter(of.filter_map(|row| row.achieved));
    median(&achieved).map_or(Cell::Blank, |a| Cell::words(format!("{:.2} %", a * 100.0)))
}

fn found(trials: &[&Trial], experiment: Experiment, nominal: f64) -> Cell {
    let all = rows(trials, experiment).filter(|(_, row)| row.nominal == nominal);
    let all = Vec::from_iter(all);
    let margin = margin_now(trials, experiment);
    let slower = |(_, row): &&(&Trial, &TrialRow)| said(row, margin) == Some(Verdict::Slower);
    let found = all.iter().filter(slower).count();
    match all.len() {
        0 => Cell::Blank,
        n => Cell::words(format!(
            "{found} of {n}, {:.0} %",
            100.0 * found as f64 / n as f64
        )),
    }
}

fn missed(trials: &[&Trial]) -> Vec<Phrase> {
    let margin = margin_now(trials, Experiment::Power);
    let missed = rows(trials, Experiment::Power)
        .filter(|(_, row)| row.nominal >= 0.02 && said(row, margin) != Some(Verdict::Slower));
    let line = |(_, row): (&Trial, &TrialRow)| {
        let words = match row.found.judgement {
            Some(judgement) => format!(
                "{} ({:.3}, {:.3} to {:.3})",
                judgement.verdict,
                judgement.ratio.value,
                judgement.ratio.interval.low,
                judgement.ratio.interval.high
            ),
            None => row.found.not_judged.clone().unwrap_or_default(),
        };
        Phrase::code(row.case.to_string())
            .plain(format!(", {} slower: {words}", percent(row.nominal)))
    };
    missed.map(line).collect()
}

fn nominals(trials: &[&Trial]) -> Vec<f64> {
    let all = trials.iter().flat_map(|trial| &trial.rows);
    let by_thousandth: BTreeMap<u64, f64> = all
        .map(|row| ((row.nominal * 1000.0).round() as u64, row.nominal))
        .filter(|&(thousandths, _)| thousandths > 0)
        .collect();
    by_thousandth.into_values().collect()
}

fn rows<'a>(
    trials: &'a [&'a Trial],
    experiment: Experiment,
) -> impl Iterator<Item = (&'a Trial, &'a TrialRow)> {
    let of = trials
        .iter()
        .filter(move |trial| trial.experiment == experiment);
    of.flat_map(|trial| trial.rows.iter().map(|row| (*trial, row)))
}
