//! What the sentinel's tests cost a call that nobody stops, per live frame, over depth.

use super::palette::Marker;
use super::panel::{Axis, Line, Panel, Point};
use super::scale::Scale;
use super::{Chart, Palette};
use crate::report::answers::{Answers, AtDepth, BackendAnswers};
use crate::report::number::cost;
use crate::verdict::Estimate;

pub fn chart(answers: &Answers, palette: &Palette) -> Chart {
    let depths = || answers.backends.iter().flat_map(|backend| &backend.depths);
    let ends = depths()
        .filter_map(per_frame)
        .flat_map(|tax| [tax.interval.low, tax.interval.high]);
    let y = Scale::linear_around(ends);
    let deepest = depths().map(|at| at.depth).max().unwrap_or(0);
    let panels = y.into_iter().flat_map(|y| {
        let panel = move |backend| panel(backend, palette, deepest, y);
        answers
            .backends
            .iter()
            .map(panel)
            .filter(|panel| !panel.lines[0].points.is_empty())
    });
    Chart {
        name: "tax",
        title: "The tax of the sentinel's tests, on calls that nobody stops",
        reading: "A completing call with the tests minus one without, divided by the depth + 1 \
                  frames that make them; the bands are 95 % intervals over processes. Below 0 the \
                  code with the tests is the faster one. At depth 0 the difference of the two \
                  imports is in it."
            .to_owned(),
        panels: panels.collect(),
    }
}

fn panel(backend: &BackendAnswers, palette: &Palette, deepest: u32, y: Scale) -> Panel {
    let colour = palette.class(&backend.backend);
    let line = Line {
        name: "tax a frame".to_owned(),
        colour: colour.clone(),
        dash: "whole",
        marker: Marker::Circle,
        points: backend.depths.iter().filter_map(point).collect(),
    };
    Panel {
        title: backend.backend.to_string(),
        description: description(backend),
        colour,
        x: Axis {
            scale: Scale::Frames {
                high: f64::from(deepest),
            },
            name: "depth: guest frames above the first",
            tick: |depth| format!("{depth:.0}"),
        },
        y: Axis {
            scale: y,
            name: "",
            tick: |ns| format!("{} ns", (ns * 1e6).round() / 1e6),
        },
        lines: vec![line],
        marks: Vec::new(),
        level: None,
        mark_rows: 0,
    }
}

fn per_frame(at: &AtDepth) -> Option<Estimate> {
    let frames = f64::from(at.depth) + 1.0;
    Some(at.tax?.map_increasing(|ns| ns / frames))
}

fn point(at: &AtDepth) -> Option<Point> {
    let (per_frame, whole) = (per_frame(at)?, at.tax?);
    let (frame, call) = (cost(per_frame), cost(whole));
    Some(Point {
        x: f64::from(at.depth),
        y: per_frame,
        says: format!("depth {}: {frame} a frame, {call} a call", at.depth),
    })
}

fn description(backend: &BackendAnswers) -> String {
    let taxes = backend
        .depths
        .iter()
        .filter_map(|at| Some((at.depth, at.tax?)));
    let taxes: Vec<String> = taxes
        .map(|(depth, tax)| format!("{} at depth {depth}", cost(tax)))
        .collect();
    format!("Tax of a call: {}.", taxes.join(", "))
}
