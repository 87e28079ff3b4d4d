//! What is known of a backend at one value of an axis.

use std::collections::BTreeMap;

use super::floor::over_floor;
use super::samples::{Samples, in_all};
use crate::verdict::exit_rate::{ExitRate, exit_rate};
use crate::verdict::interval::mean_over_processes;
use crate::verdict::{Estimate, LEVEL};
use trapbench_worker::case::{Axis, BackendId, Case, Outcome, Series, SharedTurn, Strategy, Value};
use trapbench_worker::offer::Offer;

/// All costs in ns per call. The strategies that leave the guest's frames where they are need no
/// tests in its code: these are held against the sentinel.
#[derive(Clone, Debug)]
pub struct AtValue {
    pub axis: Axis,
    pub value: Value,
    /// Whole calls.
    pub cost: BTreeMap<Series, Estimate>,
    /// An exiting call minus a completing one of the same code.
    pub added: BTreeMap<Strategy, Estimate>,
    /// An exiting call minus the same at the axis's lowest value, where all values share a turn.
    pub above_lowest: BTreeMap<Strategy, Estimate>,
    /// Whole exiting calls: each strategy's over the sentinel's.
    pub over_sentinel: BTreeMap<Strategy, Estimate>,
    /// What each strategy adds, in calls of the bare mechanism: added cost over floor.
    pub over_floor: BTreeMap<Strategy, Estimate>,
    /// What the sentinel's tests cost a call that completes, over each completing call of code
    /// without them: `S_done − R_done`.
    pub tax: BTreeMap<Series, Estimate>,
    /// At which share of early exits which strategy wins.
    pub exit_rate: BTreeMap<Strategy, ExitRate>,
    /// Whose exiting call is cheapest, and those that cannot be told from it. Native frames have
    /// none: nobody has the choice.
    pub cheapest: Vec<Strategy>,
}

impl AtValue {
    pub fn of(
        samples: &Samples,
        backend: &BackendId,
        offer: &Offer,
        axis: Axis,
        value: Value,
    ) -> AtValue {
        let case = |series, value: &Value| Case {
            axis,
            series,
            backend: backend.clone(),
            value: value.clone(),
        };
        let exit = |strategy: Strategy| case(strategy.exit(), &value);
        let complete = |strategy: Strategy| case(strategy.complete(), &value);
        let difference = |a: &Case, b: &Case| samples.per_process([a, b], |[a, b]| a - b);
        let log_ratio =
            |a: &Case, b: &Case| over_processes(samples.per_process([a, b], |[a, b]| (a / b).ln()));
        let tax =
            |strategy: Strategy| difference(&complete(Strategy::Sentinel), &complete(strategy));

        let strategies = offer.strategies();
        let abandoning = || {
            let strategies = strategies.iter().copied();
            strategies.filter(|strategy| strategy.abandons_frames())
        };
        let cost = offer.series().into_iter().filter_map(|series| {
            let whole = samples.per_process([&case(series, &value)], |[ns]| ns);
            Some((series, over_processes(whole)?))
        });
        let cost = cost.collect();
        let cheapest = match offer.executes_wasm() {
            true => cheapest(&cost, |a, b| log_ratio(&exit(a), &exit(b))),
            false => Vec::new(),
        };
        let lowest = axis.usual_values().into_iter().next();
        let lowest =
            lowest.filter(|lowest| axis.row().turn == SharedTurn::OfAllValues && *lowest != value);
        AtValue {
            axis,
            added: each(strategies.iter().copied(), |strategy| {
                over_processes(difference(&exit(strategy), &complete(strategy)))
            }),
            above_lowest: each(strategies.iter().copied(), |strategy| {
                let low = case(strategy.exit(), lowest.as_ref()?);
                over_processes(difference(&exit(strategy), &low))
            }),
            over_floor: each(abandoning(), |strategy| {
                over_floor(samples, &exit(strategy), &complete(strategy))
            }),
            over_sentinel: each(abandoning(), |strategy| {
                let ratio = log_ratio(&exit(strategy), &exit(Strategy::Sentinel))?;
                Some(ratio.map_increasing(f64::exp))
            }),
            exit_rate: each(abandoning(), |strategy| {
                let stop = difference(&exit(strategy), &exit(Strategy::Sentinel));
                let paired = in_all([tax(strategy), stop]);
                let column = |at: usize| Vec::from_iter(paired.iter().map(|row| row[at]));
                spoken(&column(0), &column(1))
            }),
            tax: abandoning()
                .filter_map(|strategy| Some((strategy.complete(), over_processes(tax(strategy))?)))
                .collect(),
            cheapest,
            cost,
            value,
        }
    }

    /// Guest frames above the first.
    pub fn depth(&self) -> u32 {
        self.axis.row().place(&self.value).depth
    }
}

fn each<T>(
    strategies: impl Iterator<Item = Strategy>,
    of: impl Fn(Strategy) -> Option<T>,
) -> BTreeMap<Strategy, T> {
    let found = strategies.filter_map(|strategy| Some((strategy, of(strategy)?)));
    found.collect()
}

fn over_processes(values: BTreeMap<u32, f64>) -> Option<Estimate> {
    mean_over_processes(&Vec::from_iter(values.into_values()), LEVEL)
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
