use std::sync::Arc;
use std::thread::JoinHandle;

use super::Workbench;
use super::desk::Desk;
use crate::fixture::Fixture;

/// What Rust gives a thread unless RUST_MIN_STACK says otherwise: native guests may take half of
/// it, and are refused what is more.
const STACK: usize = 2 << 20;

/// A thread that does nothing but time: whatever calls it, the host stack under the guest is
/// the same short one. A raise on the caller's own thread would walk the caller's frames, and
/// Criterion's are dozens.
pub struct TimingThread {
    desk: Arc<Desk>,
    thread: Option<JoinHandle<()>>,
}

impl TimingThread {
    pub fn start(fixture: Fixture) -> TimingThread {
        TimingThread::at(move || Workbench::new(fixture))
    }

    /// Another thread with the same programs, and nothing else: its guests are its own.
    pub fn successor(&mut self) -> TimingThread {
        let (fixture, programs) = self.ask(|workbench| workbench.shared());
        TimingThread::at(move || Workbench::sharing(fixture, programs))
    }

    fn at(workbench: impl FnOnce() -> Workbench + Send + 'static) -> TimingThread {
        let desk = Arc::new(Desk::default());
        let of_thread = Leaving(Arc::clone(&desk));
        let thread = std::thread::Builder::new()
            .name("timing".to_owned())
            .stack_size(STACK)
            .spawn(move || {
                let Leaving(desk) = &of_thread;
                desk.work(&mut workbench());
            })
            .expect("the system has room for one more thread");
        TimingThread {
            desk,
            thread: Some(thread),
        }
    }

    /// Does a job on the thread and waits for its answer.
    ///
    /// # Panics
    /// When the thread is gone because a job panicked.
    pub fn ask<R: Send + 'static>(
        &mut self,
        job: impl FnOnce(&mut Workbench) -> R + Send + 'static,
    ) -> R {
        let job = Box::new(move |workbench: &mut Workbench| Box::new(job(workbench)) as _);
        let answer = self.desk.ask(job);
        let answer = answer.expect("the timing thread finishes its jobs");
        *answer.downcast().expect("a job has one type of answer")
    }
}

impl Drop for TimingThread {
    fn drop(&mut self) {
        self.desk.leave();
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has already been reported to the asker.
            let _ = thread.join();
        }
    }
}

/// Leaves the desk however the thread ends, so that nobody waits for it.
struct Leaving(Arc<Desk>);

impl Drop for Leaving {
    fn drop(&mut self) {
        self.0.leave();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    #[test]
    fn jobs_are_answered_in_turn() {
        let mut thread = TimingThread::start(Fixture::open(None).unwrap());
        assert_eq!(thread.ask(|_| 1), 1);
        assert_eq!(thread.ask(|_| "two"), "two");
        assert!(thread.ask(|_| std::thread::current().name() == Some("timing")));
    }

    #[test]
    fn who_asks_a_thread_that_is_gone_does_not_wait() {
        let mut thread = TimingThread::start(Fixture::open(None).unwrap());
        for _ in 0..2 {
            let asked = AssertUnwindSafe(|| thread.ask(|_| panic!("a job that fails")));
            assert!(catch_unwind(asked).is_err());
        }
    }
}
