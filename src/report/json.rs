//! The answers as JSON, for other programs. The schema is `docs/report-schema.md`.
//!
//! The wire types are apart from the ones that are computed with: those may change their shape,
//! these only with [`SCHEMA`].

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::answers::{Answers, BackendAnswers};
use super::at_value::AtValue;
use super::comparison::{ComparedCase, Comparison};
use super::gaps::gaps;
use super::notes::remarks;
use super::samples::Samples;
use super::spread::Spread;
use crate::record::{Failure, Header, Record};
use crate::verdict::Estimate;
use crate::verdict::break_even::BreakEven;
use crate::verdict::exit_rate::ExitRate;
use crate::verdict::fit::DepthFit;
use trapbench_worker::case::{Axis, Strategy, Value as AxisValue};

/// A changed meaning or a field that goes takes a new number; a new field does not.
pub const SCHEMA: u32 = 2;

/// A record's answers, as one line of JSON.
pub fn record(record: &Record, name: &str) -> String {
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
            .map(|(case, spread)| (case.to_string(), Scatter::of(spread)))
            .collect(),
        missing: gaps(record, &samples),
        remarks: remarks(record),
        failures: &record.failures,
    })
}

/// The verdicts of a comparison, as one line of JSON.
pub fn comparison(comparison: &Comparison) -> String {
    let judged = |case: &ComparedCase| Judged {
        case: case.case.to_string(),
        verdict: case
            .judgement
            .as_ref()
            .ok()
            .map(|judged| judged.verdict.to_string()),
        ratio: case
            .judgement
            .as_ref()
            .ok()
            .map(|judged| Figure::of(judged.ratio)),
        smallest_visible_change: case
            .judgement
            .as_ref()
            .ok()
            .map(|judged| judged.smallest_visible_change),
        not_judged: case.judgement.as_ref().err().map(ToString::to_string),
    };
    line(&Compared {
        schema: SCHEMA,
        kind: "comparison",
        first: &comparison.first,
        second: &comparison.second,
        geometric_mean: comparison.geometric_mean.map(Figure::of),
        cases: comparison.cases.iter().map(judged).collect(),
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
    turns: BTreeMap<String, Scatter>,
    missing: Vec<String>,
    remarks: Vec<String>,
    failures: &'a [Failure],
}

#[derive(Serialize)]
struct Backend {
    backend: String,
    depths: Vec<Depth>,
    lines: BTreeMap<String, Slope>,
    break_even: BTreeMap<String, Value>,
    host_stack: Vec<Height>,
    axes: Vec<OverAxis>,
}

#[derive(Serialize)]
struct Depth {
    depth: u32,
    #[serde(flatten)]
    known: Known,
}

/// At one value of an axis.
#[derive(Serialize)]
struct Known {
    cost: BTreeMap<String, Figure>,
    added: BTreeMap<String, Figure>,
    over_sentinel: BTreeMap<String, Figure>,
    over_floor: BTreeMap<String, Figure>,
    /// Over the completing call of a raise.
    tax: Option<Figure>,
    /// Over each completing call of code without tests.
    taxes: BTreeMap<String, Figure>,
    exit_rate: BTreeMap<String, Value>,
    cheapest: Vec<String>,
}

#[derive(Serialize)]
struct Height {
    frames: u32,
    added: BTreeMap<String, Figure>,
}

/// Any axis but depth.
#[derive(Serialize)]
struct OverAxis {
    axis: &'static str,
    unit: &'static str,
    values: Vec<ValueAnswers>,
}

#[derive(Serialize)]
struct ValueAnswers {
    value: AxisValue,
    #[serde(flatten)]
    known: Known,
    above_lowest: BTreeMap<String, Figure>,
}

#[derive(Serialize)]
struct Slope {
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
struct Scatter {
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
            depths: answers.depths().iter().map(Depth::of).collect(),
            lines: named(&answers.lines, Slope::of),
            break_even: named(&answers.break_even, break_even),
            host_stack: answers
                .over(Axis::HostStack)
                .iter()
                .filter_map(Height::of)
                .collect(),
            axes: answers
                .axes
                .iter()
                .filter(|(axis, _)| **axis != Axis::Depth)
                .map(|(&axis, values)| OverAxis::of(axis, values))
                .collect(),
        }
    }
}

impl Depth {
    fn of(at: &AtValue) -> Depth {
        Depth {
            depth: at.depth(),
            known: Known::of(at),
        }
    }
}

impl Height {
    /// Nothing of the call that the others are held against.
    fn of(at: &AtValue) -> Option<Height> {
        let frames = at.value.number().filter(|&frames| frames > 0)?;
        Some(Height {
            frames,
            added: figures(&at.above_lowest),
        })
    }
}

impl OverAxis {
    fn of(axis: Axis, values: &[AtValue]) -> OverAxis {
        let row = axis.row();
        let place = |at: &AtValue| ValueAnswers {
            value: at.value.clone(),
            known: Known::of(at),
            above_lowest: figures(&at.above_lowest),
        };
        OverAxis {
            axis: row.name,
            unit: row.unit,
            values: values.iter().map(place).collect(),
        }
    }
}

impl Known {
    fn of(at: &AtValue) -> Known {
        let tax = at.tax.get(&Strategy::Raise.complete());
        Known {
            cost: figures(&at.cost),
            added: figures(&at.added),
            over_sentinel: figures(&at.over_sentinel),
            over_floor: figures(&at.over_floor),
            tax: tax.map(|&tax| Figure::of(tax)),
            taxes: figures(&at.tax),
            exit_rate: named(&at.exit_rate, exit_rate),
            cheapest: at.cheapest.iter().map(ToString::to_string).collect(),
        }
    }
}

impl Slope {
    fn of(fit: &DepthFit) -> Slope {
        Slope {
            base: Figure::of(fit.base),
            slope: Figure::of(fit.slope),
            worst_miss: fit.lack_of_fit.map(|miss| miss.relative),
            worst_miss_depth: fit.lack_of_fit.map(|miss| miss.depth),
        }
    }
}

impl Scatter {
    fn of(spread: &Spread) -> Scatter {
        Scatter {
            turns: spread.turns,
            median: spread.median,
            tenth: spread.tenths.0,
            ninetieth: spread.tenths.1,
        }
    }
}

fn figures<K: ToString>(map: &BTreeMap<K, Estimate>) -> BTreeMap<String, Figure> {
    named(map, |&figure| Figure::of(figure))
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
