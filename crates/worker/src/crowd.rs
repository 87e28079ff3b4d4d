//! Other threads that stop guests while a case is timed, each with an instance of its own.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};

use crate::backend::{Guest, Program};
use crate::case::{Case, Strategy};
use crate::host_stack;
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

    /// Sets `size` threads to work on a case, in chunks of so many calls. Each has called its guest
    /// when this returns.
    ///
    /// # Errors
    /// When the case does not do on one of them what it must.
    pub fn start(&mut self, case: &Case, size: u32, chunk: u64) -> Result<AtWork<'_>, Unverified> {
        while self.members.len() < size as usize {
            self.members.push(Member::start(self.program.clone()));
        }
        let members = &self.members[..size as usize];
        for member in members {
            member.begin(Task {
                case: case.clone(),
                chunk,
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
            result.expect("a member ends its work")
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

impl Member {
    fn start(program: Arc<dyn Program>) -> Member {
        let (tasks, inbox) = channel();
        let (answer, results) = channel();
        let tally = Arc::new(Tally::default());
        let of_thread = tally.clone();
        let thread = thread::Builder::new()
            .name("crowd".to_owned())
            .stack_size(host_stack::SIZE)
            .spawn(move || serve(program.as_ref(), &inbox, &answer, &of_thread))
            .expect("the system has room for one more thread");
        Member {
            tasks: Some(tasks),
            results,
            tally,
            thread: Some(thread),
        }
    }

    fn begin(&self, task: Task) {
        self.tally.calls.store(0, Relaxed);
        self.tally.stop.store(false, Relaxed);
        self.tally.has_ended.store(false, Relaxed);
        let inbox = self
            .tasks
            .as_ref()
            .expect("the inbox is open until the drop");
        inbox.send(task).expect("the member is alive");
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
    for task in inbox {
        let result = call(program, &mut guests, &task, tally);
        tally.has_ended.store(true, Relaxed);
        if answer.send(result).is_err() {
            break;
        }
    }
}

/// Calls the guest until it is told to stop.
fn call(
    program: &dyn Program,
    guests: &mut HashMap<Strategy, Box<dyn Guest>>,
    Task { case, chunk }: &Task,
    tally: &Tally,
) -> Result<(), Unverified> {
    let strategy = case.series.strategy();
    let guest = match guests.entry(strategy) {
        Entry::Occupied(guest) => guest.into_mut(),
        Entry::Vacant(none) => none.insert(program.guest(strategy)?),
    };
    verify::call(guest.as_mut(), case)?;
    guest.set(case.series.outcome(), case.depth())?;
    let mut calls = 0;
    loop {
        let slice = guest.slice(*chunk, case.series.ending());
        calls += chunk;
        tally.calls.store(calls, Relaxed);
        if slice.good != slice.iterations || tally.stop.load(Relaxed) {
            return verify::slice(&slice, guest.as_mut(), case, calls);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::{Aftermath, Ending, RuntimeFailure};
    use crate::case::Outcome;
    use crate::slice::{self, Slice};

    /// Guests that end every call as they must up to a number of calls, and no call after it.
    struct Tiring(u64);

    struct TiringGuest {
        left: u64,
        calls: u64,
        depth: u32,
    }

    impl Program for Tiring {
        fn guest(&self, _: Strategy) -> Result<Box<dyn Guest>, RuntimeFailure> {
            Ok(Box::new(TiringGuest {
                left: self.0,
                calls: 0,
                depth: 0,
            }))
        }

        fn count_frames(&self, _: Strategy, depth: u32) -> Result<usize, RuntimeFailure> {
            Ok(depth as usize + 1)
        }
    }

    impl Guest for TiringGuest {
        fn set(&mut self, _: Outcome, depth: u32) -> Result<(), RuntimeFailure> {
            self.calls = 0;
            self.depth = depth;
            Ok(())
        }

        fn call(&mut self) -> Result<Ending, RuntimeFailure> {
            self.calls += 1;
            let is_tired = self.left == 0;
            self.left = self.left.saturating_sub(1);
            Ok(match is_tired {
                true => Ending::Returned(0),
                false => Ending::Exited(1),
            })
        }

        fn slice(&mut self, iterations: u64, expected: Ending) -> Slice {
            slice::time(iterations, || self.call().is_ok_and(|one| one == expected))
        }

        fn aftermath(&mut self) -> Aftermath {
            Aftermath {
                host_calls: self.calls,
                completed: 0,
                depth: self.depth,
            }
        }
    }

    fn raise() -> Case {
        "threads/raise/exit/tiring/3".parse().unwrap()
    }

    #[test]
    fn all_are_at_work_until_they_are_stopped() {
        let mut crowd = Crowd::new(Arc::new(Tiring(u64::MAX)));
        let at_work = crowd.start(&raise(), 3, 5).unwrap();
        assert!(at_work.calls() >= 3 * 5);
        assert!(at_work.stop().is_ok());
        let of_none = crowd.start(&raise(), 0, 5).unwrap();
        assert_eq!(of_none.calls(), 0);
    }

    #[test]
    fn a_bad_call_on_any_thread_is_told_and_the_next_case_is_as_good_as_any() {
        let mut crowd = Crowd::new(Arc::new(Tiring(0)));
        assert!(crowd.start(&raise(), 2, 5).is_err());
        let mut crowd = Crowd::new(Arc::new(Tiring(100_000)));
        let at_work = crowd.start(&raise(), 2, 7).unwrap();
        while at_work.calls() < 2 * 100_000 {
            thread::yield_now();
        }
        let told = at_work.stop().unwrap_err().to_string();
        assert!(told.contains("did not end as they should"), "{told}");
        assert!(crowd.start(&raise(), 2, 7).is_err());
    }

    #[test]
    fn a_crowd_that_is_dropped_at_work_comes_to_rest() {
        let mut crowd = Crowd::new(Arc::new(Tiring(u64::MAX)));
        drop(crowd.start(&raise(), 2, 5).unwrap());
        assert!(crowd.start(&raise(), 2, 5).unwrap().stop().is_ok());
    }
}
