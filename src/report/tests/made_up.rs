//! Records whose truth is known.

use std::collections::BTreeMap;

use crate::record::{BackendFacts, Environment, Header, MachineState, Record, Settings, Turn};
use trapbench_worker::case::{BackendId, Case, DEPTHS, Outcome, Strategy};
use trapbench_worker::offer::Offer;

pub const PROCESSES: u32 = 4;
pub const ROUNDS: u32 = 3;

/// ns per call; `slower` is the backend's factor.
pub fn truth(case: &Case) -> f64 {
    let slower = if case.backend.as_str() == "slow" {
        2.0
    } else {
        1.0
    };
    let depth = f64::from(case.depth());
    let host = f64::from(case.place().host_frames);
    let ns = match (case.series.strategy(), case.series.outcome()) {
        (Strategy::Reset, Outcome::Exit) => 25.0 + 2.0 * depth,
        (Strategy::Reset, Outcome::Complete) => 20.0 + 3.0 * depth,
        (Strategy::Result, _) => 10.0 + 3.0 * depth,
        (Strategy::Panic, Outcome::Exit) => 4000.0 + 350.0 * depth,
        (Strategy::Panic, Outcome::Complete) => 12.0 + 3.0 * depth,
        (Strategy::Sentinel, Outcome::Exit) => 60.0 + 4.9 * depth,
        (Strategy::Sentinel, Outcome::Complete) => 51.0 + 5.5 * depth,
        (_, Outcome::Complete) => 50.0 + 5.0 * depth,
        (Strategy::Raise, _) => 5000.0 + depth + 250.0 * host,
        (Strategy::RaisePrebuilt, _) => 150.0 + depth,
        (Strategy::RaiseTraced, _) => 2500.0 + 350.0 * depth,
        _ => 800.0 + depth,
    };
    slower * ns
}

/// Every case of `backends` that `wanted` lets through, on a machine that is 40 % slower in
/// every other round, and whose processes differ by a thousandth.
pub fn record(backends: &[&str], wanted: impl Fn(&Case) -> bool) -> Record {
    record_of(backends, Offer::before_offers, wanted)
}

pub fn record_of(
    backends: &[&str],
    offer: impl Fn(&BackendId) -> Offer,
    wanted: impl Fn(&Case) -> bool,
) -> Record {
    let mut turns = Vec::new();
    let mut header = header(backends);
    for (backend, facts) in backends.iter().zip(&mut header.backends) {
        let id: BackendId = backend.parse().unwrap();
        facts.offer = offer(&id).lines();
        for case in offer(&id).cases(&id, None) {
            for round in (0..PROCESSES * ROUNDS).filter(|_| wanted(&case)) {
                let process = round / ROUNDS;
                let mood = if round % 2 == 0 { 1.0 } else { 1.4 };
                let placed = 1.0 + 0.001 * f64::from(process % 3);
                let ns = (truth(&case) * mood * placed * 1e6).round() as u64;
                turns.push(Turn {
                    process,
                    round,
                    turn: 0,
                    case: case.clone(),
                    iterations: 1_000_000,
                    there_ns: ns,
                    back_ns: ns,
                });
            }
        }
    }
    Record {
        header,
        rounds: Vec::new(),
        turns,
        failures: Vec::new(),
        end: None,
        notes: Vec::new(),
    }
}

pub fn header(backends: &[&str]) -> Header {
    let versions = |id: &&str| BackendFacts {
        host_frames: Some(8),
        ..BackendFacts::before_offers(
            id,
            BTreeMap::from([("engine".to_owned(), "1.2".to_owned())]),
            "0",
        )
    };
    Header {
        command: Vec::new(),
        started: Header::now(),
        settings: Settings {
            filter: None,
            depths: DEPTHS.to_vec(),
            slice_ms: 1.5,
            budget_s: 1.0,
            seed: 0,
            pinned_core: None,
            pinning_note: Some("nothing is pinned".to_owned()),
            relinks: None,
            module: None,
            keep_environment: false,
        },
        backends: backends.iter().map(versions).collect(),
        fixture: "0".to_owned(),
        environment: Environment::capture(),
        state: MachineState::now(),
    }
}

pub fn close(found: f64, expected: f64) {
    let miss = (found - expected).abs() / expected.abs().max(1.0);
    assert!(miss < 0.002, "{found} is not {expected}");
}
