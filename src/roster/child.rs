use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use thiserror::Error;

use trapbench_worker::case::{BackendId, Case};
use trapbench_worker::protocol::{Answer, Ask, Hello, Setup};

use super::arm::Arm;
use super::hello;
use super::last_words::LastWords;
use crate::record::UnwinderFacts;

/// How long a worker may take over an answer. A slice takes milliseconds and a case prepares in
/// as many; an unoptimised compiler on a busy machine has taken two seconds over its first one.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// An answer is a short line; a longer one is not an answer.
const LONGEST_LINE: u64 = 1 << 20;

/// A worker process, asked one thing at a time.
pub struct Worker {
    child: Child,
    input: Option<ChildStdin>,
    answers: Receiver<io::Result<String>>,
    words: LastWords,
    patience: Duration,
    threads: Threads,
    /// What it calls its backend, once it has said so.
    serves_as: Option<BackendId>,
}

/// What a worker's own threads do between asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Threads {
    /// It has none that would.
    None,
    /// They run, as the worker does.
    Running,
    /// The process is stopped.
    Stopped,
}

/// What went wrong between scheduler and worker.
#[derive(Debug, Error)]
pub enum Trouble {
    /// An answer, not a death: the worker goes on.
    #[error("{0}")]
    Refused(String),
    /// The worker cannot be trusted any more, or is gone.
    #[error("{0}")]
    Lost(String),
}

impl Worker {
    /// Starts a worker of an arm where it lies, on any core.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn of_arm(arm: &Arm) -> Result<Worker, Trouble> {
        Worker::start(arm.command(arm.executable(0), None), PATIENCE)
    }

    /// Starts a worker in a process group of its own, so that Ctrl-C reaches the scheduler
    /// alone and every finished round is kept. It may take `patience` over each answer.
    ///
    /// # Errors
    /// When the command cannot be started.
    pub fn start(mut command: Command, patience: Duration) -> Result<Worker, Trouble> {
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = spawn(&mut command).map_err(|error| {
            let program = command.get_program().to_string_lossy();
            Trouble::Lost(format!("cannot start the worker {program}: {error}"))
        })?;
        let input = child.stdin.take();
        let output = child.stdout.take().expect("it was piped");
        let errors = child.stderr.take().expect("it was piped");
        Ok(Worker {
            child,
            input,
            answers: read_lines(output),
            words: LastWords::listen(errors),
            patience,
            threads: Threads::None,
            serves_as: None,
        })
    }

    /// Asks for an introduction, and for `setup`; checks that the worker fits this scheduler, and
    /// the arm that it is of. From then on its backend goes by the arm's name.
    ///
    /// # Errors
    /// When there is none in time, or when it speaks another protocol, works for another
    /// backend, runs another guest than the one whose hash is `fixture`, or has loaded another
    /// unwinder than the arm's.
    pub fn hello(&mut self, arm: &Arm, fixture: &str, setup: Setup) -> Result<Hello, Trouble> {
        let hello = self.hello_of_anyone(setup)?;
        hello::check(&hello, &arm.served_as, fixture).map_err(Trouble::Lost)?;
        if let Some(unwinder) = &arm.unwinder {
            let loaded = self.unwinder();
            unwinder.check(loaded.as_ref()).map_err(Trouble::Lost)?;
        }
        self.serves_as = Some(hello.backend);
        Ok(Hello {
            backend: arm.backend.clone(),
            ..hello
        })
    }

    /// What takes stacks down in the process; nothing where it has loaded none, or where the
    /// system does not tell.
    pub fn unwinder(&self) -> Option<UnwinderFacts> {
        UnwinderFacts::loaded_by(self.child.id())
    }

    /// A case as the worker calls it.
    fn in_its_words(&self, case: &Case) -> Case {
        let backend = self.serves_as.as_ref().unwrap_or(&case.backend);
        Case {
            backend: backend.clone(),
            ..case.clone()
        }
    }

    /// The introduction alone, of whatever backend and fixture.
    ///
    /// # Errors
    /// When there is none in time, or when the worker speaks a protocol that is not known here.
    pub fn hello_of_anyone(&mut self, setup: Setup) -> Result<Hello, Trouble> {
        match self.ask(&Ask::Hello(setup))? {
            Answer::Hello(hello) => {
                if hello.own_threads {
                    self.threads = Threads::Running;
                    self.still();
                }
                Ok(*hello)
            }
            Answer::Error { reason } => Err(Trouble::Refused(reason)),
            other => Err(self.nonsense(&other)),
        }
    }

    /// Has a case verified; returns what its slowdown came to, where it has been timed with one.
    ///
    /// # Errors
    /// When it is not what it should be, or when the worker is lost.
    pub fn prepare(&mut self, case: &Case) -> Result<Option<f64>, Trouble> {
        let case = self.in_its_words(case);
        match self.ask(&Ask::Prepare { case })? {
            Answer::Verified { slowdown } => Ok(slowdown),
            Answer::Error { reason } => Err(Trouble::Refused(reason)),
            other => Err(self.nonsense(&other)),
        }
    }

    /// Has a slice timed; the answer is in nanoseconds for all `iterations`.
    ///
    /// # Errors
    /// When the slice is void, when the worker is lost, or when it claims more time than has
    /// passed here, or none at all.
    pub fn time(&mut self, case: &Case, warmup: u64, iterations: u64) -> Result<u64, Trouble> {
        let ask = Ask::Time {
            case: self.in_its_words(case),
            warmup,
            iterations,
        };
        let asked = Instant::now();
        let answer = self.ask(&ask)?;
        let wall = asked.elapsed();
        match answer {
            Answer::Time { nanoseconds: 0 } => Err(self.lost(format!(
                "it claims that {iterations} iterations took no time"
            ))),
            Answer::Time { nanoseconds } if u128::from(nanoseconds) > wall.as_nanos() => Err(self
                .lost(format!(
                    "it claims {nanoseconds} ns where {} ns passed on the scheduler's clock",
                    wall.as_nanos()
                ))),
            Answer::Time { nanoseconds } => Ok(nanoseconds),
            Answer::Error { reason } => Err(Trouble::Refused(reason)),
            other => Err(self.nonsense(&other)),
        }
    }

    /// Has calls counted, where the worker runs under callgrind, which has written its counts
    /// when this returns.
    ///
    /// # Errors
    /// When a check makes the counts void, or when the worker is lost.
    pub fn count(&mut self, case: &Case, iterations: u64, links: u64) -> Result<(), Trouble> {
        let ask = Ask::Count {
            case: self.in_its_words(case),
            iterations,
            links,
        };
        match self.ask(&ask)? {
            Answer::Counted => Ok(()),
            Answer::Error { reason } => Err(Trouble::Refused(reason)),
            other => Err(self.nonsense(&other)),
        }
    }

    fn ask(&mut self, ask: &Ask) -> Result<Answer, Trouble> {
        let line = serde_json::to_string(ask).expect("an ask is plain data");
        self.wake();
        let Some(input) = self.input.as_mut() else {
            return Err(Trouble::Lost("the worker is gone".to_owned()));
        };
        if writeln!(input, "{line}")
            .and_then(|()| input.flush())
            .is_err()
        {
            return Err(self.gone());
        }
        match self.answers.recv_timeout(self.patience) {
            Ok(Ok(line)) => {
                self.still();
                hello::read_answer(&line).map_err(|reason| self.lost(reason))
            }
            Ok(Err(error)) => Err(self.lost(format!("its answer cannot be read: {error}"))),
            Err(RecvTimeoutError::Timeout) => {
                Err(self.lost(format!("it did not answer within {:?}", self.patience)))
            }
            Err(RecvTimeoutError::Disconnected) => Err(self.gone()),
        }
    }

    /// Stops a worker whose threads would go on while others are timed.
    fn still(&mut self) {
        if self.threads == Threads::Running {
            signal(&self.child, Signal::SIGSTOP);
            self.threads = Threads::Stopped;
        }
    }

    fn wake(&mut self) {
        if self.threads == Threads::Stopped {
            signal(&self.child, Signal::SIGCONT);
            self.threads = Threads::Running;
        }
    }

    fn nonsense(&mut self, answer: &Answer) -> Trouble {
        self.lost(format!("it answered another question: {answer:?}"))
    }

    fn gone(&mut self) -> Trouble {
        let status = self.stop(Duration::from_secs(2));
        self.farewell(format!("the worker died ({status})"))
    }

    /// Drops the worker for a reason.
    pub fn lost(&mut self, reason: String) -> Trouble {
        self.stop(Duration::ZERO);
        self.farewell(format!("the worker was dropped: {reason}"))
    }

    fn farewell(&self, reason: String) -> Trouble {
        match self.words.heard().as_str() {
            "" => Trouble::Lost(reason),
            words => Trouble::Lost(format!("{reason}; its last words: {words}")),
        }
    }

    /// Waits for the end, and brings it about when it does not come.
    fn stop(&mut self, patience: Duration) -> String {
        self.wake();
        drop(self.input.take());
        let deadline = Instant::now() + patience;
        while !has_ended(&self.child) && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(2));
        }
        // SIGKILL ends a stopped process too, and whatever the worker has started, also where the
        // worker itself has ended. It comes before the wait, after which the number of the group
        // may be somebody else's.
        signal(&self.child, Signal::SIGKILL);
        let end = self.child.wait();
        end.map_or_else(|error| error.to_string(), |status| status.to_string())
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.stop(Duration::from_secs(1));
    }
}

/// Whether a process has ended, which leaves its number in use until somebody waits for it.
fn has_ended(child: &Child) -> bool {
    use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
    let number = nix::unistd::Pid::from_raw(child.id().cast_signed());
    let look = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
    !matches!(waitid(Id::Pid(number), look), Ok(WaitStatus::StillAlive))
}

/// To the whole process group: a launcher such as a shell has the worker as its child. An error
/// means that the group is gone, which the next ask finds out.
fn signal(child: &Child, signal: Signal) {
    let group = i32::try_from(child.id()).expect("a process number fits");
    let _ = nix::sys::signal::killpg(nix::unistd::Pid::from_raw(group), signal);
}

/// A fresh copy may still be open for writing in a process that another thread has forked and
/// that has not reached its own program yet; the system then refuses to run it, for a moment.
fn spawn(command: &mut Command) -> io::Result<Child> {
    for _ in 0..50 {
        match command.spawn() {
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy => {
                std::thread::sleep(Duration::from_millis(10));
            }
            other => return other,
        }
    }
    command.spawn()
}

fn read_lines(output: impl Read + Send + 'static) -> Receiver<io::Result<String>> {
    let (lines, answers) = sync_channel(16);
    std::thread::spawn(move || {
        let mut output = BufReader::new(output);
        loop {
            let mut line = Vec::new();
            let read = (&mut output)
                .take(LONGEST_LINE)
                .read_until(b'\n', &mut line);
            let line = match read {
                Ok(0) => break,
                Ok(_) => Ok(String::from_utf8_lossy(&line).trim_end().to_owned()),
                Err(error) => Err(error),
            };
            // The scheduler has let go of a worker that nobody listens to.
            if lines.send(line).is_err() {
                break;
            }
        }
    });
    answers
}
