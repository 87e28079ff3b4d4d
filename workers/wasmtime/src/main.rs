//! wasmtime's two compilers and its interpreter as backends of trapbench: each as it comes, and
//! without the traces that it attaches to errors.
//!
//! - [`engine`]: the settings, which are all that the backends differ in.
//! - [`program`]: the guest, compiled; what its host does; how its frames are counted.
//! - [`guest`]: an instance, as it is called under the clock.

mod engine;
mod guest;
mod program;
#[cfg(test)]
mod tests;

use std::process::ExitCode;

use trapbench_worker::backend::Slot;

use crate::engine::{Compiler, Setting};

static SLOTS: [Slot; 6] = [
    Slot::new("wasmtime-cranelift", || {
        Setting::traced(Compiler::Cranelift)
    }),
    Slot::new("wasmtime-winch", || Setting::traced(Compiler::Winch)),
    Slot::new("wasmtime-pulley", || Setting::traced(Compiler::Pulley)),
    Slot::new("wasmtime-cranelift-untraced", || {
        Setting::untraced(Compiler::Cranelift)
    }),
    Slot::new("wasmtime-winch-untraced", || {
        Setting::untraced(Compiler::Winch)
    }),
    Slot::new("wasmtime-pulley-untraced", || {
        Setting::untraced(Compiler::Pulley)
    }),
];

fn main() -> ExitCode {
    trapbench_worker::main(&SLOTS)
}
