use std::io::{stdin, stdout};

use clap::Args;

use super::Done;
use super::selection::ModuleOption;
use trapbench_wasmer::SLOTS;
use trapbench_worker::case::BackendId;
use trapbench_worker::serve;

/// Time slices on request, in the words of PROTOCOL.md, until standard input ends
#[derive(Args)]
pub struct Options {
    /// The backend to work for
    backend: BackendId,

    #[command(flatten)]
    module: ModuleOption,
}

pub fn run(options: &Options) -> anyhow::Result<Done> {
    let fixture = options.module.open()?;
    serve(
        &SLOTS,
        &options.backend,
        fixture,
        stdin().lock(),
        stdout().lock(),
    )?;
    Ok(Done::Well)
}
