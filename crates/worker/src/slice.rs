//! The timing loop, the only stopwatch of the suite, and what two of its slices come to.

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

/// By how much the slower slice of a turn may exceed the faster, and both still count.
///
/// Quiet slices of 1.5 ms lie within some 2 % of each other; half of those that something slowed
/// took over 10 % more. In the records any limit up to 5 % gives the same standard errors; at
/// 10 % contention comes through, and the slope above is covered in 26 % of runs.
pub const AGREEMENT: f64 = 0.05;

/// What one turn says a case costs, from its slices there and back, in ns per call above 0: their
/// mean when they agree within 5 %, else the faster. NaN when either is NaN.
///
/// Slices that disagree do so because something slowed one of them, and the other is nearer to
/// what the code costs. Of slices that agree the faster is merely the luckier:
///
/// | symmetric jitter of a slice    | 0.5 %   | 1 %     | 2 %     |
/// |---|---|---|---|
/// | bias of the faster slice       | −0.28 % | −0.56 % | −1.13 % |
/// | bias of this value             | 0.00 %  | 0.00 %  | −0.23 % |
///
/// Arms of equal jitter share that bias and their ratio is free of it; nanoseconds are not. The
/// mean also cancels what moved steadily from one end of the turn to the other, the faster slice
/// does not: under drift an added-cost ratio is ± 2.66 % wide with the mean, 2.69 with this value
/// and 2.79 with the faster slice.
pub fn turn_value([there, back]: [f64; 2]) -> f64 {
    let (faster, slower) = if back < there {
        (back, there)
    } else {
        (there, back)
    };
    if slower > faster * (1.0 + AGREEMENT) {
        faster
    } else {
        // Halved first: the sum of two finite values need not be finite.
        faster / 2.0 + slower / 2.0
    }
}
