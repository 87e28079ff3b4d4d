//! What native frames under the call add to stopping it: a panel per backend.

use super::growth::unit;
use super::palette::{dash, marker};
use super::panel::{Axis, Line, Panel, Point};
use super::scale::Scale;
use super::{Chart, Palette};
use crate::report::answers::{Answers, AtHeight, BackendAnswers};
use crate::report::number::cost;
use crate::report::words;
use crate::verdict::{Estimate, Interval};
use trapbench_worker::case::{OTHER_AXES_DEPTH, Strategy};

pub fn chart(answers: &Answers, palette: &Palette) -> Chart {
    let backends = &answers.backends;
    let heights = || backends.iter().flat_map(|backend| &backend.host_stack);
    let added = |at: &AtHeight| -> Vec<f64> {
        let ends = at.added.values().map(|added| added.interval);
        ends.flat_map(|ends| [ends.low, ends.high]).collect()
    };
    let y = Scale::linear_around(heights().flat_map(added));
    let highest = heights().map(|at| at.frames).max().unwrap_or(0);
    let panels = y.into_iter().flat_map(|y| {
        let panel = move |backend| panel(backend, palette, highest, y);
        backends
            .iter()
            .map(panel)
            .filter(|panel| !panel.lines.is_empty())
    });
    Chart {
        name: "host-stack",
        title: "What the host's stack adds",
        reading: format!(
            "How much longer a stopped call at guest depth {OTHER_AXES_DEPTH} takes with more native \
             frames under it; the bands are 95 % intervals over processes."
        ),
        panels: panels.collect(),
    }
}

fn panel(backend: &BackendAnswers, palette: &Palette, highest: u32, y: Scale) -> Panel {
    let colour = palette.class(&backend.backend);
    let line = |strategy: Strategy| {
        let points = backend
            .host_stack
            .iter()
            .filter_map(|at| point(at, strategy));
        Line {
            name: strategy.to_string(),
            colour: colour.clone(),
            dash: dash(strategy),
            marker: marker(strategy),
            points: points.collect(),
        }
    };
    let mut lines: Vec<Line> = backend.strategies().into_iter().map(line).collect();
    lines.retain(|line| !line.points.is_empty());
    for line in &mut lines {
        line.points.insert(0, origin());
    }
    Panel {
        title: backend.backend.to_string(),
        description: description(backend),
        colour,
        x: Axis {
            scale: Scale::Linear {
                low: 0.0,
                high: f64::from(highest),
            },
            name: "extra native frames under the call",
            tick: |frames| format!("{frames:.0}"),
        },
        y: Axis {
            scale: y,
            name: "",
            tick: |ns| unit(ns),
        },
        lines,
        marks: Vec::new(),
        level: None,
        mark_rows: 0,
    }
}

fn point(at: &AtHeight, strategy: Strategy) -> Option<Point> {
    let added = *at.added.get(&strategy)?;
    Some(Point {
        x: f64::from(at.frames),
        y: added,
        says: format!(
            "{strategy}, {} more frames: {} more",
            at.frames,
            cost(added)
        ),
    })
}

/// By definition: what is added is added to the call without extra frames.
fn origin() -> Point {
    Point {
        x: 0.0,
        y: Estimate {
            value: 0.0,
            interval: Interval {
                low: 0.0,
                high: 0.0,
            },
        },
        says: "no extra frame: what the others are measured against".to_owned(),
    }
}

fn description(backend: &BackendAnswers) -> String {
    let of = |strategy: Strategy| {
        let per_frame = words::host_frame(backend, strategy)?;
        Some(format!("{strategy}: {per_frame} for each frame."))
    };
    let lines = backend.strategies().into_iter().filter_map(of);
    lines.collect::<Vec<_>>().join(" ")
}
