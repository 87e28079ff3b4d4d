//! Other threads that stop guests while a case is timed, each with an instance of its own.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hint::black_box;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{anyhow, bail};

use crate::backend::{Ending, Guest, Program, RuntimeFailure};
use crate::case::{Case, Strategy};
use crate::host_stack;
use crate::slice::Slice;
use crate::stretch::{HeightProbe, Stretch};
use crate::verify::{self, Unverified};

/// Threads that stay, and are idle between cases.
pub struct Crowd {
    program: Arc<dyn Program>,
    members: Vec<Member>,
}

/// Some of them at work on a case, until it is stopped or dropped.
pub struct AtWork<'a> {
    members: &'a [Member],
}

struct Member {
    /// Closed to end the thread.
    tasks: Option<Sender<Task>>,
    /// One for each task.
    results: Receiver<Result<(), Unverified>>,
    tally: Arc<Tally>,
    thread: Option<JoinHandle<()>>,
}

struct Task {
    case: Case,
    /// Calls between two looks at whether to stop.
    chunk: u64,
    /// Host frames under each call.
    height: usize,
}

/// In cache lines of its own, so that no member slows another by counting.
#[repr(align(128))]
#[derive(Default)]
struct Tally {
    /// Calls since the task began.
    calls: AtomicU64,
    stop: AtomicBool,
    has_ended: AtomicBool,
}

impl Crowd {
    pub fn new(program: Arc<dyn Program>) -> Crowd {
        Crowd {
            program,
            members: Vec::new(),
        }
    }

    /// Sets `size` threads to work on a case, in chunks of so many calls, each with `height` host
    /// frames under it, as the measured ones have. Each has called its guest when this returns.
    ///
    /// # Errors
    /// When the system has no room for a thread, or when the case does not do on one of them what
    /// it must.
    pub fn start(
        &mut self,
        case: &Case,
        size: u32,
        chunk: u64,
        height: usize,
    ) -> Result<AtWork<'_>, Unverified> {
        while self.members.len() < size as usize {
            let member = Member::start(self.program.clone());
            self.members.push(member.map_err(RuntimeFailure::from)?);
        }
        let members = &self.members[..size as usize];
        for member in members {
            member.begin(Task {
                case: case.clone(),
                chunk,
                height,
            });
        }
        let crowd = AtWork { members };
        for Member { tally, .. } in members {
            while tally.calls.load(Relaxed) == 0 {
                if tally.has_ended.load(Relaxed) {
                    crowd.stop()?;
                    unreachable!("who ends without being told to has a reason");
                }
                thread::yield_now();
            }
        }
        Ok(crowd)
    }
}

impl AtWork<'_> {
    /// How often they have called their guests by now, all together.
    pub fn calls(&self) -> u64 {
        let calls = self.members.iter();
        calls.map(|one| one.tally.calls.load(Relaxed)).sum()
    }

    /// Waits until all have stopped.
    ///
    /// # Errors
    /// When a call of one of them did not end as it must, or left behind what it must not.
    pub fn stop(mut self) -> Result<(), Unverified> {
        self.end()
    }

    fn end(&mut self) -> Result<(), Unverified> {
        let members = std::mem::take(&mut self.members);
        for member in members {
            member.tally.stop.store(true, Relaxed);
        }
        let result = |member: &Member| {
            let result = member.results.recv();
            result.unwrap_or_else(|_| Err(anyhow!("one of the other threads has died").into()))
        };
        // Each is waited for, whatever another one says.
        let results = Vec::from_iter(members.iter().map(result));
        results.into_iter().collect()
    }
}

impl Drop for AtWork<'_> {
    fn drop(&mut self) {
        // Where the measured thread has failed, its reason is told.
        let _ = self.end();
    }
}

/// What all threads have got done during a stretch of the measured one.
pub struct AllCalls {
    start: Instant,
    of_others: u64,
    stretch: Stretch,
}

impl AllCalls {
    pub fn from(crowd: &AtWork, stretch: Stretch) -> AllCalls {
        AllCalls {
            of_others: crowd.calls(),
            start: Instant::now(),
            stretch,
        }
    }

    /// What as many calls as are timed of the stretch have taken of all threads together.
    pub fn until(self, crowd: &AtWork) -> Duration {
        let elapsed = self.start.elapsed();
        let all = self.stretch.calls() + crowd.calls() - self.of_others;
        elapsed.mul_f64(self.stretch.iterations() as f64 / all as f64)
    }
}

impl Member {
    fn start(program: Arc<dyn Program>) -> io::Result<Member> {
        let (tasks, inbox) = channel();
        let (answer, results) = channel();
        let tally = Arc::new(Tally::default());
        let of_thread = tally.clone();
        let thread = thread::Builder::new()
            .name("crowd".to_owned())
            .stack_size(host_stack::SIZE)
            .spawn(move || serve(program.as_ref(), &inbox, &answer, &of_thread))?;
        Ok(Member {
            tasks: Some(tasks),
            results,
            tally,
            thread: Some(thread),
        })
    }

    fn begin(&self, task: Task) {
        self.tally.calls.store(0, Relaxed);
        self.tally.stop.store(false, Relaxed);
        self.tally.has_ended.store(false, Relaxed);
        let inbox = self
            .tasks
            .as_ref()
            .expect("the inbox is open until the drop");
        if inbox.send(task).is_err() {
            // Whoever has died says so by its silence, and nobody is to wait for it.
            self.tally.has_ended.store(true, Relaxed);
        }
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.tally.stop.store(true, Relaxed);
        drop(self.tasks.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has already been reported to who asked.
            let _ = thread.join();
        }
    }
}

fn serve(
    program: &dyn Program,
    inbox: &Receiver<Task>,
    answer: &Sender<Result<(), Unverified>>,
    tally: &Tally,
) {
    let mut guests = HashMap::new();
    // A panic ends the thread, and nobody is to wait for it.
    let _ended = Ended(tally);
    for task in inbox {
        let result = call(program, &mut guests, &task, tally);
        tally.has_ended.store(true, Relaxed);
        if answer.send(result).is_err() {
            break;
        }
    }
}

/// Tells that a member has ended, however it did.
struct Ended<'a>(&'a Tally);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        self.0.has_ended.store(true, Relaxed);
    }
}

/// Calls the guest until it is told to stop.
fn call(
    program: &dyn Program,
    guests: &mut HashMap<Strategy, Box<dyn Guest>>,
    Task {
        case,
        chunk,
        height,
    }: &Task,
    tally: &Tally,
) -> Result<(), Unverified> {
    let strategy = case.series.strategy();
    let guest = match guests.entry(strategy) {
        Entry::Occupied(guest) => guest.into_mut(),
        Entry::Vacant(none) => none.insert(program.guest(strategy)?),
    };
    verify::call(guest.as_mut(), case)?;
    guest.set(case.series.outcome(), case.depth())?;
    let frames = frames_to(*height)?;
    let mut calls = 0;
    loop {
        let slice = under(frames, guest.as_mut(), *chunk, case.series.ending());
        calls += chunk;
        tally.calls.store(calls, Relaxed);
        if slice.good != slice.iterations || tally.stop.load(Relaxed) {
            return verify::slice(&slice, guest.as_mut(), case, calls);
        }
    }
}

/// How many frames have to be laid under a call on this thread to come to a height. A raise pays
/// for each. Inlined: the guest is called from the same frame as the probe.
#[inline(always)]
fn frames_to(height: usize) -> Result<u32, RuntimeFailure> {
    let mut probe = HeightProbe::default();
    // Behind a pointer that the optimiser cannot see through, as every guest is.
    under(
        0,
        black_box(&mut probe as &mut dyn Guest),
        1,
        Ending::Returned(0),
    );
    match height.checked_sub(probe.height) {
        Some(frames) => Ok(u32::try_from(frames)?),
        None => bail!(
            "another thread has {} host frames under its calls, and the measured one {height}",
            probe.height
        ),
    }
}

/// Calls the guest from so many frames further up.
#[inline(never)]
fn under(frames: u32, guest: &mut dyn Guest, iterations: u64, expected: Ending) -> Slice {
    // Something is left to do behind the call, or it would be a jump and leave no frame.
    black_box(match frames {
        0 => guest.slice(iterations, expected),
        _ => under(frames - 1, guest, iterations, expected),
    })
}
