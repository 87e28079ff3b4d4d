use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;

use super::counting::counted;
use super::participants::ParticipantOptions;
use super::selection::ModuleOption;
use super::{Done, output};
use crate::anatomy::{Part, parts};
use crate::metric::instructions::{Count, Counts, Detail, valgrind_version};
use crate::record::anatomy::{Anatomy, BackendAnatomy, CaseAnatomy, FunctionCost, GroupCost};
use crate::record::{Environment, Failure, Header};
use crate::report::anatomy::notes;
use crate::report::counts::UNOPTIMISED;
use crate::report::{flame, lines, screen};
use trapbench_wasmer::SLOTS;
use trapbench_worker::TimingThread;
use trapbench_worker::case::{Axis, BackendId, Case};
use trapbench_worker::fixture::Fixture;
use trapbench_worker::offer::Offer;

/// Show where a call's instructions go, by groups of functions, the strategies side by side
#[derive(Args)]
pub struct Options {
    /// The backend that runs the guest
    backend: BackendId,

    /// One case alone [default: every strategy at depth 16]
    case: Option<Case>,

    /// Where records are kept; the anatomy joins them, and `report` shows it
    #[arg(long, value_name = "FOLDER", default_value = "results")]
    results: PathBuf,

    /// Draw a flame graph of each case into this folder
    #[arg(long, value_name = "FOLDER")]
    svg: Option<PathBuf>,

    #[command(flatten)]
    module: ModuleOption,
}

/// The depth at which strategies stand side by side, as in the answers of a record.
const DEPTH: u32 = 16;

/// The function of the `backtrace` crate that is called for each frame that it captures.
const CAPTURES_A_FRAME: &str = "backtrace::capture::Backtrace::create::{{closure}}";

pub fn run(options: &Options) -> anyhow::Result<Done> {
    let valgrind = valgrind_version()?;
    let versions = trapbench_wasmer::open(&options.backend)?.versions();
    let fixture = options.module.open()?;
    let started = Header::now();
    let roster = options.module.meet(
        &ParticipantOptions::default(),
        std::slice::from_ref(&options.backend),
    )?;
    if let Some(failure) = roster.failures.first() {
        bail!("{}: {}", failure.subject, failure.reason);
    }
    let offers = roster.participants.iter().map(|one| &one.offer);
    let cases = cases(options, offers)?;
    let counts = counted(
        &roster.participants,
        fixture.hash(),
        &cases,
        Detail::Callers,
        1,
    )?;
    let [mut counts] = <[Counts; 1]>::try_from(counts).expect("one process was asked for");
    let found = BackendAnatomy {
        backend: options.backend.clone(),
        command: Header::command_line(std::env::args_os()),
        started,
        valgrind,
        versions,
        environment: Environment::capture(),
        cases: bodies(&mut counts, fixture),
    };
    let mut remarks = notes(&found, &counts.failures);
    remarks.extend(roster.left_out);
    if cfg!(debug_assertions) {
        remarks.push(UNOPTIMISED.to_owned());
    } else if options.case.is_none() && options.module.path().is_none() && is_whole(&found, &cases)
    {
        // A part of the strategies must not take the place of all of them.
        let machine = found.environment.machine_key();
        let file = Anatomy::file(&options.results, &machine);
        let kept = Anatomy::open(&file)?.unwrap_or_default();
        kept.keep(found.clone(), &file)?;
        eprintln!("The anatomy is in {}", file.display());
    }
    output::print(
        || screen::anatomy(&found, &remarks, true),
        || lines::anatomy(&found, &counts.failures),
        &remarks,
    )?;
    if let Some(folder) = &options.svg {
        draw(&counts, folder)?;
    }
    Ok(Done::of(counts.interrupted, &counts.failures))
}

fn is_whole(found: &BackendAnatomy, cases: &[Case]) -> bool {
    found.cases.len() == cases.len()
}

fn cases<'a>(
    options: &Options,
    offers: impl Iterator<Item = &'a Offer>,
) -> anyhow::Result<Vec<Case>> {
    match &options.case {
        Some(case) if case.backend != options.backend => {
            bail!(
                "{case} is a case of {}, not of {}",
                case.backend,
                options.backend
            )
        }
        Some(case) => Ok(vec![case.clone()]),
        None => {
            let case = |series| Case {
                axis: Axis::Depth,
                series,
                backend: options.backend.clone(),
                value: DEPTH.into(),
            };
            Ok(offers.flat_map(Offer::series).map(case).collect())
        }
    }
}

/// Each case's groups, and the frames of its backtraces: how many are captured is counted, and
/// how many the caller sees is asked of a real error.
fn bodies(counts: &mut Counts, fixture: Fixture) -> Vec<CaseAnatomy> {
    let thread = TimingThread::start(&SLOTS, fixture);
    let mut bodies = Vec::new();
    for (case, count) in &counts.counts {
        let asked = case.clone();
        let frames_seen = thread.ask(move |workbench| {
            workbench.prepare(&asked)?;
            workbench.frames_seen(&asked)
        });
        match frames_seen {
            Ok(frames_seen) => bodies.push(CaseAnatomy {
                case: case.clone(),
                instructions: count.instructions(),
                groups: groups(count),
                frames_captured: count.calls(|name| name == CAPTURES_A_FRAME),
                frames_seen,
            }),
            Err(refusal) => {
                let failure = Failure::new(0, 0, case.to_string(), refusal.to_string());
                counts.failures.push(failure);
            }
        }
    }
    bodies
}

fn groups(count: &Count) -> Vec<GroupCost> {
    let parts = parts(&count.functions()).into_iter();
    let group = |part: Part| GroupCost {
        group: part.group.to_owned(),
        instructions: part.instructions,
        functions: part
            .functions
            .into_iter()
            .map(|(name, instructions)| FunctionCost { name, instructions })
            .collect(),
    };
    parts.map(group).collect()
}

fn draw(counts: &Counts, folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("could not make the folder {}", folder.display()))?;
    for (case, count) in &counts.counts {
        let title = format!("{case}: {:.0} instructions a call", count.instructions());
        let svg = flame::graph(&title, count.stacks())?;
        let file = folder.join(format!("{}.svg", case.to_string().replace('/', "-")));
        output::write(&file, svg)?;
        eprintln!("{}", file.display());
    }
    Ok(())
}
