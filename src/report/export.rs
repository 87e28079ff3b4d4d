//! The answers as JSON, for other programs. The schema is `docs/report-schema.md`.
//!
//! The wire types are apart from the ones that are computed with: those may change their shape,
//! these only with [`SCHEMA`].

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::answers::{Answers, AtDepth, BackendAnswers};
use super::comparison::Comparison;
use super::gaps::gaps;
use super::notes::remarks;
use super::samples::Samples;
use super::spread::Spread;
use crate::record::{Failure, Header, Record};
use crate::verdict::Estimate;
use crate::verdict::break_even::BreakEven;
use crate::verdict::exit_rate::ExitRate;
use crate::verdict::fit::DepthFit;

/// A changed meaning or a field that goes takes a new number; a new field does not.
pub const SCHEMA: u32 = 2;

/// A record's answers, as one line of JSON.
pub fn record_json(record: &Record, name: &str) -> String {
    let samples = Samples::of(&record.turns);
    let answers = Answers::of(&samples, &record.header);
    let spreads = Spread::of_cases(&record.turns);
    line(&Report {
        schema: SCHEMA,
        kind: "record",
        record: name,
        header: &record.header,
        processes: answers.processes,
        rounds: answers.rounds,
        floor: answers.floor.map(Figure::of),
        backends: answers.backends.iter().map(Backend::of).collect(),
        turns: spreads
            .iter()
            .map(|(case, spread)| (case.to_string(), Turns::of(spread)))
            .collect(),
        missing: gaps(record, &samples),
        remarks: remarks(record),
        failures: &record.failures,
    })
}

/// The verdicts of a comparison, as one line of JSON.
pub fn comparison_json(comparison: &Comparison) -> String {
    let row = |row: &super::comparison::Row| Judged {
        case: row.case.to_string(),
        verdict: row
            .judgement
            .as_ref()
            .ok()
            .map(|judged| judged.verdict.to_string()),
        ratio: row
            .judgement
            .as_ref()
            .ok()
            .map(|judged| Figure::of(judged.ratio)),
        smallest_visible_change: row
            .judgement
            .as_ref()
            .ok()
            .map(|judged| judged.smallest_visible_change),
        not_judged: row.judgement.as_ref().err().map(ToString::to_string),
    };
    line(&Compared {
        schema: SCHEMA,
        kind: "comparison",
        first: &comparison.first,
        second: &comparison.second,
        geometric_mean: comparison.geometric_mean.map(Figure::of),
        cases: comparison.rows.iter().map(row).collect(),
    })
}

fn line(document: &impl Serialize) -> String {
    serde_json::to_string(document).expect("maps have text keys, and writing to memory works")
}

#[derive(Serialize)]
struct Report<'a> {
    schema: u32,
    kind: &'static str,
    record: &'a str,
    header: &'a Header,
    processes: usize,
    rounds: usize,
    floor: Option<Figure>,
    backends: Vec<Backend>,
    turns: BTreeMap<String, Turns>,
    missing: Vec<String>,
    remarks: Vec<String>,
    failures: &'a [Failure],
}

#[derive(Serialize)]
struct Backend {
    backend: String,
    depths: Vec<Depth>,
    lines: BTreeMap<String, Line>,
    break_even: BTreeMap<String, Value>,
    host_stack: Vec<Height>,
}

#[derive(Serialize)]
struct Depth {
    depth: u32,
    cost: BTreeMap<String, Figure>,
    added: BTreeMap<String, Figure>,
    over_sentinel: BTreeMap<String, Figure>,
    over_floor: BTreeMap<String, Figure>,
    tax: Option<Figure>,
    exit_rate: BTreeMap<String, Value>,
    cheapest: Vec<String>,
}

#[derive(Serialize)]
struct Height {
    frames: u32,
    added: BTreeMap<String, Figure>,
}

#[derive(Serialize)]
struct Line {
    base: Figure,
    slope: Figure,
    worst_miss: Option<f64>,
    worst_miss_depth: Option<u32>,
}

/// JSON has no infinity: an end that is open is `null`.
#[derive(Serialize)]
struct Figure {
    value: f64,
    low: f64,
    high: f64,
}

#[derive(Serialize)]
struct Turns {
    turns: usize,
    median: f64,
    tenth: f64,
    ninetieth: f64,
}

#[derive(Serialize)]
struct Compared<'a> {
    schema: u32,
    kind: &'static str,
    first: &'a str,
    second: &'a str,
    geometric_mean: Option<Figure>,
    cases: Vec<Judged>,
}

#[derive(Serialize)]
struct Judged {
    case: String,
    verdict: Option<String>,
    ratio: Option<Figure>,
    smallest_visible_change: Option<f64>,
    not_judged: Option<String>,
}

impl Figure {
    fn of(estimate: Estimate) -> Figure {
        Figure {
            value: estimate.value,
            low: estimate.interval.low,
            high: estimate.interval.high,
        }
    }
}

impl Backend {
    fn of(answers: &BackendAnswers) -> Backend {
        Backend {
            backend: answers.backend.to_string(),
            depths: answers.depths.iter().map(Depth::of).collect(),
            lines: named(&answers.lines, Line::of),
            break_even: named(&answers.break_even, break_even),
            host_stack: answers
                .host_stack
                .iter()
                .map(|at| Height {
                    frames: at.frames,
                    added: named(&at.added, |&added| Figure::of(added)),
                })
                .collect(),
        }
    }
}

impl Depth {
    fn of(at: &AtDepth) -> Depth {
        Depth {
            depth: at.depth,
            cost: named(&at.cost, |&cost| Figure::of(cost)),
            added: named(&at.added, |&added| Figure::of(added)),
            over_sentinel: named(&at.over_sentinel, |&ratio| Figure::of(ratio)),
            over_floor: named(&at.over_floor, |&distance| Figure::of(distance)),
            tax: at.tax.map(Figure::of),
            exit_rate: named(&at.exit_rate, exit_rate),
            cheapest: at.cheapest.iter().map(ToString::to_string).collect(),
        }
    }
}

impl Line {
    fn of(fit: &DepthFit) -> Line {
        Line {
            base: Figure::of(fit.base),
            slope: Figure::of(fit.slope),
            worst_miss: fit.lack_of_fit.map(|miss| miss.relative),
            worst_miss_depth: fit.lack_of_fit.map(|miss| miss.depth),
        }
    }
}

impl Turns {
    fn of(spread: &Spread) -> Turns {
        Turns {
            turns: spread.turns,
            median: spread.median,
            tenth: spread.tenths.0,
            ninetieth: spread.tenths.1,
        }
    }
}

fn named<K: ToString, V, T>(map: &BTreeMap<K, V>, of: impl Fn(&V) -> T) -> BTreeMap<String, T> {
    map.iter()
        .map(|(name, value)| (name.to_string(), of(value)))
        .collect()
}

fn exit_rate(rate: &ExitRate) -> Value {
    let (answer, one_in) = match rate {
        ExitRate::RaiseIfFewerThanOneIn(n) => ("raise-if-fewer-than-one-in", Some(n)),
        ExitRate::RaiseIfMoreThanOneIn(n) => ("raise-if-more-than-one-in", Some(n)),
        ExitRate::AlwaysRaise => ("always-raise", None),
        ExitRate::AlwaysSentinel => ("always-sentinel", None),
        ExitRate::NotResolved { .. } => ("not-resolved", None),
    };
    serde_json::json!({ "answer": answer, "one_in": one_in.map(|&n| Figure::of(n)) })
}

fn break_even(found: &BreakEven) -> Value {
    match found {
        BreakEven::At(crossing) => serde_json::json!({
            "answer": "at",
            "depth": Figure::of(crossing.depth),
            "bracket": [crossing.bracket.0, crossing.bracket.1],
            "wins_above": crossing.above.to_string(),
        }),
        BreakEven::RaiseWinsAtEveryDepth => {
            serde_json::json!({ "answer": "raise-wins-at-every-depth" })
        }
        BreakEven::SentinelWinsAtEveryDepth => {
            serde_json::json!({ "answer": "sentinel-wins-at-every-depth" })
        }
        BreakEven::NotResolved { depths, elsewhere } => serde_json::json!({
            "answer": "not-resolved",
            "depths": depths,
            "wins_elsewhere": elsewhere.map(|winner| winner.to_string()),
        }),
        BreakEven::SeveralCrossings { brackets } => serde_json::json!({
            "answer": "several-crossings",
            "brackets": brackets,
        }),
    }
}
