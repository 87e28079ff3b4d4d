use std::io::{Write, stdout};

use anyhow::{Context, bail};
use clap::Args;

use super::Done;
use super::own::executing_wasm;
use super::selection::ModuleOption;
use trapbench_worker::backend::Ending;
use trapbench_worker::case::{BackendId, Outcome, Strategy};

/// Run wasmer's documented early-exit example (what `cargo run` alone does)
#[derive(Args, Default)]
pub struct Options {
    /// The backend to run it on [default: the first that is compiled in and executes WebAssembly]
    #[arg(long)]
    backend: Option<BackendId>,

    #[command(flatten)]
    module: ModuleOption,
}

pub fn run(options: &Options) -> anyhow::Result<Done> {
    let first = || executing_wasm().into_iter().next();
    let id = options.backend.clone().or_else(first);
    let id = id.context("no backend that executes WebAssembly is compiled in")?;
    let backend = trapbench_wasmer::open(&id)?;
    if !backend.offer().executes_wasm() {
        bail!("the example is a WebAssembly module, and {id} executes none");
    }
    let fixture = options.module.open()?;

    let mut out = stdout().lock();
    writeln!(out, "Compiling module...")?;
    let program = backend.load(&fixture)?;
    writeln!(out, "Instantiating module...")?;
    let mut guest = program.guest(Strategy::Raise)?;
    guest.set(Outcome::Exit, 0)?;
    writeln!(out, "Calling `run` function...")?;
    match guest.call() {
        Ok(Ending::Exited(code)) => writeln!(out, "Exited early with exit code: {code}")?,
        Ok(ending) => bail!("`run` {ending} on {id}, but the host asked it to exit early"),
        Err(error) => {
            return Err(error.context(format!("`run` failed on {id}, but not with an ExitCode")));
        }
    }
    Ok(Done::Well)
}
