//! Answers in sentences. Where an interval cannot tell, the words are *not resolved*.

use super::answers::BackendAnswers;
use super::at_value::AtValue;
use super::number::{about, about_between, cost, ns};
use crate::verdict::break_even::BreakEven;
use crate::verdict::exit_rate::ExitRate;
use crate::verdict::{Estimate, Winner};
use trapbench_worker::case::{Axis, Case, Family, Strategy};

/// At which share of early exits a strategy wins over the sentinel.
pub fn exit_rate(strategy: Strategy, rate: &ExitRate) -> String {
    let does = match strategy.family() {
        Family::Raise => "raise",
        Family::Trap | Family::Code | Family::Native => strategy.name(),
    };
    match rate {
        ExitRate::RaiseIfFewerThanOneIn(n) => format!(
            "{does} if fewer than 1 run in {} exits early ({})",
            about(n.value),
            about_between(n.interval)
        ),
        ExitRate::RaiseIfMoreThanOneIn(n) => format!(
            "{does} if more than 1 run in {} exits early ({})",
            about(n.value),
            about_between(n.interval)
        ),
        ExitRate::AlwaysRaise => format!("always {does}"),
        ExitRate::AlwaysSentinel => "always sentinel".to_owned(),
        ExitRate::NotResolved {
            tax: false,
            stop: true,
        } => "not resolved (the tax of the sentinel's tests is lost in noise)".to_owned(),
        ExitRate::NotResolved {
            tax: true,
            stop: false,
        } => "not resolved (the two exits cost the same within noise)".to_owned(),
        ExitRate::NotResolved { .. } => {
            "not resolved (neither the tax nor the exits differ beyond noise)".to_owned()
        }
    }
}

/// At which depths an exit by raising is cheaper than one by sentinel.
pub fn break_even(found: &BreakEven) -> String {
    match found {
        BreakEven::At(crossing) => {
            let side = match crossing.above {
                Winner::Raise => "above",
                Winner::Sentinel => "below",
            };
            let outside = |depth: &&u32| {
                let (low, high) = crossing.bracket;
                !(low..=high).contains(*depth)
            };
            let unclear: Vec<String> = crossing
                .unresolved
                .iter()
                .filter(outside)
                .map(u32::to_string)
                .collect();
            let unclear = match unclear.join(", ") {
                none if none.is_empty() => String::new(),
                depths => format!("; not resolved at {depths}"),
            };
            format!(
                "{side} depth {} ({}){unclear}",
                about(crossing.depth.value),
                about_between(crossing.depth.interval)
            )
        }
        BreakEven::RaiseWinsAtEveryDepth => "at every measured depth".to_owned(),
        BreakEven::SentinelWinsAtEveryDepth => "at no measured depth".to_owned(),
        BreakEven::NotResolved { depths, elsewhere } => {
            let depths: Vec<String> = depths.iter().map(u32::to_string).collect();
            let elsewhere = match elsewhere {
                Some(Winner::Raise) => "; at the others raising is cheaper",
                Some(Winner::Sentinel) => "; at the others the sentinel is cheaper",
                None => "",
            };
            format!(
                "not resolved (both exits cost the same within noise at {}{elsewhere})",
                depths.join(", ")
            )
        }
        BreakEven::SeveralCrossings { brackets } => {
            let brackets: Vec<String> = brackets
                .iter()
                .map(|(low, high)| format!("{low} to {high}"))
                .collect();
            format!("it changes more than once (depths {})", brackets.join(", "))
        }
    }
}

/// How far above the bare mechanism a raise is.
pub fn over_floor(at: &AtValue) -> Option<String> {
    let distance = at.over_floor.get(&Strategy::Raise)?;
    // Below it there is nothing to speak of: the exit leaves more of the guest's work out.
    distance
        .is_above_zero()
        .then(|| format!("{} times the bare mechanism", about(distance.value)))
}

/// What a table's distances are counted in.
pub fn floor(floor: Estimate) -> String {
    format!(
        "The floor is a whole call of the bare mechanism ({}): {}. A strategy over it is what the \
         strategy adds, in floors.",
        Case::floor(),
        cost(floor)
    )
}

/// The cheapest way to stop at a depth, with its whole cost.
pub fn cheapest(at: &AtValue) -> Option<String> {
    let names: Vec<&str> = at.cheapest.iter().map(|strategy| strategy.name()).collect();
    let cost = at.cost.get(&at.cheapest.first()?.exit())?;
    let tie = if names.len() > 1 {
        ", not told apart"
    } else {
        ""
    };
    let names = names.join(" or ");
    Some(format!("{names} ({} a call{tie})", ns(cost.value)))
}

/// What each unit of an axis adds to a call that a strategy stops, in ns; nothing for an axis whose
/// values are not held against the lowest.
pub fn each_adds(answers: &BackendAnswers, axis: Axis, strategy: Strategy) -> Option<Estimate> {
    let highest = answers.over(axis).last()?;
    let units = f64::from(highest.value.number()?);
    let added = highest.above_lowest.get(&strategy)?;
    Some(added.map_increasing(|ns| ns / units))
}

/// How many there are in every call, where that is known.
pub fn here(answers: &BackendAnswers, axis: Axis) -> String {
    let own = answers.host_frames.filter(|_| axis == Axis::HostStack);
    own.map_or_else(String::new, |frames| {
        format!("; there are {frames} without them")
    })
}
