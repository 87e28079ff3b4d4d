mod guest;
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
use crate::count;
use crate::gate::{self, Accepted, Contest, Introduction, Outcome, Side, introduce};
use crate::record::qualification::Trials;
use crate::record::ruling::{
    CaseRuling, Conclusion, Kind, Metric, RULING_SCHEMA, Ruling, SideFacts,
};
use crate::record::{Environment, Header, MachineState, disturbances};
use crate::report::qualification::margins;
use crate::report::{lines, markdown, screen};
use crate::roster::pin;
use crate::verdict::counted;
use crate::verdict::gate::{Rule, SCREENING};
use trapbench_worker::case::Case;

use guest::Guest;
use sides::{Built, Sides};

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

    /// What is compared: time, or instructions as Valgrind's callgrind counts them
    #[arg(long, default_value = Metric::Time.name(), value_parser = metric)]
    metric: Metric,

    /// Seconds that a case may be timed, at most [default: 10]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    time: Option<f64>,

    /// How often an arm that is built and timed is linked anew, each time in another order
    /// [default: 100]
    #[arg(long, value_name = "N", value_parser = relinks)]
    relinks: Option<u32>,

    /// The smallest change that matters, in per cent [default: what `qualify` found]
    #[arg(long, value_name = "PERCENT", value_parser = margin)]
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
    let mut cases = cases(options)?;
    // A module that cannot be measured is named before anything is built.
    options.module.open()?;
    if options.metric == Metric::Instructions {
        if options.time.is_some() || options.relinks.is_some() {
            bail!(
                "--time and --relinks are for --metric time; instructions are counted, not timed"
            );
        }
        // Before anything is built, which takes minutes.
        count::valgrind_version()?;
    }
    let relinks = match options.metric {
        Metric::Time => options.relinks.unwrap_or(gate::RELINKS),
        // What a layout decides is left out of what is compared.
        Metric::Instructions => 0,
    };
    let features = features(&backends(&cases));
    let built = Built::of(&options.base, options.head.as_ref(), &features, relinks);
    say("");
    let built = built?;
    let mut remarks = built.remarks.clone();
    let guest = Guest::of(&options.module, &built, &mut cases)?;
    remarks.extend(guest.remarks.iter().cloned());
    let sides = Sides::of(built, relinks, &cases, guest.module(), &mut remarks)?;
    let backends = backends(&cases);
    let introduced = |side: &Side| introduce(side, &backends, guest.hash(), guest.module());
    // Before anything is measured: what cannot be compared is refused.
    let introductions = [introduced(&sides.base)?, introduced(&sides.head)?];
    gate::refuse_the_incomparable(&sides.base, &sides.head, &introductions)?;

    let margin = options.margin.map(|percent| Margin {
        fraction: percent / 100.0,
        source: "--margin".to_owned(),
    });
    let is_bare = sides.base.executables.is_bare() || sides.head.executables.is_bare();
    let margin = margin.unwrap_or_else(|| match options.metric {
        Metric::Time => Margin::qualified(is_bare),
        Metric::Instructions => Margin::of_counts(),
    });
    let core = match (options.metric, pin::core()) {
        (Metric::Time, Ok(core)) => Some(core),
        (Metric::Time, Err(note)) => {
            remarks.push(note);
            None
        }
        (Metric::Instructions, _) => None,
    };
    let before = MachineState::now();
    let started = Header::now();
    let contest = Contest {
        base: sides.base,
        others: vec![sides.head, sides.control],
        fixture: guest.hash().to_owned(),
        module: guest.module().map(Path::to_owned),
        rule: Rule::new(cases.len(), margin.fraction),
        cases,
        seconds_per_case: options.time.unwrap_or(gate::SECONDS_PER_CASE),
        core,
        seed: rand::random(),
    };
    let outcome = match options.metric {
        Metric::Time => gate::hold(&contest, interruption())?,
        Metric::Instructions => gate::hold_by_counts(&contest, interruption())?,
    };
    if options.metric == Metric::Time {
        remarks.extend(disturbances(&before, &MachineState::now()));
    }
    let mut ruling = Ruling {
        kind: Kind::Gate,
        schema: RULING_SCHEMA,
        metric: options.metric,
        conclusion: Conclusion::Passed,
        command: Header::command_line(std::env::args_os()),
        started,
        seconds: outcome.seconds,
        base: facts(&contest.base, &introductions[0]),
        head: facts(&contest.others[0], &introductions[1]),
        margin: margin.fraction,
        margin_source: margin.source,
        screening_level: SCREENING,
        confirmation_level: contest.rule.confirmation,
        seconds_per_case: contest.seconds_per_case,
        cases: case_rulings(&outcome, options.metric, &accepted),
        failures: outcome.failures,
        remarks,
        environment: Environment::capture(),
    };
    ruling.conclusion = Ruling::concluded(&ruling.cases, &ruling.failures, outcome.interrupted);
    let judged = ruling.cases.iter();
    let judged = judged.filter(|case| case.head.judgement.is_some());
    let needed = judged.clone().filter(|case| case.accepted.is_some());
    let judged = Vec::from_iter(judged.map(|case| &case.case));
    let needed = Vec::from_iter(needed.map(|case| &case.case));
    for idle in accepted.idle(&judged, &needed) {
        ruling
            .remarks
            .push(format!("nothing needs to be accepted any more for: {idle}"));
    }
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

/// A change that is slower and accepted carries its reason; what is not slower needs none.
fn case_rulings(outcome: &Outcome, metric: Metric, accepted: &Accepted) -> Vec<CaseRuling> {
    let of = |this: Metric, cost: Option<f64>| cost.filter(|_| this == metric);
    let ruling = |case: &gate::CaseOutcome| {
        let [head, control] = &case.others[..] else {
            unreachable!("a gate has a head and a control");
        };
        let mut ruling = CaseRuling {
            case: case.case.clone(),
            base_ns: of(Metric::Time, case.base_cost),
            head_ns: of(Metric::Time, head.cost),
            base_instructions: of(Metric::Instructions, case.base_cost),
            head_instructions: of(Metric::Instructions, head.cost),
            head: head.found.clone(),
            control: control.found.clone(),
            accepted: None,
        };
        if ruling.is_regression() {
            ruling.accepted = accepted.reason(&case.case).map(str::to_owned);
        }
        ruling
    };
    outcome.cases.iter().map(ruling).collect()
}

fn facts(side: &Side, introduction: &Introduction) -> SideFacts {
    SideFacts {
        name: side.name.clone(),
        relinks: side.executables.number(),
        versions: introduction.versions.clone(),
    }
}

/// The smallest change that matters, and who says so.
struct Margin {
    fraction: f64,
    source: String,
}

impl Margin {
    fn of_counts() -> Margin {
        Margin {
            fraction: counted::MARGIN,
            source: "counts of two link orders differ by a twentieth of it".to_owned(),
        }
    }

    /// What neutral rebuilds have shown: on this machine where it has been qualified, else where
    /// the suite was.
    fn qualified(is_bare: bool) -> Margin {
        let kind = usize::from(is_bare);
        let file = trials::file(Path::new(trials::RESULTS));
        // Trials that cannot be read are as good as none here; `qualify` says what is wrong.
        let wasmer = trials::wasmer();
        let here = Trials::open(&file).ok().and_then(|trials| {
            let counted = Vec::from_iter(trials.that_count(wasmer.as_deref()));
            margins(&counted)[kind]
        });
        let of = ["relinked arms", "bare executables"][kind];
        Margin {
            fraction: here.unwrap_or([gate::RELINKED_MARGIN, gate::BARE_MARGIN][kind]),
            source: match here {
                Some(_) => format!("what neutral rebuilds of {of} came to on this machine"),
                None => format!(
                    "what neutral rebuilds of {of} came to where trapbench was qualified; \
                     `trapbench qualify` finds out here"
                ),
            },
        }
    }
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

fn metric(text: &str) -> Result<Metric, String> {
    let found = Metric::ALL.into_iter().find(|metric| metric.name() == text);
    found.ok_or_else(|| format!("it is {}", Metric::ALL.map(Metric::name).join(" or ")))
}

fn margin(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(percent) if (0.0..=50.0).contains(&percent) => Ok(percent),
        _ => Err("it is a number of per cent, from 0 to 50".to_owned()),
    }
}
