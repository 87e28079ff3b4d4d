//! What wasmer's compilers share, which is everything but the compiler.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

use anyhow::{Context, anyhow, bail};
use wasmer::sys::vm::{Trap, TrapCode};
use wasmer::sys::{CompilerConfig, EngineBuilder};
use wasmer::{
    Engine, Extern, Function, Global, Instance, Module, RuntimeError, Store, TypedFunction, Value,
    imports,
};

use trapbench_worker::backend::{Aftermath, Ending, Guest, Host, Program, RuntimeFailure};
use trapbench_worker::case::{Axis, Outcome, Strategy};
use trapbench_worker::fixture::{ARGUMENTS, EXIT_CODE, ExitCode, Fixture, SENTINEL, name};
use trapbench_worker::offer::Offer;
use trapbench_worker::slice::{self, Slice};

/// Versions that every wasmer backend names, and those of its own compiler.
pub fn versions(compiler: &[(&str, String)]) -> BTreeMap<String, String> {
    let own = compiler
        .iter()
        .map(|(name, v)| ((*name).to_owned(), v.clone()));
    own.chain([("wasmer".to_owned(), wasmer::sys::vm::VERSION.to_owned())])
        .collect()
}

/// What every wasmer backend can do.
pub fn offer() -> Offer {
    let strategies = [
        Strategy::Raise,
        Strategy::RaisePrebuilt,
        Strategy::RaiseTraced,
        Strategy::Unreachable,
        Strategy::Sentinel,
    ];
    Offer::of(
        &strategies,
        &[
            Axis::Depth,
            Axis::HostStack,
            Axis::Threads,
            Axis::Throughput,
            Axis::Modules,
        ],
    )
}

/// Compiles the fixture with `compiler`, as wasmer's users get it by default.
pub fn load(
    compiler: impl Into<Box<dyn CompilerConfig>>,
    fixture: &Fixture,
) -> Result<Box<dyn Program>, RuntimeFailure> {
    let engine: Engine = EngineBuilder::new(compiler).engine().into();
    let module = Module::new(&engine, fixture.wasm()).context("wasmer cannot compile it")?;
    Ok(Box::new(Compiled {
        engine,
        module,
        others: Mutex::default(),
    }))
}

struct Compiled {
    engine: Engine,
    module: Module,
    /// They stay registered with the unwinder for as long as they are here.
    others: Mutex<Vec<Module>>,
}

impl Program for Compiled {
    fn guest(&self, strategy: Strategy) -> Result<Box<dyn Guest>, RuntimeFailure> {
        let mut store = Store::new(self.engine.clone());
        let host = Arc::new(Host::default());
        let early_exit = early_exit(&mut store, strategy, &host)?;
        let asked = host.clone();
        let should_exit = Function::new_typed(&mut store, move || -> i32 {
            if asked.asked() { SENTINEL } else { 0 }
        });
        let instance = self.instantiate(&mut store, early_exit, should_exit)?;
        let ready = Ready {
            entry: entry(&instance, &store, strategy)?,
            depth: instance.exports.get_global(name::DEPTH)?.clone(),
            completed: instance.exports.get_global(name::COMPLETED)?.clone(),
            host,
            store,
        };
        Ok(match strategy {
            Strategy::RaisePrebuilt => Box::new(WasmerGuest::<Shared>::new(ready)),
            Strategy::Unreachable => Box::new(WasmerGuest::<Trapped>::new(ready)),
            Strategy::Raise | Strategy::RaiseTraced | Strategy::Sentinel => {
                Box::new(WasmerGuest::<Owned>::new(ready))
            }
            other => bail!("wasmer has no strategy `{other}`"),
        })
    }

    fn count_frames(&self, strategy: Strategy, depth: u32) -> Result<usize, RuntimeFailure> {
        let mut store = Store::new(self.engine.clone());
        let counted = Arc::new(AtomicUsize::new(0));
        let early_exit = Function::new_typed(&mut store, count_and_stop::<()>(&counted));
        let should_exit = Function::new_typed(&mut store, count_and_stop::<i32>(&counted));
        let instance = self.instantiate(&mut store, early_exit, should_exit)?;
        set_global(&mut store, instance.exports.get_global(name::DEPTH)?, depth)?;
        let (a, b) = ARGUMENTS;
        let entry = entry(&instance, &store, strategy)?;
        let is_exit = |called: &Result<i32, RuntimeError>| {
            called.as_ref().is_err_and(|error| error.is::<ExitCode>())
        };
        let mut called = entry.call(&mut store, a, b);
        if is_exit(&called) {
            called = entry.call(&mut store, a, b);
        }
        match called {
            Ok(value) => bail!("the entry returned {value} without calling the host"),
            Err(error) if error.is::<ExitCode>() => Ok(counted.load(Relaxed)),
            Err(error) if error.clone().to_trap() == Some(TrapCode::StackOverflow) => {
                bail!(
                    "it is too deep for the guest's stack (1 MiB in wasmer); --depths names others"
                )
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Each is the guest once more, loaded from its compiled form: it has code and tables of its
    /// own, and takes no compiler's time.
    fn register(&self, more: u32) -> Result<(), RuntimeFailure> {
        let code = self.module.serialize()?;
        let mut others = self.others.lock().expect("nobody panics holding it");
        for _ in 0..more {
            // SAFETY: the bytes are what `serialize` has just given.
            others.push(unsafe { Module::deserialize_unchecked(&self.engine, code.clone()) }?);
        }
        Ok(())
    }
}

impl Compiled {
    fn instantiate(
        &self,
        store: &mut Store,
        early_exit: Function,
        should_exit: Function,
    ) -> Result<Instance, RuntimeFailure> {
        let mut imports = imports! {};
        imports.define(name::NAMESPACE, name::EARLY_EXIT, Extern::from(early_exit));
        imports.define(
            name::NAMESPACE,
            name::SHOULD_EXIT,
            Extern::from(should_exit),
        );
        Instance::new(store, &self.module, &imports).context("wasmer cannot instantiate it")
    }
}

/// The host function of a strategy. `raise` is the documented example's, to the letter of its
/// type; the others differ in the error that they return.
fn early_exit(
    store: &mut Store,
    strategy: Strategy,
    host: &Arc<Host>,
) -> Result<Function, RuntimeFailure> {
    let host = host.clone();
    Ok(match strategy {
        Strategy::Raise | Strategy::Sentinel | Strategy::Unreachable => {
            Function::new_typed(store, move || -> Result<(), ExitCode> {
                if host.asked() { Err(EXIT_CODE) } else { Ok(()) }
            })
        }
        Strategy::RaisePrebuilt => {
            let prebuilt = RuntimeError::user(Box::new(EXIT_CODE));
            Function::new_typed(store, move || -> Result<(), RuntimeError> {
                if host.asked() {
                    Err(prebuilt.clone())
                } else {
                    Ok(())
                }
            })
        }
        Strategy::RaiseTraced => Function::new_typed(store, move || -> Result<(), RuntimeError> {
            if host.asked() {
                Err(RuntimeError::user(Box::new(EXIT_CODE)))
            } else {
                Ok(())
            }
        }),
        other => bail!("wasmer has no strategy `{other}`"),
    })
}

/// A host function that counts the guest's frames above it, and stops the guest.
///
/// Not by the trap of a second module: whatever is compiled stays registered with the unwinder
/// for the life of the engine, and each registration makes every later raise dearer. And not
/// by an error of the host's, whose trace is what a release, or a patch of one, may well do
/// without.
fn count_and_stop<R>(counted: &Arc<AtomicUsize>) -> impl Fn() -> Result<R, RuntimeError> + use<R> {
    let counted = counted.clone();
    move || {
        let trap = RuntimeError::from(Trap::lib(TrapCode::UnreachableCodeReached));
        counted.store(trap.trace().len(), Relaxed);
        Err(RuntimeError::user(Box::new(EXIT_CODE)))
    }
}

type EntryFunction = TypedFunction<(i32, i32), i32>;

fn entry(
    instance: &Instance,
    store: &Store,
    strategy: Strategy,
) -> Result<EntryFunction, RuntimeFailure> {
    let entry = strategy.row().entry;
    let entry = entry.with_context(|| format!("wasmer has no strategy `{strategy}`"))?;
    Ok(instance.exports.get_typed_function(store, entry.export())?)
}

fn set_global(store: &mut Store, global: &Global, value: u32) -> Result<(), RuntimeFailure> {
    let value = i32::try_from(value).map_err(|_| anyhow!("{value} does not fit a global i32"))?;
    Ok(global.set(store, Value::I32(value))?)
}

/// What an error says of how the guest was stopped.
trait ReadsEnding {
    /// The error is dropped where it was as it should be, and else given back.
    fn ending(error: RuntimeError) -> Result<Ending, RuntimeError>;
}

/// The error is the caller's alone: the documented `downcast`.
struct Owned;

/// The host keeps a reference of its own, so a downcast by value is refused.
struct Shared;

/// The error is wasmer's own.
struct Trapped;

impl ReadsEnding for Owned {
    #[inline]
    fn ending(error: RuntimeError) -> Result<Ending, RuntimeError> {
        let code = error.downcast::<ExitCode>()?;
        Ok(Ending::Exited(code.0))
    }
}

impl ReadsEnding for Shared {
    #[inline]
    fn ending(error: RuntimeError) -> Result<Ending, RuntimeError> {
        match error.downcast_ref::<ExitCode>() {
            Some(code) => Ok(Ending::Exited(code.0)),
            None => Err(error),
        }
    }
}

impl ReadsEnding for Trapped {
    #[inline]
    fn ending(error: RuntimeError) -> Result<Ending, RuntimeError> {
        // It gives the code of what it takes, and a clone is a count of references.
        match error.clone().to_trap() {
            Some(TrapCode::UnreachableCodeReached) => Ok(Ending::Trapped),
            _ => Err(error),
        }
    }
}

/// What every guest holds.
struct Ready {
    store: Store,
    entry: EntryFunction,
    depth: Global,
    completed: Global,
    host: Arc<Host>,
}

struct WasmerGuest<S> {
    ready: Ready,
    stopped: std::marker::PhantomData<S>,
}

impl<S: ReadsEnding> WasmerGuest<S> {
    fn new(ready: Ready) -> Self {
        WasmerGuest {
            ready,
            stopped: std::marker::PhantomData,
        }
    }

    /// What is timed, whole: the same code for an exit and a completion.
    ///
    /// Left to the optimiser it may be a frame of its own, which `hello` does not count.
    #[inline(always)]
    fn run(&mut self) -> Result<Ending, RuntimeError> {
        let (a, b) = ARGUMENTS;
        match self.ready.entry.call(&mut self.ready.store, a, b) {
            Ok(value) => Ok(Ending::Returned(value)),
            Err(error) => S::ending(error),
        }
    }
}

impl<S: ReadsEnding> Guest for WasmerGuest<S> {
    fn set(&mut self, outcome: Outcome, depth: u32) -> Result<(), RuntimeFailure> {
        let Ready {
            store,
            depth: global,
            completed,
            host,
            ..
        } = &mut self.ready;
        set_global(store, global, depth)?;
        set_global(store, completed, 0)?;
        host.set(outcome == Outcome::Exit);
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
        let (a, b) = ARGUMENTS;
        let called = self.ready.entry.call(&mut self.ready.store, a, b);
        Ok(called.err().map(|error| error.trace().len()))
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
            completed: completed.get(store).unwrap_i32(),
            depth: depth.get(store).unwrap_i32().cast_unsigned(),
        }
    }
}
