//! What is measured: one [`Case`] is axis × strategy × outcome × backend × value, and its
//! id is a path, `depth/raise/exit/wasmer-cranelift/16`.
//!
//! This file owns the vocabulary. It prints and parses the ids, and imports nothing of ours.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The depths that a run measures unless it is told otherwise.
pub const DEPTHS: [u32; 8] = [0, 1, 4, 16, 64, 256, 1024, 4096];

/// Extra host frames under the call, on the axis [`Axis::HostStack`].
pub const HOST_FRAMES: [u32; 3] = [0, 16, 64];

/// The depth at which the axis [`Axis::HostStack`] is measured.
pub const HOST_STACK_DEPTH: u32 = 16;

/// The backend whose guest is native code with no runtime around it. It has strategies of its
/// own, and is measured over depth alone.
pub const NATIVE: &str = "native";

/// The one thing that a series varies; a case's value is a position on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Axis {
    /// Guest frames above the first: at value `n`, `n + 1` are live when the host is called.
    Depth,
    /// Extra host frames under the call, at guest depth [`HOST_STACK_DEPTH`].
    HostStack,
}

/// How the host tells the guest to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Strategy {
    /// The host function returns a fresh error, as the documented example does.
    Raise,
    /// It returns a clone of an error that the runtime wrapped once.
    RaisePrebuilt,
    /// It wraps a fresh error into the runtime's error type itself, which captures a trace.
    RaiseTraced,
    /// It returns a code that the guest tests in every frame.
    Sentinel,
    /// On [`NATIVE`]: it suspends the coroutine on which the guest runs, which is then reset.
    Reset,
    /// On [`NATIVE`]: it returns an error value that every frame hands on.
    Result,
    /// On [`NATIVE`]: it starts an unwinding of the stack, which the caller catches.
    Panic,
}

/// Whether the host asks to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    Exit,
    Complete,
}

/// A strategy with an outcome: what is drawn as one line over an axis.
///
/// A host that raises nothing returns the same nothing whichever way it would have raised, so
/// the `raise*` strategies share one `complete`; [`BackendId::series`] has those that exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Series {
    strategy: Strategy,
    outcome: Outcome,
}

/// The name of what executes the guest, `wasmer-cranelift`.
///
/// An open set: workers written by others bring names of their own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BackendId(Arc<str>);

/// One thing to time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Case {
    pub axis: Axis,
    pub series: Series,
    pub backend: BackendId,
    /// The position on the axis: guest frames, or extra host frames.
    pub value: u32,
}

/// Why a text is not the id of a case.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{id}` is not a case: {reason}; an id reads like depth/raise/exit/wasmer-cranelift/16")]
pub struct BadId {
    id: String,
    reason: String,
}

impl Axis {
    pub const ALL: [Axis; 2] = [Axis::Depth, Axis::HostStack];

    pub fn name(self) -> &'static str {
        match self {
            Axis::Depth => "depth",
            Axis::HostStack => "host-stack",
        }
    }
}

impl Strategy {
    const ALL: [Strategy; 7] = [
        Strategy::Raise,
        Strategy::RaisePrebuilt,
        Strategy::RaiseTraced,
        Strategy::Sentinel,
        Strategy::Reset,
        Strategy::Result,
        Strategy::Panic,
    ];

    /// Those that stop a WebAssembly guest.
    const OF_WASM: [Strategy; 4] = [
        Strategy::Raise,
        Strategy::RaisePrebuilt,
        Strategy::RaiseTraced,
        Strategy::Sentinel,
    ];

    const OF_NATIVE: [Strategy; 3] = [Strategy::Reset, Strategy::Result, Strategy::Panic];

    pub fn name(self) -> &'static str {
        match self {
            Strategy::Raise => "raise",
            Strategy::RaisePrebuilt => "raise-prebuilt",
            Strategy::RaiseTraced => "raise-traced",
            Strategy::Sentinel => "sentinel",
            Strategy::Reset => "reset",
            Strategy::Result => "result",
            Strategy::Panic => "panic",
        }
    }

    /// The completing run of the same guest code, which is subtracted from an exit.
    pub fn complete(self) -> Series {
        let strategy = match self {
            Strategy::Raise | Strategy::RaisePrebuilt | Strategy::RaiseTraced => Strategy::Raise,
            Strategy::Sentinel | Strategy::Reset | Strategy::Result | Strategy::Panic => self,
        };
        Series {
            strategy,
            outcome: Outcome::Complete,
        }
    }

    pub fn exit(self) -> Series {
        Series {
            strategy: self,
            outcome: Outcome::Exit,
        }
    }
}

impl Outcome {
    pub const ALL: [Outcome; 2] = [Outcome::Exit, Outcome::Complete];

    pub fn name(self) -> &'static str {
        match self {
            Outcome::Exit => "exit",
            Outcome::Complete => "complete",
        }
    }
}

impl Series {
    pub fn strategy(self) -> Strategy {
        self.strategy
    }

    pub fn outcome(self) -> Outcome {
        self.outcome
    }

    fn exists(self) -> bool {
        self.outcome == Outcome::Exit || self == self.strategy.complete()
    }
}

impl BackendId {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether its guests are WebAssembly: those of every backend are, but of [`NATIVE`].
    pub fn executes_wasm(&self) -> bool {
        self.as_str() != NATIVE
    }

    /// How its guests can be told to stop, in the order of the tables.
    pub fn strategies(&self) -> &'static [Strategy] {
        match self.executes_wasm() {
            true => &Strategy::OF_WASM,
            false => &Strategy::OF_NATIVE,
        }
    }

    pub fn series(&self) -> Vec<Series> {
        let strategies = self.strategies().iter();
        let series = strategies
            .flat_map(|&strategy| Outcome::ALL.map(|outcome| Series { strategy, outcome }));
        series.filter(|series| series.exists()).collect()
    }

    /// The completing call that stands for a call of this backend which nobody stops.
    pub fn completing(&self) -> Series {
        self.strategies()[0].complete()
    }

    pub fn axes(&self) -> &'static [Axis] {
        match self.executes_wasm() {
            true => &Axis::ALL,
            false => &[Axis::Depth],
        }
    }
}

impl Case {
    /// The bare mechanism of stopping a guest, with nothing around it: what the suite measures
    /// the distance of all others from.
    pub fn floor() -> Case {
        Case {
            axis: Axis::Depth,
            series: Strategy::Reset.exit(),
            backend: BackendId(NATIVE.into()),
            value: 0,
        }
    }

    /// Guest frames above the first.
    pub fn depth(&self) -> u32 {
        match self.axis {
            Axis::Depth => self.value,
            Axis::HostStack => HOST_STACK_DEPTH,
        }
    }

    /// Host frames laid under the call on purpose.
    pub fn host_frames(&self) -> u32 {
        match self.axis {
            Axis::Depth => 0,
            Axis::HostStack => self.value,
        }
    }

    /// The name of Criterion's group, `depth/raise/exit`.
    pub fn group(&self) -> String {
        format!("{}/{}", self.axis, self.series)
    }
}

/// Every case of one backend: all its series at all `depths`, then on its other axes.
pub fn cases_of(backend: &BackendId, depths: &[u32]) -> Vec<Case> {
    let series = backend.series();
    let on = |&axis: &Axis| -> Vec<Case> {
        let values = match axis {
            Axis::Depth => depths,
            Axis::HostStack => &HOST_FRAMES,
        };
        let places = series
            .iter()
            .flat_map(|&series| values.iter().map(move |&value| (series, value)));
        let case = |(series, value)| Case {
            axis,
            series,
            backend: backend.clone(),
            value,
        };
        places.map(case).collect()
    };
    backend.axes().iter().flat_map(on).collect()
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

fn parse(id: &str) -> Result<Case, String> {
    let parts: Vec<&str> = id.split('/').collect();
    let [axis, strategy, outcome, backend, value] = parts[..] else {
        return Err(format!("{} parts where 5 belong", parts.len()));
    };
    let series = Series {
        strategy: named("strategy", strategy, &Strategy::ALL, Strategy::name)?,
        outcome: named("outcome", outcome, &Outcome::ALL, Outcome::name)?,
    };
    if !series.exists() {
        return Err(format!(
            "a completing `{strategy}` is the same as {}",
            series.strategy.complete()
        ));
    }
    let axis = named("axis", axis, &Axis::ALL, Axis::name)?;
    let backend: BackendId = backend.parse()?;
    if !backend.strategies().contains(&series.strategy) {
        return Err(format!(
            "`{backend}` has no strategy `{strategy}` (it has {})",
            listed(backend.strategies(), Strategy::name)
        ));
    }
    if !backend.axes().contains(&axis) {
        return Err(format!(
            "`{backend}` is not measured on the axis `{axis}` (only on {})",
            listed(backend.axes(), Axis::name)
        ));
    }
    Ok(Case {
        axis,
        series,
        backend,
        value: canonical_number(value)
            .ok_or_else(|| format!("the value `{value}` is no whole number below 2^32"))?,
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

/// `007` and `+7` would be second names of one case, and ids are compared as text.
fn canonical_number(text: &str) -> Option<u32> {
    let number: u32 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
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
        let backend = prop_oneof![
            1 => Just(NATIVE.to_owned()),
            3 => "[^\\s/\\p{Cc}]{1,20}",
        ];
        let place = any::<prop::sample::Index>;
        (backend, place(), place(), any::<u32>()).prop_map(|(backend, axis, series, value)| {
            let backend: BackendId = backend.parse().unwrap();
            Case {
                axis: *axis.get(backend.axes()),
                series: *series.get(&backend.series()),
                backend,
                value,
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
        assert_eq!((case.depth(), case.host_frames()), (16, 0));
        assert_eq!(case.group(), "depth/raise/exit");
    }

    #[test]
    fn what_is_wrong_with_an_id_is_named() {
        for (id, reason) in [
            ("", "1 parts where 5 belong"),
            (
                "width/raise/exit/b/1",
                "unknown axis `width` (known: depth, host-stack)",
            ),
            ("depth/throw/exit/b/1", "unknown strategy `throw`"),
            ("depth/raise/stop/b/1", "unknown outcome `stop`"),
            (
                "depth/raise-traced/complete/b/1",
                "the same as raise/complete",
            ),
            (
                "depth/raise/exit/native/16",
                "`native` has no strategy `raise` (it has reset, result, panic)",
            ),
            (
                "depth/reset/exit/wasmer-cranelift/16",
                "`wasmer-cranelift` has no strategy `reset` (it has raise, raise-prebuilt, raise-traced, sentinel)",
            ),
            (
                "host-stack/panic/exit/native/16",
                "`native` is not measured on the axis `host-stack` (only on depth)",
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

    #[test]
    fn every_case_of_a_backend_has_an_id_that_parses() {
        for (backend, depth, host_stack) in [("wasmer-cranelift", 48, 18), (NATIVE, 48, 0)] {
            let cases = cases_of(&backend.parse().unwrap(), &DEPTHS);
            let on = |axis| cases.iter().filter(|case| case.axis == axis).count();
            assert_eq!((on(Axis::Depth), on(Axis::HostStack)), (depth, host_stack));
            for case in cases {
                assert_eq!(case.to_string().parse(), Ok(case));
            }
        }
    }

    #[test]
    fn the_raising_strategies_share_a_completion_and_the_native_ones_have_their_own() {
        let series = |backend: &str| -> Vec<String> {
            let series = backend.parse::<BackendId>().unwrap().series();
            series.iter().map(ToString::to_string).collect()
        };
        let of_wasm = [
            "raise/exit",
            "raise/complete",
            "raise-prebuilt/exit",
            "raise-traced/exit",
            "sentinel/exit",
            "sentinel/complete",
        ];
        assert_eq!(series("anything"), of_wasm);
        let of_native = [
            "reset/exit",
            "reset/complete",
            "result/exit",
            "result/complete",
            "panic/exit",
            "panic/complete",
        ];
        assert_eq!(series(NATIVE), of_native);
        assert_eq!(Case::floor().to_string(), "depth/reset/exit/native/0");
    }
}
