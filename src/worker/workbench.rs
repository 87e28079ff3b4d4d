use std::collections::{HashMap, HashSet};
use std::hint::black_box;
use std::time::Duration;

use thiserror::Error;

use crate::backend::{self, Absent, Ending, Guest, Program, RuntimeFailure, Traces};
use crate::case::{Axis, BackendId, Case, Outcome, Strategy};
use crate::fixture::Fixture;
use crate::host_stack;
use crate::slice::{self, Slice};
use crate::verify::{self, Unverified};

/// Everything that is ready to be called on one thread: each backend's program, compiled once,
/// and a guest per strategy.
pub struct Workbench {
    fixture: Fixture,
    backends: HashMap<BackendId, Loaded>,
}

struct Loaded {
    program: Box<dyn Program>,
    guests: HashMap<Strategy, Box<dyn Guest>>,
    /// Entry and depth of what has been counted: the `raise*` strategies share one entry.
    counted: HashSet<(bool, u32)>,
    verified: HashSet<Case>,
}

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
    #[error("{case}: {reason}")]
    Unverified { case: Case, reason: Unverified },
    #[error("{0} has not been prepared")]
    NotPrepared(Case),
}

impl Workbench {
    pub fn new(fixture: Fixture) -> Workbench {
        Workbench {
            fixture,
            backends: HashMap::new(),
        }
    }

    /// Verifies a case, so that it may be timed. Doing it again costs nothing.
    ///
    /// # Errors
    /// When the backend cannot run it, or when it does not do what it must.
    pub fn prepare(&mut self, case: &Case) -> Result<(), Refusal> {
        let loaded = self.loaded(&case.backend)?;
        if loaded.verified.contains(case) {
            return Ok(());
        }
        loaded.verify(case).map_err(|reason| Refusal::Unverified {
            case: case.clone(),
            reason,
        })
    }

    /// Times `iterations` calls after `warmup` untimed ones, and checks what they left.
    ///
    /// # Errors
    /// When the case was not prepared, or when a check makes the time void.
    #[inline(never)]
    pub fn time(&mut self, case: &Case, warmup: u64, iterations: u64) -> Result<Duration, Refusal> {
        let loaded = self.backends.get_mut(&case.backend);
        let loaded = loaded.filter(|loaded| loaded.verified.contains(case));
        let guest = loaded.and_then(|loaded| loaded.guests.get_mut(&case.series.strategy()));
        let Some(guest) = guest else {
            return Err(Refusal::NotPrepared(case.clone()));
        };
        timed(guest.as_mut(), case, warmup, iterations).map_err(|reason| Refusal::Unverified {
            case: case.clone(),
            reason,
        })
    }

    /// Host frames under a timed call, from the frame that calls into the runtime down to the
    /// start of this thread: counted by a guest that stands where every guest stands, called
    /// from a frame that stands for that of [`Workbench::time`].
    #[inline(never)]
    pub fn host_frames(&mut self) -> usize {
        let case = Case {
            axis: Axis::Depth,
            series: Strategy::Raise.exit(),
            backend: "probe".parse().expect("the name is well-formed"),
            value: 0,
        };
        let mut probe = HeightProbe { height: 0 };
        // Behind a pointer that the optimiser cannot see through, as every guest is.
        let slice = timed(black_box(&mut probe as &mut dyn Guest), &case, 0, 1);
        slice.expect("the probe leaves the traces of a raise");
        probe.height
    }

    fn loaded(&mut self, id: &BackendId) -> Result<&mut Loaded, Refusal> {
        if !self.backends.contains_key(id) {
            let backend = backend::open(id)?;
            let program = backend
                .load(&self.fixture)
                .map_err(|reason| Refusal::Load {
                    backend: id.clone(),
                    reason,
                })?;
            let loaded = Loaded {
                program,
                guests: HashMap::new(),
                counted: HashSet::new(),
                verified: HashSet::new(),
            };
            self.backends.insert(id.clone(), loaded);
        }
        Ok(self.backends.get_mut(id).expect("it was just put there"))
    }
}

impl Loaded {
    fn verify(&mut self, case: &Case) -> Result<(), Unverified> {
        let strategy = case.series.strategy();
        let entry = (strategy == Strategy::Sentinel, case.depth());
        if !self.counted.contains(&entry) {
            verify::frames(self.program.as_ref(), strategy, case.depth())?;
            self.counted.insert(entry);
        }
        if !self.guests.contains_key(&strategy) {
            self.guests.insert(strategy, self.program.guest(strategy)?);
        }
        let guest = self
            .guests
            .get_mut(&strategy)
            .expect("it was just put there");
        verify::call(guest.as_mut(), case)?;
        self.verified.insert(case.clone());
        Ok(())
    }
}

/// Inlined, for the same reason as the loop.
#[inline(always)]
fn timed(
    guest: &mut dyn Guest,
    case: &Case,
    warmup: u64,
    iterations: u64,
) -> Result<Duration, Unverified> {
    guest.set(case.series.outcome(), case.depth())?;
    let expected = verify::expected(case.series);
    let mut slice = || {
        guest.slice(warmup, expected);
        guest.slice(iterations, expected)
    };
    // No frame more than it takes: a raise walks them all.
    let slice = match case.host_frames() {
        0 => slice(),
        frames => host_stack::under(frames, &mut slice),
    };
    verify::slice(&slice, guest, case, warmup + iterations)?;
    Ok(slice.elapsed)
}

/// Stands where a guest stands and looks down.
struct HeightProbe {
    height: usize,
}

impl Guest for HeightProbe {
    fn set(&mut self, _: Outcome, _: u32) -> Result<(), RuntimeFailure> {
        Ok(())
    }

    fn call(&mut self) -> Result<Ending, RuntimeFailure> {
        Ok(Ending::Returned(0))
    }

    fn slice(&mut self, iterations: u64, _: Ending) -> Slice {
        slice::time(iterations, || {
            self.height = host_stack::height();
            true
        })
    }

    fn traces(&mut self) -> Traces {
        Traces {
            host_calls: 1,
            completed: 0,
        }
    }
}
