use std::collections::{HashMap, HashSet};
use std::hint::black_box;
use std::time::Duration;

use crate::backend::{Guest, Slot};
use crate::case::{Axis, BackendId, Calls, Case, Series, Strategy};
use crate::crowd::{AllCalls, Crowd};
use crate::fixture::Fixture;
use crate::refusal::Refusal;
use crate::shared_program::{Programs, SharedProgram};
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

/// Each takes its stack.
const MOST_THREADS: u32 = 256;

/// A thread's stack has room for ten times as many.
const MOST_HOST_FRAMES: u32 = 1000;

impl Workbench {
    /// Of the backends in `slots`, for one guest.
    pub fn new(slots: &'static [Slot], fixture: Fixture) -> Workbench {
        Workbench {
            slots,
            fixture,
            slowdown: None,
            backends: HashMap::new(),
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
        if case.place().threads > MOST_THREADS {
            return Err(Refusal::Threads {
                case: case.clone(),
                reason: format!("more than {MOST_THREADS} say nothing more"),
            });
        }
        let height = self.height_for(case);
        let loaded = self.loaded(&case.backend)?;
        if !loaded.shared.offer().has(case) {
            return Err(Refusal::not_offered(case, loaded.shared.offer()));
        }
        loaded.shared.register(case)?;
        if !loaded.verified.contains_key(case) {
            let unverified = |reason| Refusal::Unverified {
                case: case.clone(),
                reason,
            };
            loaded.verify(case, height).map_err(unverified)?;
        }
        Ok(loaded.verified[case].map(|(_, achieved)| achieved))
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
            let shared = SharedProgram::load(self.slots, id, &self.fixture)?;
            let loaded = Loaded::new(shared);
            self.backends.insert(id.clone(), loaded);
        }
        Ok(self.backends.get_mut(id).expect("it was just put there"))
    }
}

impl Loaded {
    fn new(shared: SharedProgram) -> Loaded {
        Loaded {
            crowd: Crowd::new(shared.program().clone()),
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
            verify::frames(self.shared.program().as_ref(), strategy, case.depth())?;
            self.counted.insert(entry);
        }
        if !self.guests.contains_key(&strategy) {
            self.guests
                .insert(strategy, self.shared.program().guest(strategy)?);
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
