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

use std::cell::Cell;
use std::collections::BTreeMap;
use std::hint::black_box;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use anyhow::{Context, bail};
use corosensei::stack::DefaultStack;
use corosensei::{CoroutineResult, ScopedCoroutine, Yielder};

use super::{Backend, Ending, Guest, Host, Program, RuntimeFailure, Traces};
use crate::case::{NATIVE, Outcome, Strategy};
use crate::fixture::{ARGUMENTS, EXIT_CODE, ExitCode, Fixture};
use crate::slice::{self, Slice};

/// What the frames may take of a stack, as guests may in wasmer; a thread's has twice as much.
const ROOM: usize = 1 << 20;

/// What is kept of it for the host under the last frame, and for whoever walks the stack there.
const FOOT: usize = 64 << 10;

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
        Strategy::Reset => Box::new(NativeGuest::new(Reset::new()?)),
        Strategy::Result => Box::new(NativeGuest::new(Returned)),
        Strategy::Panic => Box::new(NativeGuest::new(Unwound)),
        Strategy::Raise | Strategy::RaisePrebuilt | Strategy::RaiseTraced | Strategy::Sentinel => {
            bail!("`{NATIVE}` has no strategy `{strategy}`")
        }
    })
}

/// What the frames reach, as those of a module reach their instance.
struct Instance<'a, H: ?Sized> {
    host: &'a H,
    completed: &'a Cell<i32>,
}

/// A host that does not return when it wants to stop.
type Stops<'a> = dyn Fn() + 'a;

/// A host that says whether it wants to stop.
type Answers<'a> = dyn Fn() -> Result<(), ExitCode> + 'a;

/// A frame that tests nothing, as those of the fixture's `run`.
///
/// Never inlined, and the host behind a pointer, so that the frames are the same ones whatever the
/// host does: those that are counted are those that are timed.
#[inline(never)]
fn descend(instance: &Instance<Stops>, a: i32, b: i32, depth: u32) -> i32 {
    let sum = if depth > 0 {
        descend(instance, a, b, depth - 1)
    } else {
        (instance.host)();
        a + b
    };
    instance.completed.set(1);
    sum
}

/// A frame that tests its callee's answer, as those of the fixture's `run_sentinel`.
#[inline(never)]
fn descend_testing(
    instance: &Instance<Answers>,
    a: i32,
    b: i32,
    depth: u32,
) -> Result<i32, ExitCode> {
    let sum = if depth > 0 {
        descend_testing(instance, a, b, depth - 1)?
    } else {
        (instance.host)()?;
        a + b
    };
    instance.completed.set(1);
    Ok(sum)
}

/// A way of stopping the frames.
trait Way {
    /// The function whose frames are live when the host is asked.
    fn function(&self) -> *const ();

    /// One call of `depth + 1` frames, which `wants_to_stop` ends or does not.
    fn call(
        &mut self,
        wants_to_stop: &impl Fn() -> bool,
        completed: &Cell<i32>,
        depth: u32,
    ) -> Ending;
}

/// The guest's stack is its own, one for all calls, as wasmer keeps those of its guests.
struct Reset {
    stack: DefaultStack,
}

impl Reset {
    fn new() -> Result<Reset, RuntimeFailure> {
        let stack = DefaultStack::new(ROOM).context("there is no room for a coroutine's stack")?;
        Ok(Reset { stack })
    }
}

impl Way for Reset {
    fn function(&self) -> *const () {
        descend as *const ()
    }

    #[inline]
    fn call(
        &mut self,
        wants_to_stop: &impl Fn() -> bool,
        completed: &Cell<i32>,
        depth: u32,
    ) -> Ending {
        let (a, b) = black_box(ARGUMENTS);
        let guest = |yielder: &Yielder<(), ExitCode>, ()| {
            let host = || {
                if wants_to_stop() {
                    // It is never resumed.
                    yielder.suspend(EXIT_CODE);
                }
            };
            let instance = Instance {
                host: &host as &Stops,
                completed,
            };
            descend(&instance, a, b, depth)
        };
        ScopedCoroutine::with_stack(&mut self.stack, guest).scope(|mut coroutine| {
            match coroutine.resume(()) {
                CoroutineResult::Yield(code) => {
                    // SAFETY: no value on the coroutine's stack has anything to drop. The frames
                    // of `descend` hold integers and a reference, what is under them holds the
                    // closures `host` and `guest`, which capture nothing but references and
                    // integers, and nobody else is called there who has not returned.
                    unsafe { coroutine.force_reset() };
                    Ending::Exited(code.0)
                }
                CoroutineResult::Return(sum) => Ending::Returned(sum),
            }
        })
    }
}

struct Returned;

impl Way for Returned {
    fn function(&self) -> *const () {
        descend_testing as *const ()
    }

    #[inline]
    fn call(
        &mut self,
        wants_to_stop: &impl Fn() -> bool,
        completed: &Cell<i32>,
        depth: u32,
    ) -> Ending {
        let (a, b) = black_box(ARGUMENTS);
        let host = || {
            if wants_to_stop() {
                Err(EXIT_CODE)
            } else {
                Ok(())
            }
        };
        let instance = Instance {
            host: &host as &Answers,
            completed,
        };
        match descend_testing(&instance, a, b, depth) {
            Ok(sum) => Ending::Returned(sum),
            Err(code) => Ending::Exited(code.0),
        }
    }
}

struct Unwound;

impl Way for Unwound {
    fn function(&self) -> *const () {
        descend as *const ()
    }

    #[inline]
    fn call(
        &mut self,
        wants_to_stop: &impl Fn() -> bool,
        completed: &Cell<i32>,
        depth: u32,
    ) -> Ending {
        let (a, b) = black_box(ARGUMENTS);
        let host = || {
            if wants_to_stop() {
                // Not `panic!`, which would first have the panic's message printed.
                resume_unwind(Box::new(EXIT_CODE));
            }
        };
        let instance = Instance {
            host: &host as &Stops,
            completed,
        };
        match catch_unwind(AssertUnwindSafe(|| descend(&instance, a, b, depth))) {
            Ok(sum) => Ending::Returned(sum),
            Err(payload) => match payload.downcast::<ExitCode>() {
                Ok(code) => Ending::Exited(code.0),
                Err(somebody_elses) => resume_unwind(somebody_elses),
            },
        }
    }
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
            frame: frame(&mut way),
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
        self.way.call(&wants_to_stop, &self.completed, self.depth)
    }

    /// Native frames that are too many do not trap: they take the process down.
    fn check_room(&self, depth: u32) -> Result<(), RuntimeFailure> {
        let frames = u64::from(depth) + 1;
        if frames.saturating_mul(self.frame as u64) > (ROOM - FOOT) as u64 {
            bail!(
                "it is too deep for the guest's stack (1 MiB, and a frame takes {} bytes of it); \
                 --depths names others",
                self.frame
            );
        }
        Ok(())
    }
}

impl<W: Way> Guest for NativeGuest<W> {
    fn set(&mut self, outcome: Outcome, depth: u32) -> Result<(), RuntimeFailure> {
        self.check_room(depth)?;
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

    fn frames_seen(&mut self) -> Result<Option<usize>, RuntimeFailure> {
        Ok(None)
    }

    fn traces(&mut self) -> Traces {
        Traces {
            host_calls: self.host.calls(),
            completed: self.completed.get(),
        }
    }
}

impl<W: Way> Counted for NativeGuest<W> {
    fn count_frames(&mut self, depth: u32) -> Result<usize, RuntimeFailure> {
        self.check_room(depth)?;
        let function = self.way.function();
        let counted = Cell::new(0);
        let count = || {
            counted.set(live(function));
            false
        };
        self.way.call(&count, &Cell::new(0), depth);
        match counted.get() {
            0 => bail!("the system's unwinder does not tell which function a frame belongs to"),
            frames => Ok(frames),
        }
    }
}

/// How many frames of `function` are on the stack.
fn live(function: *const ()) -> usize {
    let mut frames = 0;
    backtrace::trace(|frame| {
        frames += usize::from(frame.symbol_address().cast_const().cast() == function);
        true
    });
    frames
}

/// How many bytes of the stack a frame takes: the compiler decides it, so the host of a shallow
/// and of a deeper call looks where it stands.
fn frame(way: &mut impl Way) -> usize {
    const DEEPER: u32 = 64;
    let [shallow, deep] = [0, DEEPER].map(|depth| {
        let place = Cell::new(0);
        let look = || {
            place.set(stack_pointer());
            false
        };
        way.call(&look, &Cell::new(0), depth);
        place.get()
    });
    deep.abs_diff(shallow).div_ceil(DEEPER as usize)
}

#[inline(never)]
fn stack_pointer() -> usize {
    let mark = 0u8;
    &raw const mark as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::SUM;

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
                    let traces = Traces {
                        host_calls: 3,
                        completed,
                    };
                    assert_eq!(guest.traces(), traces, "{strategy} at {depth}");
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
            for outcome in Outcome::ALL {
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
