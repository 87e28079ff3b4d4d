//! A run that is kept as a record: what `measure`, `compare` and the closing pass of `cargo bench`
//! share.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::participants::Roster;
use super::selection::ModuleOption;
use super::{Done, interruption};
use crate::measure::{Pace, Plan, Turns, recorded};
use crate::record::{Record, RunEnding, Settings};
use crate::roster::{PATIENCE, Runs, pin};
use trapbench_worker::case::{Axis, Case};

/// How long a slice takes: long against the clock's own cost, short against the seconds in
/// which a shared machine drifts.
const SLICE: Duration = Duration::from_micros(1500);

/// Process sets of a run: the intervals' degrees of freedom, and one.
pub const SETS: u32 = 20;

/// What `cases` get unless `--time` says otherwise, in seconds: all of `full` then take five and a
/// half minutes.
pub fn budget(time: Option<f64>, cases: &[Case]) -> f64 {
    const SECONDS_PER_CASE: f64 = 1.07;
    time.unwrap_or((cases.len() as f64 * SECONDS_PER_CASE).max(10.0))
}

/// What a run is about, before it is planned.
pub struct Run<'a> {
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
    /// Measures, and keeps the record in `results`; returns its folder and what is in it.
    ///
    /// # Errors
    /// When the machine cannot run it, or when its disk cannot keep it.
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
pub fn done(record: &Record) -> Done {
    let interrupted = record
        .end
        .as_ref()
        .is_some_and(|end| end.ending == RunEnding::Interrupted);
    Done::of(interrupted, &record.failures)
}

/// Seconds, as a command line has them.
///
/// # Errors
/// In words, when they are none, or more than a day.
pub fn seconds(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(seconds) if (1.0..=86_400.0).contains(&seconds) => Ok(seconds),
        _ => Err("it is a number of seconds, from 1 to 86400".to_owned()),
    }
}
