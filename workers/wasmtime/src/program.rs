//! The guest, compiled; what its host does; how its frames are counted.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

use anyhow::{anyhow, bail};
use wasmtime::error::Context;
use wasmtime::{
    Caller, Extern, Global, Instance, Linker, Module, Store, Trap, TypedFunc, Val, WasmBacktrace,
};

use trapbench_worker::backend::{Guest, Host, Program, RuntimeFailure};
use trapbench_worker::case::Strategy;
use trapbench_worker::fixture::{ARGUMENTS, EXIT_CODE, ExitCode, Fixture, SENTINEL, name};

use crate::engine::{STACK, Setting};
use crate::guest::{Raised, Ready, Trapped, WasmtimeGuest};

pub fn compile(setting: Setting, fixture: &Fixture) -> Result<Box<dyn Program>, RuntimeFailure> {
    let engine = setting.engine()?;
    let module = Module::new(&engine, fixture.wasm()).context("wasmtime cannot compile it")?;
    Ok(Box::new(Compiled {
        setting,
        module,
        others: Mutex::default(),
    }))
}

struct Compiled {
    setting: Setting,
    module: Module,
    /// They stay registered for as long as they are here.
    others: Mutex<Vec<Module>>,
}

impl Program for Compiled {
    fn guest(&self, strategy: Strategy) -> Result<Box<dyn Guest>, RuntimeFailure> {
        let engine = self.module.engine();
        let host = Arc::new(Host::default());
        let mut linker = Linker::new(engine);
        let asked = host.clone();
        // As wasmtime's users raise: any error, made into wasmtime's own.
        let early_exit = move || -> wasmtime::Result<()> {
            if asked.asked() {
                Err(EXIT_CODE.into())
            } else {
                Ok(())
            }
        };
        let asked = host.clone();
        let should_exit = move || -> i32 { if asked.asked() { SENTINEL } else { 0 } };
        linker.func_wrap(name::NAMESPACE, name::EARLY_EXIT, early_exit)?;
        linker.func_wrap(name::NAMESPACE, name::SHOULD_EXIT, should_exit)?;
        let mut store = Store::new(engine, ());
        let instance = linker.instantiate(&mut store, &self.module)?;
        let ready = Ready {
            entry: entry(&instance, &mut store, strategy)?,
            depth: global(&instance, &mut store, name::DEPTH)?,
            completed: global(&instance, &mut store, name::COMPLETED)?,
            host,
            store,
        };
        Ok(match strategy {
            Strategy::Unreachable => Box::new(WasmtimeGuest::<Trapped>::new(ready)),
            Strategy::Raise | Strategy::Sentinel => Box::new(WasmtimeGuest::<Raised>::new(ready)),
            other => bail!("wasmtime has no strategy `{other}`"),
        })
    }

    /// Counted by the trace that wasmtime takes of the guest while its host is called.
    ///
    /// An engine's traces are as long as it was set to, so another engine takes them: it is given
    /// the very bytes of the code that is timed, and both are thrown away. The setting is no part
    /// of the code; what is counted holds for traced and untraced errors alike.
    fn count_frames(&self, strategy: Strategy, depth: u32) -> Result<usize, RuntimeFailure> {
        let engine = self.setting.counting_engine()?;
        let code = self.module.serialize()?;
        // SAFETY: the bytes are what `serialize` has just given.
        let module = unsafe { Module::deserialize(&engine, code) }?;
        let counted = Arc::new(AtomicUsize::new(0));
        let mut linker = Linker::new(&engine);
        let early_exit = count_and_stop::<()>(&counted);
        let should_exit = count_and_stop::<i32>(&counted);
        linker.func_wrap(name::NAMESPACE, name::EARLY_EXIT, early_exit)?;
        linker.func_wrap(name::NAMESPACE, name::SHOULD_EXIT, should_exit)?;
        let mut store = Store::new(&engine, ());
        let instance = linker.instantiate(&mut store, &module)?;
        let global = global(&instance, &mut store, name::DEPTH)?;
        set_global(&mut store, global, depth)?;
        let entry = entry(&instance, &mut store, strategy)?;
        let is_exit = |called: &wasmtime::Result<i32>| {
            called.as_ref().is_err_and(|error| error.is::<ExitCode>())
        };
        let mut called = entry.call(&mut store, ARGUMENTS);
        if is_exit(&called) {
            called = entry.call(&mut store, ARGUMENTS);
        }
        match called {
            Ok(value) => bail!("the entry returned {value} without calling the host"),
            Err(error) if error.is::<ExitCode>() => Ok(counted.load(Relaxed)),
            Err(error) if error.downcast_ref() == Some(&Trap::StackOverflow) => bail!(
                "it is too deep for the guest's stack ({} KiB in wasmtime); --depths names others",
                STACK >> 10
            ),
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
            others.push(unsafe { Module::deserialize(self.module.engine(), &code) }?);
        }
        Ok(())
    }
}

/// A host function that counts the guest's frames above it, and stops the guest.
fn count_and_stop<R>(
    counted: &Arc<AtomicUsize>,
) -> impl Fn(Caller<'_, ()>) -> wasmtime::Result<R> + use<R> {
    let counted = counted.clone();
    move |caller| {
        let trace = WasmBacktrace::force_capture(&caller);
        counted.store(trace.frames().len(), Relaxed);
        Err(EXIT_CODE.into())
    }
}

/// What is called of the guest.
pub type EntryFunction = TypedFunc<(i32, i32), i32>;

fn entry(
    instance: &Instance,
    store: &mut Store<()>,
    strategy: Strategy,
) -> Result<EntryFunction, RuntimeFailure> {
    let entry = strategy.row().entry;
    let entry = entry.ok_or_else(|| anyhow!("wasmtime has no strategy `{strategy}`"))?;
    Ok(instance.get_typed_func(store, entry.export())?)
}

fn global(
    instance: &Instance,
    store: &mut Store<()>,
    name: &str,
) -> Result<Global, RuntimeFailure> {
    let export = instance.get_export(store, name);
    let global = export.and_then(Extern::into_global);
    global.ok_or_else(|| anyhow!("the guest has no global `{name}`"))
}

pub fn set_global(store: &mut Store<()>, global: Global, value: u32) -> Result<(), RuntimeFailure> {
    let value = i32::try_from(value).map_err(|_| anyhow!("{value} does not fit a global i32"))?;
    Ok(global.set(store, Val::I32(value))?)
}
