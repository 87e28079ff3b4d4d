//! What the sentinel's tests cost a call that nobody stops, per live frame, over depth.

use super::growth::depths_up_to;
use super::palette::Marker;
use super::panel::{Curve, Panel, Point, Ruler};
use super::scale::Scale;
use super::{Chart, Palette};
use crate::report::answers::{Answers, BackendAnswers};
use crate::report::number::cost;
use crate::report::tables::costs;
use crate::verdict::Estimate;

pub fn chart(answers: &Answers, palette: &Palette) -> Chart {
    let taxes = || answers.backends.iter().flat_map(taxes);
    let ends = taxes().map(Tax::per_frame);
    let y = Scale::linear_around(ends.flat_map(|tax| [tax.interval.low, tax.interval.high]));
    let depths = answers.backends.iter().flat_map(BackendAnswers::depths);
    let deepest = depths.map(|at| at.depth()).max().unwrap_or(0);
    let panels = y.into_iter().flat_map(|y| {
        let panel = move |backend| panel(backend, palette, deepest, y);
        answers
            .backends
            .iter()
            .map(panel)
            .filter(|panel| !panel.curves[0].points.is_empty())
    });
    Chart {
        name: "tax",
        title: "The tax of the sentinel's tests, on calls that nobody stops".to_owned(),
        reading: "A completing call with the tests minus one without, divided by the depth + 1 \
                  frames that make them; the bands are 95 % intervals over processes. Below 0 the \
                  code with the tests is the faster one. At depth 0 the difference of the two \
                  imports is in it."
            .to_owned(),
        panels: panels.collect(),
        table_reading: "ns a call, by depth.".to_owned(),
        tables: vec![costs::tax(answers)],
    }
}

fn panel(backend: &BackendAnswers, palette: &Palette, deepest: u32, y: Scale) -> Panel {
    let colour = palette.class(&backend.backend);
    let curve = Curve {
        name: "tax a frame".to_owned(),
        colour: colour.clone(),
        dash: "whole",
        marker: Marker::Circle,
        points: taxes(backend).map(Tax::point).collect(),
    };
    Panel {
        title: backend.backend.to_string(),
        description: description(backend),
        colour,
        x: depths_up_to(deepest),
        y: Ruler::new(y, "", |ns| format!("{} ns", (ns * 1e6).round() / 1e6)),
        curves: vec![curve],
        uprights: Vec::new(),
        level: None,
        upright_rows: 0,
    }
}

/// Of a call, over the completing one that stands for a call without tests.
struct Tax {
    depth: u32,
    of_a_call: Estimate,
}

fn taxes(backend: &BackendAnswers) -> impl Iterator<Item = Tax> {
    let complete = backend.offer.completing();
    backend.depths().iter().filter_map(move |at| {
        Some(Tax {
            depth: at.depth(),
            of_a_call: *at.tax.get(&complete?)?,
        })
    })
}

impl Tax {
    fn per_frame(self) -> Estimate {
        let frames = f64::from(self.depth) + 1.0;
        self.of_a_call.map_increasing(|ns| ns / frames)
    }

    fn point(self) -> Point {
        let (depth, call) = (self.depth, cost(self.of_a_call));
        let per_frame = self.per_frame();
        Point {
            x: f64::from(depth),
            y: per_frame,
            says: format!("depth {depth}: {} a frame, {call} a call", cost(per_frame)),
        }
    }
}

fn description(backend: &BackendAnswers) -> String {
    let taxes = taxes(backend);
    let taxes = taxes.map(|tax| format!("{} at depth {}", cost(tax.of_a_call), tax.depth));
    format!("Tax of a call: {}.", Vec::from_iter(taxes).join(", "))
}
