//! What a stopped call costs, over depth: a panel per backend, both axes logarithmic.

use super::panel::{Curve, Level, Panel, Point, Ruler, Upright};
use super::scale::Scale;
use super::{Chart, Palette};
use crate::report::answers::{Answers, BackendAnswers};
use crate::report::at_value::AtValue;
use crate::report::number::{about, cost, ns};
use crate::report::tables::costs::whole_calls;
use crate::report::words;
use crate::verdict::Estimate;
use crate::verdict::break_even::BreakEven;
use trapbench_worker::case::{Axis, Outcome, Strategy};

pub fn chart(answers: &Answers, palette: &Palette) -> Chart {
    let backends = &answers.backends;
    let exits = |at: &AtValue| -> Vec<f64> {
        let exits = at.cost.iter();
        let exits = exits.filter(|(series, _)| series.outcome() == Outcome::Exit);
        exits.map(|(_, cost)| cost.value).collect()
    };
    let depths = || backends.iter().flat_map(|backend| backend.depths());
    // One scale for all panels: they are there to be compared.
    let y = Scale::log_around(depths().flat_map(exits));
    let deepest = depths().map(|at| at.depth()).max().unwrap_or(0);
    let panels = y.into_iter().flat_map(|y| {
        let panel = move |backend| panel(backend, answers.floor, palette, deepest, y);
        backends
            .iter()
            .map(panel)
            .filter(|panel| !panel.curves.is_empty())
    });
    let mut panels: Vec<Panel> = panels.collect();
    let rows = panels
        .iter()
        .map(|panel| panel.uprights.len())
        .max()
        .unwrap_or(0);
    panels
        .iter_mut()
        .for_each(|panel| panel.upright_rows = rows);
    let mut reading =
        "The whole call that the host stops, both axes logarithmic; the bands are 95 % \
                       intervals over processes. A dashed upright marks the depth at which a \
                       strategy and the sentinel cost the same."
            .to_owned();
    if answers.floor.is_some() {
        reading.push_str(" The dashed level is the floor: the bare mechanism at depth 0.");
    }
    Chart {
        name: "cost-over-depth",
        title: "What a stopped call costs, by depth".to_owned(),
        reading,
        panels,
        table_reading:
            "ns for a whole call, by depth; per frame: the slope of the straight line of \
                        least relative error."
                .to_owned(),
        tables: vec![whole_calls(answers, Axis::Depth)],
    }
}

fn panel(
    backend: &BackendAnswers,
    floor: Option<Estimate>,
    palette: &Palette,
    deepest: u32,
    y: Scale,
) -> Panel {
    let colour = palette.class(&backend.backend);
    let curve = |strategy: Strategy| {
        let points = backend.depths().iter();
        let points = points.filter_map(|at| point(at, strategy));
        Curve::of(strategy, &colour, points.collect())
    };
    let curves = backend.strategies().into_iter().map(curve);
    // Among native frames the floor is the first point of a curve.
    let floor = floor.filter(|_| backend.offer.executes_wasm());
    Panel {
        title: backend.backend.to_string(),
        description: description(backend),
        colour: colour.clone(),
        x: depths_up_to(deepest),
        y: Ruler::new(y, "", unit),
        curves: curves.filter(|curve| !curve.points.is_empty()).collect(),
        uprights: uprights(backend),
        level: floor.map(|floor| Level {
            y: floor.value,
            says: format!("floor: {}", ns(floor.value)),
        }),
        upright_rows: 0,
    }
}

fn point(at: &AtValue, strategy: Strategy) -> Option<Point> {
    let whole = *at.cost.get(&strategy.exit())?;
    (whole.value > 0.0).then(|| Point {
        x: f64::from(at.depth()),
        y: whole,
        says: format!("{strategy}, depth {}: {} a call", at.value, cost(whole)),
    })
}

fn uprights(backend: &BackendAnswers) -> Vec<Upright> {
    let mark = |(strategy, found): (&Strategy, &BreakEven)| match found {
        BreakEven::At(crossing) => Some(Upright {
            x: crossing.depth.value,
            within: crossing.depth.interval,
            says: format!("{strategy} = sentinel at {}", about(crossing.depth.value)),
        }),
        _ => None,
    };
    backend.break_even.iter().filter_map(mark).collect()
}

fn description(backend: &BackendAnswers) -> String {
    let ends = |strategy: Strategy| {
        let costs = || {
            let costs = backend.depths().iter();
            costs.filter_map(move |at| Some((&at.value, at.cost.get(&strategy.exit())?.value)))
        };
        let ((low, first), (high, last)) = (costs().next()?, costs().next_back()?);
        Some(format!(
            "{strategy}: {} a call at depth {low}, {} at {high}.",
            unit(first),
            unit(last)
        ))
    };
    let even = backend.break_even.iter().map(|(strategy, found)| {
        let depths = words::break_even(found);
        format!("An exit by {strategy} is cheaper than one by sentinel: {depths}.")
    });
    let ends = backend.strategies().into_iter().filter_map(ends);
    ends.chain(even).collect::<Vec<_>>().join(" ")
}

/// From the first frame to the deepest of any backend, so that panels can be compared.
pub(super) fn depths_up_to(deepest: u32) -> Ruler {
    let scale = Scale::Counts {
        low: 0.0,
        high: f64::from(deepest),
    };
    let name = format!("depth: {}", Axis::Depth.row().unit);
    Ruler::new(scale, name, |depth| format!("{depth:.0}"))
}

/// Short, for rulers: `100 ns`, `1 µs`, `9.5 µs`.
pub(super) fn unit(ns: f64) -> String {
    let (value, unit) = match ns {
        ns if ns.abs() < 1e3 => (ns, "ns"),
        ns if ns.abs() < 1e6 => (ns / 1e3, "µs"),
        ns => (ns / 1e6, "ms"),
    };
    let places = usize::from(value < 10.0 && (value - value.round()).abs() > 0.05);
    format!("{value:.places$} {unit}")
}
