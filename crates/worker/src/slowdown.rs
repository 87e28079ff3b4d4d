//! Changes of known size, to prove that an instrument sees them: real work under the clock.
//!
//! The work is a chain of multiplications, each of which needs the one before, so that no
//! processor can hide it beside the call. It is done in bursts, once every so many calls: the
//! clock is read once more for each burst, and a burst is long against that.

use std::hint::black_box;
use std::time::{Duration, Instant};

use crate::backend::{Ending, Guest};
use crate::slice::{self, Slice, turn_value};

/// Calls of this length in all are followed by one burst of work.
const BURST: Duration = Duration::from_micros(50);

/// How long a slice takes that is timed to find things out. A process has hundreds to get
/// through, and is one of hundreds: the median of what all of them achieved is what counts.
const TRIAL: Duration = Duration::from_micros(500);

/// How one case is slowed down.
#[derive(Clone, Copy, Debug)]
pub struct Slowdown {
    /// Calls between bursts.
    calls: u64,
    /// Links of the chain in a burst.
    links: u64,
}

/// Finds the work that makes a case slower by a share of its time, and measures once, in turn,
/// what it comes to.
///
/// It says which slice it wants next and is told how long that took, so that its slices are
/// timed from the very frame from which all others are: a raise pays for each frame between.
#[derive(Debug)]
pub struct Search {
    share: f64,
    step: Step,
}

#[derive(Debug)]
enum Step {
    /// How many calls make a trial?
    Size {
        iterations: u64,
    },
    /// How long does a call take? The least of five slices: whatever gets in the way slows.
    Call {
        iterations: u64,
        least: Duration,
        left: u32,
    },
    /// With the work, without, without, with.
    Turn {
        slowdown: Slowdown,
        iterations: u64,
        slices: Vec<f64>,
    },
    Found {
        slowdown: Slowdown,
        achieved: f64,
    },
}

impl Search {
    pub fn new(share: f64) -> Search {
        let step = Step::Size { iterations: 1 };
        Search { share, step }
    }

    /// The next slice: so many calls, slowed down or plain. `None` when all is found.
    pub fn next(&self) -> Option<(u64, Option<Slowdown>)> {
        match &self.step {
            Step::Size { iterations } | Step::Call { iterations, .. } => Some((*iterations, None)),
            Step::Turn {
                slowdown,
                iterations,
                slices,
            } => {
                let with = matches!(slices.len(), 0 | 3);
                Some((*iterations, with.then_some(*slowdown)))
            }
            Step::Found { .. } => None,
        }
    }

    /// How long it took.
    pub fn hear(&mut self, elapsed: Duration) {
        match &mut self.step {
            Step::Size { iterations } if elapsed < TRIAL / 4 => *iterations *= 2,
            Step::Size { iterations } => {
                self.step = Step::Call {
                    iterations: *iterations,
                    least: elapsed,
                    left: 4,
                };
            }
            Step::Call {
                iterations,
                least,
                left,
            } => {
                *least = elapsed.min(*least);
                *left -= 1;
                if *left == 0 {
                    let call = least.as_secs_f64() / *iterations as f64;
                    self.step = Step::turn(self.share, call);
                }
            }
            Step::Turn {
                slowdown, slices, ..
            } => {
                slices.push(elapsed.as_secs_f64());
                if let [first, plain, again, last] = slices[..] {
                    self.step = Step::Found {
                        slowdown: *slowdown,
                        achieved: turn_value([first, last]) / turn_value([plain, again]) - 1.0,
                    };
                }
            }
            Step::Found { .. } => {}
        }
    }

    /// What it found, once it asks for no more.
    pub fn found(&self) -> Option<(Slowdown, f64)> {
        match self.step {
            Step::Found { slowdown, achieved } => Some((slowdown, achieved)),
            _ => None,
        }
    }
}

impl Step {
    /// The work that is the wanted share of calls that take `call` seconds each.
    fn turn(share: f64, call: f64) -> Step {
        const LINKS: u64 = 50_000;
        let link = (0..5).map(|_| slice::time(1, || chain(LINKS)).elapsed.as_secs_f64());
        let link = link.fold(f64::INFINITY, f64::min) / LINKS as f64;
        let calls = (BURST.as_secs_f64() / call).ceil().max(1.0);
        Step::Turn {
            slowdown: Slowdown {
                calls: calls as u64,
                links: (share * calls * call / link).round() as u64,
            },
            iterations: (TRIAL.as_secs_f64() / call).ceil().max(calls) as u64,
            slices: Vec::new(),
        }
    }
}

impl Slowdown {
    /// `links` links for each of `calls` calls, in one burst after them all.
    pub fn after(calls: u64, links: u64) -> Slowdown {
        Slowdown {
            calls,
            links: links * calls,
        }
    }

    /// Times `iterations` calls with the work between them. Inlined, as the plain loop is: the
    /// guest is called from the same frame.
    #[inline(always)]
    pub fn slice(&self, guest: &mut dyn Guest, iterations: u64, expected: Ending) -> Slice {
        let mut good = 0;
        let mut left = iterations;
        let start = Instant::now();
        while left > 0 {
            let calls = left.min(self.calls);
            good += guest.slice(calls, expected).good;
            chain(self.links * calls / self.calls);
            left -= calls;
        }
        Slice {
            elapsed: start.elapsed(),
            iterations,
            good,
        }
    }
}

/// A chain of dependent multiplications; true, so that it can be timed like a call.
#[inline(never)]
fn chain(links: u64) -> bool {
    let mut value = black_box(1_u64);
    for _ in 0..links {
        value = value.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
    }
    black_box(value);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A guest whose calls take 100 ns and whose links take what they take here.
    #[test]
    fn the_search_ends_and_says_what_was_achieved() {
        let mut search = Search::new(0.02);
        let mut asked = 0;
        let mut slowed = Vec::new();
        while let Some((iterations, slowdown)) = search.next() {
            assert!(asked < 100, "it does not end");
            asked += 1;
            slowed.push(slowdown.is_some());
            let plain = Duration::from_nanos(100 * iterations);
            search.hear(if slowdown.is_some() {
                plain.mul_f64(1.03)
            } else {
                plain
            });
        }
        let (slowdown, achieved) = search.found().unwrap();
        assert!((achieved - 0.03).abs() < 1e-6, "{achieved}");
        // 50 µs of calls, rounded up.
        assert!((500..=501).contains(&slowdown.calls), "{slowdown:?}");
        assert!(slowdown.links > 0);
        assert_eq!(slowed[slowed.len() - 4..], [true, false, false, true]);
        assert!(slowed[..slowed.len() - 4].iter().all(|&with| !with));
    }
}
