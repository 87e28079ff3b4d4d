//! What a record lacks, in words: a hole in a table must never be taken for a result.

use std::collections::{BTreeMap, BTreeSet};

use super::samples::{Samples, ordered};
use crate::record::{Offers, Record};
use trapbench_worker::case::{Axis, BackendId, Case, SharedTurn, Value};
use trapbench_worker::offer::Offer;

/// A sentence for each thing that is missing; none if every series of every backend was timed
/// at every place in two processes or more.
pub fn gaps(record: &Record, samples: &Samples) -> Vec<String> {
    if samples.cases().next().is_none() {
        return vec!["no case was timed: this record has nothing to say about costs".to_owned()];
    }
    let mut gaps = Vec::new();
    if let Some(filter) = &record.header.settings.filter {
        gaps.push(format!("only cases that match `{filter}` were asked for"));
    }
    gaps.extend(silent_backends(record, samples));
    let offers = record.header.offers();
    let places = Places::of(record, samples);
    if places.on(Axis::Depth).len() == 1 {
        gaps.push(
            "one depth was measured: nothing can be said of growth over depth, nor of a break-even depth"
                .to_owned(),
        );
    }
    gaps.extend(axes_without_effect(&offers, &places));
    for backend in backends(samples) {
        let Some(offer) = offers.get(&backend) else {
            continue;
        };
        for axis in offer.axes() {
            gaps.extend(holes(samples, &backend, offer, axis, places.on(axis)));
        }
    }
    gaps.extend(not_offered(&offers, &places));
    gaps.extend(not_served(record));
    let all_values = Axis::ALL.iter().copied();
    let all_values = all_values.filter(|axis| axis.row().turn == SharedTurn::OfAllValues);
    gaps.extend(all_values.filter_map(|axis| values_apart(samples, axis, places.on(axis))));
    gaps.extend(thin(samples));
    gaps
}

/// Axes that a usual run has and this one has at their lowest value, or not at all.
fn axes_without_effect(offers: &Offers, places: &Places) -> Vec<String> {
    let is_offered = |axis: &Axis| {
        let mut offers = offers.values();
        offers.any(|offer| offer.axes().any(|one| one == *axis))
    };
    let usual = Axis::ALL.iter().copied();
    let usual = usual.filter(|axis| *axis != Axis::Depth && axis.row().is_usual);
    let missing = usual.filter(is_offered).filter(|axis| {
        let lowest = axis.usual_values().into_iter().next();
        let mut values = places.on(*axis).iter();
        values.all(|value| Some(value) == lowest.as_ref())
    });
    let said = |axis: Axis| format!("the effect of {} was not measured", axis.row().unit);
    missing.map(said).collect()
}

/// In a comparison each value has a turn of its own, also where all should share one.
fn values_apart(samples: &Samples, axis: Axis, values: &[Value]) -> Option<String> {
    let lowest = axis.usual_values().into_iter().next();
    let lowest = lowest.filter(|lowest| values.contains(lowest))?;
    let highest = values.last().filter(|highest| **highest != lowest)?;
    let share_a_turn = |case: &Case| {
        let low = Case {
            value: lowest.clone(),
            ..case.clone()
        };
        let pairs = samples.per_process([case, &low], |[high, low]| high - low);
        !pairs.is_empty()
    };
    let is_highest = |case: &&Case| case.axis == axis && case.value == *highest;
    let high = Vec::from_iter(samples.cases().filter(is_highest));
    let are_apart = !high.is_empty() && !high.into_iter().any(share_a_turn);
    are_apart.then(|| {
        format!(
            "the values of {axis} were not timed in the same turns: what {} add is not known",
            axis.row().unit
        )
    })
}

/// What a runtime's backend cannot do that another one of the record can. Nobody misses an axis
/// that was not measured and is on no usual run.
fn not_offered(offers: &Offers, places: &Places) -> Vec<String> {
    let offers = || offers.iter().filter(|(_, offer)| offer.executes_wasm());
    let strategies = BTreeSet::from_iter(offers().flat_map(|(_, offer)| offer.strategies()));
    let axes = offers().flat_map(|(_, offer)| offer.axes());
    let is_missed = |axis: &Axis| axis.row().is_usual || !places.on(*axis).is_empty();
    let axes = BTreeSet::from_iter(axes.filter(is_missed));
    let mut gaps = Vec::new();
    for (backend, offer) in offers() {
        let own = (offer.strategies(), Vec::from_iter(offer.axes()));
        let strategies = strategies.iter().filter(|one| !own.0.contains(one));
        let axes = axes.iter().filter(|one| !own.1.contains(one));
        let lacking = strategies.map(ToString::to_string);
        let lacking = Vec::from_iter(lacking.chain(axes.map(|axis| format!("the axis {axis}"))));
        if !lacking.is_empty() {
            gaps.push(format!("{backend} does not offer {}", lacking.join(", ")));
        }
    }
    gaps
}

/// What the guest lacked, so that a backend could not stop it in a way that it knows.
fn not_served(record: &Record) -> Vec<String> {
    let backends = record.header.backends.iter();
    let lacks = backends.flat_map(|backend| {
        let lacks = backend.lacks.iter();
        lacks.map(|(strategy, why)| format!("{}: no {strategy}: {why}", backend.id))
    });
    lacks.collect()
}

/// The values that were timed for any backend, and the depths that were asked for.
struct Places(BTreeMap<Axis, Vec<Value>>);

impl Places {
    fn of(record: &Record, samples: &Samples) -> Places {
        let on = |axis: Axis| {
            let timed = samples.cases().filter(move |case| case.axis == axis);
            let timed = Vec::from_iter(timed.map(|case| case.value.clone()));
            let asked = record.header.settings.depths.iter();
            let asked = asked.filter(|_| axis == Axis::Depth && !timed.is_empty());
            let asked = Vec::from_iter(asked.map(|&depth| Value::from(depth)));
            (axis, ordered(axis, timed.iter().chain(&asked)))
        };
        Places(Axis::ALL.iter().copied().map(on).collect())
    }

    fn on(&self, axis: Axis) -> &[Value] {
        self.0.get(&axis).map_or(&[], Vec::as_slice)
    }
}

fn backends(samples: &Samples) -> BTreeSet<BackendId> {
    samples.cases().map(|case| case.backend.clone()).collect()
}

/// Backends that the run knew and did not time.
fn silent_backends(record: &Record, samples: &Samples) -> Vec<String> {
    let timed = backends(samples);
    let known = record.header.backends.iter().map(|backend| &backend.id);
    known
        .filter(|id| !timed.iter().any(|timed| timed.as_str() == id.as_str()))
        .map(|id| format!("{id}: none of its cases was timed"))
        .collect()
}

/// The places at which a backend lacks a series that it offers on the axis, a sentence for each
/// series; series that lack at the same places share one.
fn holes(
    samples: &Samples,
    backend: &BackendId,
    offer: &Offer,
    axis: Axis,
    values: &[Value],
) -> Vec<String> {
    let offered = offer.cases(backend, None).into_iter();
    let offered = offered.filter(|case| case.axis == axis);
    let all = BTreeSet::from_iter(offered.map(|case| case.series));
    // The order of the axis, as places in it: values may be words.
    let mut by_places: BTreeMap<Vec<usize>, Vec<String>> = BTreeMap::new();
    for &series in &all {
        let is_missing = |place: &usize| {
            let case = Case {
                axis,
                series,
                backend: backend.clone(),
                value: values[*place].clone(),
            };
            samples.size(&case).1 == 0
        };
        let missing = Vec::from_iter((0..values.len()).filter(is_missing));
        if !missing.is_empty() {
            let series_there = by_places.entry(missing).or_default();
            series_there.push(series.to_string());
        }
    }
    let said = |(missing, series): (Vec<usize>, Vec<String>)| {
        let series = if series.len() == all.len() {
            "nothing".to_owned()
        } else {
            format!("no {}", series.join(", no "))
        };
        let at = if missing.len() == values.len() && values.len() > 1 {
            format!("any {axis} place")
        } else {
            let missing = missing.into_iter().map(|place| values[place].to_string());
            let missing = Vec::from_iter(missing).join(", ");
            format!("{} {missing}", axis.row().label)
        };
        format!("{backend}: {series} at {at}")
    };
    by_places.into_iter().map(said).collect()
}

/// One process tells nothing about the next one, so its figures have no interval.
fn thin(samples: &Samples) -> Option<String> {
    let thin = samples
        .cases()
        .filter(|case| samples.size(case).0 == 1)
        .count();
    let cases = if thin == 1 { "case was" } else { "cases were" };
    (thin > 0).then(|| {
        format!("{thin} {cases} timed in one process only; an interval takes two, and without one no figure is shown")
    })
}
