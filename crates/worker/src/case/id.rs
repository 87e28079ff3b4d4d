//! The ids of cases: how they are written, read and refused.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::{Axis, BackendId, Case, Outcome, Series, Strategy};

/// Why a text is not the id of a case.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{id}` is not a case: {reason}; an id reads like depth/raise/exit/wasmer-cranelift/16")]
pub struct BadId {
    id: String,
    reason: String,
}

impl fmt::Display for Axis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.strategy, self.outcome)
    }
}

impl fmt::Display for BackendId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}/{}/{}/{}",
            self.axis, self.series, self.backend, self.value
        )
    }
}

impl FromStr for BackendId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fits = |c: char| !c.is_whitespace() && !c.is_control() && c != '/';
        match text {
            "" => Err("the backend is empty".to_owned()),
            _ if text.chars().all(fits) => Ok(BackendId(text.into())),
            _ => Err(format!(
                "the backend `{}` holds white space or `/`",
                text.escape_debug()
            )),
        }
    }
}

impl FromStr for Case {
    type Err = BadId;

    fn from_str(id: &str) -> Result<Self, BadId> {
        parse(id).map_err(|reason| BadId {
            id: id.escape_debug().to_string(),
            reason,
        })
    }
}

impl FromStr for Series {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (strategy, outcome) = text
            .split_once('/')
            .ok_or_else(|| format!("`{}` is no strategy with an outcome", text.escape_debug()))?;
        let series = Series {
            strategy: named("strategy", strategy, Strategy::ALL, Strategy::name)?,
            outcome: named("outcome", outcome, Outcome::ALL, Outcome::name)?,
        };
        if !series.exists() {
            return Err(format!(
                "a completing `{strategy}` is the same as {}",
                series.strategy.complete()
            ));
        }
        Ok(series)
    }
}

impl Axis {
    /// The axis of that name.
    pub fn named(name: &str) -> Option<Axis> {
        Axis::ALL.iter().copied().find(|axis| axis.name() == name)
    }
}

fn parse(id: &str) -> Result<Case, String> {
    let parts: Vec<&str> = id.split('/').collect();
    let [axis, strategy, outcome, backend, value] = parts[..] else {
        return Err(format!("{} parts where 5 belong", parts.len()));
    };
    let axis = named("axis", axis, Axis::ALL, Axis::name)?;
    Ok(Case {
        axis,
        series: format!("{strategy}/{outcome}").parse()?,
        backend: backend.parse()?,
        value: axis.row().values.read(value)?,
    })
}

fn named<T: Copy>(
    what: &str,
    text: &str,
    all: &[T],
    name: impl Fn(T) -> &'static str,
) -> Result<T, String> {
    let found = all.iter().copied().find(|&one| name(one) == text);
    found.ok_or_else(|| format!("unknown {what} `{text}` (known: {})", listed(all, name)))
}

fn listed<T: Copy>(all: &[T], name: impl Fn(T) -> &'static str) -> String {
    let names: Vec<&str> = all.iter().map(|&one| name(one)).collect();
    names.join(", ")
}

impl TryFrom<String> for BackendId {
    type Error = String;

    fn try_from(id: String) -> Result<Self, String> {
        id.parse()
    }
}

impl From<BackendId> for String {
    fn from(id: BackendId) -> String {
        id.to_string()
    }
}

impl TryFrom<String> for Case {
    type Error = BadId;

    fn try_from(id: String) -> Result<Self, BadId> {
        id.parse()
    }
}

impl From<Case> for String {
    fn from(case: Case) -> String {
        case.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::Strategy;
    use super::*;
    use proptest::prelude::*;
    use proptest::strategy::Strategy as _;

    fn any_case() -> impl proptest::strategy::Strategy<Value = Case> {
        let place = any::<prop::sample::Index>;
        let parts = ("[^\\s/\\p{Cc}]{1,20}", place(), place(), any::<u32>());
        parts.prop_map(|(backend, axis, series, value)| {
            let all = Strategy::ALL.iter().flat_map(|strategy| strategy.series());
            Case {
                axis: *axis.get(Axis::ALL),
                series: *series.get(&Vec::from_iter(all)),
                backend: backend.parse().unwrap(),
                value: value.into(),
            }
        })
    }

    proptest! {
        #[test]
        fn an_id_parses_back_to_its_case(case in any_case()) {
            prop_assert_eq!(case.to_string().parse::<Case>(), Ok(case));
        }

        #[test]
        fn whatever_parses_prints_the_same_text(text in "\\PC*") {
            if let Ok(case) = text.parse::<Case>() {
                prop_assert_eq!(case.to_string(), text);
            }
        }

        #[test]
        fn a_damaged_id_is_never_the_same_case(case in any_case(), at in 0usize..60, with in any::<char>()) {
            let id = case.to_string();
            let damaged: String = id
                .chars()
                .enumerate()
                .map(|(place, c)| if place == at { with } else { c })
                .collect();
            if damaged != id {
                prop_assert_ne!(damaged.parse::<Case>(), Ok(case));
            }
        }
    }

    #[test]
    fn the_documented_id_reads_as_it_says() {
        let case: Case = "depth/raise/exit/wasmer-cranelift/16".parse().unwrap();
        assert_eq!(case.axis, Axis::Depth);
        assert_eq!(case.series, Strategy::Raise.exit());
        assert_eq!(case.backend.as_str(), "wasmer-cranelift");
        assert_eq!((case.place().depth, case.place().host_frames), (16, 0));
        assert_eq!(case.group(), "depth/raise/exit");
    }

    #[test]
    fn what_is_wrong_with_an_id_is_named() {
        for (id, reason) in [
            ("", "1 parts where 5 belong"),
            (
                "width/raise/exit/b/1",
                "unknown axis `width` (known: depth, host-stack, ",
            ),
            ("depth/throw/exit/b/1", "unknown strategy `throw`"),
            ("depth/raise/stop/b/1", "unknown outcome `stop`"),
            (
                "depth/raise-traced/complete/b/1",
                "the same as raise/complete",
            ),
            ("depth/raise/exit//1", "the backend is empty"),
            ("depth/raise/exit/a b/1", "white space"),
            ("depth/raise/exit/b/007", "no whole number"),
            ("depth/raise/exit/b/-1", "no whole number"),
            ("depth/raise/exit/b/4294967296", "no whole number"),
        ] {
            let error = id.parse::<Case>().unwrap_err().to_string();
            assert!(error.contains(reason), "{id}: {error}");
        }
    }
}
