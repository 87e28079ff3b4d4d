use std::io::{IsTerminal, stdout};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use regex::Regex;

use super::Done;
use super::measure::{Run, SECONDS_PER_CASE, SETS, done};
use super::selection::{ModuleOption, Selection};
use crate::backend;
use crate::case::BackendId;
use crate::record::Record;
use crate::report::comparison::Comparison;
use crate::report::{Samples, comparison_screen, screen};

/// Compare two backends, measured in turn, or two records: B against A
#[derive(Args)]
pub struct Options {
    /// A backend of this executable, or the folder of a record
    a: String,

    /// The same kind of thing, to be measured against A
    b: String,

    /// A regular expression over case ids
    filter: Option<Regex>,

    /// Compare costs as ratios to a completing call of the same turns, which is how records of
    /// two machines can be compared at all
    #[arg(long)]
    ratios: bool,

    /// Seconds to spend on measuring two backends [default: 1.4 a case]
    #[arg(long, value_name = "SECONDS", value_parser = super::measure::seconds)]
    time: Option<f64>,

    /// Where the record of two backends is kept
    #[arg(long, value_name = "FOLDER", default_value = "results")]
    results: PathBuf,

    #[command(flatten)]
    module: ModuleOption,
}

pub fn run(options: &Options) -> anyhow::Result<Done> {
    let (a, b) = (Path::new(&options.a), Path::new(&options.b));
    match (a.is_dir(), b.is_dir()) {
        (true, true) => records(options, a, b),
        (false, false) => backends(options),
        _ => bail!(
            "cannot compare `{}` with `{}`: give two backends, or the folders of two records",
            options.a,
            options.b
        ),
    }
}

fn backends(options: &Options) -> anyhow::Result<Done> {
    let id = |text: &str| -> anyhow::Result<BackendId> {
        let id: BackendId = text.parse().map_err(anyhow::Error::msg)?;
        let there = backend::open(&id).map(|_| id);
        there.with_context(|| format!("`{text}` is neither a backend nor a record's folder"))
    };
    let (first, second) = (id(&options.a)?, id(&options.b)?);
    if first == second {
        bail!("{first} is compared with itself; give two backends");
    }
    let selection = Selection::of_backends(&[&first, &second], options.filter.clone());
    let cases = selection.cases()?;
    let budget = options
        .time
        .unwrap_or((cases.len() as f64 * SECONDS_PER_CASE).max(10.0));
    let run = Run {
        cases,
        module: &options.module,
        filter: options.filter.as_ref().map(ToString::to_string),
        budget,
        sets: SETS,
    };
    let (folder, record) = run.keep(&options.results)?;
    let comparison = Comparison::of_backends(&Samples::of(&record.turns), &first, &second);
    print(&comparison, &screen::remarks(&record));
    eprintln!("the record is {}", folder.display());
    Ok(done(&record))
}

fn records(options: &Options, a: &Path, b: &Path) -> anyhow::Result<Done> {
    let (first, second) = (Record::open(a)?, Record::open(b)?);
    refuse_the_incomparable(&first, &second, options.ratios)?;
    let samples = |record: &Record| {
        let wanted = |id: &str| {
            options
                .filter
                .as_ref()
                .is_none_or(|filter| filter.is_match(id))
        };
        Samples::of(record.turns.iter().filter(|turn| {
            // The yardstick of a ratio is needed whatever the filter says.
            options.ratios || wanted(&turn.case.to_string())
        }))
    };
    let mut comparison = Comparison::of_runs(
        (&options.a, &samples(&first)),
        (&options.b, &samples(&second)),
        options.ratios,
    );
    if let Some(filter) = &options.filter {
        comparison
            .rows
            .retain(|row| filter.is_match(&row.case.to_string()));
    }
    if comparison.rows.is_empty() {
        bail!("the two records have no case in common that the filter lets through");
    }
    let mut remarks = screen::remarks(&first);
    remarks.extend(screen::remarks(&second));
    print(&comparison, &remarks);
    Ok(Done::Well)
}

/// What differs between two records beside what is compared makes the answer a wrong one.
fn refuse_the_incomparable(a: &Record, b: &Record, ratios: bool) -> anyhow::Result<()> {
    if a.header.fixture != b.header.fixture {
        bail!("the records ran different guests: their fixtures' hashes differ");
    }
    let (one, other) = (&a.header.environment, &b.header.environment);
    let profile = |record: &Record| record.header.environment.build.profile.clone();
    if profile(a) != profile(b) {
        bail!("the records come from builds of different profiles");
    }
    if one.machine_key() != other.machine_key() && !ratios {
        bail!(
            "the records come from different machines ({} and {}); --ratios compares what can be",
            one.machine_key(),
            other.machine_key()
        );
    }
    Ok(())
}

fn print(comparison: &Comparison, remarks: &[String]) {
    if stdout().is_terminal() {
        print!("{}", comparison_screen::screen(comparison, remarks, true));
    } else {
        print!("{}", comparison_screen::lines(comparison));
    }
}
