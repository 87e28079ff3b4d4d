//! The frames, and the ways of stopping them.

use std::cell::Cell;
use std::hint::black_box;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use anyhow::Context;
use corosensei::stack::DefaultStack;
use corosensei::{CoroutineResult, ScopedCoroutine, Yielder};

use trapbench_worker::backend::{Ending, RuntimeFailure};
use trapbench_worker::fixture::{ARGUMENTS, EXIT_CODE, ExitCode};

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

/// One call of `depth + 1` frames, which `wants_to_stop` ends or does not.
pub struct Call<'a, W> {
    pub wants_to_stop: &'a W,
    pub completed: &'a Cell<i32>,
    pub depth: u32,
}

/// A way of stopping the frames.
pub trait Way {
    /// The function whose frames are live when the host is asked.
    fn function(&self) -> *const ();

    fn call(&mut self, call: Call<impl Fn() -> bool>) -> Ending;
}

/// The guest's stack is its own, one for all calls, as wasmer keeps those of its guests.
pub struct Reset {
    stack: DefaultStack,
}

impl Reset {
    /// With a stack of `room` bytes.
    pub fn new(room: usize) -> Result<Reset, RuntimeFailure> {
        let stack = DefaultStack::new(room).context("there is no room for a coroutine's stack")?;
        Ok(Reset { stack })
    }
}

impl Way for Reset {
    fn function(&self) -> *const () {
        descend as *const ()
    }

    #[inline]
    fn call(&mut self, call: Call<impl Fn() -> bool>) -> Ending {
        let (a, b) = black_box(ARGUMENTS);
        let guest = |yielder: &Yielder<(), ExitCode>, ()| {
            let host = || {
                if (call.wants_to_stop)() {
                    // It is never resumed.
                    yielder.suspend(EXIT_CODE);
                }
            };
            let instance = Instance {
                host: &host as &Stops,
                completed: call.completed,
            };
            descend(&instance, a, b, call.depth)
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

pub struct Returned;

impl Way for Returned {
    fn function(&self) -> *const () {
        descend_testing as *const ()
    }

    #[inline]
    fn call(&mut self, call: Call<impl Fn() -> bool>) -> Ending {
        let (a, b) = black_box(ARGUMENTS);
        let host = || {
            if (call.wants_to_stop)() {
                Err(EXIT_CODE)
            } else {
                Ok(())
            }
        };
        let instance = Instance {
            host: &host as &Answers,
            completed: call.completed,
        };
        match descend_testing(&instance, a, b, call.depth) {
            Ok(sum) => Ending::Returned(sum),
            Err(code) => Ending::Exited(code.0),
        }
    }
}

pub struct Unwound;

impl Way for Unwound {
    fn function(&self) -> *const () {
        descend as *const ()
    }

    #[inline]
    fn call(&mut self, call: Call<impl Fn() -> bool>) -> Ending {
        let (a, b) = black_box(ARGUMENTS);
        let host = || {
            if (call.wants_to_stop)() {
                // Not `panic!`, which would first have the panic's message printed.
                resume_unwind(Box::new(EXIT_CODE));
            }
        };
        let instance = Instance {
            host: &host as &Stops,
            completed: call.completed,
        };
        match catch_unwind(AssertUnwindSafe(|| descend(&instance, a, b, call.depth))) {
            Ok(sum) => Ending::Returned(sum),
            Err(payload) => match payload.downcast::<ExitCode>() {
                Ok(code) => Ending::Exited(code.0),
                Err(somebody_elses) => resume_unwind(somebody_elses),
            },
        }
    }
}
