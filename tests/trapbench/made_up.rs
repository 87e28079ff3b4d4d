//! Records and rulings that are made up, so that what a report must say of them is known.

use std::path::Path;

use trapbench::record::metric::{Costs, Metric};
use trapbench::record::ruling::{
    CaseRuling, Conclusion, Found, Kind, RULING_SCHEMA, Ruling, SideFacts,
};
use trapbench::record::{
    BackendFacts, Environment, Failure, Header, MachineState, RunEnding, Settings, Turn, Writer,
};
use trapbench::verdict::judge::{Judgement, Verdict};
use trapbench::verdict::{Estimate, Interval};
use trapbench_worker::case::{Case, DEPTHS, Outcome, Strategy};
use trapbench_worker::offer::Offer;

/// What is measured in a record that is made up.
pub struct Run<'a> {
    pub backends: &'a [&'a str],
    pub depths: &'a [u32],
    pub processes: u32,
    pub wanted: fn(&Case) -> bool,
    /// Of the sentinel's stopped calls.
    pub factor: f64,
    pub failures: &'a [(&'a str, &'a str)],
}

pub const WHOLE: Run = Run {
    backends: &["wasmer-cranelift", "wasmer-llvm", "wasmer-singlepass"],
    depths: &DEPTHS,
    processes: 4,
    wanted: |_| true,
    factor: 1.0,
    failures: &[],
};

/// ns per call.
fn truth(case: &Case, factor: f64) -> f64 {
    let (depth, host) = (f64::from(case.depth()), f64::from(case.place().host_frames));
    match (case.series.strategy(), case.series.outcome()) {
        (Strategy::Reset, Outcome::Exit) => 25.0 + 2.0 * depth,
        (Strategy::Reset, Outcome::Complete) => 20.0 + 3.0 * depth,
        (Strategy::Result, _) => 10.0 + 3.0 * depth,
        (Strategy::Panic, Outcome::Exit) => 4000.0 + 350.0 * depth,
        (Strategy::Panic, Outcome::Complete) => 12.0 + 3.0 * depth,
        (Strategy::Sentinel, Outcome::Exit) => (60.0 + 5.0 * depth) * factor,
        (Strategy::Sentinel, Outcome::Complete) => 51.0 + 5.5 * depth,
        (_, Outcome::Complete) => 50.0 + 5.0 * depth,
        (Strategy::Raise, _) => 5000.0 + depth + 250.0 * host,
        (Strategy::RaisePrebuilt, _) => 150.0 + depth,
        (Strategy::RaiseTraced | Strategy::Unreachable, _) => 2500.0 + 350.0 * depth,
    }
}

impl Run<'_> {
    pub fn record(&self, results: &Path) -> String {
        let mut writer = Writer::create(results, &self.header()).unwrap();
        for round in 0..self.processes * 2 {
            let process = round / 2;
            let turn = |case: Case| {
                let placed = 1.0 + 0.001 * f64::from(process % 3);
                let ns = (truth(&case, self.factor) * placed * 1e4).round() as u64;
                Turn {
                    process,
                    round,
                    turn: 0,
                    case,
                    iterations: 10_000,
                    there_ns: ns,
                    back_ns: ns,
                }
            };
            let cases = self.backends.iter().flat_map(|id| {
                let id = id.parse().unwrap();
                Offer::before_offers(&id).cases(&id, Some(self.depths))
            });
            let turns: Vec<Turn> = cases.filter(self.wanted).map(turn).collect();
            let failures = self.failures.iter();
            let failures: Vec<Failure> = failures
                .map(|(subject, reason)| Failure::new(process, round, *subject, *reason))
                .collect();
            writer.round(process, round, &turns, &failures).unwrap();
        }
        let end = writer.end(RunEnding::Finished);
        writer.finish(end).unwrap().to_str().unwrap().to_owned()
    }

    fn header(&self) -> Header {
        let versions = |id: &&str| BackendFacts {
            host_frames: Some(8),
            ..BackendFacts::before_offers(id, [("engine".to_owned(), "1.2".to_owned())].into(), "0")
        };
        Header {
            command: ["trapbench", "measure", "a (b)"]
                .map(str::to_owned)
                .to_vec(),
            started: Header::now(),
            settings: Settings {
                filter: None,
                depths: self.depths.to_vec(),
                slice_ms: 1.5,
                budget_s: 1.0,
                seed: 0,
                pinned_core: Some(0),
                pinning_note: None,
                relinks: None,
                module: None,
                keep_environment: false,
            },
            backends: self.backends.iter().map(versions).collect(),
            fixture: "0".to_owned(),
            environment: Environment::capture(),
            state: MachineState::now(),
        }
    }
}

/// A gate's ruling on `cases`, each with what was found of the head, the size of that change as a
/// fraction, and what was found of the control; its conclusion follows from them.
pub fn ruling(cases: &[(&str, Verdict, f64, Verdict)]) -> Ruling {
    let case = |&(id, head, change, control): &(&str, Verdict, f64, Verdict)| CaseRuling {
        case: id.parse().unwrap(),
        costs: Costs::of(
            Metric::Time,
            [
                ("base", Some(1000.0)),
                ("head", Some(1000.0 * (1.0 + change))),
            ],
        ),
        head: found(head, change),
        control: found(control, 0.001),
        accepted: None,
    };
    let side = |name: &str, wasmer: &str| SideFacts {
        name: name.to_owned(),
        relinks: 20,
        versions: [(
            "wasmer-cranelift".to_owned(),
            [("wasmer".to_owned(), wasmer.to_owned())].into(),
        )]
        .into(),
    };
    let mut ruling = Ruling {
        kind: Kind::Gate,
        schema: RULING_SCHEMA,
        metric: Metric::Time,
        conclusion: Conclusion::Passed,
        command: [
            "trapbench",
            "gate",
            "--base",
            "wasmer@7.4.1",
            "raise/(exit)",
        ]
        .map(str::to_owned)
        .to_vec(),
        started: Header::now(),
        seconds: 312.4,
        base: side("wasmer@7.4.1", "7.4.1"),
        head: side("wasmer@7.4.2", "7.4.2"),
        margin: 0.013,
        margin_source: "what neutral rebuilds came to".to_owned(),
        screening_level: 0.9,
        confirmation_level: 0.998,
        seconds_per_case: 30.0,
        cases: cases.iter().map(case).collect(),
        failures: Vec::new(),
        remarks: Vec::new(),
        environment: Environment::capture(),
    };
    ruling.conclusion = Ruling::concluded(&ruling.cases, &[], false);
    ruling
}

fn found(verdict: Verdict, change: f64) -> Found {
    let value = 1.0 + change;
    let interval = Interval {
        low: value - 0.004,
        high: value + 0.004,
    };
    Found {
        judgement: Some(Judgement {
            ratio: Estimate { value, interval },
            verdict,
            smallest_visible_change: 0.018,
        }),
        not_judged: None,
        screening: vec![change; 20],
        confirmation: (verdict != Verdict::Same).then(|| vec![change; 20]),
    }
}
