//! Who takes part: the backends of this executable, those of workers, and programs that were
//! typed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::atomic::Ordering::Relaxed;

use anyhow::{Context, anyhow, bail};
use clap::Args;
use trapbench_wasmer::SLOTS;
use trapbench_worker::backend::Absent;
use trapbench_worker::case::{BackendId, Case};

use super::own::{OWN, compiled_in};
use super::{Interrupted, interruption};
use crate::arms;
use crate::record::Failure;
use crate::roster::{Arm, GuestFile, Participant, Readiness, Unwinder, Workers};

/// Stands for every worker that is ready.
const READY: &str = "ready";

/// Who takes part beside the backends of this executable.
#[derive(Args, Clone, Debug, Default)]
pub struct ParticipantOptions {
    /// Workers that take part as well, as `trapbench workers` lists them; `ready` for all that are
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    with: Vec<String>,

    /// A program that speaks the worker protocol (PROTOCOL.md) takes part as this backend; in its
    /// command `{backend}` and `{guest}` stand for the name and for the guest's file
    #[arg(long = "worker", value_name = "BACKEND=COMMAND")]
    programs: Vec<TypedWorker>,

    /// Start the workers with RUST_BACKTRACE, NODE_OPTIONS and their like as they are set here
    #[arg(long)]
    keep_environment: bool,

    /// Start the workers with this file as their libgcc_s.so.1, which takes stacks down when
    /// something is raised; who does not load it takes no part
    #[arg(long, value_name = "FILE")]
    unwinder: Option<PathBuf>,

    /// Everybody takes part twice: as they are, and by another name with that unwinder.
    #[arg(skip)]
    also_without: bool,
}

/// A backend, and the command that serves it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct TypedWorker {
    backend: BackendId,
    words: Vec<String>,
}

impl FromStr for TypedWorker {
    type Err = String;

    fn from_str(text: &str) -> Result<TypedWorker, String> {
        let (backend, command) = text
            .split_once('=')
            .ok_or("it is a backend's name, `=`, and a command")?;
        let words = shell_words::split(command).map_err(|error| error.to_string())?;
        if words.is_empty() {
            return Err("the command names no program".to_owned());
        }
        Ok(TypedWorker {
            backend: backend.parse()?,
            words,
        })
    }
}

/// Those who have introduced themselves, and what became of the others.
pub struct Roster {
    pub participants: Vec<Participant>,
    pub failures: Vec<Failure>,
    /// What is not measured, in words: workers that `ready` leaves out, and strategies that the
    /// guest does not serve.
    pub left_out: Vec<String>,
    /// Workers read it when they start.
    pub guest: GuestFile,
}

impl Roster {
    /// What `wanted` lets through of all that is offered, on the axis of depth at `depths` where
    /// they are given.
    pub fn cases(&self, depths: Option<&[u32]>, wanted: impl Fn(&Case) -> bool) -> Vec<Case> {
        let all = self.participants.iter().flat_map(|one| one.cases(depths));
        all.filter(wanted).collect()
    }

    /// The participants that have a case among these.
    pub fn of_cases(&self, cases: &[Case]) -> Vec<Participant> {
        let has_one = |one: &&Participant| cases.iter().any(|case| case.backend == one.arm.backend);
        self.participants.iter().filter(has_one).cloned().collect()
    }
}

/// The strategies that participants have and the guest does not serve, a sentence for each reason.
fn lacking(participants: &[Participant]) -> Vec<String> {
    let mut lacking: BTreeMap<(&String, &String), Vec<&str>> = BTreeMap::new();
    for one in participants {
        for lack in &one.hello.lacks {
            let backends = lacking.entry(lack).or_default();
            backends.push(one.arm.backend.as_str());
        }
    }
    let lacking = lacking.into_iter().map(|((strategy, reason), backends)| {
        let backends = backends.join(", ");
        format!("{strategy} is not measured on {backends}: {reason}")
    });
    lacking.collect()
}

/// An arm that has not been started yet, and who serves it.
type Candidate = (Arm, String);

impl ParticipantOptions {
    /// Every worker that is ready.
    pub fn of_all_that_are_ready() -> ParticipantOptions {
        ParticipantOptions {
            with: vec![READY.to_owned()],
            ..ParticipantOptions::default()
        }
    }

    /// Whether an unwinder is given.
    pub fn have_unwinder(&self) -> bool {
        self.unwinder.is_some()
    }

    /// The same, and everybody takes part as they are, too: with the unwinder that is given each
    /// goes by the name [`with_unwinder`].
    pub fn also_without_unwinder(&self) -> ParticipantOptions {
        ParticipantOptions {
            also_without: true,
            ..self.clone()
        }
    }

    /// Starts everybody once and hears who they are. Where `backends` are named these take part
    /// and no others; workers that serve one of them need not be named. `own_guest` says whether
    /// the guest is a user's module, which this executable's workers have to be told.
    ///
    /// # Errors
    /// When somebody who was named is unknown or not ready. Who starts and does not answer well is
    /// among the failures.
    pub fn meet(
        &self,
        backends: &[BackendId],
        guest: GuestFile,
        own_guest: bool,
    ) -> anyhow::Result<Roster> {
        let mut left_out = Vec::new();
        let candidates = self.candidates(backends, &guest, own_guest, &mut left_out)?;
        let candidates = self.in_their_settings(candidates)?;
        let mut names = BTreeSet::new();
        if let Some((arm, _)) = candidates
            .iter()
            .find(|(arm, _)| !names.insert(&arm.backend))
        {
            bail!(
                "two participants are called {}; give each a name of its own",
                arm.backend
            );
        }
        let mut participants: Vec<Participant> = Vec::new();
        let mut failures = Vec::new();
        for (arm, worker) in candidates {
            if interruption().load(Relaxed) {
                return Err(Interrupted.into());
            }
            let backend = arm.backend.clone();
            match Participant::meet(arm, &worker, guest.hash()) {
                Ok(participant) => {
                    if !participant.unknown.is_empty() {
                        let unknown = participant.unknown.join(", ");
                        let reason = format!(
                            "the worker {worker} offers what this trapbench does not know: {unknown}"
                        );
                        failures.push(Failure::new(0, 0, &backend, reason));
                    }
                    participants.push(participant);
                }
                Err(trouble) => {
                    let reason = trouble.to_string();
                    failures.push(Failure::new(0, 0, &backend, reason));
                }
            }
        }
        left_out.extend(lacking(&participants));
        Ok(Roster {
            participants,
            failures,
            left_out,
            guest,
        })
    }

    /// What the options say of everybody.
    fn in_their_settings(&self, candidates: Vec<Candidate>) -> anyhow::Result<Vec<Candidate>> {
        let unwinder = self.unwinder.as_deref().map(Unwinder::of).transpose()?;
        let mut all = Vec::new();
        for (mut arm, worker) in candidates {
            arm.keeps_environment = self.keep_environment;
            if self.also_without {
                all.push((arm.clone(), worker.clone()));
                let name = with_unwinder(&arm.backend);
                arm = arm.called(name);
            }
            arm.unwinder.clone_from(&unwinder);
            all.push((arm, worker));
        }
        Ok(all)
    }

    fn candidates(
        &self,
        backends: &[BackendId],
        guest: &GuestFile,
        own_guest: bool,
        left_out: &mut Vec<String>,
    ) -> anyhow::Result<Vec<Candidate>> {
        let is_wanted = |id: &BackendId| backends.is_empty() || backends.contains(id);
        let mut candidates = Vec::new();
        let module = own_guest.then(|| guest.path());
        for id in compiled_in().iter().filter(|id| is_wanted(id)) {
            let arm = Arm::of_this_executable(id, module)
                .context("the system does not tell which file this executable is")?;
            candidates.push((arm, OWN.to_owned()));
        }
        let programs = self.programs.iter();
        for program in programs.filter(|program| is_wanted(&program.backend)) {
            candidates.push((program.arm(guest), "typed".to_owned()));
        }
        let is_found =
            |id: &BackendId, found: &[Candidate]| found.iter().any(|(arm, _)| &arm.backend == id);
        let unfound = backends.iter().filter(|id| !is_found(id, &candidates));
        let unfound = Vec::from_iter(unfound.cloned());
        if self.with.is_empty() && unfound.is_empty() {
            return Ok(candidates);
        }
        candidates.extend(self.of_workers(backends, &unfound, guest, left_out)?);
        for id in &unfound {
            if !is_found(id, &candidates) {
                bail!("{} takes no part: its worker was not named", id);
            }
        }
        Ok(candidates)
    }

    /// The arms of workers' folders.
    fn of_workers(
        &self,
        backends: &[BackendId],
        unfound: &[BackendId],
        guest: &GuestFile,
        left_out: &mut Vec<String>,
    ) -> anyhow::Result<Vec<Candidate>> {
        let workers = match arms::checkout() {
            Ok(checkout) => Workers::of(&checkout)?,
            // Without the sources there are no workers, and what was asked for is unknown.
            Err(_) if self.with.is_empty() => Workers::none(),
            Err(error) => return Err(error).context("workers are found beside the sources"),
        };
        let mut taking_part = Vec::new();
        for name in &self.with {
            match name.as_str() {
                READY => {
                    for worker in &workers.all {
                        match worker.readiness() {
                            Readiness::Ready => taking_part.push(worker),
                            other => left_out.push(format!(
                                "the worker {} takes no part: {other}; {}",
                                worker.name,
                                other.remedy(&worker.name).unwrap_or_default()
                            )),
                        }
                    }
                    left_out.extend(workers.broken.iter().map(|(_, why)| why.clone()));
                }
                name => taking_part.push(workers.named(name)?.ready()?),
            }
        }
        for id in unfound {
            match workers.serving(id) {
                Some(worker) => taking_part.push(worker.ready()?),
                None => return Err(unknown(id, &workers).into()),
            }
        }
        taking_part.sort_by(|a, b| a.name.cmp(&b.name));
        taking_part.dedup_by(|a, b| a.name == b.name);
        let mut candidates = Vec::new();
        for worker in taking_part {
            for id in &worker.file.backends {
                if backends.is_empty() || backends.contains(id) {
                    candidates.push((worker.arm(id, guest), worker.name.clone()));
                }
            }
        }
        Ok(candidates)
    }
}

/// What a backend is called with another unwinder than its own: a setting is a suffix.
pub fn with_unwinder(backend: &BackendId) -> BackendId {
    let name = format!("{backend}-unwinder").parse();
    name.expect("a name and a suffix without white space are a name")
}

/// Why a backend that is required takes no part.
///
/// # Errors
/// When the folders of workers cannot be read.
pub fn why_absent(id: &BackendId, roster: &Roster) -> anyhow::Result<anyhow::Error> {
    let mut failures = roster.failures.iter();
    if let Some(failure) = failures.find(|one| one.subject == id.as_str()) {
        return Ok(anyhow!("{id} is required: {}", failure.reason));
    }
    let workers = match arms::checkout() {
        Ok(checkout) => Workers::of(&checkout)?,
        Err(_) => Workers::none(),
    };
    Ok(match workers.serving(id) {
        Some(worker) => anyhow!(
            "{id} is required; `--with {}` has it take part",
            worker.name
        ),
        None if compiled_in().contains(id) => {
            anyhow!("{id} is required, and `--backend` names others")
        }
        None => unknown(id, &workers).into(),
    })
}

/// What is wrong with a backend that neither this executable nor a worker serves.
fn unknown(id: &BackendId, workers: &Workers) -> Absent {
    let slot = SLOTS.iter().find(|slot| slot.id == id.as_str());
    if let Some(slot) = slot {
        return Absent::NotCompiledIn {
            id: id.clone(),
            remedy: slot.remedy(),
        };
    }
    let of_workers = workers.all.iter().flat_map(|worker| &worker.file.backends);
    let known = SLOTS.iter().map(|slot| slot.id);
    let known = known.chain(of_workers.map(BackendId::as_str));
    Absent::Unknown {
        id: id.clone(),
        known: Vec::from_iter(known).join(", "),
    }
}

impl TypedWorker {
    fn arm(&self, guest: &GuestFile) -> Arm {
        let put_into = |word: &String| {
            word.replace("{backend}", self.backend.as_str())
                .replace("{guest}", &guest.path().to_string_lossy())
        };
        Arm::of_command(&self.backend, self.words.iter().map(put_into))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_a_backend_and_a_command_as_a_shell_splits_it() {
        let program: TypedWorker = "mine=python3 'my worker.py' {guest}".parse().unwrap();
        assert_eq!(program.backend.as_str(), "mine");
        assert_eq!(program.words, ["python3", "my worker.py", "{guest}"]);
        for (text, words) in [
            ("python3 worker.py", "`=`"),
            ("=python3", "the backend is empty"),
            ("a b=python3", "white space"),
            ("mine=", "names no program"),
            ("mine='", "missing"),
        ] {
            let error = text.parse::<TypedWorker>().unwrap_err();
            assert!(error.contains(words), "{text}: {error}");
        }
    }
}
