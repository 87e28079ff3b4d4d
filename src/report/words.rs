//! Answers in sentences. Where an interval cannot tell, the words are *not resolved*.

use super::answers::{AtDepth, BackendAnswers};
use super::number::{about, about_between, ns, ns_within};
use crate::case::Strategy;
use crate::verdict::Winner;
use crate::verdict::break_even::BreakEven;
use crate::verdict::exit_rate::ExitRate;

/// At which share of early exits which strategy wins.
pub fn exit_rate(rate: &ExitRate) -> String {
    match rate {
        ExitRate::RaiseIfFewerThanOneIn(n) => format!(
            "raise if fewer than 1 run in {} exits early ({})",
            about(n.value),
            about_between(n.interval)
        ),
        ExitRate::RaiseIfMoreThanOneIn(n) => format!(
            "raise if more than 1 run in {} exits early ({})",
            about(n.value),
            about_between(n.interval)
        ),
        ExitRate::AlwaysRaise => "always raise".to_owned(),
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

/// Above which depth raising wins.
pub fn break_even(found: &BreakEven) -> String {
    match found {
        BreakEven::At(crossing) => {
            let side = match crossing.above {
                Winner::Raise => "above",
                Winner::Sentinel => "below",
            };
            format!(
                "exits are cheaper by raising {side} depth {} ({})",
                about(crossing.depth.value),
                about_between(crossing.depth.interval)
            )
        }
        BreakEven::RaiseWinsAtEveryDepth => {
            "exits are cheaper by raising at every measured depth".to_owned()
        }
        BreakEven::SentinelWinsAtEveryDepth => {
            "exits are cheaper by sentinel at every measured depth".to_owned()
        }
        BreakEven::NotResolved { depths, elsewhere } => {
            let depths: Vec<String> = depths.iter().map(u32::to_string).collect();
            let elsewhere = match elsewhere {
                Some(Winner::Raise) => "; at the others raising is cheaper",
                Some(Winner::Sentinel) => "; at the others the sentinel is cheaper",
                None => "",
            };
            format!(
                "break-even depth not resolved (exits cost the same within noise at {}{elsewhere})",
                depths.join(", ")
            )
        }
        BreakEven::SeveralCrossings { brackets } => {
            let brackets: Vec<String> = brackets
                .iter()
                .map(|(low, high)| format!("{low} to {high}"))
                .collect();
            format!(
                "raising and sentinel change places more than once (depths {})",
                brackets.join(", ")
            )
        }
    }
}

/// The cheapest way to stop at a depth, with its whole cost.
pub fn cheapest(at: &AtDepth) -> Option<String> {
    let names: Vec<&str> = at.cheapest.iter().map(|strategy| strategy.name()).collect();
    let cost = at.cost.get(&at.cheapest.first()?.exit())?;
    let tie = if names.len() > 1 {
        ", which cannot be told apart"
    } else {
        ""
    };
    let cost = ns(cost.value);
    let unit = if cost.ends_with('s') { "" } else { " ns" };
    Some(format!(
        "the cheapest way to stop is {} ({cost}{unit} a call{tie})",
        names.join(" or ")
    ))
}

/// What the backend's host frames cost a raise.
pub fn host_stack(answers: &BackendAnswers) -> Option<String> {
    let of = |strategy: Strategy| -> Option<String> {
        let parts: Vec<String> = answers
            .host_stack
            .iter()
            .filter_map(|at| {
                let added = at.added.get(&strategy)?;
                Some(format!("{} ns under {} more", ns_within(*added), at.frames))
            })
            .collect();
        (!parts.is_empty()).then(|| format!("{strategy} +{}", parts.join(", +")))
    };
    let parts: Vec<String> = [Strategy::Raise, Strategy::RaisePrebuilt]
        .into_iter()
        .filter_map(of)
        .collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}
