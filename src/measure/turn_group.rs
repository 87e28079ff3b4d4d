use super::plan::Turns;
use trapbench_worker::case::{Axis, BackendId, Case, SharedTurn, Value};

/// What is timed in one turn: the cases that are subtracted from or divided by each other. A turn
/// has at most some 30 cases and takes at most 100 ms, since a machine drifts within seconds; on
/// axes with threads it takes up to a second.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TurnGroup {
    axis: Axis,
    /// Nothing where the values of an axis share a turn.
    value: Option<Value>,
    /// Nothing where backends share a turn.
    pub backend: Option<BackendId>,
    /// Nothing where several cases share a turn.
    case: Option<Case>,
}

impl TurnGroup {
    pub fn of(turns: Turns, case: &Case) -> TurnGroup {
        let shared = TurnGroup {
            axis: case.axis,
            value: Some(case.value.clone()),
            backend: None,
            case: None,
        };
        match turns {
            Turns::OfACase => TurnGroup {
                case: Some(case.clone()),
                ..shared
            },
            Turns::OfAPlace => shared,
            Turns::OfABackend => TurnGroup {
                value: match case.axis.row().turn {
                    SharedTurn::OfAValue => shared.value,
                    SharedTurn::OfAllValues => None,
                },
                backend: Some(case.backend.clone()),
                ..shared
            },
        }
    }
}
