use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::{IsTerminal, Write, stderr};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use regex::Regex;

use super::selection::{ModuleOption, Selection, executing_wasm, missing};
use super::{Done, interruption, output, qualify};
use crate::arms::{self, Cache, Source};
use crate::backend::SLOTS;
use crate::case::{BackendId, Case};
use crate::gate::{
    self, Accepted, Contest, FEWEST_RELINKS, Introduction, Outcome, Side, introduce,
};
use crate::measure::pin;
use crate::record::qualification::Trials;
use crate::record::ruling::{CaseRuling, Conclusion, Kind, RULING_SCHEMA, Ruling, SideFacts};
use crate::record::{Environment, Header, MachineState, disturbances};
use crate::report::qualification::margins;
use crate::report::ruling::{lines, markdown, screen};
use crate::verdict::gate::{Rule, SCREENING};

/// Judge whether a build is slower than another: silent where nothing changed
#[derive(Args)]
pub struct Options {
    /// What the head is held against: a trapbench executable, `wasmer@VERSION`,
    /// `wasmer@path:DIR` or `trapbench@REV`
    #[arg(long, value_name = "ARM")]
    base: Source,

    /// What is judged, in the same forms [default: this executable, relinked from its sources
    /// where they are as they were]
    #[arg(long, value_name = "ARM")]
    head: Option<Source>,

    /// A regular expression over case ids [default: a dozen cases that cover what can regress]
    filter: Option<Regex>,

    /// Every case of every backend that is compiled in and executes WebAssembly
    #[arg(long)]
    all: bool,

    /// Seconds that a case may be measured, at most
    #[arg(long, value_name = "SECONDS", default_value_t = gate::SECONDS_PER_CASE, value_parser = super::measure::seconds)]
    time: f64,

    /// How often an arm that is built is linked anew, each time in another order
    #[arg(long, value_name = "N", default_value_t = gate::RELINKS, value_parser = relinks)]
    relinks: u32,

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
    let cases = cases(options)?;
    let backends: BTreeSet<&BackendId> = cases.iter().map(|case| &case.backend).collect();
    let backends = Vec::from_iter(backends);
    let fixture = options.module.open()?;
    let module = options.module.path();
    let introduced = |side: &Side| introduce(side, &backends, fixture.hash(), module.as_deref());

    let arms = Arms::build(options, &backends, &cases);
    say("");
    let arms = arms?;
    let mut remarks = arms.remarks.clone();
    // Before anything is measured: what cannot be compared is refused.
    let introductions = [introduced(&arms.base)?, introduced(&arms.head)?];
    gate::refuse_the_incomparable(&arms.base, &arms.head, &introductions)?;

    let margin = options.margin.map(|percent| Margin {
        fraction: percent / 100.0,
        source: "--margin".to_owned(),
    });
    let is_bare = arms.base.is_bare() || arms.head.is_bare();
    let margin = margin.unwrap_or_else(|| Margin::qualified(is_bare));
    let core = match pin::core() {
        Ok(core) => Some(core),
        Err(note) => {
            remarks.push(note);
            None
        }
    };
    let before = MachineState::now();
    let started = Header::now();
    let contest = Contest {
        base: arms.base,
        others: vec![arms.head, arms.control],
        fixture: fixture.hash().to_owned(),
        module,
        rule: Rule::new(cases.len(), margin.fraction),
        cases,
        seconds_per_case: options.time,
        core,
        seed: rand::random(),
    };
    let outcome = gate::hold(&contest, interruption())?;
    remarks.extend(disturbances(&before, &MachineState::now()));
    let mut ruling = Ruling {
        kind: Kind::Gate,
        schema: RULING_SCHEMA,
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
        cases: case_rulings(&outcome, &accepted),
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
    keep(&ruling, options)?;
    output::print(
        || screen(&ruling, true),
        || lines(&ruling),
        &crate::report::ruling::notes(&ruling),
    )?;
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
    Selection::of_backends(&Vec::from_iter(&backends), options.filter.clone()).cases()
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
fn case_rulings(outcome: &Outcome, accepted: &Accepted) -> Vec<CaseRuling> {
    let ruling = |case: &gate::CaseOutcome| {
        let [head, control] = &case.others[..] else {
            unreachable!("a gate has a head and a control");
        };
        let mut ruling = CaseRuling {
            case: case.case.clone(),
            base_ns: case.base_ns,
            head_ns: head.ns,
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
        relinks: side.executables.len(),
        versions: introduction.versions.clone(),
    }
}

/// The smallest change that matters, and who says so.
struct Margin {
    fraction: f64,
    source: String,
}

impl Margin {
    /// What neutral rebuilds have shown: on this machine where it has been qualified, else where
    /// the suite was.
    fn qualified(is_bare: bool) -> Margin {
        let kind = usize::from(is_bare);
        let file = qualify::file(Path::new(qualify::RESULTS));
        // Trials that cannot be read are as good as none here; `qualify` says what is wrong.
        let wasmer = qualify::wasmer();
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

/// The sides of a gate, built.
struct Arms {
    base: Side,
    head: Side,
    control: Side,
    remarks: Vec<String>,
}

impl Arms {
    fn build(options: &Options, backends: &[&BackendId], cases: &[Case]) -> anyhow::Result<Arms> {
        let features = features(backends);
        let (head, mut remarks) = head(options);
        let spare = gate::spare(options.relinks);
        let wanted = options.relinks + spare;
        // The control is the base once more, and shares no relink with it.
        let of_base = executables(&options.base, &features, 2 * wanted)?;
        let of_head = executables(&head, &features, wanted)?;
        let module = options.module.path();
        let sound = |found: Vec<PathBuf>, name: &str, sides: u32, remarks: &mut Vec<String>| {
            gate::sound(
                found,
                name,
                [options.relinks, sides],
                cases,
                module.as_deref(),
                remarks,
            )
        };
        let (base_name, head_name) = (shown(&options.base), shown(&head));
        let mut base = sound(of_base, &base_name, 2, &mut remarks)?;
        let head_links = sound(of_head, &head_name, 1, &mut remarks)?;
        let control = if base.len() == 1 {
            base.clone()
        } else {
            base.split_off(base.len() / 2)
        };
        let side = |name: String, executables| Side {
            name,
            executables,
            slowdown: None,
        };
        let arms = Arms {
            base: side(base_name, base),
            head: side(head_name, head_links),
            control: side("control".to_owned(), control),
            remarks,
        };
        Ok(arms.with_as_many_relinks())
    }

    /// A pair of relinks is a unit of inference, so all have as many as the poorest has.
    fn with_as_many_relinks(mut self) -> Arms {
        let sides = [&mut self.base, &mut self.head, &mut self.control];
        let relinked = sides.into_iter().filter(|side| !side.is_bare());
        let relinked = Vec::from_iter(relinked);
        let fewest = relinked.iter().map(|side| side.executables.len()).min();
        for side in relinked {
            side.executables.truncate(fewest.unwrap_or(1));
        }
        self
    }
}

/// This executable's sources, built and linked so often for one side; and what was left out.
pub(super) fn relinked(
    relinks: u32,
    cases: &[Case],
    module: Option<&Path>,
) -> anyhow::Result<(Vec<PathBuf>, Vec<String>)> {
    let checkout = arms::as_built()?;
    let backends: BTreeSet<&BackendId> = cases.iter().map(|case| &case.backend).collect();
    let features = features(&Vec::from_iter(backends));
    let wanted = relinks + gate::spare(relinks);
    let build = Cache::of(&checkout, None).build(&Source::Here, &features, wanted, &say);
    say("");
    let mut left_out = Vec::new();
    let found = build?.executables;
    let sound = gate::sound(
        found,
        "this build",
        [relinks, 1],
        cases,
        module,
        &mut left_out,
    )?;
    Ok((sound, left_out))
}

pub(super) fn relinks(text: &str) -> Result<u32, String> {
    match text.parse() {
        Ok(relinks) if (FEWEST_RELINKS..=400).contains(&relinks) => Ok(relinks),
        _ => Err(format!("it is a number from {FEWEST_RELINKS} to 400")),
    }
}

/// As it may be published: without the folders of this machine.
fn shown(source: &Source) -> String {
    Header::command_line([source.to_string().into()]).remove(0)
}

/// This executable's own sources, where they are as they were; else the executable itself.
fn head(options: &Options) -> (Source, Vec<String>) {
    if let Some(head) = &options.head {
        return (head.clone(), Vec::new());
    }
    match arms::as_built() {
        Ok(_) => (Source::Here, Vec::new()),
        Err(_) => {
            let this = std::env::current_exe().unwrap_or_default();
            let remark = "the head is this executable as it is, for its sources have changed or are \
                          gone: it cannot be relinked, and is judged with the wider margin";
            (Source::Executable(this), vec![remark.to_owned()])
        }
    }
}

/// One executable as it is, or relinks.
fn executables(source: &Source, features: &[&str], relinks: u32) -> anyhow::Result<Vec<PathBuf>> {
    if let Source::Executable(path) = source {
        return Ok(vec![path.clone()]);
    }
    let checkout = arms::checkout()?;
    let build = Cache::of(&checkout, None).build(source, features, relinks, &say)?;
    Ok(build.executables)
}

/// What takes long is said on a terminal, on one line, and in a pipe nothing. Nothing to say
/// clears the line.
pub(super) fn say(doing: &str) {
    let mut err = stderr().lock();
    if err.is_terminal() {
        // A progress line that cannot be shown is no reason to stop.
        let _ = write!(err, "\r\x1b[K{doing}");
        let _ = err.flush();
    }
}

pub(super) fn features(backends: &[&BackendId]) -> Vec<&'static str> {
    let slots = SLOTS.iter();
    let used = slots.filter(|slot| backends.iter().any(|id| id.as_str() == slot.id));
    used.filter_map(|slot| slot.feature).collect()
}

fn keep(ruling: &Ruling, options: &Options) -> anyhow::Result<()> {
    let write = |file: &Path, text: String| {
        fs::write(file, text).with_context(|| format!("could not write {}", file.display()))
    };
    if let Some(file) = &options.json {
        let json = serde_json::to_string_pretty(ruling).context("a ruling is plain data")?;
        write(file, json + "\n")?;
    }
    if let Some(file) = &options.markdown {
        write(file, markdown(ruling))?;
    }
    if let Some(summary) = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|file| !file.is_empty()) {
        let summary = PathBuf::from(summary);
        let file = OpenOptions::new().create(true).append(true).open(&summary);
        file.and_then(|mut file| writeln!(file, "{}", markdown(ruling)))
            .with_context(|| format!("could not append to {}", summary.display()))?;
    }
    Ok(())
}

fn margin(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(percent) if (0.0..=50.0).contains(&percent) => Ok(percent),
        _ => Err("it is a number of per cent, from 0 to 50".to_owned()),
    }
}
