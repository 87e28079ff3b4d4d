use std::collections::{BTreeMap, BTreeSet};

use super::floor::{floor, over_floor};
use super::samples::{Samples, in_all};
use crate::record::Header;
use crate::verdict::break_even::{BreakEven, break_even};
use crate::verdict::exit_rate::{ExitRate, exit_rate};
use crate::verdict::fit::{DepthFit, fit_over_depth};
use crate::verdict::interval::mean_over_processes;
use crate::verdict::{Estimate, LEVEL};
use trapbench_worker::case::{Axis, BackendId, Case, OTHER_AXES_DEPTH, Outcome, Series, Strategy};
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
    pub depths: Vec<AtDepth>,
    /// Whole calls over depth, in ns: a straight line, and how far from straight they are.
    pub lines: BTreeMap<Series, DepthFit>,
    /// Above which depth each raising strategy beats the sentinel.
    pub break_even: BTreeMap<Strategy, BreakEven>,
    pub host_stack: Vec<AtHeight>,
}

/// What is known at one depth. All costs in ns per call.
#[derive(Clone, Debug)]
pub struct AtDepth {
    pub depth: u32,
    /// Whole calls.
    pub cost: BTreeMap<Series, Estimate>,
    /// An exiting call minus a completing one of the same code.
    pub added: BTreeMap<Strategy, Estimate>,
    /// Whole exiting calls: each raising strategy's over the sentinel's.
    pub over_sentinel: BTreeMap<Strategy, Estimate>,
    /// What each raising strategy adds, in calls of the bare mechanism: added cost over floor.
    pub over_floor: BTreeMap<Strategy, Estimate>,
    /// What the sentinel's tests cost a call that completes: `S_done − R_done`.
    pub tax: Option<Estimate>,
    /// At which share of early exits which strategy wins.
    pub exit_rate: BTreeMap<Strategy, ExitRate>,
    /// Whose exiting call is cheapest, and those that cannot be told from it. Native frames have
    /// none: nobody has the choice.
    pub cheapest: Vec<Strategy>,
}

/// What extra host frames under the call add, at guest depth [`OTHER_AXES_DEPTH`].
#[derive(Clone, Debug)]
pub struct AtHeight {
    /// Extra host frames.
    pub frames: u32,
    /// ns per exiting call above the same call with no extra frame.
    pub added: BTreeMap<Strategy, Estimate>,
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
        let values = |axis| -> BTreeSet<u32> {
            let mine = |case: &&Case| case.axis == axis && &case.backend == backend;
            samples
                .cases()
                .filter(mine)
                .filter_map(|case| case.value.number())
                .collect()
        };
        let case = |axis, series, value: u32| Case {
            axis,
            series,
            backend: backend.clone(),
            value: value.into(),
        };
        let at = |series, depth| case(Axis::Depth, series, depth);
        let depths = Vec::from_iter(values(Axis::Depth));
        BackendAnswers {
            backend: backend.clone(),
            depths: depths
                .iter()
                .map(|&depth| AtDepth::of(samples, backend, &offer, depth))
                .collect(),
            lines: lines(samples, &offer, &depths, at),
            break_even: break_evens(samples, &depths, at),
            host_stack: values(Axis::HostStack)
                .into_iter()
                .filter(|&frames| frames > 0)
                .map(|frames| {
                    AtHeight::of(samples, &offer, frames, |series, value| {
                        case(Axis::HostStack, series, value)
                    })
                })
                .collect(),
            unverified: header
                .facts(backend)
                .map_or_else(Vec::new, |facts| facts.unverified.clone()),
            offer,
        }
    }

    /// Its name as a table has it: with what its worker could not check.
    pub fn title(&self) -> String {
        match self.unverified.join(", ") {
            none if none.is_empty() => self.backend.to_string(),
            checks => format!("{} ({checks} unverified)", self.backend),
        }
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

    /// The depth at which the answer is said in a sentence: that of the host-stack axis where
    /// it was measured, else the middle one.
    pub fn spoken_depth(&self) -> Option<&AtDepth> {
        let at_host_stack = |at: &&AtDepth| at.depth == OTHER_AXES_DEPTH;
        let spoken = self.depths.iter().find(at_host_stack);
        spoken.or_else(|| self.depths.get(self.depths.len() / 2))
    }
}

impl AtDepth {
    fn of(samples: &Samples, backend: &BackendId, offer: &Offer, depth: u32) -> AtDepth {
        let case = |series| Case {
            axis: Axis::Depth,
            series,
            backend: backend.clone(),
            value: depth.into(),
        };
        let exit = |strategy: Strategy| case(strategy.exit());
        let complete = |strategy: Strategy| case(strategy.complete());
        let over_processes = |values: BTreeMap<u32, f64>| {
            mean_over_processes(&Vec::from_iter(values.into_values()), LEVEL)
        };
        let difference = |a: &Case, b: &Case| samples.per_process([a, b], |[a, b]| a - b);
        let log_ratio =
            |a: &Case, b: &Case| over_processes(samples.per_process([a, b], |[a, b]| (a / b).ln()));

        let tax = difference(&complete(Strategy::Sentinel), &complete(Strategy::Raise));
        let cost = offer
            .series()
            .into_iter()
            .filter_map(|series| {
                let cost = over_processes(samples.per_process([&case(series)], |[ns]| ns))?;
                Some((series, cost))
            })
            .collect();
        let cheapest = match offer.executes_wasm() {
            true => cheapest(&cost, |a, b| log_ratio(&exit(a), &exit(b))),
            false => Vec::new(),
        };
        let added = |strategy| difference(&exit(strategy), &complete(strategy));
        AtDepth {
            depth,
            added: offer
                .strategies()
                .into_iter()
                .filter_map(|strategy| Some((strategy, over_processes(added(strategy))?)))
                .collect(),
            over_floor: Strategy::all_abandoning()
                .filter_map(|strategy| {
                    let distance = over_floor(samples, &exit(strategy), &complete(strategy))?;
                    Some((strategy, distance))
                })
                .collect(),
            over_sentinel: Strategy::all_abandoning()
                .filter_map(|strategy| {
                    let ratio = log_ratio(&exit(strategy), &exit(Strategy::Sentinel))?;
                    Some((strategy, ratio.map_increasing(f64::exp)))
                })
                .collect(),
            exit_rate: Strategy::all_abandoning()
                .filter_map(|strategy| {
                    let stop = difference(&exit(strategy), &exit(Strategy::Sentinel));
                    let paired = in_all([tax.clone(), stop]);
                    let column = |at: usize| Vec::from_iter(paired.iter().map(|row| row[at]));
                    Some((strategy, spoken(&column(0), &column(1))?))
                })
                .collect(),
            tax: over_processes(tax),
            cheapest,
            cost,
        }
    }
}

/// How sure the signs of tax and stop must be before a strategy is recommended. A page holds
/// dozens of recommendations: at 95 % one of them would be wrong on most pages.
const SPOKEN: f64 = 0.99;

/// The recommendation, where it may be spoken; its number has the interval of every other.
fn spoken(tax: &[f64], stop: &[f64]) -> Option<ExitRate> {
    match exit_rate(tax, stop, SPOKEN).ok()? {
        unsure @ ExitRate::NotResolved { .. } => Some(unsure),
        _ => exit_rate(tax, stop, LEVEL).ok(),
    }
}

/// The strategy with the least exiting call, and whichever cannot be told apart from it.
fn cheapest(
    cost: &BTreeMap<Series, Estimate>,
    log_ratio: impl Fn(Strategy, Strategy) -> Option<Estimate>,
) -> Vec<Strategy> {
    let exits = cost.iter().filter(|(s, _)| s.outcome() == Outcome::Exit);
    let least = exits
        .clone()
        .min_by(|a, b| a.1.value.total_cmp(&b.1.value))
        .map(|(series, _)| series.strategy());
    let Some(least) = least else {
        return Vec::new();
    };
    let mut strategies: Vec<Strategy> = exits.map(|(series, _)| series.strategy()).collect();
    strategies
        .retain(|&one| one == least || !log_ratio(one, least).is_some_and(Estimate::excludes_zero));
    strategies.sort_by_key(|&one| one != least);
    strategies
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
    Strategy::all_abandoning().filter_map(one).collect()
}

impl AtHeight {
    fn of(
        samples: &Samples,
        offer: &Offer,
        frames: u32,
        case: impl Fn(Series, u32) -> Case,
    ) -> AtHeight {
        let added = |strategy: Strategy| {
            let (high, low) = (case(strategy.exit(), frames), case(strategy.exit(), 0));
            let added = samples.per_process([&high, &low], |[high, low]| high - low);
            let added = Vec::from_iter(added.into_values());
            Some((strategy, mean_over_processes(&added, LEVEL)?))
        };
        AtHeight {
            frames,
            added: offer.strategies().into_iter().filter_map(added).collect(),
        }
    }
}
