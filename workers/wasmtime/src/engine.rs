//! The settings of wasmtime, which are all that the backends differ in.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use wasmtime::{Config, Engine, WasmBacktraceDetails};

use trapbench_worker::backend::{Backend, Program, RuntimeFailure};
use trapbench_worker::case::{Axis, Strategy};
use trapbench_worker::fixture::Fixture;
use trapbench_worker::offer::Offer;

use crate::program;

/// A backend: all else is left as wasmtime sets itself up.
#[derive(Clone, Copy)]
pub struct Setting {
    compiler: Compiler,
    /// Whether errors carry a trace of the guest's frames, as they do by default.
    traced: bool,
}

/// What makes code of the guest.
#[derive(Clone, Copy)]
pub enum Compiler {
    Cranelift,
    Winch,
    /// Cranelift makes bytecode for wasmtime's interpreter.
    Pulley,
}

impl Setting {
    pub fn traced(compiler: Compiler) -> Box<dyn Backend> {
        Box::new(Setting {
            compiler,
            traced: true,
        })
    }

    pub fn untraced(compiler: Compiler) -> Box<dyn Backend> {
        Box::new(Setting {
            compiler,
            traced: false,
        })
    }

    pub fn engine(self) -> Result<Engine, RuntimeFailure> {
        Ok(Engine::new(&self.config())?)
    }

    /// An engine that takes the code of the other one, and whose traces name every frame. By
    /// default a trace ends after 20, even one that is forced.
    pub fn counting_engine(self) -> Result<Engine, RuntimeFailure> {
        let mut config = self.config();
        config.wasm_backtrace_max_frames(Some(MOST_FRAMES));
        Ok(Engine::new(&config)?)
    }

    fn config(self) -> Config {
        let mut config = Config::new();
        match self.compiler {
            Compiler::Cranelift => config.strategy(wasmtime::Strategy::Cranelift),
            Compiler::Winch => config.strategy(wasmtime::Strategy::Winch),
            Compiler::Pulley => config.target("pulley64").expect("wasmtime knows its own"),
        };
        config.max_wasm_stack(STACK);
        // As it is by default, unless WASMTIME_BACKTRACE_DETAILS is set: a raise would then look
        // for debug information as well.
        config.wasm_backtrace_details(WasmBacktraceDetails::Disable);
        if !self.traced {
            config.wasm_backtrace_max_frames(None);
        }
        config
    }
}

/// What a guest may take of the stack, in bytes: wasmtime's default, which is enough. At depth 4096
/// the fixture takes 192 KiB as compiled by Cranelift, for Pulley too, and 256 KiB by Winch.
pub const STACK: usize = 512 << 10;

/// No stack holds more: a frame is at least the caller's frame pointer and the return address.
const MOST_FRAMES: NonZeroUsize = NonZeroUsize::new(STACK / 16).unwrap();

impl Backend for Setting {
    fn versions(&self) -> BTreeMap<String, String> {
        // From the lock file, by the build script. Winch and Pulley have wasmtime's number.
        let mut versions = vec![("wasmtime", env!("TRAPBENCH_WASMTIME"))];
        if matches!(self.compiler, Compiler::Cranelift | Compiler::Pulley) {
            versions.push(("Cranelift", env!("TRAPBENCH_CRANELIFT")));
        }
        let owned = |(name, version): (&str, &str)| (name.to_owned(), version.to_owned());
        versions.into_iter().map(owned).collect()
    }

    fn offer(&self) -> Offer {
        Offer::of(
            &[Strategy::Raise, Strategy::Unreachable, Strategy::Sentinel],
            &[
                Axis::Depth,
                Axis::HostStack,
                Axis::Threads,
                Axis::Throughput,
                Axis::Modules,
            ],
        )
    }

    fn load(&self, fixture: &Fixture) -> Result<Box<dyn Program>, RuntimeFailure> {
        program::compile(*self, fixture)
    }
}
