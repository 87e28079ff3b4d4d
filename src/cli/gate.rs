mod guest;
mod judged;
mod sides;

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use regex::Regex;

use super::building::{backends, features, relinks, say};
use super::own::{executing_wasm, missing};
use super::run::seconds;
use super::selection::{ModuleOption, own_cases};
use super::{Done, interruption, output, trials};
use crate::arms::Source;
use crate::gate::{self, Accepted, Introduction, introduce};
use crate::metric::{Contest, Margin, Meter, SECONDS_PER_CASE, Side, meter};
use crate::record::metric::Metric;
use crate::record::ruling::{Conclusion, Ruling};
use crate::record::{Header, MachineState, disturbances};
use crate::report::{lines, markdown, screen};
use crate::roster::pin;
use crate::verdict::gate::Rule;
use trapbench_worker::case::Case;

use guest::Guest;
use judged::ruling;
use sides::{BuiltSides, Sides};

/// Judge whether a build is slower than another: silent where nothing changed
#[derive(Args)]
pub struct Options {
    /// What the head is held against: a trapbench executable, `wasmer@VERSION`,
    /// `wasmer@path:DIR` or `trapbench@REV`
    #[arg(long, value_name = "ARM", value_parser = Source::that_is_there)]
    base: Source,

    /// What is judged, in the same forms [default: this executable, relinked from its sources
    /// where they are as they were]
    #[arg(long, value_name = "ARM", value_parser = Source::that_is_there)]
    head: Option<Source>,

    /// A regular expression over case ids [default: a dozen cases that cover what can regress]
    filter: Option<Regex>,

    /// Every case of every backend that is compiled in and executes WebAssembly
    #[arg(long)]
    all: bool,

    /// What is compared; instructions are counted by Valgrind's callgrind
    #[arg(long, value_enum, default_value_t)]
    metric: Metric,

    /// Seconds that a case may be timed, at most [default: 10]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    time: Option<f64>,

    /// How often an arm that is built and timed is linked anew, each time in another order
    /// [default: 100]
    #[arg(long, value_name = "N", value_parser = relinks)]
    relinks: Option<u32>,

    /// The smallest change that matters, in per cent [default: what `qualify` found]
    #[arg(long, value_name = "PERCENT", value_parser = per_cent)]
    margin: Option<f64>,

    /// Changes that are accepted on purpose [default: trapbench-accepted.toml, where it exists]
    #[arg(long, value_name = "FILE")]
    accepted: Option<PathBuf>,

    /// End with status 4 where a case is unsure
    #[arg(long)]
    certain: bool,

    /// Write the ruling here as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// Write the ruling here as Markdown
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,

    #[command(flatten)]
    module: ModuleOption,
}

const ACCEPTED: &str = "trapbench-accepted.toml";

pub fn run(options: &Options) -> anyhow::Result<Done> {
    let accepted = accepted(options)?;
    let meter = meter(options.metric);
    let mut prepared = prepare(options, meter)?;
    let before = MachineState::now();
    let started = Header::now();
    let held = gate::hold(meter, &prepared.contest, interruption())?;
    if meter.is_disturbed() {
        let disturbances = disturbances(&before, &MachineState::now());
        prepared.remarks.extend(disturbances);
    }
    let ruling = ruling(prepared, held, options.metric, started, &accepted);
    let kept = keep(&ruling, options);
    // Whatever came of the files: what took minutes is said.
    output::print(
        || screen::ruling(&ruling, true),
        || lines::ruling(&ruling),
        &crate::report::ruling::notes(&ruling),
    )?;
    kept?;
    Ok(done(ruling.conclusion, options.certain))
}

/// A gate that is ready to be held.
struct Prepared {
    contest: Contest,
    /// Of base and head.
    introductions: [Introduction; 2],
    margin: Margin,
    remarks: Vec<String>,
    /// The workers read it.
    _guest: Guest,
}

/// Builds both sides, and refuses what cannot be compared.
fn prepare(options: &Options, meter: &dyn Meter) -> anyhow::Result<Prepared> {
    let mut cases = cases(options)?;
    // What is wrong is said before anything is built, which takes minutes.
    options.module.open()?;
    refuse(options, meter)?;
    meter.ready()?;
    let relinks = options.relinks.unwrap_or(meter.relinks());
    let features = features(&backends(&cases));
    let built = BuiltSides::of(&options.base, options.head.as_ref(), &features, relinks);
    say("");
    let built = built?;
    let mut remarks = built.remarks.clone();
    let guest = Guest::of(&options.module, &built, &mut cases)?;
    remarks.extend(guest.remarks.iter().cloned());
    let sides = Sides::of(built, relinks, &cases, guest.module(), &mut remarks)?;
    let backends = backends(&cases);
    let introduced = |side: &Side| introduce(side, &backends, guest.hash(), guest.module());
    let introductions = [introduced(&sides.base)?, introduced(&sides.head)?];
    gate::refuse_the_incomparable(&sides.base, &sides.head, &introductions)?;
    let margin = margin(options, meter, &sides);
    let core = meter.is_disturbed().then(pin::core).transpose();
    let core = core.unwrap_or_else(|note| {
        remarks.push(note);
        None
    });
    let contest = Contest {
        base: sides.base,
        others: vec![sides.head, sides.control],
        fixture: guest.hash().to_owned(),
        module: guest.module().map(Path::to_owned),
        rule: Rule::new(cases.len(), margin.fraction),
        cases,
        seconds_per_case: options.time.unwrap_or(SECONDS_PER_CASE),
        core,
        seed: rand::random(),
    };
    Ok(Prepared {
        contest,
        introductions,
        margin,
        remarks,
        _guest: guest,
    })
}

/// Refuses options that mean nothing to what is compared.
fn refuse(options: &Options, meter: &dyn Meter) -> anyhow::Result<()> {
    let given = [
        ("--time", options.time.is_some()),
        ("--relinks", options.relinks.is_some()),
    ];
    let Some(refused) = meter.refused() else {
        return Ok(());
    };
    let mut given = given.iter().filter(|(_, is_given)| *is_given);
    match given.find(|(option, _)| refused.options.contains(option)) {
        Some((option, _)) => bail!(
            "{option} is not for --metric {}: {}",
            options.metric.name(),
            refused.why
        ),
        None => Ok(()),
    }
}

fn done(conclusion: Conclusion, certain: bool) -> Done {
    match conclusion {
        Conclusion::Interrupted => Done::Interrupted,
        Conclusion::NotJudged | Conclusion::Incomplete => Done::Partly,
        Conclusion::Slower => Done::Slower,
        Conclusion::Unsure if certain => Done::Unsure,
        Conclusion::Unsure | Conclusion::Passed => Done::Well,
    }
}

fn cases(options: &Options) -> anyhow::Result<Vec<Case>> {
    if options.filter.is_none() && !options.all {
        return Ok(gate::default_cases());
    }
    if options.filter.is_some() && options.all {
        bail!("a filter and --all ask for different cases; give one of them");
    }
    // Native frames are in every arm the same: what changes is never theirs.
    let backends = executing_wasm();
    if backends.is_empty() {
        bail!(
            "no backend that executes WebAssembly is compiled in; {}",
            missing().join("; ")
        );
    }
    own_cases(&backends, options.filter.as_ref())
}

fn accepted(options: &Options) -> anyhow::Result<Accepted> {
    let default = Path::new(ACCEPTED);
    match &options.accepted {
        Some(file) => Ok(Accepted::open(file)?),
        None if default.is_file() => Ok(Accepted::open(default)?),
        None => Ok(Accepted::default()),
    }
}

/// The one that was asked for, or else the meter's.
fn margin(options: &Options, meter: &dyn Meter, sides: &Sides) -> Margin {
    if let Some(percent) = options.margin {
        return Margin {
            fraction: percent / 100.0,
            source: "--margin".to_owned(),
        };
    }
    let is_bare = sides.base.executables.is_bare() || sides.head.executables.is_bare();
    meter.margin(is_bare, &trials::margins)
}

fn keep(ruling: &Ruling, options: &Options) -> anyhow::Result<()> {
    if let Some(file) = &options.json {
        let json = serde_json::to_string_pretty(ruling).context("a ruling is plain data")?;
        output::write(file, json + "\n")?;
    }
    if let Some(file) = &options.markdown {
        output::write(file, markdown::ruling(ruling))?;
    }
    if let Some(summary) = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|file| !file.is_empty()) {
        let summary = PathBuf::from(summary);
        let file = OpenOptions::new().create(true).append(true).open(&summary);
        file.and_then(|mut file| writeln!(file, "{}", markdown::ruling(ruling)))
            .with_context(|| format!("could not append to {}", summary.display()))?;
    }
    Ok(())
}

fn per_cent(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(percent) if (0.0..=50.0).contains(&percent) => Ok(percent),
        _ => Err("it is a number of per cent, from 0 to 50".to_owned()),
    }
}
