//! Stopped calls over any axis but depth, a panel per backend: what a value adds to one where all
//! values share a turn, else what one costs.

use super::growth::unit;
use super::panel::{Curve, Panel, Point, Ruler};
use super::scale::Scale;
use super::{Chart, Palette};
use crate::report::answers::{Answers, BackendAnswers};
use crate::report::at_value::AtValue;
use crate::report::number::{cost, ns_within};
use crate::report::samples::ordered;
use crate::report::tables::costs;
use crate::report::words;
use crate::verdict::{Estimate, Interval};
use trapbench_worker::case::{Axis, SharedTurn, Strategy, Value};

pub fn chart(answers: &Answers, palette: &Palette, axis: Axis) -> Chart {
    let of_axis = OverAxisPanels {
        axis,
        values: values(answers, axis),
        palette,
    };
    let all = || {
        answers
            .backends
            .iter()
            .flat_map(|backend| backend.over(axis))
    };
    let y = match axis.row().turn {
        SharedTurn::OfAllValues => Scale::linear_around(all().flat_map(ends_above_lowest)),
        SharedTurn::OfAValue => Scale::log_around(all().flat_map(|at| {
            let exits = at.cost.iter();
            let exits = exits.filter(|(series, _)| series.strategy().exit() == **series);
            exits.map(|(_, cost)| cost.value)
        })),
    };
    let panels = y.zip(of_axis.scale()).into_iter().flat_map(|(y, x)| {
        let of_axis = &of_axis;
        let panels = answers
            .backends
            .iter()
            .map(move |one| of_axis.panel(one, x, y));
        panels.filter(|panel| !panel.curves.is_empty())
    });
    let panels = Vec::from_iter(panels);
    let tables = costs::over(answers, axis);
    let caption = format!("{}.", costs::caption(axis));
    Chart {
        name: axis.name(),
        title: title(axis),
        reading: of_axis.reading(),
        panels,
        table_reading: caption,
        tables,
    }
}

fn title(axis: Axis) -> String {
    let unit = axis.row().unit;
    match axis.row().turn {
        SharedTurn::OfAllValues => format!("What {unit} add"),
        SharedTurn::OfAValue => format!("What a stopped call costs, by {unit}"),
    }
}

/// At which any backend was measured, and what the others are held against.
fn values(answers: &Answers, axis: Axis) -> Vec<Value> {
    let places = answers
        .backends
        .iter()
        .flat_map(|backend| backend.over(axis));
    let values = Vec::from_iter(places.map(|at| at.value.clone()));
    let lowest = match axis.row().turn {
        SharedTurn::OfAllValues => axis.usual_values().into_iter().next(),
        SharedTurn::OfAValue => None,
    };
    ordered(axis, values.iter().chain(&lowest))
}

fn ends_above_lowest(at: &AtValue) -> Vec<f64> {
    let ends = at.above_lowest.values().map(|added| added.interval);
    ends.flat_map(|ends| [ends.low, ends.high]).collect()
}

struct OverAxisPanels<'a> {
    axis: Axis,
    values: Vec<Value>,
    palette: &'a Palette,
}

impl OverAxisPanels<'_> {
    fn reading(&self) -> String {
        let (row, depth) = (self.axis.row(), costs::guest_depth(self.axis));
        match row.turn {
            SharedTurn::OfAllValues => format!(
                "How much longer a stopped call {depth} takes, by {}; the bands are 95 % intervals over \
                 processes.",
                row.unit
            ),
            SharedTurn::OfAValue => format!(
                "The whole call that the host stops, {depth}, by {}; costs are logarithmic, and the \
                 bands are 95 % intervals over processes.",
                row.unit
            ),
        }
    }

    /// Words stand at equal distances, in the order of the axis's row.
    fn scale(&self) -> Option<Scale> {
        let numbers: Option<Vec<u32>> = self.values.iter().map(Value::number).collect();
        match numbers {
            Some(numbers) => Scale::counts_around(numbers),
            None => Some(Scale::Linear {
                low: 0.0,
                high: self.values.len() as f64 - 1.0,
            }),
        }
    }

    fn place(&self, value: &Value) -> f64 {
        let at = || self.values.iter().position(|one| one == value);
        let number = value.number().map(f64::from);
        number.unwrap_or_else(|| at().unwrap_or_default() as f64)
    }

    fn ruler(&self, scale: Scale) -> Ruler {
        let unit = self.axis.row().unit;
        if self.values.iter().all(|value| value.number().is_some()) {
            return Ruler::new(scale, unit, |value| format!("{value:.0}"));
        }
        let ticks = self.values.iter();
        Ruler {
            scale,
            name: unit.to_owned(),
            ticks: ticks
                .map(|one| (self.place(one), one.to_string()))
                .collect(),
        }
    }

    fn panel(&self, backend: &BackendAnswers, x: Scale, y: Scale) -> Panel {
        let colour = self.palette.class(&backend.backend);
        let curve = |strategy| Curve::of(strategy, &colour, self.points(backend, strategy));
        let curves = backend.strategies().into_iter().map(curve);
        Panel {
            title: backend.backend.to_string(),
            description: self.description(backend),
            x: self.ruler(x),
            y: Ruler::new(y, "", unit),
            curves: curves.filter(|curve| !curve.points.is_empty()).collect(),
            uprights: Vec::new(),
            level: None,
            upright_rows: 0,
            colour,
        }
    }

    fn points(&self, backend: &BackendAnswers, strategy: Strategy) -> Vec<Point> {
        let at = backend.over(self.axis).iter();
        let mut points = Vec::from_iter(at.filter_map(|at| self.point(at, strategy)));
        // By definition: what is added is added to the call at the lowest value.
        if self.axis.row().turn == SharedTurn::OfAllValues
            && let (Some(lowest), false) = (self.values.first(), points.is_empty())
        {
            let says = format!(
                "{} {lowest}: what the others are held against",
                self.axis.row().label
            );
            points.insert(
                0,
                Point {
                    x: self.place(lowest),
                    y: NOTHING,
                    says,
                },
            );
        }
        points
    }

    fn point(&self, at: &AtValue, strategy: Strategy) -> Option<Point> {
        let label = self.axis.row().label;
        let (figure, how) = match self.axis.row().turn {
            SharedTurn::OfAllValues => (*at.above_lowest.get(&strategy)?, "more"),
            SharedTurn::OfAValue => {
                let whole = *at.cost.get(&strategy.exit())?;
                (whole, (whole.value > 0.0).then_some("a call")?)
            }
        };
        Some(Point {
            x: self.place(&at.value),
            y: figure,
            says: format!("{strategy}, {label} {}: {} {how}", at.value, cost(figure)),
        })
    }

    fn description(&self, backend: &BackendAnswers) -> String {
        let of = |strategy: Strategy| match self.axis.row().turn {
            SharedTurn::OfAllValues => {
                let each = words::each_adds(backend, self.axis, strategy)?;
                Some(format!("{strategy}: {} ns for each.", ns_within(each)))
            }
            SharedTurn::OfAValue => {
                let points = self.points(backend, strategy);
                let [first, last] = [points.first()?, points.last()?];
                Some(format!("{}; {}.", first.says, last.says))
            }
        };
        let lines = backend.strategies().into_iter().filter_map(of);
        Vec::from_iter(lines).join(" ")
    }
}

const NOTHING: Estimate = Estimate {
    value: 0.0,
    interval: Interval {
        low: 0.0,
        high: 0.0,
    },
};
