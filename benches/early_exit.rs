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
use trapbench::case::{BackendId, Case, DEPTHS, cases_of};
use trapbench::cli::{self, Done, ModuleOption, closing};
use trapbench::measure::{Arm, PATIENCE, Worker, pin};

fn main() -> ExitCode {
    // The closing pass starts its workers from this executable.
    if std::env::args().nth(1).as_deref() == Some("worker") {
        return cli::main();
    }
    match bench() {
        Ok(Done::Well) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("trapbench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn bench() -> anyhow::Result<Done> {
    let module = ModuleOption::from_environment();
    let workers = Workers::start(&module)?;
    let mut criterion = criterion().configure_from_args();
    // A case that cannot be timed panics with a reason; where in this file is no part of it.
    std::panic::set_hook(Box::new(|panic| {
        eprintln!("{}", panic.payload_as_str().unwrap_or("panicked"));
    }));
    let timed = RefCell::new(BTreeSet::new());
    let failed = Cell::new(false);

    for (group, cases) in by_group(&workers) {
        let mut group = criterion.benchmark_group(group);
        for case in cases {
            let id = BenchmarkId::new(case.backend.as_str(), case.value);
            // A case that fails must not take the others with it, and Criterion has no way to
            // give one up but this.
            let run = catch_unwind(AssertUnwindSafe(|| {
                group.bench_function(id, |bencher| {
                    let worker = workers.prepared(&case);
                    timed.borrow_mut().insert(case.clone());
                    bencher.iter_custom(|iterations| worker.time(&case, iterations));
                });
            }));
            failed.set(failed.get() || run.is_err());
        }
        group.finish();
    }
    drop(workers);

    let cases = Vec::from_iter(timed.into_inner());
    match Mode::of_arguments() {
        Mode::Measuring if cases.is_empty() => {
            anyhow::bail!("the filter matches no case; `cargo run -- list` shows them")
        }
        _ if failed.get() => Ok(Done::Partly),
        Mode::Measuring => closing::pass(cases, &module, &output("trapbench"), &plots()),
        Mode::Other => Ok(Done::Well),
    }
}

/// Three minutes for everything, on two cores: 0.1 s to warm up, 0.3 s to measure, and as few
/// samples and resamples as Criterion's analysis of a smoke test needs. Nothing that is judged
/// rests on them: that is the closing pass's work.
fn criterion() -> Criterion {
    Criterion::default()
        .warm_up_time(Duration::from_millis(100))
        .measurement_time(Duration::from_millis(300))
        .sample_size(10)
        .nresamples(2_000)
}

/// What Criterion was asked for.
enum Mode {
    Measuring,
    /// Checking, listing, profiling or reading earlier results.
    Other,
}

impl Mode {
    fn of_arguments() -> Mode {
        const OTHERS: [&str; 4] = ["--test", "--list", "--profile-time", "--load-baseline"];
        let arguments: Vec<String> = std::env::args().collect();
        let is_other = |argument: &String| {
            let name = argument.split('=').next().unwrap_or_default();
            OTHERS.contains(&name)
        };
        // Cargo says `--bench` when it benches; without it Criterion only checks.
        let benches = arguments.iter().any(|argument| argument == "--bench");
        if benches && !arguments.iter().any(is_other) {
            Mode::Measuring
        } else {
            Mode::Other
        }
    }
}

fn by_group(workers: &Workers) -> BTreeMap<String, Vec<Case>> {
    let mut groups: BTreeMap<String, Vec<Case>> = BTreeMap::new();
    for backend in workers.0.keys() {
        for case in cases_of(backend, &DEPTHS) {
            groups.entry(case.group()).or_default().push(case);
        }
    }
    groups
}

/// A worker per backend that is compiled in.
struct Workers(BTreeMap<BackendId, Timer>);

struct Timer(RefCell<Worker>);

impl Workers {
    fn start(module: &ModuleOption) -> anyhow::Result<Workers> {
        let fixture = module.open()?;
        let core = pin::core().ok();
        let mut workers = BTreeMap::new();
        for backend in cli::compiled_in() {
            let arm = Arm::of_this_executable(&backend, module.path.as_deref())?;
            let command = arm.command(&arm.executable, core, &mut rand::rng());
            let mut worker = Worker::start(command, PATIENCE)?;
            worker.hello(fixture.hash())?;
            workers.insert(backend, Timer(RefCell::new(worker)));
        }
        Ok(Workers(workers))
    }

    /// The worker of a case, which has verified it.
    fn prepared(&self, case: &Case) -> &Timer {
        let timer = &self.0[&case.backend];
        if let Err(trouble) = timer.0.borrow_mut().prepare(case) {
            panic!("{case} is not measured: {trouble}");
        }
        timer
    }
}

impl Timer {
    fn time(&self, case: &Case, iterations: u64) -> Duration {
        match self.0.borrow_mut().time(case, 0, iterations) {
            Ok(nanoseconds) => Duration::from_nanos(nanoseconds),
            Err(trouble) => panic!("{case} is not measured: {trouble}"),
        }
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
