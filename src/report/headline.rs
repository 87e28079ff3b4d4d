//! The answer for one backend at one depth: what stopping adds, and what to do about it.

use super::answers::BackendAnswers;
use super::at_value::AtValue;
use super::number::{cost, ns_within, within};
use super::phrase::Phrase;
use super::words;
use crate::verdict::{Estimate, Interval};
use trapbench_worker::case::Strategy;

/// A question with its answer, `raise or sentinel` → `always sentinel`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    pub question: String,
    pub answer: String,
}

/// What stopping the guest adds to a call at this depth, or what stopped native frames cost.
pub fn headline(backend: &BackendAnswers, at: &AtValue) -> Phrase {
    if backend.shows_added() {
        added(at)
    } else {
        whole(backend, at)
    }
}

fn whole(backend: &BackendAnswers, at: &AtValue) -> Phrase {
    let mut sentence = Phrase::default();
    for strategy in backend.strategies() {
        if let Some(&whole) = at.cost.get(&strategy.exit()) {
            let before = match sentence.is_empty() {
                true => format!("At depth {}, a call stopped by {strategy} takes ", at.value),
                false => format!(", by {strategy} "),
            };
            sentence = sentence.plain(before).stressed(cost(whole));
        }
    }
    if sentence.is_empty() {
        let nothing = "what a stopped call takes was not measured";
        sentence = Phrase::from(format!("At depth {}, {nothing}", at.value));
    }
    sentence.plain(".")
}

fn added(at: &AtValue) -> Phrase {
    let sentence = Phrase::from(format!("At depth {}, ", at.value));
    let raise = at.added.get(&Strategy::Raise).map(|&raise| {
        let distance = words::over_floor(at).map(|times| format!(" ({times})"));
        let phrase = Phrase::from("a raise ").and(addition(raise));
        phrase.plain(distance.unwrap_or_default())
    });
    let sentinel = at.added.get(&Strategy::Sentinel);
    let sentinel = sentinel.map(|&sentinel| Phrase::from("a sentinel ").and(addition(sentinel)));
    match (raise, sentinel) {
        (None, None) => sentence.plain("what stopping adds was not measured."),
        (Some(raise), Some(sentinel)) => sentence.and(raise).plain("; ").and(sentinel).plain("."),
        (Some(one), None) | (None, Some(one)) => sentence.and(one).plain("."),
    }
}

/// The cheapest way to stop, and when to raise.
pub fn advice(at: &AtValue) -> Vec<Advice> {
    let rate = at.exit_rate.get(&Strategy::Raise);
    let rate = rate.map(|rate| words::exit_rate(Strategy::Raise, rate));
    answered([
        ("cheapest way to stop".to_owned(), words::cheapest(at)),
        ("raise or sentinel".to_owned(), rate),
    ])
}

/// What else decides it: the other strategies that are held against the sentinel, the depth, and
/// what the axes add whose values are held against each other.
pub fn more_advice(backend: &BackendAnswers, at: &AtValue) -> Vec<Advice> {
    let ratio = at.over_sentinel.get(&Strategy::Raise);
    let ratio = ratio.map(|&ratio| format!("{}×", within(ratio)));
    let others = at.exit_rate.iter();
    let others = others.filter(|(strategy, _)| **strategy != Strategy::Raise);
    let rates = others.map(|(strategy, rate)| {
        let question = format!("{strategy} or sentinel");
        (question, Some(words::exit_rate(*strategy, rate)))
    });
    let even = backend.break_even.iter().map(|(strategy, found)| {
        let question = format!("an exit by {strategy} is cheaper than one by sentinel");
        (question, Some(words::break_even(found)))
    });
    let axes = backend.axes.keys().map(|&axis| {
        let here = words::here(backend, axis);
        let each = words::each_adds(backend, axis, Strategy::Raise);
        let answer = each.map(|each| match each.value < 0.0 {
            true => format!(
                "each makes a raise cheaper by {} ns{here}",
                ns_within(negated(each))
            ),
            false => format!("each makes a raise dearer by {} ns{here}", ns_within(each)),
        });
        (axis.row().unit.to_owned(), answer)
    });
    let ratio = (
        "a call stopped by raise over one by sentinel".to_owned(),
        ratio,
    );
    answered([ratio].into_iter().chain(rates).chain(even).chain(axes))
}

fn answered(all: impl IntoIterator<Item = (String, Option<String>)>) -> Vec<Advice> {
    let answered = all.into_iter().filter_map(|(question, answer)| {
        Some(Advice {
            question,
            answer: answer?,
        })
    });
    answered.collect()
}

fn addition(added: Estimate) -> Phrase {
    if added.is_below_zero() {
        // The exit leaves out more of the guest's work than stopping costs.
        return Phrase::from("saves ")
            .stressed(cost(negated(added)))
            .plain(" of the call");
    }
    if !added.excludes_zero() {
        return Phrase::from("adds ")
            .stressed("nothing that shows")
            .plain(format!(" ({})", cost(added)));
    }
    Phrase::from("adds ").stressed(cost(added))
}

fn negated(estimate: Estimate) -> Estimate {
    Estimate {
        value: -estimate.value,
        interval: Interval {
            low: -estimate.interval.high,
            high: -estimate.interval.low,
        },
    }
}
