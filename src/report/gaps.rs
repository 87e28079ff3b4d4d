//! What a record lacks, in words: a hole in a table must never be taken for a result.

use std::collections::{BTreeMap, BTreeSet};

use super::samples::Samples;
use crate::record::{Offers, Record};
use trapbench_worker::case::{Axis, BackendId, Case};
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
    let places = Places::of(record, samples);
    if places.depths.len() == 1 {
        gaps.push(
            "one depth was measured: nothing can be said of growth over depth, nor of a break-even depth"
                .to_owned(),
        );
    }
    if places.heights.iter().all(|frames| *frames == 0) {
        gaps.push("the effect of the host's stack was not measured".to_owned());
    }
    let offers = record.header.offers();
    for backend in backends(samples) {
        let Some(offer) = offers.get(&backend) else {
            continue;
        };
        for axis in offer.axes() {
            let values = match axis {
                Axis::Depth => &places.depths,
                Axis::HostStack => &places.heights,
            };
            gaps.extend(holes(samples, &backend, offer, axis, values));
        }
    }
    gaps.extend(not_offered(&offers));
    gaps.extend(heights_apart(samples, &places.heights));
    gaps.extend(thin(samples));
    gaps
}

/// In a comparison each height of the host's stack has a turn of its own.
fn heights_apart(samples: &Samples, heights: &BTreeSet<u32>) -> Option<String> {
    let highest = *heights.last().filter(|_| heights.contains(&0))?;
    let share_a_turn = |case: &Case| {
        let low = Case {
            value: 0.into(),
            ..case.clone()
        };
        let pairs = samples.per_process([case, &low], |[high, low]| high - low);
        !pairs.is_empty()
    };
    let is_highest = |case: &&Case| case.axis == Axis::HostStack && case.value == highest;
    let high = Vec::from_iter(samples.cases().filter(is_highest));
    let are_apart = highest > 0 && !high.is_empty() && !high.into_iter().any(share_a_turn);
    are_apart.then(|| {
        "the heights of the host's stack were not timed in the same turns: what a host frame adds \
         is not known"
            .to_owned()
    })
}

/// What a runtime's backend cannot do that another one of the record can.
fn not_offered(offers: &Offers) -> Vec<String> {
    let offers = || offers.iter().filter(|(_, offer)| offer.executes_wasm());
    let strategies = BTreeSet::from_iter(offers().flat_map(|(_, offer)| offer.strategies()));
    let axes = BTreeSet::from_iter(offers().flat_map(|(_, offer)| offer.axes()));
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

/// The places that were timed for any backend, and the depths that were asked for.
struct Places {
    depths: BTreeSet<u32>,
    heights: BTreeSet<u32>,
}

impl Places {
    fn of(record: &Record, samples: &Samples) -> Places {
        let on = |axis| {
            samples
                .cases()
                .filter(move |case| case.axis == axis)
                .filter_map(|case| case.value.number())
        };
        let asked = record.header.settings.depths.iter().copied();
        let depths: BTreeSet<u32> = on(Axis::Depth).collect();
        Places {
            depths: if depths.is_empty() {
                depths
            } else {
                depths.into_iter().chain(asked).collect()
            },
            heights: on(Axis::HostStack).collect(),
        }
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

/// The places at which a backend lacks a series, a sentence for each series; series that lack
/// at the same places share one.
fn holes(
    samples: &Samples,
    backend: &BackendId,
    offer: &Offer,
    axis: Axis,
    values: &BTreeSet<u32>,
) -> Vec<String> {
    let mut by_places: BTreeMap<Vec<u32>, Vec<String>> = BTreeMap::new();
    let all = offer.series();
    for &series in &all {
        let is_missing = |&value: &u32| {
            let case = Case {
                axis,
                series,
                backend: backend.clone(),
                value: value.into(),
            };
            samples.size(&case).1 == 0
        };
        let missing: Vec<u32> = values.iter().copied().filter(is_missing).collect();
        if !missing.is_empty() {
            by_places
                .entry(missing)
                .or_default()
                .push(series.to_string());
        }
    }
    let place = match axis {
        Axis::Depth => "depth",
        Axis::HostStack => "extra host frames:",
    };
    by_places
        .into_iter()
        .map(|(missing, series)| {
            let series = if series.len() == all.len() {
                "nothing".to_owned()
            } else {
                format!("no {}", series.join(", no "))
            };
            let at = if missing.len() == values.len() && values.len() > 1 {
                format!("any {axis} place")
            } else {
                let missing: Vec<String> = missing.iter().map(u32::to_string).collect();
                format!("{place} {}", missing.join(", "))
            };
            format!("{backend}: {series} at {at}")
        })
        .collect()
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
