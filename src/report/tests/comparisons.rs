//! Two backends, and two runs, held against each other.

use super::made_up::{close, record};
use crate::report::{Samples, comparison::Comparison};
use crate::verdict::judge::Verdict;
use trapbench_worker::case::Strategy;

#[test]
fn two_backends_compare_as_they_are_and_mirror() {
    let record = record(&["quick", "slow"], |_| true);
    let samples = Samples::of(&record.turns);
    let (quick, slow) = ("quick".parse().unwrap(), "slow".parse().unwrap());
    let there = Comparison::of_backends(&samples, &quick, &slow);
    let back = Comparison::of_backends(&samples, &slow, &quick);
    assert_eq!(there.cases.len(), 66);
    close(there.geometric_mean.unwrap().value, 2.0);
    for (there, back) in there.cases.iter().zip(&back.cases) {
        let (there, back) = (
            there.judgement.as_ref().unwrap(),
            back.judgement.as_ref().unwrap(),
        );
        close(there.ratio.value, 2.0);
        close(back.ratio.value, 0.5);
        assert_eq!(
            (there.verdict, back.verdict),
            (Verdict::Slower, Verdict::Faster)
        );
    }
}

#[test]
fn two_runs_compare_relative_to_what_they_share() {
    let (quick, mut busy) = (record(&["quick"], |_| true), record(&["quick"], |_| true));
    // The machine is half as fast, and the sentinel's exits are another 10 % slower.
    for turn in &mut busy.turns {
        let sentinel = turn.case.series == Strategy::Sentinel.exit();
        let factor = if sentinel { 22 } else { 20 };
        turn.there_ns = turn.there_ns * factor / 10;
        turn.back_ns = turn.back_ns * factor / 10;
    }
    let (first, second) = (Samples::of(&quick.turns), Samples::of(&busy.turns));
    let offers = quick.header.offers();
    for (relative, shared) in [(false, 2.0), (true, 1.0)] {
        let comparison =
            Comparison::of_runs(("a", &first), ("b", &second), &offers, relative, |_| true);
        assert_eq!(comparison.cases.len(), if relative { 55 } else { 66 });
        for case in &comparison.cases {
            let sentinel = case.case.series == Strategy::Sentinel.exit();
            let own = if sentinel { 1.1 } else { 1.0 };
            close(case.judgement.as_ref().unwrap().ratio.value, shared * own);
        }
    }
}
