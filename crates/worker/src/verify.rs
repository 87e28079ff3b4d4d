//! What must hold before a case is timed, and after each slice.

use thiserror::Error;

use crate::backend::{Aftermath, Ending, Guest, Program, RuntimeFailure};
use crate::case::{Case, Outcome, Strategy};
use crate::slice::Slice;

/// Why a case is not timed, or why a time is void.
#[derive(Debug, Error)]
pub enum Unverified {
    #[error("at depth {depth} the host is called with {found} guest frames live, not {}: a compiler or the module changed the recursion", depth + 1)]
    Frames { depth: u32, found: usize },
    #[error("the guest's frames at depth {depth} cannot be counted: {reason:#}")]
    Uncountable { depth: u32, reason: RuntimeFailure },
    #[error("the call {found}, but it should have {expected}")]
    Ending { found: Ending, expected: Ending },
    #[error("the call should have {expected}, but failed: {reason:#}")]
    Failed {
        expected: Ending,
        reason: RuntimeFailure,
    },
    #[error("the host was called {found} times in {calls} calls of the guest")]
    HostCalls { found: u64, calls: u64 },
    #[error("`completed` is {found} after {what} call, not {expected}: the code behind the host call {}", if *.found == 1 { "ran" } else { "did not run" })]
    Completed {
        found: i32,
        expected: i32,
        what: &'static str,
    },
    #[error("`depth` is {found} after the calls, not {expected}: the guest leaves it dirty")]
    Depth { found: u32, expected: u32 },
    #[error("{bad} of {iterations} timed calls did not end as they should")]
    Slice { bad: u64, iterations: u64 },
    #[error(transparent)]
    Runtime(#[from] RuntimeFailure),
}

/// Counts the guest's frames on the compiled function itself.
///
/// # Errors
/// When there are not exactly `depth + 1`.
pub fn frames(program: &dyn Program, strategy: Strategy, depth: u32) -> Result<(), Unverified> {
    match program.count_frames(strategy, depth) {
        Ok(found) if found == depth as usize + 1 => Ok(()),
        Ok(found) => Err(Unverified::Frames { depth, found }),
        Err(reason) => Err(Unverified::Uncountable { depth, reason }),
    }
}

/// Runs the case once and checks the ending and what it left.
///
/// # Errors
/// What was not as it must be.
pub fn call(guest: &mut dyn Guest, case: &Case) -> Result<(), Unverified> {
    guest.set(case.series.outcome(), case.depth())?;
    let expected = case.series.ending();
    match guest.call() {
        Ok(found) if found == expected => aftermath(guest.aftermath(), case, 1),
        Ok(found) => Err(Unverified::Ending { found, expected }),
        Err(reason) => Err(Unverified::Failed { expected, reason }),
    }
}

/// Checks a slice, outside the clock; `calls` counts all since the guest was set.
///
/// # Errors
/// What makes its time void.
pub fn slice(
    slice: &Slice,
    guest: &mut dyn Guest,
    case: &Case,
    calls: u64,
) -> Result<(), Unverified> {
    if slice.good != slice.iterations {
        return Err(Unverified::Slice {
            bad: slice.iterations - slice.good,
            iterations: slice.iterations,
        });
    }
    aftermath(guest.aftermath(), case, calls)
}

fn aftermath(left: Aftermath, case: &Case, calls: u64) -> Result<(), Unverified> {
    let (expected, what) = match case.series.outcome() {
        Outcome::Exit => (0, "an exiting"),
        Outcome::Complete => (1, "a completing"),
    };
    if left.host_calls != calls {
        return Err(Unverified::HostCalls {
            found: left.host_calls,
            calls,
        });
    }
    if left.completed != expected {
        return Err(Unverified::Completed {
            found: left.completed,
            expected,
            what,
        });
    }
    if left.depth != case.depth() {
        return Err(Unverified::Depth {
            found: left.depth,
            expected: case.depth(),
        });
    }
    Ok(())
}
