use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use trapbench_worker::case::BackendId;
use trapbench_worker::protocol::CLEARED;

use super::pin::tie;
use super::unwinder::Unwinder;

/// One side of a comparison, as it is started for one backend; where nothing is compared, the only
/// one.
#[derive(Clone, Debug)]
pub struct Arm {
    /// What it is called where several arms work for one backend; else the backend's name.
    pub name: String,
    /// What its backend is called in cases.
    pub backend: BackendId,
    /// What its workers call it. It is the same, but where two arms differ in a setting.
    pub served_as: BackendId,
    pub runs: Runs,
    pub arguments: Vec<OsString>,
    /// By which share its workers slow every case down ([`Setup::slowdown`]).
    ///
    /// [`Setup::slowdown`]: trapbench_worker::protocol::Setup
    pub slowdown: Option<f64>,
    /// Whether its workers get the environment as it is, with all of [`CLEARED`].
    pub keeps_environment: bool,
    /// What its workers load in place of the system's unwinder, and are asked whether they have.
    pub unwinder: Option<Unwinder>,
}

/// What the processes of an arm are started from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Runs {
    /// A fresh copy of this executable for each process.
    Copies(PathBuf),
    /// The same objects in several link orders: process set `k` runs the `k`-th where it lies, and
    /// the first again after the last. Which pages a link has is part of its own luck.
    Links(Vec<PathBuf>),
    /// A program that is not copied, such as a language's interpreter.
    Program(PathBuf),
}

impl Arm {
    /// This executable's own worker.
    ///
    /// # Errors
    /// When the system does not say which file this executable is.
    pub fn of_this_executable(backend: &BackendId, module: Option<&Path>) -> io::Result<Arm> {
        let runs = Runs::Copies(std::env::current_exe()?);
        Ok(Arm::of_workers(backend.as_str(), backend, runs, module))
    }

    /// Builds of trapbench, of which each knows the command `worker`.
    pub fn of_workers(name: &str, backend: &BackendId, runs: Runs, module: Option<&Path>) -> Arm {
        let mut arguments = vec!["worker".into(), backend.as_str().into()];
        if let Some(module) = module {
            arguments.extend(["--module".into(), module.into()]);
        }
        Arm {
            name: name.to_owned(),
            backend: backend.clone(),
            served_as: backend.clone(),
            runs,
            arguments,
            slowdown: None,
            keeps_environment: false,
            unwinder: None,
        }
    }

    /// A command of words, at least one; its first is a program that is not copied.
    pub fn of_command(backend: &BackendId, words: impl IntoIterator<Item = String>) -> Arm {
        let mut words = words.into_iter();
        let program = words.next().expect("a command names a program");
        Arm {
            name: backend.to_string(),
            backend: backend.clone(),
            served_as: backend.clone(),
            runs: Runs::Program(program.into()),
            arguments: words.map(Into::into).collect(),
            slowdown: None,
            keeps_environment: false,
            unwinder: None,
        }
    }

    /// The same, in cases as another backend.
    pub fn called(self, backend: BackendId) -> Arm {
        Arm {
            name: backend.to_string(),
            backend,
            ..self
        }
    }

    /// What stands for it in a process set.
    pub fn executable(&self, process: u32) -> &Path {
        match &self.runs {
            Runs::Copies(executable) | Runs::Program(executable) => executable,
            Runs::Links(links) => &links[process as usize % links.len()],
        }
    }

    /// The command that starts a worker from `executable`, on one core where one is given.
    pub fn command(&self, executable: &Path, core: Option<usize>) -> Command {
        let mut command = Command::new(executable);
        command.args(&self.arguments);
        self.set_environment(&mut command);
        tie(&mut command, core);
        command
    }

    /// Takes [`CLEARED`] out of a command's environment, unless the arm keeps it, and has the
    /// loader find the arm's unwinder.
    pub fn set_environment(&self, command: &mut Command) {
        if let Some(unwinder) = &self.unwinder {
            let (variable, value) = unwinder.variable();
            command.env(variable, value);
        }
        if !self.keeps_environment {
            for variable in CLEARED {
                command.env_remove(variable);
            }
        }
    }
}
