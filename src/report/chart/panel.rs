//! One drawing: curves of points with their intervals, between two rulers.

use maud::{Markup, html};

use super::palette::{LineLook, Marker};
use super::scale::Scale;
use crate::verdict::{Estimate, Interval};
use trapbench_worker::case::Strategy;

/// Width and height of a panel in its own units, which are about pixels.
pub const WIDTH: f64 = 408.0;
pub const HEIGHT: f64 = 290.0;

const LEFT: f64 = 52.0;
const RIGHT: f64 = WIDTH - 104.0;
const TOP: f64 = 32.0;
const BOTTOM: f64 = HEIGHT - 40.0;

/// Curves' names stand this far apart at least.
const LINE_HEIGHT: f64 = 14.0;

const MARK_HEIGHT: f64 = 15.0;

pub struct Panel {
    pub title: String,
    /// The text alternative: what a reader who cannot see the curves should know.
    pub description: String,
    /// The class of its colour.
    pub colour: String,
    pub x: Ruler,
    pub y: Ruler,
    pub curves: Vec<Curve>,
    pub uprights: Vec<Upright>,
    pub level: Option<Level>,
    /// Room for the names of marks above the curves; the same in panels that stand side by side.
    pub upright_rows: usize,
}

/// One of its two edges, along which a quantity is read.
pub struct Ruler {
    pub scale: Scale,
    pub name: String,
    /// Where its ticks are, and what is written at them.
    pub ticks: Vec<(f64, String)>,
}

impl Ruler {
    /// With ticks at the round places of the scale.
    pub fn new(scale: Scale, name: impl Into<String>, tick: impl Fn(f64) -> String) -> Ruler {
        Ruler {
            scale,
            name: name.into(),
            ticks: scale.ticks().into_iter().map(|at| (at, tick(at))).collect(),
        }
    }
}

/// A line of points with their intervals.
pub struct Curve {
    pub name: String,
    pub colour: String,
    pub dash: &'static str,
    pub marker: Marker,
    pub points: Vec<Point>,
}

impl Curve {
    /// Of a strategy, in its own look.
    pub fn of(strategy: Strategy, colour: &str, points: Vec<Point>) -> Curve {
        let look = LineLook::of(strategy);
        Curve {
            name: strategy.to_string(),
            colour: colour.to_owned(),
            dash: look.dash,
            marker: look.marker,
            points,
        }
    }
}

pub struct Point {
    pub x: f64,
    pub y: Estimate,
    /// What is shown on hovering.
    pub says: String,
}

/// A place on the x axis that matters.
pub struct Upright {
    pub x: f64,
    pub within: Interval,
    pub says: String,
}

/// A height on the y axis that matters.
pub struct Level {
    pub y: f64,
    pub says: String,
}

/// The panel for a page; `id` must be the only one of its name there.
pub fn figure(panel: &Panel, id: &str) -> Markup {
    let (title, description) = (format!("{id}-title"), format!("{id}-text"));
    html! {
        svg.chart xmlns="http://www.w3.org/2000/svg" viewBox={ "0 0 " (WIDTH) " " (HEIGHT) }
            role="img" aria-labelledby={ (title) " " (description) } {
            title id=(title) { (panel.title) }
            desc id=(description) { (panel.description) }
            (panel.draw())
        }
    }
}

impl Panel {
    pub fn draw(&self) -> Markup {
        html! {
            text class={ "title " (self.colour) } x=(LEFT) y="16" { (self.title) }
            (self.y_axis())
            (self.x_axis())
            @for (row, mark) in self.uprights.iter().enumerate() { (self.upright(mark, row)) }
            @if let Some(level) = &self.level { (self.level(level)) }
            @for curve in &self.curves { (self.curve(curve)) }
            @for (curve, y) in self.curves.iter().zip(self.name_places()) {
                @if let Some(y) = y {
                    text class={ "name " (curve.colour) } x=(RIGHT + 8.0) y=(place(y + 4.0)) { (curve.name) }
                }
            }
            @for curve in &self.curves { @for point in &curve.points { (self.target(point)) } }
        }
    }

    fn x(&self, value: f64) -> f64 {
        LEFT + self.x.scale.share(value) * (RIGHT - LEFT)
    }

    fn y(&self, value: f64) -> f64 {
        let top = TOP + self.upright_rows as f64 * MARK_HEIGHT;
        BOTTOM - self.y.scale.share(value) * (BOTTOM - top)
    }

    fn y_axis(&self) -> Markup {
        html! {
            @for (tick, says) in &self.y.ticks {
                @let y = place(self.y(*tick));
                line class=(if *tick == 0.0 { "zero" } else { "grid" })
                    x1=(LEFT) x2=(RIGHT) y1=(y) y2=(y) {}
                text x=(LEFT - 6.0) y=(place(self.y(*tick) + 4.0)) text-anchor="end" {
                    (says)
                }
            }
        }
    }

    fn x_axis(&self) -> Markup {
        html! {
            @for (tick, says) in &self.x.ticks {
                @let x = place(self.x(*tick));
                line.zero x1=(x) x2=(x) y1=(BOTTOM) y2=(BOTTOM + 4.0) {}
                text x=(x) y=(BOTTOM + 17.0) text-anchor="middle" { (says) }
            }
            text x=(place((LEFT + RIGHT) / 2.0)) y=(HEIGHT - 7.0) text-anchor="middle" {
                (self.x.name)
            }
        }
    }

    fn upright(&self, mark: &Upright, row: usize) -> Markup {
        let x = self.x(mark.x);
        let (low, high) = (self.x(mark.within.low), self.x(mark.within.high));
        let y = TOP + 6.0 + MARK_HEIGHT * row as f64;
        // A name is written towards the side that has room for it.
        let on_the_left = x > (LEFT + RIGHT) / 2.0;
        let (anchor, away) = if on_the_left {
            ("end", -5.0)
        } else {
            ("start", 5.0)
        };
        html! {
            rect.mark-band x=(place(low)) width=(place(high - low)) y=(place(y - 9.0))
                height=(place(BOTTOM - y + 9.0)) {}
            line.mark x1=(place(x)) x2=(place(x)) y1=(place(y - 9.0)) y2=(BOTTOM) {}
            text.mark-name x=(place(x + away)) y=(place(y)) text-anchor=(anchor) { (mark.says) }
        }
    }

    /// Its name stands at the right, where costs have grown away from it.
    fn level(&self, level: &Level) -> Markup {
        let y = self.y(level.y);
        html! {
            line.mark x1=(LEFT) x2=(RIGHT) y1=(place(y)) y2=(place(y)) {}
            text.mark-name x=(RIGHT - 4.0) y=(place(y - 5.0)) text-anchor="end" { (level.says) }
        }
    }

    fn curve(&self, curve: &Curve) -> Markup {
        let path = |ends: &mut dyn Iterator<Item = (f64, f64)>| -> String {
            let points = ends.map(|(x, y)| format!("{},{}", place(self.x(x)), place(self.y(y))));
            points.collect::<Vec<_>>().join(" ")
        };
        let points = &curve.points;
        let low = points
            .iter()
            .rev()
            .map(|point| (point.x, point.y.interval.low));
        let mut band = points
            .iter()
            .map(|point| (point.x, point.y.interval.high))
            .chain(low);
        html! {
            g class=(curve.colour) {
                @if points.len() > 1 {
                    polygon.band points=(path(&mut band)) {}
                    polyline class={ "stroke " (curve.dash) }
                        points=(path(&mut points.iter().map(|point| (point.x, point.y.value)))) {}
                }
                @for point in points {
                    @let x = place(self.x(point.x));
                    line.whisker x1=(x) x2=(x) y1=(place(self.y(point.y.interval.low)))
                        y2=(place(self.y(point.y.interval.high))) {}
                    (dot(curve.marker, self.x(point.x), self.y(point.y.value)))
                }
            }
        }
    }

    /// Larger than the dot, for fingers.
    fn target(&self, point: &Point) -> Markup {
        html! {
            circle.target cx=(place(self.x(point.x))) cy=(place(self.y(point.y.value))) r="9" {
                title { (point.says) }
            }
        }
    }

    /// Where each curve's name stands: at its end, pushed apart where ends are close.
    fn name_places(&self) -> Vec<Option<f64>> {
        let ends = self.curves.iter().map(|curve| curve.points.last());
        let mut places: Vec<(usize, f64)> = ends
            .enumerate()
            .filter_map(|(at, last)| Some((at, self.y(last?.y.value))))
            .collect();
        places.sort_by(|a, b| a.1.total_cmp(&b.1));
        for at in 1..places.len() {
            places[at].1 = places[at].1.max(places[at - 1].1 + LINE_HEIGHT);
        }
        // What was pushed below the axis goes back up, and takes with it what is in the way.
        let mut limit = BOTTOM;
        for (_, y) in places.iter_mut().rev() {
            *y = y.min(limit);
            limit = *y - LINE_HEIGHT;
        }
        let mut by_curve = vec![None; self.curves.len()];
        places
            .into_iter()
            .for_each(|(at, y)| by_curve[at] = Some(y));
        by_curve
    }
}

fn dot(marker: Marker, x: f64, y: f64) -> Markup {
    let polygon = |corners: &[(f64, f64)]| -> String {
        let corner = |(dx, dy): &(f64, f64)| format!("{},{}", place(x + dx), place(y + dy));
        corners.iter().map(corner).collect::<Vec<_>>().join(" ")
    };
    html! {
        @match marker {
            Marker::Circle => circle.ring cx=(place(x)) cy=(place(y)) r="3.5" {},
            Marker::Square => rect.dot x=(place(x - 3.5)) y=(place(y - 3.5)) width="7" height="7" {},
            Marker::Triangle => {
                polygon.dot points=(polygon(&[(0.0, -4.5), (4.5, 3.5), (-4.5, 3.5)])) {}
            }
            Marker::Diamond => {
                polygon.dot points=(polygon(&[(0.0, -5.0), (5.0, 0.0), (0.0, 5.0), (-5.0, 0.0)])) {}
            }
        }
    }
}

/// A tenth of a pixel is finer than any eye.
fn place(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}
