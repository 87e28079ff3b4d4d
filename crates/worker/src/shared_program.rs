//! A backend's program, compiled once, and what its process has registered beside it: what the
//! threads of a process share.

use std::collections::HashMap;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;

use anyhow::anyhow;

use crate::backend::{self, Program, Slot};
use crate::case::{BackendId, Case};
use crate::fixture::Fixture;
use crate::offer::Offer;
use crate::refusal::Refusal;

/// By backend, what threads share.
pub type Programs = HashMap<BackendId, SharedProgram>;

#[derive(Clone)]
pub struct SharedProgram {
    /// For the guest that was compiled.
    offer: Offer,
    program: Arc<dyn Program>,
    registered: Arc<Mutex<Registered>>,
}

/// What the process has for good.
struct Registered {
    /// The number of modules; nothing where registering has failed halfway.
    modules: Option<u32>,
    loaders: Vec<Loader>,
}

/// Keeps the thread alive on which something was compiled or loaded.
type Loader = Sender<()>;

/// More take gigabytes, and runtimes end the process where there is no room.
const MOST_MODULES: u32 = 4096;

impl SharedProgram {
    /// Compiles the fixture for one of the backends in `slots`.
    ///
    /// # Errors
    /// When the backend is not there, or does not load the fixture.
    pub fn load(
        slots: &[Slot],
        id: &BackendId,
        fixture: &Fixture,
    ) -> Result<SharedProgram, Refusal> {
        let backend = backend::open(slots, id)?;
        let (offer, _) = backend.offer().of_guest(fixture);
        let fixture = fixture.clone();
        let (program, loader) = on_a_thread_that_stays(move || backend.load(&fixture));
        let program = program.map_err(|reason| Refusal::Load {
            backend: id.clone(),
            reason,
        })?;
        Ok(SharedProgram {
            offer,
            program: program.into(),
            registered: Arc::new(Mutex::new(Registered {
                modules: Some(1),
                loaders: vec![loader],
            })),
        })
    }

    pub fn offer(&self) -> &Offer {
        &self.offer
    }

    pub fn program(&self) -> &Arc<dyn Program> {
        &self.program
    }

    /// Registers the modules that the case wants in the process, where they are not there yet.
    ///
    /// # Errors
    /// When it wants fewer than there are or more than may fit, or when the runtime fails.
    pub fn register(&self, case: &Case) -> Result<(), Refusal> {
        let refused = |reason| Refusal::Modules {
            case: case.clone(),
            reason,
        };
        let wanted = case.place().modules;
        if wanted > MOST_MODULES {
            return Err(refused(anyhow!(
                "more than {MOST_MODULES} may not fit the machine"
            )));
        }
        let mut registered = self.registered.lock().expect("nobody panics holding it");
        let Some(there) = registered.modules else {
            return Err(refused(anyhow!(
                "registering failed before in this process, halfway"
            )));
        };
        let Some(more) = wanted.checked_sub(there) else {
            return Err(refused(anyhow!("this process has {there} for good")));
        };
        if more > 0 {
            registered.modules = None;
            let program = self.program.clone();
            let (done, loader) = on_a_thread_that_stays(move || program.register(more));
            registered.loaders.push(loader);
            done.map_err(refused)?;
            registered.modules = Some(wanted);
        }
        Ok(())
    }
}

/// Does on a thread of its own what fills a heap: compiling, and loading modules. The thread stays
/// for as long as its program may be called.
///
/// What compiling leaves behind, in another order each time, would lie in the free lists from
/// which this thread's calls are served, or those of the next thread if that one ended: a traced
/// raise took 10 % more or fewer instructions from process to process.
fn on_a_thread_that_stays<R: Send + 'static>(
    job: impl FnOnce() -> R + Send + 'static,
) -> (R, Loader) {
    let (give, given) = channel();
    let (loader, end) = channel();
    let thread = thread::spawn(move || {
        // Who waits for it cannot have hung up.
        let _ = give.send(job());
        drop(give);
        // Ends with an error, when nobody shares the program any more.
        let _ = end.recv();
    });
    let done = given.recv();
    let done = done.unwrap_or_else(|_| match thread.join() {
        Ok(()) => unreachable!("it ends after it has given"),
        Err(panic) => std::panic::resume_unwind(panic),
    });
    (done, loader)
}
