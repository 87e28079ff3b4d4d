use std::io::{IsTerminal, Write, stderr, stdout};
use std::sync::atomic::Ordering::Relaxed;

use anyhow::bail;
use clap::Args;
use comfy_table::{Table, presets};

use super::Done;
use super::own::{OWN, compiled_in};
use crate::arms;
use crate::measure::Progress;
use crate::record::Failure;
use crate::roster::conformance::{BREACHES, Finding, sound};
use crate::roster::{Arm, GuestFile, Participant, WorkerFolder, Workers, build};
use trapbench_worker::case::BackendId;
use trapbench_worker::fixture::Fixture;

/// List the workers and whether each is ready; build them; check that they refuse broken guests
#[derive(Args)]
pub struct Options {
    /// Build these workers, or `all`; what is built is kept
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    build: Vec<String>,

    /// Feed a worker the shared guest and guests that are broken in one way each; it must time the
    /// former and refuse the latter
    #[arg(long, value_name = "NAME", conflicts_with = "build")]
    check: Option<String>,
}

pub fn run(options: &Options) -> anyhow::Result<Done> {
    if options.check.as_deref() == Some(OWN) {
        return check(OWN, &own_arm, &compiled_in());
    }
    let workers = Workers::of(&arms::checkout()?)?;
    if let Some(name) = &options.check {
        let worker = workers.named(name)?.ready()?;
        let arm = |id: &_, guest: &GuestFile| Ok(worker.arm(id, guest));
        return check(name, &arm, &worker.file.backends);
    }
    if !options.build.is_empty() {
        return build_all(&workers, &options.build);
    }
    list(&workers)?;
    Ok(Done::Well)
}

fn list(workers: &Workers) -> std::io::Result<()> {
    let mut out = stdout().lock();
    let own = compiled_in();
    let mut rows = vec![[
        OWN.to_owned(),
        "ready".to_owned(),
        "wasmer, and native frames".to_owned(),
        Vec::from_iter(own.iter().map(ToString::to_string)).join(", "),
        String::new(),
    ]];
    for worker in &workers.all {
        let readiness = worker.readiness();
        let file = &worker.file;
        let backends = Vec::from_iter(file.backends.iter().map(ToString::to_string));
        rows.push([
            worker.name.clone(),
            readiness.to_string(),
            format!("{}, from {}", file.runtime, file.language),
            backends.join(", "),
            readiness.remedy(&worker.name).unwrap_or_default(),
        ]);
    }
    for (name, why) in &workers.broken {
        rows.push([
            name.clone(),
            "broken".to_owned(),
            String::new(),
            String::new(),
            Vec::from_iter(why.lines().map(str::trim)).join(" | "),
        ]);
    }
    if !out.is_terminal() {
        for row in rows {
            writeln!(out, "{}", row.join("\t"))?;
        }
        return Ok(());
    }
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    table.set_content_arrangement(comfy_table::ContentArrangement::Dynamic);
    table.set_header(["worker", "", "runtime", "backends", "what mends it"]);
    table.add_rows(rows);
    writeln!(out, "{}", table.trim_fmt())
}

/// Builds those that are named, or all. One that cannot be built is told, and the others are built.
fn build_all(workers: &Workers, names: &[String]) -> anyhow::Result<Done> {
    let mut wanted: Vec<&WorkerFolder> = Vec::new();
    for name in names {
        match name.as_str() {
            "all" => wanted.extend(&workers.all),
            name => wanted.push(workers.named(name)?),
        }
    }
    let mut failed = false;
    let interruption = super::interruption();
    for (at, worker) in wanted.iter().enumerate() {
        if interruption.load(Relaxed) {
            return Ok(Done::Interrupted);
        }
        // A line that cannot be shown is no reason to stop.
        let _ = writeln!(
            stderr(),
            "building the worker {} ({} of {})",
            worker.name,
            at + 1,
            wanted.len()
        );
        if let Err(error) = build(worker) {
            if interruption.load(Relaxed) {
                return Ok(Done::Interrupted);
            }
            failed = true;
            let _ = writeln!(stderr(), "trapbench: {error}");
        }
    }
    if interruption.load(Relaxed) {
        return Ok(Done::Interrupted);
    }
    list(workers)?;
    Ok(match failed {
        true => Done::Partly,
        false => Done::Well,
    })
}

fn own_arm(id: &BackendId, guest: &GuestFile) -> std::io::Result<Arm> {
    Arm::of_this_executable(id, Some(guest.path()))
}

/// How the arm of a backend is started for a guest.
type ArmOf<'a> = dyn Fn(&BackendId, &GuestFile) -> std::io::Result<Arm> + 'a;

fn check(name: &str, arm_of: &ArmOf, backends: &[BackendId]) -> anyhow::Result<Done> {
    let interruption = super::interruption();
    let guest = GuestFile::of(&Fixture::shared())?;
    let mut rows: Vec<(String, String, Finding)> = Vec::new();
    let progress = Progress::start("checking");
    for (at, id) in backends.iter().enumerate() {
        let done = |share: f64| progress.at((at as f64 + share) / backends.len() as f64);
        done(0.0);
        let participant = match Participant::meet(arm_of(id, &guest)?, name, guest.hash()) {
            Ok(participant) => participant,
            Err(trouble) => {
                let wrong = Finding::Wrong(trouble.to_string());
                rows.push((id.to_string(), "it introduces itself".to_owned(), wrong));
                continue;
            }
        };
        let cases = participant.cases(None);
        let steps = (cases.len() + BREACHES.len()) as f64;
        let mut step = 0.0;
        let found = sound(&participant, &guest, &cases, || {
            step += 1.0;
            done(step / steps);
            !interruption.load(Relaxed)
        });
        for (case, found) in cases.iter().zip(found) {
            rows.push((id.to_string(), format!("{case} is timed"), found));
        }
        for (step, breach) in BREACHES.iter().enumerate() {
            if interruption.load(Relaxed) {
                return Ok(Done::Interrupted);
            }
            done((cases.len() + step) as f64 / steps);
            // Native frames run no guest that could be broken.
            if !participant.offer.executes_wasm() {
                continue;
            }
            let found = breach.feed(&participant, |guest| arm_of(id, guest))?;
            let found = found.unwrap_or(Finding::NotFed);
            rows.push((id.to_string(), format!("refused: {}", breach.what), found));
        }
    }
    drop(progress);
    if rows.is_empty() {
        bail!("the worker {name} serves no backend");
    }
    told(&rows)
}

/// A line for each check in a pipe; on a terminal what is wrong, and how many are well.
fn told(rows: &[(String, String, Finding)]) -> anyhow::Result<Done> {
    let mut out = stdout().lock();
    let is_terminal = out.is_terminal();
    let mut failures = Vec::new();
    let mut well = 0;
    for (backend, what, found) in rows {
        let (word, why) = match found {
            Finding::Well(words) => {
                well += 1;
                ("well", words.as_str())
            }
            Finding::NotFed => ("not fed", "it offers no case in which this would show"),
            Finding::Unverified => ("unverified", "its worker says that it cannot check it"),
            Finding::Wrong(words) => {
                failures.push(Failure::new(0, 0, backend, words));
                ("WRONG", words.as_str())
            }
        };
        // A runtime's own words may be lines.
        let why = Vec::from_iter(why.lines().map(str::trim)).join(" | ");
        if !is_terminal {
            writeln!(out, "{backend}\t{what}\t{word}\t{why}")?;
        } else if word != "well" {
            writeln!(out, "{backend}: {what}: {word}: {why}")?;
        }
    }
    if is_terminal {
        writeln!(out, "{well} of {} checks are well", rows.len())?;
    }
    Ok(Done::of(false, &failures))
}
