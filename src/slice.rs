//! The timing loop, the only stopwatch of the suite.

use std::time::{Duration, Instant};

/// One timed stretch of calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slice {
    pub elapsed: Duration,
    pub iterations: u64,
    /// Calls that ended as they should; any fewer than `iterations` and the time is void.
    pub good: u64,
}

/// Times `iterations` calls, each of which says whether it ended as it should.
///
/// The answer is added up, so that no call can be optimised away; that and the loop itself
/// cost under a nanosecond a call (METHODOLOGY.md has the figure). Inlined into each guest's
/// `slice`: a frame of its own would be one more for a raise to walk.
#[inline(always)]
pub fn time(iterations: u64, mut call: impl FnMut() -> bool) -> Slice {
    let mut good = 0;
    let start = Instant::now();
    for _ in 0..iterations {
        good += u64::from(call());
    }
    let elapsed = start.elapsed();
    Slice {
        elapsed,
        iterations,
        good,
    }
}
