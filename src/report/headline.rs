//! The answer for one backend at one depth: what stopping adds, and what to do about it.

use super::answers::{AtDepth, BackendAnswers};
use super::number::{cost, within};
use super::words;
use crate::verdict::Estimate;
use trapbench_worker::case::Strategy;

/// A sentence in pieces, so that a page and a Markdown text can stress the same words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    Plain(String),
    Stressed(String),
}

/// A question with its answer, `raise or sentinel` → `always sentinel`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    pub question: &'static str,
    pub answer: String,
}

/// What stopping the guest adds to a call at this depth, or what stopped native frames cost.
pub fn headline(backend: &BackendAnswers, at: &AtDepth) -> Vec<Piece> {
    if backend.shows_added() {
        added(at)
    } else {
        whole(backend, at)
    }
}

fn whole(backend: &BackendAnswers, at: &AtDepth) -> Vec<Piece> {
    let mut sentence = Vec::new();
    for strategy in backend.strategies() {
        if let Some(&whole) = at.cost.get(&strategy.exit()) {
            let before = match sentence.is_empty() {
                true => format!("At depth {}, a call stopped by {strategy} takes ", at.depth),
                false => format!(", by {strategy} "),
            };
            sentence.push(Piece::Plain(before));
            sentence.push(Piece::Stressed(cost(whole)));
        }
    }
    if sentence.is_empty() {
        let nothing = "what a stopped call takes was not measured";
        sentence.push(Piece::Plain(format!("At depth {}, {nothing}", at.depth)));
    }
    sentence.push(Piece::Plain(".".to_owned()));
    sentence
}

fn added(at: &AtDepth) -> Vec<Piece> {
    let plain = |text: &str| Piece::Plain(text.to_owned());
    let mut sentence = vec![Piece::Plain(format!("At depth {}, ", at.depth))];
    let raise = at.added.get(&Strategy::Raise);
    let sentinel = at.added.get(&Strategy::Sentinel);
    match (raise, sentinel) {
        (None, None) => {
            sentence.push(plain("what stopping adds was not measured."));
            return sentence;
        }
        (raise, sentinel) => {
            if let Some(raise) = raise {
                sentence.push(plain("a raise "));
                sentence.extend(addition(*raise));
                sentence.extend(words::over_floor(at).map(|n| Piece::Plain(format!(" ({n})"))));
            }
            if raise.is_some() && sentinel.is_some() {
                sentence.push(plain("; "));
            }
            if let Some(sentinel) = sentinel {
                sentence.push(plain("a sentinel "));
                sentence.extend(addition(*sentinel));
            }
            sentence.push(plain("."));
        }
    }
    sentence
}

/// The cheapest way to stop, and when to raise.
pub fn advice(at: &AtDepth) -> Vec<Advice> {
    let rate = at.exit_rate.get(&Strategy::Raise).map(words::exit_rate);
    answered([
        ("cheapest way to stop", words::cheapest(at)),
        ("raise or sentinel", rate),
    ])
}

/// What else decides it.
pub fn more_advice(backend: &BackendAnswers, at: &AtDepth) -> Vec<Advice> {
    let ratio = at.over_sentinel.get(&Strategy::Raise);
    let prebuilt = at.exit_rate.get(&Strategy::RaisePrebuilt);
    let even = |strategy| backend.break_even.get(&strategy).map(words::break_even);
    let frame = words::host_frame(backend, Strategy::Raise);
    answered([
        (
            "a call stopped by raise over one by sentinel",
            ratio.map(|&ratio| format!("{}×", within(ratio))),
        ),
        ("raise-prebuilt or sentinel", prebuilt.map(words::exit_rate)),
        (
            "an exit by raise is cheaper than one by sentinel",
            even(Strategy::Raise),
        ),
        (
            "an exit by raise-prebuilt is cheaper than one by sentinel",
            even(Strategy::RaisePrebuilt),
        ),
        (
            "every host frame under the call",
            frame.map(|ns| format!("makes a raise dearer by {ns}")),
        ),
    ])
}

fn answered<const N: usize>(all: [(&'static str, Option<String>); N]) -> Vec<Advice> {
    let answered = all.into_iter().filter_map(|(question, answer)| {
        Some(Advice {
            question,
            answer: answer?,
        })
    });
    answered.collect()
}

fn addition(added: Estimate) -> Vec<Piece> {
    if added.is_below_zero() {
        // The exit leaves out more of the guest's work than stopping costs.
        let saved = Estimate {
            value: -added.value,
            interval: crate::verdict::Interval {
                low: -added.interval.high,
                high: -added.interval.low,
            },
        };
        return vec![
            Piece::Plain("saves ".to_owned()),
            Piece::Stressed(cost(saved)),
            Piece::Plain(" of the call".to_owned()),
        ];
    }
    if !added.excludes_zero() {
        return vec![
            Piece::Plain("adds ".to_owned()),
            Piece::Stressed("nothing that shows".to_owned()),
            Piece::Plain(format!(" ({})", cost(added))),
        ];
    }
    vec![
        Piece::Plain("adds ".to_owned()),
        Piece::Stressed(cost(added)),
    ]
}
