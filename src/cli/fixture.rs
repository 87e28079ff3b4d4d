use std::io::{IsTerminal, Write, stdout};

use anyhow::bail;
use clap::Args;

use super::Done;
use super::selection::ModuleOption;
use trapbench_worker::fixture::WAT;

/// Print the guest, so that a worker in any language has the same bytes
#[derive(Args)]
pub struct Options {
    /// As text [default]
    #[arg(long, conflicts_with_all = ["wasm", "path"])]
    wat: bool,

    /// In binary form, whose SHA-256 a worker names
    #[arg(long)]
    wasm: bool,

    #[command(flatten)]
    module: ModuleOption,
}

pub fn run(options: &Options) -> anyhow::Result<Done> {
    let mut out = stdout().lock();
    if !options.wasm {
        if options.module.path().is_some() {
            bail!("a module of your own is printed in binary form alone: give --wasm");
        }
        out.write_all(WAT.as_bytes())?;
        return Ok(Done::Well);
    }
    if out.is_terminal() {
        bail!("the binary form is not for a terminal; send it to a file with `>`");
    }
    out.write_all(options.module.open()?.wasm())?;
    Ok(Done::Well)
}
