//! The answers to a run whose truth is known, and what the screen makes of runs that lack
//! something.

use super::made_up::{close, record, truth};
use crate::record::Failure;
use crate::report::{Answers, Samples, lines, screen};
use crate::verdict::exit_rate::ExitRate;
use trapbench_worker::case::{Axis, Case, NATIVE, Outcome, Strategy};

#[test]
fn a_run_whose_truth_is_known_is_answered_with_it() {
    let record = record(&["quick"], |_| true);
    let answers = Answers::of(&Samples::of(&record.turns), &record.header);
    assert_eq!((answers.processes, answers.rounds), (4, 12));
    let quick = &answers.backends[0];
    // The slow rounds are the minority in half of the processes and the majority in the rest:
    // ratios do not mind, and the mean of the processes' medians is 1.2 of the truth in ns.
    let mood = 1.2;
    let at = quick.at_depth(16).unwrap();
    close(at.over_sentinel[&Strategy::Raise].value, 5016.0 / 138.4);
    close(at.tax[&Strategy::Raise.complete()].value, mood * 9.0);
    close(at.added[&Strategy::Raise].value, mood * (5016.0 - 130.0));
    close(at.added[&Strategy::Sentinel].value, mood * (138.4 - 139.0));
    let ExitRate::RaiseIfFewerThanOneIn(n) = at.exit_rate[&Strategy::Raise] else {
        panic!("{:?}", at.exit_rate)
    };
    close(n.value, 1.0 + (5016.0 - 138.4) / 9.0);
    assert_eq!(at.cheapest, [Strategy::Sentinel]);
    close(
        quick.lines[&Strategy::RaiseTraced.exit()].slope.value,
        mood * 350.0,
    );
    let host = quick.at(Axis::HostStack, &64.into()).unwrap();
    close(host.above_lowest[&Strategy::Raise].value, mood * 16_000.0);

    let text = screen::record(&record, false);
    for words in [
        "12 rounds in 4 processes a backend",
        "quick (engine 1.2)",
        "raise if fewer than 1 run in 543 exits early",
        "an exit by raise is cheaper than one by sentinel: above depth 1 270",
        "cheapest way to stop: sentinel (166 ns a call)",
        "each makes a raise dearer by 300 ±",
        "there are 8 without them",
        "nothing is pinned",
    ] {
        assert!(text.contains(words), "`{words}` is not in:\n{text}");
    }
    assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
}

#[test]
fn a_screen_of_part_of_the_cases_shows_that_part() {
    let all = ["quick", "slow", NATIVE];
    type Wanted = fn(&Case) -> bool;
    let parts: [(&str, Wanted); 6] = [
        ("nothing", |_| false),
        ("one depth", |case| case.value == 16),
        ("exits alone", |case| case.series.outcome() == Outcome::Exit),
        ("one series", |case| {
            case.series == Strategy::Sentinel.complete()
        }),
        ("one axis", |case| case.place().host_frames > 0),
        ("native frames alone", |case| {
            case.backend.as_str() == NATIVE
        }),
    ];
    for (name, wanted) in parts {
        let text = screen::record(&record(&all, wanted), false);
        assert!(!text.contains("NaN"), "{name}:\n{text}");
        let has_tax = text.contains("tax of the tests");
        assert_eq!(has_tax, name == "one depth", "{name}:\n{text}");
    }
}

#[test]
fn one_process_gives_figures_no_interval_and_makes_no_claim() {
    let mut record = record(&["quick"], |_| true);
    record.turns.retain(|turn| turn.process == 0);
    let text = screen::record(&record, false);
    assert!(!text.contains("raise if"), "{text}");
    let text = lines::record(&record);
    assert!(
        text.starts_with("depth/raise/exit/quick/0\t\t\t\t1\t3\n"),
        "{text}"
    );
}

#[test]
fn failures_are_on_the_screen_and_in_the_lines() {
    let mut record = record(&["quick"], |case| case.value == 16);
    let reason = "the worker\tdied\nof boredom";
    record.failures = vec![Failure::new(0, 0, "depth/raise/exit/slow/16", reason)];
    let text = screen::record(&record, false);
    assert!(
        text.contains("not measured: depth/raise/exit/slow/16: the worker"),
        "{text}"
    );
    let text = lines::record(&record);
    let line = "depth/raise/exit/slow/16\terror: the worker died of boredom\n";
    assert!(text.ends_with(line), "{text}");
}

#[test]
fn a_tax_that_is_sure_at_95_per_cent_and_not_at_99_recommends_nothing() {
    let mut record = record(&["quick"], |case| case.value == 16);
    // A tax of 1, 2, 3 and 4 ns in the four processes: t = 3.87, where 95 % asks for 3.18 and
    // 99 % for 5.84.
    for turn in &mut record.turns {
        let tax = match turn.case.series == Strategy::Sentinel.complete() {
            true => 1.0 + f64::from(turn.process),
            false => 0.0,
        };
        let ns = if turn.case.series.outcome() == Outcome::Complete {
            130.0 + tax
        } else {
            truth(&turn.case)
        };
        turn.there_ns = (ns * 1e6) as u64;
        turn.back_ns = turn.there_ns;
    }
    let answers = Answers::of(&Samples::of(&record.turns), &record.header);
    let at = &answers.backends[0].depths()[0];
    assert!(at.tax[&Strategy::Raise.complete()].is_above_zero());
    let rate = at.exit_rate[&Strategy::Raise];
    let expected = ExitRate::NotResolved {
        tax: false,
        stop: true,
    };
    assert_eq!(rate, expected);
}
