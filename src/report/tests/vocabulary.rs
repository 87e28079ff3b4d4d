//! Whatever the vocabulary has is in every kind of report.

use super::made_up::record_of;
use crate::report::{
    Answers, Samples, chart::LineLook, chart::Palette, chart::charts, json, markdown, page, screen,
    tables::costs::caption,
};
use trapbench_worker::case::{Axis, BackendId, Family, Strategy, Value};
use trapbench_worker::offer::Offer;

#[test]
fn whatever_the_vocabulary_has_is_in_every_report() {
    let of_guests = |_: &BackendId| {
        let all = Strategy::ALL.iter().copied();
        let of_guests = all.filter(|strategy| strategy.family() != Family::Native);
        Offer::of(&Vec::from_iter(of_guests), Axis::ALL)
    };
    let record = record_of(&["quick"], of_guests, |_| true);
    let answers = Answers::of(&Samples::of(&record.turns), &record.header);
    let palette = Palette::of(answers.backends.iter().map(|backend| &backend.backend));
    let charts = charts(&answers, &palette);
    let screen = screen::record(&record, false);
    let markdown = markdown::record(&record, "r", None, &[], None);
    let page = page::record(&record, "r", None);
    let json: serde_json::Value = serde_json::from_str(&json::record(&record, "r")).unwrap();
    for &axis in Axis::ALL {
        for text in [&screen, &markdown, &page] {
            assert!(text.contains(&caption(axis)), "{axis}:\n{text}");
        }
        let values = answers.backends[0].over(axis);
        let places = |values: Vec<Value>| Vec::from_iter(values.iter().map(Value::to_string));
        assert_eq!(
            places(values.iter().map(|at| at.value.clone()).collect()),
            places(axis.usual_values())
        );
        if axis != Axis::Depth {
            let mut drawn = charts.iter().filter(|chart| chart.name == axis.name());
            let drawn = &drawn.next().unwrap().panels[0].curves;
            assert_eq!(drawn.len(), answers.backends[0].strategies().len());
            let axes = json["backends"][0]["axes"].as_array().unwrap();
            let mut written = axes.iter().filter(|one| one["axis"] == axis.name());
            let written = written.next().unwrap()["values"].as_array().unwrap();
            assert_eq!(written.len(), values.len());
        }
    }
    for strategy in Strategy::all_abandoning() {
        let row = format!("{strategy}/sentinel");
        for text in [&screen, &markdown, &page] {
            assert!(text.contains(&row), "{row}:\n{text}");
        }
        let at = &json["backends"][0]["depths"][0];
        assert!(at["over_sentinel"][strategy.name()].is_object(), "{at}");
        assert!(at["exit_rate"][strategy.name()].is_object(), "{at}");
    }
    let looks = Strategy::ALL
        .iter()
        .filter(|one| one.family() != Family::Native);
    let looks = Vec::from_iter(looks.map(|&one| LineLook::of(one)));
    for (place, look) in looks.iter().enumerate() {
        assert!(
            !looks[..place].contains(look),
            "two strategies look alike: {look:?}"
        );
    }
}
