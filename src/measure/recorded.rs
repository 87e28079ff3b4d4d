use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use anyhow::Context;

use super::progress::Progress;
use super::run::{Observer, Plan, Stopped, Timed, run};
use crate::record::{
    BackendVersions, Ending, Environment, Failure, Header, MachineState, Record, Settings, Turn,
    Writer,
};
use trapbench_wasmer::SLOTS;
use trapbench_worker::TimingThread;
use trapbench_worker::case::BackendId;
use trapbench_worker::fixture::Fixture;

/// Runs a plan of one arm a backend and keeps it as a record in `results`; returns the record's
/// folder and what is in it. Whatever happens, each round that was whole is kept.
///
/// # Errors
/// When the machine cannot run the plan, or when its disk cannot keep it.
pub fn recorded(
    plan: &Plan,
    settings: Settings,
    fixture: &Fixture,
    results: &Path,
    stop: &AtomicBool,
) -> anyhow::Result<(PathBuf, Record)> {
    let header = header(plan, settings, fixture)?;
    let mut keeper = Keeper {
        writer: Writer::create(results, &header)?,
        progress: Progress::start("measuring"),
    };
    let stopped = run(plan, stop, &mut keeper)?;
    drop(keeper.progress);
    let ending = match stopped {
        Stopped::Finished => Ending::Finished,
        Stopped::Interrupted => Ending::Interrupted,
    };
    let end = keeper.writer.end(ending);
    let folder = keeper.writer.finish(end)?;
    let record = Record::open(&folder)?;
    Ok((folder, record))
}

struct Keeper {
    writer: Writer,
    progress: Progress,
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
        Ok(self.writer.round(process, round, &turns, failures)?)
    }
}

fn header(plan: &Plan, settings: Settings, fixture: &Fixture) -> anyhow::Result<Header> {
    let versions = |id: &BackendId| -> anyhow::Result<BackendVersions> {
        Ok(BackendVersions {
            id: id.to_string(),
            versions: trapbench_wasmer::open(id)?.versions(),
        })
    };
    let height =
        TimingThread::start(&SLOTS, fixture.clone()).ask(|workbench| workbench.host_frames(0));
    Ok(Header {
        command: Header::command_line(std::env::args_os()),
        started: Header::now(),
        settings,
        backends: plan
            .arms
            .iter()
            .map(|arm| versions(&arm.backend))
            .collect::<Result<_, _>>()?,
        fixture: fixture.hash().to_owned(),
        host_stack_frames: u32::try_from(height).context("the host's stack is too high")?,
        environment: Environment::capture(),
        state: MachineState::now(),
    })
}
