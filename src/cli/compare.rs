use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use regex::Regex;

use super::participants::{ParticipantOptions, Roster, with_unwinder};
use super::run::{Run, SETS, budget, done, seconds};
use super::selection::{ModuleOption, matching};
use super::two_records::{cautions, different_unwinders, refuse_the_incomparable};
use super::{Done, output};
use crate::measure::Turns;
use crate::record::Record;
use crate::report::comparison::Comparison;
use crate::report::{Samples, lines, notes, screen};
use trapbench_worker::backend::Absent;
use trapbench_worker::case::{BackendId, Case};

/// Compare two backends, measured in turn, or two records: B against A; or a backend with another
/// unwinder against itself
#[derive(Args)]
pub struct Options {
    /// A backend of this executable or of a worker, or the folder of a record
    a: String,

    /// The same kind of thing, to be measured against A [with --unwinder and no other backend: A
    /// with that unwinder]
    #[arg(required_unless_present = "unwinder")]
    b: Option<String>,

    /// A regular expression over case ids
    filter: Option<Regex>,

    /// Compare costs as ratios to a completing call of the same turns, which is how records of
    /// two machines can be compared at all
    #[arg(long)]
    ratios: bool,

    /// Seconds to spend on measuring two backends [default: 1.1 a case]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    time: Option<f64>,

    /// Where the record of two backends is kept
    #[arg(long, value_name = "FOLDER", default_value = "results")]
    results: PathBuf,

    #[command(flatten)]
    participants: ParticipantOptions,

    #[command(flatten)]
    module: ModuleOption,
}

pub fn run(options: &Options) -> anyhow::Result<Done> {
    let a = Path::new(&options.a);
    let Some(other) = &options.b else {
        if a.is_dir() {
            bail!("{} is a record, and --unwinder is for a backend", options.a);
        }
        return unwinders(options, options.filter.as_ref());
    };
    let b = Path::new(other);
    match (a.is_dir(), b.is_dir()) {
        (true, true) => records(options, &options.a, other),
        (false, false) if options.participants.have_unwinder() && options.filter.is_none() => {
            match other.parse::<BackendId>() {
                Ok(_) => two_backends(options, other),
                // No name has a slash, and a filter that is given here must.
                Err(_) => unwinders(options, Some(&Regex::new(other)?)),
            }
        }
        (false, false) => two_backends(options, other),
        _ => bail!(
            "cannot compare `{}` with `{other}`: give two backends, or the folders of two records",
            options.a
        ),
    }
}

/// A backend, with its own unwinder and with the one that is given.
fn unwinders(options: &Options, filter: Option<&Regex>) -> anyhow::Result<Done> {
    refuse_ratios(options)?;
    let first = backend(&options.a)?;
    let both = [first.clone(), with_unwinder(&first)];
    let participants = options.participants.also_without_unwinder();
    let roster = meet(options, &participants, std::slice::from_ref(&first))?;
    let unwinder = |at: usize| roster.participants.get(at)?.unwinder.as_ref();
    if let (Some(own), Some(given)) = (unwinder(0), unwinder(1))
        && own.sha256 == given.sha256
    {
        bail!("{first} has {own} without --unwinder, too; give another file");
    }
    backends(options, both, roster, filter)
}

fn two_backends(options: &Options, other: &str) -> anyhow::Result<Done> {
    let both = [backend(&options.a)?, backend(other)?];
    refuse_ratios(options)?;
    if both[0] == both[1] {
        bail!("{other} is compared with itself; give two backends");
    }
    let roster = meet(options, &options.participants, &both)?;
    backends(options, both, roster, options.filter.as_ref())
}

fn refuse_ratios(options: &Options) -> anyhow::Result<()> {
    if options.ratios {
        bail!("two backends are timed in the same turns; --ratios is for two records");
    }
    Ok(())
}

fn backend(text: &str) -> anyhow::Result<BackendId> {
    let parsed = text.parse().map_err(anyhow::Error::msg);
    parsed.with_context(|| format!("`{text}` is neither a backend nor a record's folder"))
}

/// As [`ModuleOption::meet`]; what is no backend here may have been meant as a record.
fn meet(
    options: &Options,
    participants: &ParticipantOptions,
    ids: &[BackendId],
) -> anyhow::Result<Roster> {
    let roster = options.module.meet(participants, ids);
    roster.map_err(|error| match error.downcast_ref::<Absent>() {
        Some(Absent::Unknown { id, .. }) => {
            let words = format!("`{id}` is neither a backend nor a record's folder");
            error.context(words)
        }
        _ => error,
    })
}

fn backends(
    options: &Options,
    both: [BackendId; 2],
    roster: Roster,
    filter: Option<&Regex>,
) -> anyhow::Result<Done> {
    let [first, second] = &both;
    let absent = both.iter().find(|id| {
        let mut participants = roster.participants.iter();
        !participants.any(|one| &&one.arm.backend == id)
    });
    if let Some(id) = absent {
        let mut failures = roster.failures.iter();
        let failure = failures.find(|failure| failure.subject == id.as_str());
        bail!(
            "{id}: {}",
            failure.map_or("it takes no part", |failure| &failure.reason[..])
        );
    }
    let in_common = in_common(&roster, &both);
    if in_common.is_empty() {
        bail!("{first} and {second} have no case in common");
    }
    let cases = matching(in_common, filter)?;
    let budget = budget(options.time, &cases);
    let left_out = roster.left_out.clone();
    let run = Run {
        roster,
        cases,
        module: &options.module,
        filter: filter.map(ToString::to_string),
        budget,
        sets: SETS,
        turns: Turns::OfAPlace,
    };
    let (folder, record) = run.keep(&options.results)?;
    let comparison = Comparison::of_backends(&Samples::of(&record.turns), first, second);
    let ended = done(&record);
    if comparison.cases.is_empty() && ended != Done::Interrupted {
        bail!(
            "no case of {first} and {second} was timed in the same turn; {} has the reasons",
            folder.display()
        );
    }
    let mut remarks = notes::remarks(&record);
    remarks.extend(left_out);
    remarks.extend(different_unwinders(
        [&record, &record],
        [first.as_str(), second.as_str()],
    ));
    print(&comparison, &remarks)?;
    eprintln!("The record is {}", folder.display());
    Ok(ended)
}

/// What either offers as a usual case and both can do, of both.
fn in_common(roster: &Roster, both: &[BackendId; 2]) -> Vec<Case> {
    let of = |id: &BackendId, case: &Case| Case {
        backend: id.clone(),
        ..case.clone()
    };
    let has = |id: &BackendId, case: &Case| {
        let mut participants = roster.participants.iter();
        participants.any(|one| &one.arm.backend == id && one.offer.has(&of(id, case)))
    };
    let usual = roster.cases(None, |case| both.iter().all(|id| has(id, case)));
    let of_both = usual
        .iter()
        .flat_map(|case| both.iter().map(|id| of(id, case)));
    Vec::from_iter(BTreeSet::from_iter(of_both))
}

fn records(options: &Options, a: &str, b: &str) -> anyhow::Result<Done> {
    if options.time.is_some() {
        bail!("records have been measured; --time is for two backends");
    }
    if options.participants.have_unwinder() {
        bail!("records have been measured; --unwinder is for backends");
    }
    let (first, second) = (Record::open(a)?, Record::open(b)?);
    refuse_the_incomparable(&first, &second, options.ratios)?;
    let is_wanted = |case: &Case| {
        let filter = options.filter.as_ref();
        filter.is_none_or(|filter| filter.is_match(&case.to_string()))
    };
    let comparison = Comparison::of_runs(
        (a, &Samples::of(&first.turns)),
        (b, &Samples::of(&second.turns)),
        &first.header.offers(),
        options.ratios,
        is_wanted,
    );
    if comparison.cases.is_empty() {
        bail!("the two records have no case in common that the filter lets through");
    }
    let mut remarks = cautions(&first, &second, options.ratios);
    remarks.extend(notes::remarks(&first));
    remarks.extend(notes::remarks(&second));
    print(&comparison, &remarks)?;
    Ok(Done::Well)
}

fn print(comparison: &Comparison, remarks: &[String]) -> std::io::Result<()> {
    let mut aside: Vec<String> = comparison.mean().into_iter().collect();
    aside.extend_from_slice(remarks);
    output::print(
        || screen::comparison(comparison, remarks, true),
        || lines::comparison(comparison),
        &aside,
    )
}
