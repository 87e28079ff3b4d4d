//! An instance, as it is called under the clock.

use std::sync::Arc;

use wasmtime::{Global, Store, WasmBacktrace};

use trapbench_worker::backend::{Ending, Guest, Host, RuntimeFailure, Aftermath};
use trapbench_worker::case::Outcome;
use trapbench_worker::fixture::{ARGUMENTS, ExitCode};
use trapbench_worker::slice::{self, Slice};

use crate::program::{Entry, set_global};

pub struct WasmtimeGuest {
    pub store: Store<()>,
    pub entry: Entry,
    pub depth: Global,
    pub completed: Global,
    pub host: Arc<Host>,
}

impl WasmtimeGuest {
    /// What is timed, whole: the same code for an exit and a completion. The exit code is taken
    /// out of the error, which drops it.
    ///
    /// Left to the optimiser it is a frame of its own, which `hello` does not count.
    #[inline(always)]
    fn run(&mut self) -> Result<Ending, wasmtime::Error> {
        match self.entry.call(&mut self.store, ARGUMENTS) {
            Ok(value) => Ok(Ending::Returned(value)),
            Err(error) => error
                .downcast::<ExitCode>()
                .map(|code| Ending::Exited(code.0)),
        }
    }
}

impl Guest for WasmtimeGuest {
    fn set(&mut self, outcome: Outcome, depth: u32) -> Result<(), RuntimeFailure> {
        set_global(&mut self.store, self.depth, depth)?;
        set_global(&mut self.store, self.completed, 0)?;
        self.host.set(outcome == Outcome::Exit);
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
        let called = self.entry.call(&mut self.store, ARGUMENTS);
        let seen = |error: wasmtime::Error| {
            let trace = error.downcast_ref::<WasmBacktrace>();
            trace.map_or(0, |trace| trace.frames().len())
        };
        Ok(called.err().map(seen))
    }

    fn aftermath(&mut self) -> Aftermath {
        Aftermath {
            host_calls: self.host.calls(),
            completed: self.completed.get(&mut self.store).unwrap_i32(),
            depth: self.depth.get(&mut self.store).unwrap_i32().cast_unsigned(),
        }
    }
}
