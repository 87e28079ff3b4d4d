//! What a worker can do: axes × strategies × outcomes, usual values, and whether others may be
//! asked for.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::case::{Axis, BackendId, Case, Family, NATIVE, Outcome, Series, Strategy, Value};
use crate::fixture::{Entry, Fixture};

/// What is offered on one axis, as it stands in a `hello` and in a record. The names are text:
/// a name that this suite does not know can then be told, and an old record keeps its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferLine {
    pub axis: String,
    /// Strategies with an outcome, `raise/exit`.
    pub series: Vec<String>,
    /// The values that are measured unless somebody asks for others.
    pub values: Vec<Value>,
    /// Whether others may be asked for. A worker may still refuse one.
    pub others: bool,
}

/// What a backend can do, in this suite's vocabulary.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offer {
    axes: BTreeMap<Axis, OnAxis>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct OnAxis {
    /// In the order of the tables.
    series: Vec<Series>,
    values: Vec<Value>,
    others: bool,
}

impl Offer {
    /// All series of these strategies on each of these axes, at the usual values and at others.
    pub fn of(strategies: &[Strategy], axes: &[Axis]) -> Offer {
        let on = |&axis: &Axis| {
            let on_axis = OnAxis {
                series: Vec::from_iter(strategies.iter().flat_map(|strategy| strategy.series())),
                values: axis.usual_values(),
                others: true,
            };
            (axis, on_axis)
        };
        Offer {
            axes: axes.iter().map(on).collect(),
        }
    }

    /// What is left of it for this guest; and the strategies whose entry the guest does not have,
    /// by name, each with the reason.
    pub fn of_guest(self, fixture: &Fixture) -> (Offer, BTreeMap<String, String>) {
        let lacks = |strategy: &Strategy| {
            let entry = strategy.row().entry.filter(|&entry| !fixture.has(entry))?;
            Some((strategy.to_string(), missing(entry)))
        };
        let lacks: BTreeMap<_, _> = self.strategies().iter().filter_map(lacks).collect();
        let mut left = self;
        for on in left.axes.values_mut() {
            on.series
                .retain(|series| !lacks.contains_key(series.strategy().name()));
        }
        (left, lacks)
    }

    /// What a backend of that name offered before workers said so themselves.
    pub fn before_offers(backend: &BackendId) -> Offer {
        match backend.as_str() {
            NATIVE => Offer::of(
                &[Strategy::Reset, Strategy::Result, Strategy::Panic],
                &[Axis::Depth],
            ),
            _ => Offer::of(
                &[
                    Strategy::Raise,
                    Strategy::RaisePrebuilt,
                    Strategy::RaiseTraced,
                    Strategy::Sentinel,
                ],
                &[Axis::Depth, Axis::HostStack],
            ),
        }
    }

    /// What these cases amount to. A worker that lists them says nothing of other values.
    pub fn of_cases<'a>(cases: impl IntoIterator<Item = &'a Case>) -> Offer {
        let mut offer = Offer::default();
        for case in cases {
            let on = offer.axes.entry(case.axis).or_default();
            on.others = true;
            if !on.series.contains(&case.series) {
                on.series.push(case.series);
            }
            if !on.values.contains(&case.value) {
                on.values.push(case.value.clone());
            }
        }
        offer.sorted()
    }

    /// Reads the lines of an offer; what they name that is not known here is returned as well, in
    /// words.
    pub fn read(lines: &[OfferLine]) -> (Offer, Vec<String>) {
        let mut offer = Offer::default();
        let mut unknown = Vec::new();
        for line in lines {
            let Some(axis) = Axis::named(&line.axis) else {
                unknown.push(format!("the axis `{}`", line.axis.escape_debug()));
                continue;
            };
            let on = offer.axes.entry(axis).or_default();
            on.others |= line.others;
            for value in &line.values {
                match axis.row().values.has(value) {
                    true => on.values.push(value.clone()),
                    false => unknown.push({
                        let value = value.to_string();
                        let value = value.escape_debug();
                        format!("the value `{value}` of the axis `{axis}`")
                    }),
                }
            }
            for name in &line.series {
                match name.parse() {
                    Ok(series) if !on.series.contains(&series) => on.series.push(series),
                    Ok(_) => {}
                    Err(_) => unknown.push(format!("the series `{}`", name.escape_debug())),
                }
            }
        }
        (offer.sorted(), unknown)
    }

    /// The same as lines.
    pub fn lines(&self) -> Vec<OfferLine> {
        let line = |(axis, on): (&Axis, &OnAxis)| OfferLine {
            axis: axis.to_string(),
            series: on.series.iter().map(ToString::to_string).collect(),
            values: on.values.clone(),
            others: on.others,
        };
        self.axes.iter().map(line).collect()
    }

    pub fn is_empty(&self) -> bool {
        self.axes.values().all(|on| on.series.is_empty())
    }

    pub fn axes(&self) -> impl Iterator<Item = Axis> {
        self.axes.keys().copied()
    }

    /// What is offered on any axis, in the order of the tables.
    pub fn series(&self) -> Vec<Series> {
        let on_any = self.axes.values().flat_map(|on| on.series.iter().copied());
        sorted(on_any)
    }

    /// How the guest can be told to stop, in the order of the tables.
    pub fn strategies(&self) -> Vec<Strategy> {
        let exits = self.series().into_iter();
        let exits = exits.filter(|series| series.outcome() == Outcome::Exit);
        exits.map(Series::strategy).collect()
    }

    /// The completing call that stands for a call which nobody stops.
    pub fn completing(&self) -> Option<Series> {
        let series = self.series().into_iter();
        let mut completing = series.filter(|series| series.outcome() == Outcome::Complete);
        completing.next()
    }

    /// Whether the backend executes a WebAssembly guest.
    pub fn executes_wasm(&self) -> bool {
        let strategies = self.strategies().into_iter();
        strategies
            .map(Strategy::family)
            .any(|one| one != Family::Native)
    }

    /// Whether the case's series is offered on its axis, at this value.
    pub fn has(&self, case: &Case) -> bool {
        let on = self.axes.get(&case.axis);
        on.is_some_and(|on| {
            on.series.contains(&case.series) && (on.others || on.values.contains(&case.value))
        })
    }

    /// Every case that is offered: on the axis of depth at all `depths` in place of the usual
    /// ones, where they are given and may be asked for.
    pub fn cases(&self, backend: &BackendId, depths: Option<&[u32]>) -> Vec<Case> {
        let mut cases = Vec::new();
        for (&axis, on) in &self.axes {
            let asked = depths.filter(|_| axis == Axis::Depth);
            let values: Vec<Value> = match asked {
                None => on.values.clone(),
                Some(asked) => {
                    let may = |value: &Value| on.others || on.values.contains(value);
                    asked
                        .iter()
                        .map(|&depth| depth.into())
                        .filter(may)
                        .collect()
                }
            };
            for &series in &on.series {
                cases.extend(values.iter().map(|value| Case {
                    axis,
                    series,
                    backend: backend.clone(),
                    value: value.clone(),
                }));
            }
        }
        cases
    }

    fn sorted(mut self) -> Offer {
        for on in self.axes.values_mut() {
            on.series = sorted(on.series.iter().copied());
            on.values.sort();
            on.values.dedup();
        }
        self
    }
}

/// Why a guest cannot be called by an entry.
pub fn missing(entry: Entry) -> String {
    format!("the guest has no export `{}`", entry.export())
}

/// Each once: the strategies in their order, an exit in front of its completion.
fn sorted(series: impl Iterator<Item = Series>) -> Vec<Series> {
    let mut all = Vec::from_iter(series);
    all.sort_unstable();
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::Strategy;
    use super::*;
    use proptest::prelude::*;

    fn id(text: &str) -> BackendId {
        text.parse().unwrap()
    }

    #[test]
    fn a_runtime_offers_every_series_of_its_strategies_at_the_usual_values() {
        let offer = Offer::of(&[Strategy::Raise, Strategy::Sentinel], &[Axis::Depth]);
        let cases = offer.cases(&id("b"), None);
        assert_eq!(cases.len(), 4 * 8);
        assert!(cases.iter().all(|case| offer.has(case)));
        let asked = offer.cases(&id("b"), Some(&[3, 5]));
        assert_eq!(asked.len(), 4 * 2);
        assert_eq!(offer.completing(), Some(Strategy::Raise.complete()));
        assert!(offer.executes_wasm());
    }

    #[test]
    fn what_was_measured_before_offers_is_still_offered() {
        for (backend, depth, host_stack) in [("wasmer-cranelift", 48, 18), ("native", 48, 0)] {
            let offer = Offer::before_offers(&id(backend));
            let cases = offer.cases(&id(backend), None);
            let on = |axis| cases.iter().filter(|case| case.axis == axis).count();
            assert_eq!((on(Axis::Depth), on(Axis::HostStack)), (depth, host_stack));
            assert_eq!(Offer::of_cases(&cases), offer);
            for case in cases {
                assert_eq!(case.to_string().parse(), Ok(case));
            }
        }
        let native = Offer::before_offers(&id("native"));
        assert!(!native.executes_wasm());
    }

    #[test]
    fn a_name_that_is_not_known_is_told_and_the_rest_is_taken() {
        let line = |axis: &str, series: &[&str]| OfferLine {
            axis: axis.to_owned(),
            series: series.iter().map(|&name| name.to_owned()).collect(),
            values: vec![4.into(), 0.into()],
            others: false,
        };
        let (offer, unknown) = Offer::read(&[
            line("depth", &["sentinel/exit", "throw/exit", "raise/exit"]),
            line("width", &["raise/exit"]),
        ]);
        assert_eq!(unknown, ["the series `throw/exit`", "the axis `width`"]);
        let cases = offer.cases(&id("b"), Some(&[0, 1]));
        let ids = Vec::from_iter(cases.iter().map(ToString::to_string));
        assert_eq!(ids, ["depth/raise/exit/b/0", "depth/sentinel/exit/b/0"]);
        assert!(!offer.has(&"depth/raise/exit/b/1".parse().unwrap()));
    }

    proptest! {
        #[test]
        fn an_offer_reads_back_as_it_was_written(
            strategies in prop::sample::subsequence(Strategy::ALL.to_vec(), 0..=Strategy::ALL.len()),
            axes in prop::sample::subsequence(Axis::ALL.to_vec(), 0..=Axis::ALL.len()),
        ) {
            let offer = Offer::of(&strategies, &axes);
            prop_assert_eq!(Offer::read(&offer.lines()), (offer, Vec::new()));
        }

        #[test]
        fn no_line_upsets_the_reader(axis in "depth|\\PC*", series in "raise/exit|\\PC*", value: u32) {
            let line = OfferLine { axis, series: vec![series], values: vec![value.into()], others: true };
            let (offer, unknown) = Offer::read(&[line]);
            prop_assert!(!offer.is_empty() || !unknown.is_empty());
        }
    }
}
