//! What is compared of a call, and what documents call it.

use std::fmt;

use clap::ValueEnum;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use strum::VariantArray;

/// What is compared of a call: its time on the clock, or its instructions in user space, as
/// callgrind counts them.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum, VariantArray,
)]
#[serde(rename_all = "kebab-case")]
pub enum Metric {
    #[default]
    Time,
    Instructions,
}

/// What a count of instructions cannot see, in words.
pub const INSTRUCTIONS_BLIND_SPOTS: &str =
    "contention, caches, branch prediction, and all that the kernel does";

/// What documents say of a metric.
#[derive(Debug)]
pub struct MetricRow {
    pub name: &'static str,
    /// In the names of fields: `base_ns`.
    pub unit: &'static str,
    pub taken: Taken,
}

/// How much a number of a metric is to be trusted, and so how it is judged and told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// No two are alike: many are taken, for some seconds a case, and an interval is in what is
    /// said of them.
    Sampled,
    /// They repeat: a few are taken, and the median is told with their range.
    Counted {
        /// What it does not count, in words.
        not_seen: &'static str,
        /// What it counts and does not compare.
        left_out: &'static str,
    },
}

impl Metric {
    pub fn row(self) -> &'static MetricRow {
        match self {
            Metric::Time => &MetricRow {
                name: "time",
                unit: "ns",
                taken: Taken::Sampled,
            },
            Metric::Instructions => &MetricRow {
                name: "instructions",
                unit: "instructions",
                taken: Taken::Counted {
                    not_seen: INSTRUCTIONS_BLIND_SPOTS,
                    left_out: "the unwinder's search for a frame's table, whose steps the layout \
                               decides",
                },
            },
        }
    }

    pub fn name(self) -> &'static str {
        self.row().name
    }
}

/// What a call took on each side. In JSON it is a field for each, `base_ns` and `head_ns`, beside
/// those of whatever it is flattened into.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Costs(Vec<(String, Option<f64>)>);

impl Costs {
    /// `sides` are called `base` or `head`. The fields of time are always there, and empty where
    /// something else was compared.
    pub fn of<const N: usize>(metric: Metric, sides: [(&str, Option<f64>); N]) -> Costs {
        let fields =
            |of: Metric| sides.map(|(side, cost)| (field(side, of), cost.filter(|_| of == metric)));
        let mut costs = Vec::from(fields(Metric::Time));
        for &other in Metric::VARIANTS.iter().filter(|&&one| one != Metric::Time) {
            costs.extend(fields(other).into_iter().filter(|(_, cost)| cost.is_some()));
        }
        Costs(costs)
    }

    /// In the metric's unit.
    pub fn on(&self, side: &str, metric: Metric) -> Option<f64> {
        let name = field(side, metric);
        self.0.iter().find(|(field, _)| *field == name)?.1
    }
}

fn field(side: &str, metric: Metric) -> String {
    format!("{side}_{}", metric.row().unit)
}

impl Serialize for Costs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (field, cost) in &self.0 {
            map.serialize_entry(field, cost)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Costs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Costs, D::Error> {
        deserializer.deserialize_map(Fields)
    }
}

/// Picks the costs out of the fields of a whole object.
struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = Costs;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("the fields of a case")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Costs, A::Error> {
        let sides = ["base", "head"].into_iter();
        let known = sides.flat_map(|side| Metric::VARIANTS.iter().map(move |&of| field(side, of)));
        let known = Vec::from_iter(known);
        let mut costs = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            match known.contains(&name) {
                true => costs.push((name, map.next_value()?)),
                false => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(Costs(costs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Row {
        case: String,
        #[serde(flatten)]
        costs: Costs,
        last: u32,
    }

    #[test]
    fn costs_are_fields_by_side_and_unit_and_come_back() {
        for (metric, text) in [
            (
                Metric::Time,
                r#"{"case":"c","base_ns":1.5,"head_ns":null,"last":7}"#,
            ),
            (
                Metric::Instructions,
                r#"{"case":"c","base_ns":null,"head_ns":null,"base_instructions":1.5,"last":7}"#,
            ),
        ] {
            let row = Row {
                case: "c".to_owned(),
                costs: Costs::of(metric, [("base", Some(1.5)), ("head", None)]),
                last: 7,
            };
            assert_eq!(serde_json::to_string(&row).unwrap(), text);
            let back: Row = serde_json::from_str(text).unwrap();
            assert_eq!(back, row);
            assert_eq!(back.costs.on("base", metric), Some(1.5));
            assert_eq!(back.costs.on("head", metric), None);
        }
    }

    #[test]
    fn a_metric_is_called_the_same_wherever_it_is_named() {
        for metric in Metric::VARIANTS {
            let name = format!("{:?}", metric.name());
            assert_eq!(serde_json::to_string(metric).unwrap(), name);
            let value = metric.to_possible_value().unwrap();
            assert_eq!(value.get_name(), metric.name());
        }
    }
}
