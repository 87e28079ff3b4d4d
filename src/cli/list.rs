use std::io::{IsTerminal, Write, stdout};

use clap::Args;

use super::Done;
use super::selection::{Selection, missing};
use trapbench_worker::case::BackendId;

/// Show the cases, and the backends with their versions
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    selection: Selection,
}

pub fn run(options: &Options) -> anyhow::Result<Done> {
    let cases = options.selection.cases()?;
    options.selection.module.open()?;
    let mut out = stdout().lock();
    if stdout().is_terminal() {
        for id in options.selection.backends()? {
            let count = cases.iter().filter(|case| case.backend == id).count();
            writeln!(out, "{id}: {}, {count} cases", versions(&id)?)?;
        }
        for line in missing() {
            writeln!(out, "{line}")?;
        }
        writeln!(out)?;
        for case in &cases {
            writeln!(out, "{case}")?;
        }
    } else {
        for case in &cases {
            writeln!(out, "{case}\t{}", versions(&case.backend)?)?;
        }
        for line in missing() {
            eprintln!("{line}");
        }
    }
    Ok(Done::Well)
}

fn versions(id: &BackendId) -> anyhow::Result<String> {
    let versions = trapbench_wasmer::open(id)?.versions();
    let parts: Vec<String> = versions
        .iter()
        .map(|(name, version)| format!("{name} {version}"))
        .collect();
    Ok(parts.join(", "))
}
