use std::io::{IsTerminal, Write, stderr, stdout};
use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::Args;
use strum::VariantArray;

use super::building::{features, say};
use super::own::executing_wasm;
use super::trials::{RESULTS, file, wasmer};
use super::{Done, interruption};
use crate::arms::{self, Cache, Source};
use crate::gate::{self, introduce};
use crate::metric::{Executables, Side, meter};
use crate::qualify::{Instrument, Planned, beside_criterion, on, plan};
use crate::record::Environment;
use crate::record::metric::Metric;
use crate::record::qualification::{Experiment, Trials};
use crate::report::markdown;
use crate::report::qualification::Summary;
use crate::roster::pin;
use trapbench_worker::case::BackendId;
use trapbench_worker::fixture::Fixture;

/// Prove the gate on this machine: comparisons whose answer is known
#[derive(Args)]
pub struct Options {
    /// Only these experiments [default: all, an hour and a half with one compiler]
    experiments: Vec<Experiment>,

    /// Where the trials are kept; what is there already is not held again
    #[arg(long, value_name = "FOLDER", default_value = RESULTS)]
    results: PathBuf,

    /// Hold nothing; print what the trials that are there come to
    #[arg(long)]
    summary: bool,
}

pub fn run(options: &Options) -> anyhow::Result<Done> {
    let machine = Environment::capture().machine_key();
    let file = file(&options.results);
    let mut trials = Trials::open(&file)?;
    let done = if options.summary {
        Done::Well
    } else {
        hold(options, machine, &mut trials)?
    };
    let wasmer = wasmer();
    let counted = Vec::from_iter(trials.that_count(wasmer.as_deref()));
    if counted.is_empty() {
        bail!("there is no trial of this instrument in {}", file.display());
    }
    let summary = markdown::qualification(&Summary::of(&counted));
    stdout().lock().write_all(summary.as_bytes())?;
    Ok(done)
}

fn hold(options: &Options, machine: String, trials: &mut Trials) -> anyhow::Result<Done> {
    let checkout = arms::as_built()?;
    let backends = executing_wasm();
    let wasmer = wasmer();
    let wasmer = wasmer.as_deref();
    let counted = Vec::from_iter(trials.that_count(wasmer));
    let is_wanted = |planned: &Planned| {
        let named = options.experiments.is_empty();
        let named = named || options.experiments.contains(&planned.experiment);
        let held = counted
            .iter()
            .any(|trial| (trial.experiment, trial.number) == (planned.experiment, planned.number));
        named && !held
    };
    let planned: Vec<Planned> = plan(backends.len()).into_iter().filter(is_wanted).collect();
    if planned.is_empty() {
        return Ok(Done::Well);
    }
    for &metric in Metric::VARIANTS {
        // Not after an hour of what can be done without it.
        if planned.iter().any(|one| one.experiment.metric() == metric) {
            meter(metric).ready()?;
        }
    }
    let is_of_relinks = planned.iter().any(|one| one.experiment.is_of_relinks());
    let instrument = instrument(&checkout, &backends, machine, is_of_relinks);
    say("");
    let instrument = instrument?;
    for (at, &one) in planned.iter().enumerate() {
        say_line(&format!(
            "trial {} of {}: {}",
            at + 1,
            planned.len(),
            one.experiment
        ));
        let trial = match one.experiment {
            Experiment::Criterion => {
                let features = features(&Vec::from_iter(&backends));
                beside_criterion(&instrument, &checkout, &features, one, interruption())?
            }
            _ => instrument.hold(one, interruption())?,
        };
        let Some(trial) = trial else {
            return Ok(Done::Interrupted);
        };
        trials.append(trial)?;
    }
    Ok(Done::Well)
}

fn instrument(
    checkout: &Path,
    backends: &[BackendId],
    machine: String,
    is_of_relinks: bool,
) -> anyhow::Result<Instrument> {
    let references = Vec::from_iter(backends);
    let features = features(&references);
    let relinks = meter(Metric::Time).relinks();
    let wanted = match is_of_relinks {
        true => 2 * (relinks + gate::spare(relinks)),
        false => 0,
    };
    let build = Cache::of(checkout, None).build(&Source::Here, &features, wanted, &say)?;
    let fixture = Fixture::open(None)?;
    let plain = Side {
        name: "plain".to_owned(),
        executables: Executables::Bare(build.plain.clone()),
        slowdown: None,
    };
    let introduction = introduce(&plain, &references, fixture.hash(), None)?;
    let mut links = Vec::new();
    if is_of_relinks {
        let mut remarks = Vec::new();
        let cases = Vec::from_iter(backends.iter().flat_map(on));
        let wanted = [relinks, 2];
        let made = build.executables;
        links = gate::sound(made, "this build", wanted, &cases, None, &mut remarks)?;
        for remark in remarks {
            eprintln!("{remark}");
        }
    }
    Ok(Instrument {
        plain: build.plain,
        relinks: links,
        fixture: fixture.hash().to_owned(),
        backends: backends.to_vec(),
        versions: introduction.versions,
        machine,
        core: pin::core().ok(),
    })
}

fn say_line(doing: &str) {
    let mut err = stderr().lock();
    if err.is_terminal() {
        // What cannot be shown is no reason to stop.
        let _ = writeln!(err, "{doing}");
    }
}
