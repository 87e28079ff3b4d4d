use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use crate::Workbench;
use crate::backend::Slot;
use crate::fixture::Fixture;
use crate::host_stack;

type Job = Box<dyn FnOnce(&mut Workbench) + Send>;

/// A thread that does nothing but time: whatever calls it, the host stack under the guest is
/// the same short one. A raise on the caller's own thread would walk the caller's frames, and
/// Criterion's are dozens.
pub struct TimingThread {
    jobs: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl TimingThread {
    pub fn start(slots: &'static [Slot], fixture: Fixture) -> TimingThread {
        TimingThread::at(move || Workbench::new(slots, fixture))
    }

    /// Another thread with the same programs, and nothing else: its guests are its own.
    pub fn successor(&self) -> TimingThread {
        let (slots, fixture, programs) = self.ask(|workbench| workbench.shared());
        TimingThread::at(move || Workbench::sharing(slots, fixture, programs))
    }

    fn at(workbench: impl FnOnce() -> Workbench + Send + 'static) -> TimingThread {
        let (jobs, inbox) = sync_channel(0);
        let thread = std::thread::Builder::new()
            .name("timing".to_owned())
            .stack_size(host_stack::SIZE)
            .spawn(move || work(workbench(), &inbox))
            .expect("the system has room for one more thread");
        TimingThread {
            jobs: Some(jobs),
            thread: Some(thread),
        }
    }

    /// Does a job on the thread and waits for its answer.
    ///
    /// # Panics
    /// When the thread is gone because an earlier job panicked.
    pub fn ask<R: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Workbench) -> R + Send + 'static,
    ) -> R {
        let (answer, answered) = sync_channel(1);
        let job: Job = Box::new(move |workbench| {
            // The asker is waiting: it cannot have hung up.
            let _ = answer.send(job(workbench));
        });
        let jobs = self
            .jobs
            .as_ref()
            .expect("the inbox is open until the drop");
        jobs.send(job).expect("the timing thread is alive");
        answered
            .recv()
            .expect("the timing thread finishes its jobs")
    }
}

impl Drop for TimingThread {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has already been reported to the asker.
            let _ = thread.join();
        }
    }
}

/// Inlined: left to the optimiser it is a frame under every call in one build and none in another.
#[inline(always)]
fn work(mut workbench: Workbench, inbox: &Receiver<Job>) {
    for job in inbox {
        job(&mut workbench);
    }
}
