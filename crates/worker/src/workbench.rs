use std::collections::{HashMap, HashSet};
use std::hint::black_box;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::anyhow;
use thiserror::Error;

use crate::backend::{self, Absent, Guest, Program, RuntimeFailure, Slot};
use crate::case::{Axis, BackendId, Calls, Case, Series, Strategy};
use crate::crowd::{AtWork, Crowd};
use crate::fixture::{Entry, Fixture};
use crate::offer::{Offer, OfferLine, missing};
use crate::slowdown::{Search, Slowdown};
use crate::stretch::{HeightProbe, Stretch, Work, timed};
use crate::verify::{self, Unverified};

/// Everything that is ready to be called on one thread: each backend's program, compiled once,
/// and a guest per strategy.
pub struct Workbench {
    /// What it can open.
    slots: &'static [Slot],
    fixture: Fixture,
    /// By which share every case is to be slowed down, if any is.
    slowdown: Option<f64>,
    backends: HashMap<BackendId, Loaded>,
    loaders: Vec<Loader>,
}

/// Keeps the thread alive on which a program was compiled.
type Loader = Sender<()>;

/// By backend, what threads share.
pub type Programs = HashMap<BackendId, SharedProgram>;

/// A backend, as threads share it.
#[derive(Clone)]
pub struct SharedProgram {
    offer: Offer,
    program: Arc<dyn Program>,
    /// How many modules its process has registered; nothing where registering has failed halfway.
    modules: Arc<Mutex<Option<u32>>>,
}

struct Loaded {
    shared: SharedProgram,
    guests: HashMap<Strategy, Box<dyn Guest>>,
    crowd: Crowd,
    /// What has been counted, by the completing run of the same code: the `raise*` strategies
    /// share one entry.
    counted: HashSet<(Series, u32)>,
    verified: HashMap<Case, Option<(Slowdown, f64)>>,
}

/// In how many chunks the other threads do what the measured one does in a stretch: they look at
/// whether to stop, and say how far they are, after each. Half a chunk of each is not counted.
const CHUNKS: u64 = 256;

/// More take gigabytes, and runtimes end the process where there is no room.
const MOST_MODULES: u32 = 4096;

/// Each takes its stack.
const MOST_THREADS: u32 = 256;

/// A thread's stack has room for ten times as many.
const MOST_HOST_FRAMES: u32 = 1000;

/// Why the workbench does not do what it was asked.
#[derive(Debug, Error)]
pub enum Refusal {
    #[error(transparent)]
    Absent(#[from] Absent),
    #[error("{backend} does not load the fixture: {reason:#}")]
    Load {
        backend: BackendId,
        reason: RuntimeFailure,
    },
    #[error("{case}: {} does not offer it; it offers {offer}", case.backend)]
    NotOffered { case: Case, offer: String },
    #[error("{case}: {}", missing(*.entry))]
    Lacks { case: Case, entry: Entry },
    #[error("{case}: {reason}")]
    Unverified { case: Case, reason: Unverified },
    #[error("{case} wants {} modules registered: {reason:#}", case.place().modules)]
    Modules { case: Case, reason: RuntimeFailure },
    #[error("{case} wants {} other threads: more than {MOST_THREADS} say nothing more", case.place().threads)]
    Threads { case: Case },
    #[error("{case} wants {} more host frames: {reason}", case.place().host_frames)]
    HostFrames { case: Case, reason: String },
    #[error("{0} has not been prepared")]
    NotPrepared(Case),
}

impl Refusal {
    fn not_offered(case: &Case, offer: &Offer) -> Refusal {
        let on = |line: OfferLine| format!("{} on the axis {}", line.series.join(", "), line.axis);
        let lines = Vec::from_iter(offer.lines().into_iter().map(on));
        Refusal::NotOffered {
            case: case.clone(),
            offer: lines.join("; "),
        }
    }
}

impl Workbench {
    /// Of the backends in `slots`, for one guest.
    pub fn new(slots: &'static [Slot], fixture: Fixture) -> Workbench {
        Workbench {
            slots,
            fixture,
            slowdown: None,
            backends: HashMap::new(),
            loaders: Vec::new(),
        }
    }

    /// Compiles a backend's program, so that it can be shared. Doing it again costs nothing.
    ///
    /// # Errors
    /// When the backend is not there, or does not load the fixture.
    pub fn load(&mut self, id: &BackendId) -> Result<(), Refusal> {
        self.loaded(id).map(|_| ())
    }

    /// With programs that another one has compiled.
    pub fn sharing(slots: &'static [Slot], fixture: Fixture, programs: Programs) -> Workbench {
        let loaded = programs.into_iter();
        let loaded = loaded.map(|(id, shared)| (id, Loaded::new(shared)));
        Workbench {
            backends: loaded.collect(),
            ..Workbench::new(slots, fixture)
        }
    }

    /// What another workbench may share.
    pub fn shared(&self) -> (&'static [Slot], Fixture, Programs) {
        let loaded = self.backends.iter();
        let programs = loaded.map(|(id, loaded)| (id.clone(), loaded.shared.clone()));
        (self.slots, self.fixture.clone(), programs.collect())
    }

    /// Slows down every case by `share` of its time, from its first slice on.
    pub fn slow_down(&mut self, share: f64) {
        self.slowdown = Some(share);
    }

    /// Verifies a case, so that it may be timed; returns what its slowdown came to, where it has
    /// been timed with one. Doing it again costs nothing.
    ///
    /// # Errors
    /// When the backend cannot run it, or when it does not do what it must.
    pub fn prepare(&mut self, case: &Case) -> Result<Option<f64>, Refusal> {
        self.check_host_frames(case)?;
        let entry = case.series.strategy().row().entry;
        if let Some(entry) = entry.filter(|&entry| !self.fixture.has(entry)) {
            return Err(Refusal::Lacks {
                case: case.clone(),
                entry,
            });
        }
        let place = case.place();
        if place.threads > MOST_THREADS {
            return Err(Refusal::Threads { case: case.clone() });
        }
        if place.modules > MOST_MODULES {
            return Err(Refusal::Modules {
                case: case.clone(),
                reason: anyhow!("more than {MOST_MODULES} may not fit the machine"),
            });
        }
        let height = self.height_for(case);
        let loaded = self.loaded(&case.backend)?;
        if !loaded.shared.offer.has(case) {
            return Err(Refusal::not_offered(case, &loaded.shared.offer));
        }
        let loader = loaded.shared.register(case)?;
        if !loaded.verified.contains_key(case) {
            let unverified = |reason| Refusal::Unverified {
                case: case.clone(),
                reason,
            };
            loaded.verify(case, height).map_err(unverified)?;
        }
        let achieved = loaded.verified[case].map(|(_, achieved)| achieved);
        self.loaders.extend(loader);
        Ok(achieved)
    }

    /// Times a stretch of calls, and checks what they left.
    ///
    /// # Errors
    /// When the case was not prepared, or when a check makes the time void.
    #[inline(never)]
    pub fn time(&mut self, case: &Case, stretch: Stretch) -> Result<Duration, Refusal> {
        let height = self.height_for(case);
        let not_prepared = || Refusal::NotPrepared(case.clone());
        let unverified = |reason| Refusal::Unverified {
            case: case.clone(),
            reason,
        };
        let loaded = self.backends.get_mut(&case.backend);
        let loaded = loaded.ok_or_else(not_prepared)?;
        let slowdown = loaded.verified.get_mut(case).ok_or_else(not_prepared)?;
        let guest = loaded.guests.get_mut(&case.series.strategy());
        let guest = guest.ok_or_else(not_prepared)?;
        let mut search = match (self.slowdown, &slowdown) {
            (Some(share), None) => Some(Search::new(share)),
            _ => None,
        };
        let threads = case.place().threads;
        let chunk = stretch.iterations().div_ceil(CHUNKS);
        let crowd = loaded.crowd.start(case, threads, chunk, height);
        let crowd = crowd.map_err(unverified)?;
        // This thread has been idle, and the system owes it a turn before the others. It calls as
        // often untimed as timed, until that is paid.
        let stretch = match threads {
            0 => stretch,
            _ => stretch.warmed_up(),
        };
        // One call of `timed` for the slices that find a slowdown and for the one that was asked
        // for, so that all are called from one place.
        loop {
            let wanted = search.as_ref().and_then(Search::next);
            let work = match wanted {
                Some((iterations, slowdown)) => Work {
                    stretch: Stretch::timed(iterations.div_ceil(10), iterations),
                    expected: case.series.ending(),
                    slowdown,
                },
                None => Work {
                    stretch,
                    expected: case.series.ending(),
                    slowdown: stretch
                        .slowdown()
                        .or(slowdown.map(|(slowdown, _)| slowdown)),
                },
            };
            let all = AllCalls::from(&crowd, work.stretch);
            let elapsed = timed(guest.as_mut(), case, work).map_err(unverified)?;
            let elapsed = match case.axis.row().calls {
                Calls::Own => elapsed,
                Calls::All => all.until(&crowd),
            };
            let Some(search) = search.as_mut().filter(|_| wanted.is_some()) else {
                crowd.stop().map_err(unverified)?;
                return Ok(elapsed);
            };
            search.hear(elapsed);
            *slowdown = search.found();
        }
    }

    /// How many frames the caller of a case finds in its error's trace; `None` where it has no
    /// error.
    ///
    /// # Errors
    /// When the case was not prepared, or when it cannot be called.
    pub fn frames_seen(&mut self, case: &Case) -> Result<Option<usize>, Refusal> {
        let loaded = self.backends.get_mut(&case.backend);
        let guest = loaded.and_then(|loaded| loaded.guests.get_mut(&case.series.strategy()));
        let guest = guest.ok_or_else(|| Refusal::NotPrepared(case.clone()))?;
        let mut seen = || {
            guest.set(case.series.outcome(), case.depth())?;
            guest.frames_seen()
        };
        seen().map_err(|reason| Refusal::Unverified {
            case: case.clone(),
            reason: Unverified::Runtime(reason),
        })
    }

    /// Host frames under a timed call with `extra` ones laid under it, from the frame that
    /// calls into the runtime down to the start of this thread: counted by a guest that stands
    /// where every guest stands, called from a frame that stands for that of
    /// [`Workbench::time`].
    #[inline(never)]
    pub fn host_frames(&mut self, extra: u32) -> usize {
        let case = Case {
            axis: Axis::HostStack,
            series: Strategy::Raise.exit(),
            backend: "probe".parse().expect("the name is well-formed"),
            value: extra.into(),
        };
        let work = Work {
            stretch: Stretch::timed(0, 1),
            expected: case.series.ending(),
            slowdown: None,
        };
        let mut probe = HeightProbe::default();
        // Behind a pointer that the optimiser cannot see through, as every guest is.
        let slice = timed(black_box(&mut probe as &mut dyn Guest), &case, work);
        slice.expect("the probe leaves the traces of a raise");
        probe.height
    }

    /// How many host frames other threads are to have under their calls. It is not asked where
    /// there are none: nothing is done between a heap's preparation and the calls that are counted.
    fn height_for(&mut self, case: &Case) -> usize {
        match case.place().threads {
            0 => 0,
            _ => self.host_frames(0),
        }
    }

    /// Are the frames that the case asks for really laid under it?
    fn check_host_frames(&mut self, case: &Case) -> Result<(), Refusal> {
        let wanted = case.place().host_frames;
        if wanted > MOST_HOST_FRAMES {
            return Err(Refusal::HostFrames {
                case: case.clone(),
                reason: format!("more than {MOST_HOST_FRAMES} would not fit its stack"),
            });
        }
        let found = self.host_frames(wanted) - self.host_frames(0);
        if found == wanted as usize {
            return Ok(());
        }
        Err(Refusal::HostFrames {
            case: case.clone(),
            reason: format!("this build lays {found}"),
        })
    }

    fn loaded(&mut self, id: &BackendId) -> Result<&mut Loaded, Refusal> {
        if !self.backends.contains_key(id) {
            let backend = backend::open(self.slots, id)?;
            let (offer, _) = backend.offer().of_guest(&self.fixture);
            let fixture = self.fixture.clone();
            let (program, loader) = on_a_thread_that_stays(move || backend.load(&fixture));
            let program = program.map_err(|reason| Refusal::Load {
                backend: id.clone(),
                reason,
            })?;
            self.loaders.push(loader);
            let loaded = Loaded::new(SharedProgram {
                offer,
                program: program.into(),
                modules: Arc::new(Mutex::new(Some(1))),
            });
            self.backends.insert(id.clone(), loaded);
        }
        Ok(self.backends.get_mut(id).expect("it was just put there"))
    }
}

/// What all threads have got done during a stretch of the measured one.
struct AllCalls {
    start: Instant,
    of_others: u64,
    stretch: Stretch,
}

impl AllCalls {
    fn from(crowd: &AtWork, stretch: Stretch) -> AllCalls {
        AllCalls {
            of_others: crowd.calls(),
            start: Instant::now(),
            stretch,
        }
    }

    /// What as many calls as are timed of the stretch have taken of all threads together.
    fn until(self, crowd: &AtWork) -> Duration {
        let elapsed = self.start.elapsed();
        let all = self.stretch.calls() + crowd.calls() - self.of_others;
        elapsed.mul_f64(self.stretch.iterations() as f64 / all as f64)
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
        // Ends with an error, when the workbench is gone.
        let _ = end.recv();
    });
    let done = given.recv();
    let done = done.unwrap_or_else(|_| match thread.join() {
        Ok(()) => unreachable!("it ends after it has given"),
        Err(panic) => std::panic::resume_unwind(panic),
    });
    (done, loader)
}

impl SharedProgram {
    /// Registers the modules that the case wants in the process, where they are not there yet.
    fn register(&self, case: &Case) -> Result<Option<Loader>, Refusal> {
        let refused = |reason| Refusal::Modules {
            case: case.clone(),
            reason,
        };
        let wanted = case.place().modules;
        let mut modules = self.modules.lock().expect("nobody panics holding it");
        let there = modules.ok_or_else(|| {
            refused(anyhow!(
                "registering failed before in this process, halfway"
            ))
        })?;
        let more = wanted
            .checked_sub(there)
            .ok_or_else(|| refused(anyhow!("this process has {there} for good")))?;
        if more == 0 {
            return Ok(None);
        }
        *modules = None;
        let program = self.program.clone();
        let (registered, loader) = on_a_thread_that_stays(move || program.register(more));
        registered.map_err(refused)?;
        *modules = Some(wanted);
        Ok(Some(loader))
    }
}

impl Loaded {
    fn new(shared: SharedProgram) -> Loaded {
        Loaded {
            crowd: Crowd::new(shared.program.clone()),
            shared,
            guests: HashMap::new(),
            counted: HashSet::new(),
            verified: HashMap::new(),
        }
    }

    /// `height` is how many host frames are under a timed call.
    fn verify(&mut self, case: &Case, height: usize) -> Result<(), Unverified> {
        let strategy = case.series.strategy();
        let entry = (strategy.complete(), case.depth());
        if !self.counted.contains(&entry) {
            verify::frames(self.shared.program.as_ref(), strategy, case.depth())?;
            self.counted.insert(entry);
        }
        if !self.guests.contains_key(&strategy) {
            self.guests
                .insert(strategy, self.shared.program.guest(strategy)?);
        }
        let guest = self
            .guests
            .get_mut(&strategy)
            .expect("it was just put there");
        verify::call(guest.as_mut(), case)?;
        let crowd = self.crowd.start(case, case.place().threads, 1, height)?;
        crowd.stop()?;
        self.verified.insert(case.clone(), None);
        Ok(())
    }
}
