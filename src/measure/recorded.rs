use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use super::plan::{Plan, Timed};
use super::progress::Progress;
use super::run::{Observer, run};
use crate::record::{
    BackendFacts, Environment, Failure, Header, Launched, MachineState, Record, Settings, Turn,
    Writer,
};
use crate::roster::{Participant, Runs};

/// Runs a plan of one arm a backend and keeps it as a record in `results`; returns the record's
/// folder and what is in it. Whatever happens, each round that was whole is kept.
///
/// `participants` are those of the plan's arms; `failures` are known before it begins.
///
/// # Errors
/// When the machine cannot run the plan, or when its disk cannot keep it.
pub fn recorded(
    plan: &Plan,
    settings: Settings,
    participants: &[Participant],
    failures: Vec<Failure>,
    results: &Path,
    stop: &AtomicBool,
) -> anyhow::Result<(PathBuf, Record)> {
    let header = Header {
        command: Header::command_line(std::env::args_os()),
        started: Header::now(),
        settings,
        backends: participants.iter().map(facts).collect(),
        fixture: plan.fixture.clone(),
        environment: Environment::capture(),
        state: MachineState::now(),
    };
    let mut keeper = Keeper {
        writer: Writer::create(results, &header)?,
        progress: Progress::start("measuring"),
        failures,
    };
    let ending = run(plan, stop, &mut keeper)?;
    drop(keeper.progress);
    let end = keeper.writer.end(ending);
    let folder = keeper.writer.finish(end)?;
    let record = Record::open(&folder)?;
    Ok((folder, record))
}

struct Keeper {
    writer: Writer,
    progress: Progress,
    /// What is not yet in the record: it goes with the first round.
    failures: Vec<Failure>,
}

impl Observer for Keeper {
    fn progress(&mut self, share: f64) {
        self.progress.at(share);
    }

    fn round(
        &mut self,
        process: u32,
        round: u32,
        turns: &[Timed],
        failures: &[Failure],
    ) -> anyhow::Result<()> {
        let turns: Vec<Turn> = turns.iter().map(|timed| timed.turn.clone()).collect();
        let of_round = |failure| Failure {
            process,
            round,
            ..failure
        };
        let known = std::mem::take(&mut self.failures);
        let known = known.into_iter().map(of_round);
        let failures = Vec::from_iter(known.chain(failures.iter().cloned()));
        Ok(self.writer.round(process, round, &turns, &failures)?)
    }
}

fn facts(participant: &Participant) -> BackendFacts {
    let hello = participant.hello.clone();
    BackendFacts {
        id: hello.backend.to_string(),
        worker: participant.worker.clone(),
        versions: hello.versions,
        language: hello.language,
        clock: hello.clock,
        own_threads: hello.own_threads,
        profile: Some(hello.profile),
        host_frames: hello.host_frames,
        guests: hello.guests,
        // As this scheduler took it: a worker of protocol 1 may list nothing.
        offer: match hello.offer.is_empty() {
            true => participant.offer.lines(),
            false => hello.offer,
        },
        lacks: hello.lacks,
        unverified: hello.unverified,
        launched: match participant.arm.runs {
            Runs::Copies(_) => Launched::FreshCopies,
            Runs::Links(_) => Launched::Links,
            Runs::Program(_) => Launched::OneFile,
        },
        unwinder: participant.unwinder.clone(),
    }
}
