//! The questions of the suite, answered backend by backend.

use std::collections::{BTreeMap, BTreeSet};

use super::at_value::AtValue;
use super::floor::floor;
use super::phrase::Phrase;
use super::samples::{Samples, in_all};
use crate::record::Header;
use crate::verdict::break_even::{BreakEven, break_even};
use crate::verdict::fit::{DepthFit, fit_over_depth};
use crate::verdict::{Estimate, LEVEL};
use trapbench_worker::case::{Axis, BackendId, Case, OTHER_AXES_DEPTH, Series, Strategy, Value};
use trapbench_worker::offer::Offer;

/// The suite's questions, answered for each backend that was measured.
#[derive(Clone, Debug)]
pub struct Answers {
    /// In the order of their names; those that execute no WebAssembly come last.
    pub backends: Vec<BackendAnswers>,
    /// The whole call of the bare mechanism, ns.
    pub floor: Option<Estimate>,
    /// Process sets, and rounds over all of them.
    pub processes: usize,
    pub rounds: usize,
}

/// One backend's answers. A quantity that was not measured is absent; one that was measured in
/// fewer than two processes has no interval and is absent too.
#[derive(Clone, Debug)]
pub struct BackendAnswers {
    pub backend: BackendId,
    /// What it can do.
    pub offer: Offer,
    /// Which checks its worker could not make.
    pub unverified: Vec<String>,
    /// Native frames under each call, where its worker knows.
    pub host_frames: Option<usize>,
    /// What is known at each value of each axis that was measured, in the values' order.
    pub axes: BTreeMap<Axis, Vec<AtValue>>,
    /// Whole calls over depth, in ns: a straight line, and how far from straight they are.
    pub lines: BTreeMap<Series, DepthFit>,
    /// Above which depth each strategy that leaves the guest's frames beats the sentinel.
    pub break_even: BTreeMap<Strategy, BreakEven>,
}

impl Answers {
    /// `header` is the record's own: it says what each backend can do.
    pub fn of(samples: &Samples, header: &Header) -> Answers {
        let offers = header.offers();
        let backends: BTreeSet<&BackendId> = samples.cases().map(|case| &case.backend).collect();
        let offer = |id: &BackendId| offers.get(id).cloned().unwrap_or_default();
        let mut backends = Vec::from_iter(backends);
        backends.sort_by_key(|backend| !offer(backend).executes_wasm());
        let sizes = samples.cases().map(|case| samples.size(case));
        let (processes, rounds) = sizes.fold((0, 0), |most, size| {
            (most.0.max(size.0), most.1.max(size.1))
        });
        Answers {
            backends: backends
                .into_iter()
                .map(|backend| BackendAnswers::of(samples, backend, offer(backend), header))
                .collect(),
            floor: floor(samples),
            processes,
            rounds,
        }
    }
}

impl BackendAnswers {
    fn of(samples: &Samples, backend: &BackendId, offer: Offer, header: &Header) -> BackendAnswers {
        let facts = header.facts(backend);
        let of_axis = |&axis: &Axis| {
            let values = samples.values(backend, axis);
            let at = |value| AtValue::of(samples, backend, &offer, axis, value);
            let at = Vec::from_iter(values.into_iter().map(at));
            (!at.is_empty()).then_some((axis, at))
        };
        let axes = Axis::ALL.iter().filter_map(of_axis).collect();
        let depths = samples.values(backend, Axis::Depth).into_iter();
        let depths = Vec::from_iter(depths.filter_map(|value| value.number()));
        let at = |series, depth: u32| Case {
            axis: Axis::Depth,
            series,
            backend: backend.clone(),
            value: depth.into(),
        };
        BackendAnswers {
            backend: backend.clone(),
            axes,
            lines: lines(samples, &offer, &depths, at),
            break_even: break_evens(samples, &offer, &depths, at),
            unverified: facts.map_or_else(Vec::new, |facts| facts.unverified.clone()),
            host_frames: facts.and_then(|facts| facts.host_frames),
            offer,
        }
    }

    /// Its name as a table has it: with what its worker could not check.
    pub fn title(&self) -> Phrase {
        let name = Phrase::code(self.backend.as_str());
        match self.unverified.join(", ") {
            none if none.is_empty() => name,
            checks => name.plain(format!(" ({checks} unverified)")),
        }
    }

    /// What is known over an axis; nothing where it was not measured.
    pub fn over(&self, axis: Axis) -> &[AtValue] {
        self.axes.get(&axis).map_or(&[], Vec::as_slice)
    }

    pub fn depths(&self) -> &[AtValue] {
        self.over(Axis::Depth)
    }

    pub fn at(&self, axis: Axis, value: &Value) -> Option<&AtValue> {
        self.over(axis).iter().find(|at| &at.value == value)
    }

    pub fn at_depth(&self, depth: u32) -> Option<&AtValue> {
        self.at(Axis::Depth, &depth.into())
    }

    /// How its guest can be told to stop, in the order of the tables.
    pub fn strategies(&self) -> Vec<Strategy> {
        self.offer.strategies()
    }

    /// Whether a table has what stopping adds to a call. Of native frames it has whole calls: with
    /// nothing around them that is their cost, and one of them is the floor.
    pub fn shows_added(&self) -> bool {
        self.offer.executes_wasm()
    }

    /// The depth at which the answer is said in a sentence: that of all other axes where it was
    /// measured, else the middle one.
    pub fn spoken_depth(&self) -> Option<&AtValue> {
        let depths = self.depths();
        let spoken = self.at_depth(OTHER_AXES_DEPTH);
        spoken.or_else(|| depths.get(depths.len() / 2))
    }
}

fn lines(
    samples: &Samples,
    offer: &Offer,
    depths: &[u32],
    at: impl Fn(Series, u32) -> Case,
) -> BTreeMap<Series, DepthFit> {
    let line = |series| {
        let cases: Vec<Case> = depths.iter().map(|&depth| at(series, depth)).collect();
        let fit = fit_over_depth(depths, &samples.costs(&cases), LEVEL);
        Some((series, fit.ok()?))
    };
    offer.series().into_iter().filter_map(line).collect()
}

fn break_evens(
    samples: &Samples,
    offer: &Offer,
    depths: &[u32],
    at: impl Fn(Series, u32) -> Case,
) -> BTreeMap<Strategy, BreakEven> {
    let one = |strategy: Strategy| {
        let stops = depths.iter().map(|&depth| {
            let (raise, sentinel) = (
                at(strategy.exit(), depth),
                at(Strategy::Sentinel.exit(), depth),
            );
            samples.per_process([&raise, &sentinel], |[raise, sentinel]| raise - sentinel)
        });
        let found = break_even(depths, &in_all(stops), LEVEL);
        Some((strategy, found.ok()?))
    };
    let strategies = offer.strategies().into_iter();
    let abandoning = strategies.filter(|strategy| strategy.abandons_frames());
    abandoning.filter_map(one).collect()
}
