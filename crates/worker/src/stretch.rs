//! How a stretch of calls is run: under the clock or between the marks, with host frames laid
//! under it, checked behind it.

use std::hint::black_box;
use std::time::Duration;

use crate::backend::{Aftermath, Ending, Guest, RuntimeFailure};
use crate::case::{Case, Outcome};
use crate::host_stack;
use crate::marks;
use crate::slice::{self, Slice};
use crate::slowdown::Slowdown;
use crate::verify::{self, Unverified};

/// How often a case is called, and what for.
#[derive(Clone, Copy, Debug)]
pub struct Stretch {
    /// Calls before, which are not timed.
    warmup: u64,
    iterations: u64,
    /// Whether callgrind counts them, and the links of added work for each.
    counted: Option<u64>,
}

/// Under callgrind the first calls differ from the others, and nothing else does.
const WARMUP_OF_A_COUNT: u64 = 2;

impl Stretch {
    /// `iterations` calls under the clock, after `warmup` others.
    pub fn timed(warmup: u64, iterations: u64) -> Stretch {
        Stretch {
            warmup,
            iterations,
            counted: None,
        }
    }

    /// `iterations` calls between the [`marks`], with `links` links of added work for each.
    pub fn counted(iterations: u64, links: u64) -> Stretch {
        Stretch {
            warmup: WARMUP_OF_A_COUNT,
            iterations,
            counted: Some(links),
        }
    }

    /// The same, after at least as many calls that are not timed.
    pub fn warmed_up(self) -> Stretch {
        Stretch {
            warmup: self.warmup.max(self.iterations),
            ..self
        }
    }

    /// Those that are timed or counted.
    pub fn iterations(self) -> u64 {
        self.iterations
    }

    /// All of them, with those before.
    pub fn calls(self) -> u64 {
        self.warmup + self.iterations
    }

    pub(super) fn slowdown(self) -> Option<Slowdown> {
        let links = self.counted.filter(|&links| links > 0)?;
        Some(Slowdown::after(self.iterations, links))
    }
}

/// What is asked of a guest under the clock.
#[derive(Clone, Copy)]
pub struct Work {
    pub stretch: Stretch,
    pub expected: Ending,
    pub slowdown: Option<Slowdown>,
}

/// Inlined, for the same reason as the loop: no frame more than it takes.
#[inline(always)]
pub fn timed(guest: &mut dyn Guest, case: &Case, work: Work) -> Result<Duration, Unverified> {
    guest.set(case.series.outcome(), case.depth())?;
    let slice = match case.place().host_frames {
        0 => slices(guest, work),
        frames => under(frames, guest, work),
    };
    verify::slice(&slice, guest, case, work.stretch.calls())?;
    Ok(slice.elapsed)
}

#[inline(always)]
fn slices(guest: &mut dyn Guest, work: Work) -> Slice {
    let Stretch {
        warmup,
        iterations,
        counted,
    } = work.stretch;
    guest.slice(warmup, work.expected);
    if counted.is_some() {
        marks::from();
    }
    let slice = match work.slowdown {
        None => guest.slice(iterations, work.expected),
        Some(slowdown) => slowdown.slice(guest, iterations, work.expected),
    };
    if counted.is_some() {
        marks::until();
    }
    slice
}

/// Times with `frames` host frames, at least one, between the caller and the guest.
#[inline(never)]
fn under(frames: u32, guest: &mut dyn Guest, work: Work) -> Slice {
    // Something is left to do behind the call, or it would be a jump and leave no frame.
    black_box(match frames {
        0 | 1 => slices(guest, work),
        _ => under(frames - 1, guest, work),
    })
}

/// Stands where a guest stands and looks down.
#[derive(Default)]
pub struct HeightProbe {
    pub height: usize,
    depth: u32,
}

impl Guest for HeightProbe {
    fn set(&mut self, _: Outcome, depth: u32) -> Result<(), RuntimeFailure> {
        self.depth = depth;
        Ok(())
    }

    fn call(&mut self) -> Result<Ending, RuntimeFailure> {
        Ok(Ending::Returned(0))
    }

    fn slice(&mut self, iterations: u64, _: Ending) -> Slice {
        slice::time(iterations, || {
            self.height = host_stack::height();
            true
        })
    }

    fn aftermath(&mut self) -> Aftermath {
        Aftermath {
            host_calls: 1,
            completed: 0,
            depth: self.depth,
        }
    }
}
