use std::io::{IsTerminal, Write, stdout};

use clap::Args;

use super::Done;
use super::own::missing;
use super::selection::Selection;
use crate::report::provenance::versions;

/// Show the cases, and the backends with their versions
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    selection: Selection,
}

pub fn run(options: &Options) -> anyhow::Result<Done> {
    let (roster, cases) = options.selection.roster()?;
    let of = |id| {
        roster
            .participants
            .iter()
            .find(|one| &one.arm.backend == id)
    };
    let mut out = stdout().lock();
    let failures = roster.failures.iter();
    let failures = failures.map(|one| format!("{}: {}", one.subject, one.reason));
    let remarks = Vec::from_iter(
        failures
            .chain(roster.left_out.iter().cloned())
            .chain(missing()),
    );
    if stdout().is_terminal() {
        for one in &roster.participants {
            let id = &one.arm.backend;
            let count = cases.iter().filter(|case| &case.backend == id).count();
            writeln!(
                out,
                "{id}: {}, {count} cases",
                versions(&one.hello.versions)
            )?;
        }
        for line in remarks {
            writeln!(out, "{line}")?;
        }
        writeln!(out)?;
        for case in &cases {
            writeln!(out, "{case}")?;
        }
    } else {
        for case in &cases {
            let made_of = of(&case.backend).map(|one| versions(&one.hello.versions));
            writeln!(out, "{case}\t{}", made_of.unwrap_or_default())?;
        }
        for line in remarks {
            eprintln!("{line}");
        }
    }
    Ok(Done::of(false, &roster.failures))
}
