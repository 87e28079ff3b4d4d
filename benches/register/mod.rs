//! Criterion over every case: groups are axis/strategy/outcome, functions are backends, and
//! parameters are places on the axis, so that its plots compare backends.
//!
//! A case is timed by a worker process of its backend, as everywhere in the suite: one
//! compiled module per process, on a thread with a short host stack. Criterion's own process
//! has Criterion's stack and would hold every backend's modules, and a raise pays for both.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion};
use trapbench::cli::participants::{ParticipantOptions, Roster};
use trapbench::cli::{self, Done, ModuleOption, closing};
use trapbench::qualify::SLOWDOWN_VARIABLE;
use trapbench::roster::{Arm, PATIENCE, Participant, Setup, Trouble, Worker, pin};
use trapbench_worker::case::{BackendId, Case, Cores, ProcessKind};

/// Registers every case of this executable's backends and of those that `participants` names.
pub fn main(participants: &ParticipantOptions) -> ExitCode {
    // The closing pass starts its workers from this executable.
    if std::env::args().nth(1).as_deref() == Some("worker") {
        return cli::main();
    }
    match bench(participants) {
        Ok(Done::Well) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("trapbench: {}", trapbench_worker::in_words(&error));
            ExitCode::FAILURE
        }
    }
}

fn bench(participants: &ParticipantOptions) -> anyhow::Result<Done> {
    let module = ModuleOption::default();
    let slowdown = slowdown()?;
    let roster = module.meet(participants, &[])?;
    let timers = Timers::of(&roster, slowdown);
    let mut criterion = criterion().configure_from_args();
    // A case that cannot be timed panics with a reason; where in this file is no part of it.
    std::panic::set_hook(Box::new(|panic| {
        eprintln!("{}", panic.payload_as_str().unwrap_or("panicked"));
    }));
    let timed = RefCell::new(BTreeSet::new());
    let failed = Cell::new(false);

    for line in &roster.left_out {
        eprintln!("{line}");
    }
    for failure in &roster.failures {
        eprintln!("{}: {}", failure.subject, failure.reason);
        failed.set(true);
    }
    // Criterion's filter is among them.
    let words = Vec::from_iter(std::env::args().skip(1)).join(" ");
    for (group, cases) in by_group(&roster, &words) {
        let mut group = criterion.benchmark_group(group);
        for case in cases {
            let id = BenchmarkId::new(case.backend.as_str(), &case.value);
            // A case that fails must not take the others with it, and Criterion has no way to
            // give one up but this.
            let run = catch_unwind(AssertUnwindSafe(|| {
                group.bench_function(id, |bencher| {
                    let mut timer = timers.0[&case.backend].borrow_mut();
                    timer.prepare(&case);
                    bencher.iter_custom(|iterations| timer.time(&case, iterations));
                    timed.borrow_mut().insert(case.clone());
                });
            }));
            failed.set(failed.get() || run.is_err());
        }
        group.finish();
    }
    drop(timers);

    let cases = Vec::from_iter(timed.into_inner());
    // A closing pass would measure the cases as they are.
    let measuring = slowdown.is_none() && closing::follows(std::env::args());
    if measuring && cases.is_empty() && !failed.get() {
        anyhow::bail!("the filter matches no case; `cargo run -- list` shows them");
    }
    let mut done = Done::Well;
    if measuring && !cases.is_empty() {
        done = closing::pass(cases, &module, roster, &output("trapbench"), &plots())?;
    }
    Ok(if failed.get() { Done::Partly } else { done })
}

/// By which share every case is to be slowed down, for a qualification; 0 for not at all.
fn slowdown() -> anyhow::Result<Option<f64>> {
    let Some(text) = std::env::var_os(SLOWDOWN_VARIABLE) else {
        return Ok(None);
    };
    let text = text.to_string_lossy();
    match text.parse() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(Some(share)),
        _ => anyhow::bail!("{SLOWDOWN_VARIABLE} is `{text}`, and not a fraction from 0 to 1"),
    }
}

/// Three minutes for everything, on two cores: 0.08 s to warm up, 0.23 s to measure, and as few
/// samples and resamples as Criterion's analysis of a smoke test needs. Nothing that is judged
/// rests on them: that is the closing pass's work.
fn criterion() -> Criterion {
    Criterion::default()
        .warm_up_time(Duration::from_millis(80))
        .measurement_time(Duration::from_millis(230))
        .sample_size(10)
        .nresamples(2_000)
}

fn by_group(roster: &Roster, words: &str) -> BTreeMap<String, Vec<Case>> {
    let mut groups: BTreeMap<String, Vec<Case>> = BTreeMap::new();
    for case in roster.cases(None, |case| cli::is_called_for(case.axis, words)) {
        groups.entry(case.group()).or_default().push(case);
    }
    groups
}

/// A timer per backend that takes part.
struct Timers(BTreeMap<BackendId, RefCell<Timer>>);

/// A worker for each kind of process that its cases take, and another one when it is lost: one
/// case's trouble is not the next one's.
struct Timer {
    arm: Arm,
    fixture: String,
    workers: BTreeMap<ProcessKind, Worker>,
}

impl Timers {
    fn of(roster: &Roster, slowdown: Option<f64>) -> Timers {
        let timer = |one: &Participant| {
            let timer = Timer {
                arm: Arm {
                    slowdown: slowdown.filter(|&share| share > 0.0),
                    ..one.arm.clone()
                },
                fixture: roster.guest.hash().to_owned(),
                workers: BTreeMap::new(),
            };
            (one.arm.backend.clone(), RefCell::new(timer))
        };
        Timers(roster.participants.iter().map(timer).collect())
    }
}

impl Timer {
    fn prepare(&mut self, case: &Case) {
        self.on_worker(case, |worker| worker.prepare(case));
    }

    /// In asks of about a second: Criterion may want more in one go than a worker is waited for.
    fn time(&mut self, case: &Case, iterations: u64) -> Duration {
        let mut spent = Duration::ZERO;
        let mut done = 0;
        while done < iterations {
            let rest = iterations - done;
            let per_second = match spent.as_nanos() {
                0 => 100,
                nanoseconds => u128::from(done) * 1_000_000_000 / nanoseconds,
            };
            let ask = u64::try_from(per_second).unwrap_or(rest).clamp(1, rest);
            let timed = self.on_worker(case, |worker| worker.time(case, 0, ask));
            spent += Duration::from_nanos(timed);
            done += ask;
        }
        spent
    }

    /// Panics with the reason where there is no answer: Criterion has no other way out.
    fn on_worker<R>(
        &mut self,
        case: &Case,
        ask: impl FnOnce(&mut Worker) -> Result<R, Trouble>,
    ) -> R {
        let process = case.process();
        let worker = match self.workers.remove(&process) {
            Some(worker) => Ok(worker),
            None => self.start(process.cores),
        };
        let answer = worker.and_then(|mut worker| {
            let answer = ask(&mut worker);
            if !matches!(answer, Err(Trouble::Lost(_))) {
                self.workers.insert(process, worker);
            }
            answer
        });
        answer.unwrap_or_else(|trouble| panic!("{case} is not measured: {trouble}"))
    }

    fn start(&self, cores: Cores) -> Result<Worker, Trouble> {
        let core = match cores {
            Cores::One => pin::core().ok(),
            Cores::All => None,
        };
        let command = self.arm.command(self.arm.executable(0), core);
        let mut worker = Worker::start(command, PATIENCE)?;
        let setup = Setup {
            slowdown: self.arm.slowdown,
            ..Setup::default()
        };
        worker.hello(&self.arm, &self.fixture, setup)?;
        Ok(worker)
    }
}

/// A folder beside Criterion's, in cargo's target folder.
fn output(name: &str) -> PathBuf {
    let executable = std::env::current_exe().unwrap_or_default();
    let target = executable.ancestors().nth(3);
    target.unwrap_or(&PathBuf::from("target")).join(name)
}

fn plots() -> PathBuf {
    let home = std::env::var_os("CRITERION_HOME");
    let folder = home.map_or_else(|| output("criterion"), PathBuf::from);
    folder.join("report").join("index.html")
}
