use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use clap::Args;

use super::selection::{ModuleOption, Selection, missing};
use super::{Done, interruption, output};
use crate::measure::{Arm, PATIENCE, Pace, Plan, Turns, pin, recorded};
use crate::record::{Ending, Record, Settings};
use crate::report::{lines, notes, screen};
use trapbench_worker::case::{Axis, BackendId, Case};

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
    let cases = options.selection.cases()?;
    let budget = options
        .time
        .unwrap_or((cases.len() as f64 * SECONDS_PER_CASE).max(10.0));
    let (executables, left_out) = match options.relinks {
        None => (Vec::new(), Vec::new()),
        Some(relinks) => {
            let module = options.selection.module.path();
            super::gate::relinked(relinks, &cases, module.as_deref())?
        }
    };
    let run = Run {
        cases,
        module: &options.selection.module,
        filter: options.selection.filter.as_ref().map(ToString::to_string),
        budget,
        sets: SETS,
        executables,
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

/// What a run is about, before it is planned.
pub(super) struct Run<'a> {
    pub cases: Vec<Case>,
    pub module: &'a ModuleOption,
    pub filter: Option<String>,
    /// Seconds.
    pub budget: f64,
    pub sets: u32,
    /// Relinks that the process sets go through; none where all run this executable.
    pub executables: Vec<PathBuf>,
}

impl Run<'_> {
    /// Measures, and keeps the record in `results`.
    pub fn keep(self, results: &Path) -> anyhow::Result<(PathBuf, Record)> {
        let fixture = self.module.open()?;
        let (core, pinning_note) = match pin::core() {
            Ok(core) => (Some(core), None),
            Err(note) => (None, Some(note)),
        };
        let module = self.module.path();
        let module = module.as_deref();
        let backends: BTreeSet<&BackendId> = self.cases.iter().map(|case| &case.backend).collect();
        let executables = self.executables;
        let relinks = (!executables.is_empty()).then_some(executables.len());
        let arms = backends.into_iter().map(|id| match relinks {
            None => Arm::of_this_executable(id, module),
            Some(_) => Ok(Arm::of_workers(
                id.as_str(),
                id,
                executables.clone(),
                module,
            )),
        });
        let on_depth = self.cases.iter().filter(|case| case.axis == Axis::Depth);
        let depths: BTreeSet<u32> = on_depth.map(|case| case.value).collect();
        let settings = Settings {
            filter: self.filter,
            depths: depths.into_iter().collect(),
            slice_ms: SLICE.as_secs_f64() * 1e3,
            budget_s: self.budget,
            seed: rand::random(),
            pinned_core: core,
            pinning_note,
            fresh_copies: relinks.is_none(),
            relinks,
            module: module
                .and_then(Path::file_name)
                .map(|name| name.to_string_lossy().into_owned()),
        };
        let plan = Plan {
            arms: arms
                .collect::<Result<_, _>>()
                .context("the system does not tell which file this executable is")?,
            fixture: fixture.hash().to_owned(),
            turns: Turns::OfAPlace,
            pace: Pace::Sets(self.sets),
            budget: Duration::from_secs_f64(self.budget),
            slice: SLICE,
            seed: settings.seed,
            patience: PATIENCE,
            core,
            cases: self.cases,
        };
        recorded(&plan, settings, &fixture, results, interruption())
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
