use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{anyhow, bail};
use clap::Args;

use super::own::{OWN, missing};
use super::participants::Roster;
use super::selection::{ModuleOption, Selection};
use super::{Done, interruption, output};
use crate::measure::{Pace, Plan, Turns, recorded};
use crate::record::{Ending, Record, Settings};
use crate::report::{lines, notes, screen};
use crate::roster::{Arm, PATIENCE, Participant, Runs, pin};
use trapbench_worker::case::{Axis, Case};

/// How long a slice takes: long against the clock's own cost, short against the seconds in
/// which a shared machine drifts.
const SLICE: Duration = Duration::from_micros(1500);

/// Process sets of a run: the intervals' degrees of freedom, and one.
pub(super) const SETS: u32 = 20;

/// What a case gets unless `--time` says otherwise; all of `full` then take five and a half
/// minutes.
pub(super) const SECONDS_PER_CASE: f64 = 1.36;

/// Measure cases in turn over several processes, keep the record, and show its screen
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    selection: Selection,

    /// Seconds to spend [default: 1.4 a case]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    time: Option<f64>,

    /// Build this executable's sources anew and link them so often, each time in another order:
    /// the layout is then in the intervals
    #[arg(long, value_name = "N", value_parser = super::gate::relinks)]
    relinks: Option<u32>,

    /// Where records are kept
    #[arg(long, value_name = "FOLDER", default_value = "results")]
    results: PathBuf,
}

pub fn run(options: &Options) -> anyhow::Result<Done> {
    let (mut roster, cases) = options.selection.roster()?;
    let budget = options
        .time
        .unwrap_or((cases.len() as f64 * SECONDS_PER_CASE).max(10.0));
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
        || screen::screen(&record, true),
        || lines::lines(&record),
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
    let (executables, left_out) = super::gate::relinked(relinks, &cases, module)?;
    for one in roster.participants.iter_mut().filter(|one| own(one)) {
        let id = one.arm.backend.clone();
        let arm = Arm {
            keeps_environment: one.arm.keeps_environment,
            unwinder: one.arm.unwinder.clone(),
            ..Arm::of_workers(id.as_str(), &id, executables.clone(), module)
        };
        *one = Participant::meet(arm, OWN, roster.guest.hash())
            .map_err(|trouble| anyhow!("a relink cannot work for {id}: {trouble}"))?;
    }
    Ok(left_out)
}

/// What a run is about, before it is planned.
pub(super) struct Run<'a> {
    pub roster: Roster,
    pub cases: Vec<Case>,
    pub module: &'a ModuleOption,
    pub filter: Option<String>,
    /// Seconds.
    pub budget: f64,
    pub sets: u32,
    pub turns: Turns,
}

impl Run<'_> {
    /// Measures, and keeps the record in `results`.
    pub fn keep(self, results: &Path) -> anyhow::Result<(PathBuf, Record)> {
        let (core, pinning_note) = match pin::core() {
            Ok(core) => (Some(core), None),
            Err(note) => (None, Some(note)),
        };
        let participants = self.roster.of_cases(&self.cases);
        let links = participants.iter().find_map(|one| match &one.arm.runs {
            Runs::Links(links) => Some(links.len()),
            Runs::Copies(_) | Runs::Program(_) => None,
        });
        let on_depth = self.cases.iter().filter(|case| case.axis == Axis::Depth);
        let depths: BTreeSet<u32> = on_depth.map(|case| case.place().depth).collect();
        let settings = Settings {
            filter: self.filter,
            depths: depths.into_iter().collect(),
            slice_ms: SLICE.as_secs_f64() * 1e3,
            budget_s: self.budget,
            seed: rand::random(),
            pinned_core: core,
            pinning_note,
            relinks: links,
            module: self
                .module
                .path()
                .as_deref()
                .and_then(Path::file_name)
                .map(|name| name.to_string_lossy().into_owned()),
            keep_environment: participants.iter().any(|one| one.arm.keeps_environment),
        };
        let plan = Plan {
            arms: participants.iter().map(|one| one.arm.clone()).collect(),
            fixture: self.roster.guest.hash().to_owned(),
            turns: self.turns,
            pace: Pace::Sets(self.sets),
            budget: Duration::from_secs_f64(self.budget),
            slice: SLICE,
            seed: settings.seed,
            patience: PATIENCE,
            core,
            cases: self.cases,
        };
        recorded(
            &plan,
            settings,
            &participants,
            self.roster.failures,
            results,
            interruption(),
        )
    }
}

/// How a run ended that left this record.
pub(super) fn done(record: &Record) -> Done {
    let interrupted = record
        .end
        .as_ref()
        .is_some_and(|end| end.ending == Ending::Interrupted);
    Done::of(interrupted, &record.failures)
}

pub(super) fn seconds(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(seconds) if (1.0..=86_400.0).contains(&seconds) => Ok(seconds),
        _ => Err("it is a number of seconds, from 1 to 86400".to_owned()),
    }
}
