//! The distance from the bare mechanism, in every kind of report.

use super::made_up::{close, record};
use crate::report::{
    Answers, Samples, chart::Palette, chart::charts, json, markdown, page, screen,
};
use trapbench_worker::case::{NATIVE, Strategy};

#[test]
fn the_distance_from_the_floor_is_what_a_raise_adds_in_calls_of_the_bare_mechanism() {
    let record = record(&[NATIVE, "quick"], |_| true);
    let answers = Answers::of(&Samples::of(&record.turns), &record.header);
    close(answers.floor.unwrap().value, 1.2 * 25.0);
    let [quick, native] = &answers.backends[..] else {
        panic!("{answers:?}");
    };
    assert_eq!(
        (quick.backend.as_str(), native.backend.as_str()),
        ("quick", NATIVE)
    );
    for at in quick.depths() {
        let depth = f64::from(at.depth());
        for (strategy, exit) in [
            (Strategy::Raise, 5000.0 + depth),
            (Strategy::RaisePrebuilt, 150.0 + depth),
            (Strategy::RaiseTraced, 2500.0 + 350.0 * depth),
        ] {
            let added = exit - (50.0 + 5.0 * depth);
            let distance = at.over_floor[&strategy];
            close(distance.value, added / 25.0);
            assert!(distance.interval.contains(distance.value));
        }
        assert_eq!(at.over_floor.len(), 3);
    }
    for at in native.depths() {
        assert!(at.over_floor.is_empty() && at.cheapest.is_empty() && at.tax.is_empty());
        assert!(at.exit_rate.is_empty() && at.over_sentinel.is_empty());
        assert_eq!(at.cost.len(), 6);
    }
}

#[test]
fn the_floor_is_in_every_kind_of_report() {
    let record = record(&[NATIVE, "quick"], |_| true);
    let screen = screen::record(&record, false);
    let markdown = markdown::record(&record, "r", None, &[], None);
    let page = page::record(&record, "r", None);
    let json = json::record(&record, "r");
    for (text, words) in [
        (
            &screen,
            &[
                "raise/floor",
                "reset, whole call",
                "depth/reset/exit/native/0",
                "(195 times the bare mechanism); a sentinel",
            ][..],
        ),
        (
            &markdown,
            &[
                "(195 times the bare mechanism); a sentinel",
                "| raise/floor | 198",
                "| raise-prebuilt/floor | 4.0",
                "| raise-traced/floor | 98",
                "| `reset`, whole call | 30",
                "At depth 16, a call stopped by reset takes **68",
            ],
        ),
        (
            &page,
            &["raise-traced/floor", "floor: 30.0 ns", "by panic <strong>"],
        ),
        (
            &json,
            &["\"over_floor\":{\"raise\":{", "\"floor\":{\"value\":30"],
        ),
    ] {
        for words in words {
            assert!(text.contains(words), "`{words}` is not in:\n{text}");
        }
        assert!(!text.contains("NaN"), "{text}");
    }
    // Nobody chooses between native frames and a sentinel.
    for text in [&screen, &markdown] {
        assert!(!text.contains("native, at depth"), "{text}");
        assert_eq!(text.matches("cheapest way to stop").count(), 1, "{text}");
        assert_eq!(text.matches("tax of the tests").count(), 1, "{text}");
    }
}

#[test]
fn the_floor_is_a_level_in_every_panel_but_that_of_the_native_frames() {
    let record = record(&[NATIVE, "quick", "slow"], |_| true);
    let answers = Answers::of(&Samples::of(&record.turns), &record.header);
    let palette = Palette::of(answers.backends.iter().map(|backend| &backend.backend));
    let charts = charts(&answers, &palette);
    let panels = |at: usize| -> Vec<(&str, bool, usize)> {
        let panels = charts[at].panels.iter();
        let shown = panels.map(|panel| {
            (
                panel.title.as_str(),
                panel.level.is_some(),
                panel.curves.len(),
            )
        });
        shown.collect()
    };
    assert_eq!(
        panels(0),
        [("quick", true, 4), ("slow", true, 4), (NATIVE, false, 3)]
    );
    assert_eq!(panels(1), [("quick", false, 1), ("slow", false, 1)]);
    assert_eq!(panels(2), [("quick", false, 4), ("slow", false, 4)]);
}

#[test]
fn without_native_frames_nothing_is_said_of_a_floor() {
    let record = record(&["quick"], |_| true);
    for text in [
        screen::record(&record, false),
        markdown::record(&record, "r", None, &[], None),
        page::record(&record, "r", None),
    ] {
        assert!(
            !text.contains("floor") && !text.contains("bare mechanism"),
            "{text}"
        );
    }
}
