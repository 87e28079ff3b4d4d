//! An instance, as it is called under the clock.

use std::marker::PhantomData;
use std::sync::Arc;

use wasmtime::{Global, Store, Trap, WasmBacktrace};

use trapbench_worker::backend::{Aftermath, Ending, Guest, Host, RuntimeFailure};
use trapbench_worker::case::Outcome;
use trapbench_worker::fixture::{ARGUMENTS, ExitCode};
use trapbench_worker::slice::{self, Slice};

use crate::program::{EntryFunction, set_global};

/// What every guest holds.
pub struct Ready {
    pub store: Store<()>,
    pub entry: EntryFunction,
    pub depth: Global,
    pub completed: Global,
    pub host: Arc<Host>,
}

/// What an error says of how the guest was stopped.
pub trait ReadsEnding {
    /// The error is dropped where it was as it should be, and else given back.
    fn ending(error: wasmtime::Error) -> Result<Ending, wasmtime::Error>;
}

/// The host raised an exit code.
pub struct Raised;

/// The guest trapped, and the error is wasmtime's own.
pub struct Trapped;

impl ReadsEnding for Raised {
    #[inline(always)]
    fn ending(error: wasmtime::Error) -> Result<Ending, wasmtime::Error> {
        let code = error.downcast::<ExitCode>()?;
        Ok(Ending::Exited(code.0))
    }
}

impl ReadsEnding for Trapped {
    #[inline(always)]
    fn ending(error: wasmtime::Error) -> Result<Ending, wasmtime::Error> {
        match error.downcast_ref::<Trap>() {
            Some(Trap::UnreachableCodeReached) => Ok(Ending::Trapped),
            _ => Err(error),
        }
    }
}

pub struct WasmtimeGuest<S> {
    ready: Ready,
    stopped: PhantomData<S>,
}

impl<S: ReadsEnding> WasmtimeGuest<S> {
    pub fn new(ready: Ready) -> Self {
        WasmtimeGuest {
            ready,
            stopped: PhantomData,
        }
    }

    /// What is timed, whole: the same code for an exit and a completion.
    ///
    /// Left to the optimiser it is a frame of its own, which `hello` does not count.
    #[inline(always)]
    fn run(&mut self) -> Result<Ending, wasmtime::Error> {
        let Ready { entry, store, .. } = &mut self.ready;
        match entry.call(store, ARGUMENTS) {
            Ok(value) => Ok(Ending::Returned(value)),
            Err(error) => S::ending(error),
        }
    }
}

impl<S: ReadsEnding> Guest for WasmtimeGuest<S> {
    fn set(&mut self, outcome: Outcome, depth: u32) -> Result<(), RuntimeFailure> {
        let ready = &mut self.ready;
        set_global(&mut ready.store, ready.depth, depth)?;
        set_global(&mut ready.store, ready.completed, 0)?;
        ready.host.set(outcome == Outcome::Exit);
        Ok(())
    }

    fn call(&mut self) -> Result<Ending, RuntimeFailure> {
        Ok(self.run()?)
    }

    fn slice(&mut self, iterations: u64, expected: Ending) -> Slice {
        slice::time(
            iterations,
            || matches!(self.run(), Ok(ending) if ending == expected),
        )
    }

    fn frames_seen(&mut self) -> Result<Option<usize>, RuntimeFailure> {
        let Ready { entry, store, .. } = &mut self.ready;
        let called = entry.call(store, ARGUMENTS);
        let seen = |error: wasmtime::Error| {
            let trace = error.downcast_ref::<WasmBacktrace>();
            trace.map_or(0, |trace| trace.frames().len())
        };
        Ok(called.err().map(seen))
    }

    fn aftermath(&mut self) -> Aftermath {
        let Ready {
            store,
            depth,
            completed,
            host,
            ..
        } = &mut self.ready;
        Aftermath {
            host_calls: host.calls(),
            completed: completed.get(&mut *store).unwrap_i32(),
            depth: depth.get(&mut *store).unwrap_i32().cast_unsigned(),
        }
    }
}
