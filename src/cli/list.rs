use std::collections::BTreeSet;
use std::io::{IsTerminal, Write, stdout};

use clap::Args;

use super::Done;
use super::own::missing;
use super::participants::Roster;
use super::selection::Selection;
use crate::report::provenance::versions;
use trapbench_worker::case::{Axis, Case};

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
            .chain(missing())
            .chain(axes_left_out(&roster, &cases)),
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

/// A usual run is without them, so nobody else tells that they are there.
fn axes_left_out(roster: &Roster, cases: &[Case]) -> Option<String> {
    let participants = roster.participants.iter();
    let offered = participants.flat_map(|one| one.offer.axes());
    let is_left_out = |axis: &Axis| !cases.iter().any(|case| case.axis == *axis);
    let unusual = offered.filter(|axis| !axis.row().is_usual);
    let axes = BTreeSet::from_iter(unusual.filter(is_left_out));
    let names = Vec::from_iter(axes.iter().map(ToString::to_string));
    (!names.is_empty()).then(|| {
        format!(
            "not listed, nor measured unless FILTER has the name: {}",
            names.join(", ")
        )
    })
}
