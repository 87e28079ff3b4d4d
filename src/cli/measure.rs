use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::{anyhow, bail};
use clap::Args;

use super::building::{relinked, relinks};
use super::own::{OWN, missing};
use super::participants::Roster;
use super::run::{Run, SETS, budget, done, seconds};
use super::selection::{ModuleOption, Selection};
use super::{Done, output};
use crate::measure::Turns;
use crate::report::{lines, notes, screen};
use crate::roster::{Arm, Participant, Runs};
use trapbench_worker::case::Case;

/// Measure cases in turn over several processes, keep the record, and show its screen
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    selection: Selection,

    /// Seconds to spend [default: 1.1 a case]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    time: Option<f64>,

    /// Build this executable's sources anew and link them so often, each time in another order:
    /// the layout is then in the intervals
    #[arg(long, value_name = "N", value_parser = relinks)]
    relinks: Option<u32>,

    /// Where records are kept
    #[arg(long, value_name = "FOLDER", default_value = "results")]
    results: PathBuf,
}

pub fn run(options: &Options) -> anyhow::Result<Done> {
    if options.relinks.is_some() && options.selection.participants.have_unwinder() {
        bail!(
            "--relinks are tried by the system's unwinder, and --unwinder measures them with \
             another one; give one of the two"
        );
    }
    let (mut roster, cases) = options.selection.roster()?;
    let budget = budget(options.time, &cases);
    let mut left_out = roster.left_out.clone();
    if let Some(relinks) = options.relinks {
        left_out.extend(relink(
            &mut roster,
            relinks,
            &cases,
            &options.selection.module,
        )?);
    }
    let run = Run {
        roster,
        cases,
        module: &options.selection.module,
        filter: options.selection.filter.as_ref().map(ToString::to_string),
        budget,
        sets: SETS,
        turns: Turns::OfABackend,
    };
    let (folder, record) = run.keep(&options.results)?;
    let mut remarks = notes::remarks(&record);
    remarks.extend(left_out);
    remarks.extend(missing());
    output::print(
        || screen::record(&record, true),
        || lines::record(&record),
        &remarks,
    )?;
    eprintln!("The record is {}", folder.display());
    Ok(done(&record))
}

/// Has relinks of this executable's sources take the place of the executable, each asked anew who
/// it is. Returns what was left out.
fn relink(
    roster: &mut Roster,
    relinks: u32,
    cases: &[Case],
    module: &ModuleOption,
) -> anyhow::Result<Vec<String>> {
    let own = |one: &Participant| one.worker == OWN;
    // Relinks are built with the backends that are measured, and know no others.
    let is_needed = |one: &Participant| {
        let mut cases = cases.iter();
        !own(one) || cases.any(|case| case.backend == one.arm.backend)
    };
    roster.participants.retain(is_needed);
    let backends = roster.participants.iter().filter(|one| own(one));
    let backends = BTreeSet::from_iter(backends.map(|one| one.arm.backend.clone()));
    let cases = cases.iter().filter(|case| backends.contains(&case.backend));
    let cases = Vec::from_iter(cases.cloned());
    if cases.is_empty() {
        bail!(
            "--relinks is for this executable's own backends, and none of their cases is asked for"
        );
    }
    let module = module.path().map(|_| roster.guest.path());
    let (links, left_out) = relinked(relinks, &cases, module)?;
    for one in roster.participants.iter_mut().filter(|one| own(one)) {
        let id = one.arm.backend.clone();
        let arm = Arm {
            keeps_environment: one.arm.keeps_environment,
            unwinder: one.arm.unwinder.clone(),
            ..Arm::of_workers(id.as_str(), &id, Runs::Links(links.clone()), module)
        };
        *one = Participant::meet(arm, OWN, roster.guest.hash())
            .map_err(|trouble| anyhow!("a relink cannot work for {id}: {trouble}"))?;
    }
    Ok(left_out)
}
