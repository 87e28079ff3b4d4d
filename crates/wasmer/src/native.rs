//! Native frames with no runtime around them: what stopping a guest costs when nothing else is
//! done.
//!
//! The guest is the fixture's (`fixtures/early_exit.wat`) in Rust: `depth + 1` frames of one
//! function, the innermost asks the host, and each has a store to do behind its inner call. It is
//! stopped in three ways:
//!
//! - `reset`: it runs on a coroutine's stack; to stop it the coroutine is suspended and its stack
//!   taken back as it is. wasmer stops its guests so, by the same crate.
//! - `result`: an error value is returned, and every frame hands it on with `?`.
//! - `panic`: the unwinder takes the stack down, frame by frame, up to a `catch_unwind`.

mod frames;
mod stack;

use std::cell::Cell;
use std::collections::BTreeMap;

use anyhow::bail;

use frames::{Call, Reset, Returned, Unwound, Way};
use trapbench_worker::backend::{Aftermath, Backend, Ending, Guest, Host, Program, RuntimeFailure};
use trapbench_worker::case::{Axis, NATIVE, Outcome, Strategy};
use trapbench_worker::fixture::Fixture;
use trapbench_worker::offer::Offer;
use trapbench_worker::slice::{self, Slice};

pub fn open() -> Box<dyn Backend> {
    Box::new(Native)
}

struct Native;

impl Backend for Native {
    fn versions(&self) -> BTreeMap<String, String> {
        // From the lock file, by the build script; a crate archive may have none.
        let version = match env!("TRAPBENCH_COROSENSEI") {
            "" => "unknown",
            version => version,
        };
        BTreeMap::from([("corosensei".to_owned(), version.to_owned())])
    }

    fn offer(&self) -> Offer {
        Offer::of(
            &[Strategy::Reset, Strategy::Result, Strategy::Panic],
            &[Axis::Depth, Axis::Threads, Axis::Throughput],
        )
    }

    /// There is nothing to compile, and no module takes the place of these frames.
    fn load(&self, _: &Fixture) -> Result<Box<dyn Program>, RuntimeFailure> {
        Ok(Box::new(Native))
    }
}

impl Program for Native {
    fn guest(&self, strategy: Strategy) -> Result<Box<dyn Guest>, RuntimeFailure> {
        Ok(ready(strategy)?)
    }

    fn count_frames(&self, strategy: Strategy, depth: u32) -> Result<usize, RuntimeFailure> {
        ready(strategy)?.count_frames(depth)
    }
}

fn ready(strategy: Strategy) -> Result<Box<dyn Counted>, RuntimeFailure> {
    Ok(match strategy {
        Strategy::Reset => Box::new(NativeGuest::new(Reset::new(stack::ROOM)?)),
        Strategy::Result => Box::new(NativeGuest::new(Returned)),
        Strategy::Panic => Box::new(NativeGuest::new(Unwound)),
        other => bail!("`{NATIVE}` has no strategy `{other}`"),
    })
}

/// A guest whose live frames can be counted.
trait Counted: Guest {
    fn count_frames(&mut self, depth: u32) -> Result<usize, RuntimeFailure>;
}

struct NativeGuest<W> {
    way: W,
    /// What one of its frames takes of the stack.
    frame: usize,
    depth: u32,
    completed: Cell<i32>,
    host: Host,
}

impl<W: Way> NativeGuest<W> {
    fn new(mut way: W) -> Self {
        NativeGuest {
            frame: stack::frame(&mut way),
            way,
            depth: 0,
            completed: Cell::new(0),
            host: Host::default(),
        }
    }

    /// What is timed, whole: the same code for an exit and a completion.
    #[inline]
    fn run(&mut self) -> Ending {
        let host = &self.host;
        let wants_to_stop = || host.asked();
        self.way.call(Call {
            wants_to_stop: &wants_to_stop,
            completed: &self.completed,
            depth: self.depth,
        })
    }
}

impl<W: Way> Guest for NativeGuest<W> {
    fn set(&mut self, outcome: Outcome, depth: u32) -> Result<(), RuntimeFailure> {
        stack::check_room(depth, self.frame)?;
        self.depth = depth;
        self.completed.set(0);
        self.host.set(outcome == Outcome::Exit);
        Ok(())
    }

    fn call(&mut self) -> Result<Ending, RuntimeFailure> {
        Ok(self.run())
    }

    fn slice(&mut self, iterations: u64, expected: Ending) -> Slice {
        slice::time(iterations, || self.run() == expected)
    }

    fn aftermath(&mut self) -> Aftermath {
        Aftermath {
            host_calls: self.host.calls(),
            completed: self.completed.get(),
            depth: self.depth,
        }
    }
}

impl<W: Way> Counted for NativeGuest<W> {
    fn count_frames(&mut self, depth: u32) -> Result<usize, RuntimeFailure> {
        stack::check_room(depth, self.frame)?;
        let function = self.way.function();
        let counted = Cell::new(0);
        let count = || {
            counted.set(stack::live(function));
            false
        };
        self.way.call(Call {
            wants_to_stop: &count,
            completed: &Cell::new(0),
            depth,
        });
        match counted.get() {
            0 => bail!("the system's unwinder does not tell which function a frame belongs to"),
            frames => Ok(frames),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use trapbench_worker::fixture::{EXIT_CODE, SUM};

    const WAYS: [Strategy; 3] = [Strategy::Reset, Strategy::Result, Strategy::Panic];

    #[test]
    fn a_call_is_stopped_and_completes_at_every_depth_and_again() {
        for strategy in WAYS {
            let mut guest = Native.guest(strategy).unwrap();
            for depth in [0, 1, 16, 4096, 0] {
                for (outcome, ending, completed) in [
                    (Outcome::Exit, Ending::Exited(EXIT_CODE.0), 0),
                    (Outcome::Complete, Ending::Returned(SUM), 1),
                    (Outcome::Exit, Ending::Exited(EXIT_CODE.0), 0),
                ] {
                    guest.set(outcome, depth).unwrap();
                    for _ in 0..3 {
                        assert_eq!(guest.call().unwrap(), ending, "{strategy} at {depth}");
                    }
                    let traces = Aftermath {
                        host_calls: 3,
                        completed,
                        depth,
                    };
                    assert_eq!(guest.aftermath(), traces, "{strategy} at {depth}");
                }
            }
        }
    }

    #[test]
    fn every_frame_is_there() {
        for strategy in WAYS {
            for depth in [0, 1, 16, 4096] {
                let frames = Native.count_frames(strategy, depth).unwrap();
                assert_eq!(frames, depth as usize + 1, "{strategy}");
            }
        }
    }

    #[test]
    fn what_would_not_fit_the_stack_is_refused_and_what_just_fits_runs() {
        for strategy in WAYS {
            let mut guest = Native.guest(strategy).unwrap();
            let fits = |depth: &u32| Native.guest(strategy).unwrap().set(Outcome::Exit, *depth);
            let deepest = (0..32).rev().fold(0, |depth, bit| {
                let deeper = depth | 1 << bit;
                if fits(&deeper).is_ok() { deeper } else { depth }
            });
            assert!(deepest > 4096, "{strategy}: {deepest}");
            for &outcome in Outcome::ALL {
                guest.set(outcome, deepest).unwrap();
                guest.call().unwrap();
            }
            assert!(Native.count_frames(strategy, deepest).is_ok());
            for depth in [deepest + 1, u32::MAX] {
                let refusal = guest.set(Outcome::Exit, depth).unwrap_err().to_string();
                assert!(
                    refusal.contains("too deep for the guest's stack"),
                    "{refusal}"
                );
                assert!(Native.count_frames(strategy, depth).is_err());
            }
        }
    }

    #[test]
    fn no_strategy_of_wasm_is_run() {
        assert!(Native.guest(Strategy::Raise).is_err());
        assert!(Native.count_frames(Strategy::Sentinel, 0).is_err());
    }
}
