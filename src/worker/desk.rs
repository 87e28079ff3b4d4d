use std::any::Any;
use std::sync::{Condvar, Mutex};

use super::Workbench;

/// What is to be done on the thread.
pub type Job = Box<dyn FnOnce(&mut Workbench) -> Answer + Send>;

pub type Answer = Box<dyn Any + Send>;

/// Where a job is put down for a thread, and the answer for who asked.
///
/// It is laid out once. A channel takes memory for whoever has to wait, on one thread or the
/// other as their race has it; which way the allocator then took in calls that were counted was
/// luck, and a traced raise took 1.3 % more instructions in one process than in the next.
#[derive(Default)]
pub struct Desk {
    on_it: Mutex<OnDesk>,
    changed: Condvar,
}

#[derive(Default)]
enum OnDesk {
    #[default]
    Nothing,
    Job(Job),
    Answer(Answer),
    /// One side will not come back.
    Left,
}

impl Desk {
    /// Has a job done; `None` when the thread has left.
    pub fn ask(&self, job: Job) -> Option<Answer> {
        self.put(OnDesk::Job(job));
        match self.wait_for(|there| matches!(there, OnDesk::Answer(_))) {
            OnDesk::Answer(answer) => Some(answer),
            _ => None,
        }
    }

    /// Does jobs until the asker has left.
    ///
    /// Inlined: left to the optimiser it is a frame under every call in one build and none in
    /// another.
    #[inline(always)]
    pub fn work(&self, workbench: &mut Workbench) {
        while let OnDesk::Job(job) = self.wait_for(|there| matches!(there, OnDesk::Job(_))) {
            let answer = job(workbench);
            self.put(OnDesk::Answer(answer));
        }
    }

    pub fn leave(&self) {
        self.put(OnDesk::Left);
    }

    fn put(&self, what: OnDesk) {
        let mut on_it = self.on_it.lock().expect(NO_PANIC);
        if !matches!(*on_it, OnDesk::Left) {
            *on_it = what;
        }
        self.changed.notify_all();
    }

    /// Takes it away, unless one side has left, which stays so.
    fn wait_for(&self, is_it: fn(&OnDesk) -> bool) -> OnDesk {
        let on_it = self.on_it.lock().expect(NO_PANIC);
        let is_not = |there: &mut OnDesk| !is_it(there) && !matches!(there, OnDesk::Left);
        let mut on_it = self.changed.wait_while(on_it, is_not).expect(NO_PANIC);
        match *on_it {
            OnDesk::Left => OnDesk::Left,
            _ => std::mem::take(&mut on_it),
        }
    }
}

const NO_PANIC: &str = "nobody panics while at the desk";
