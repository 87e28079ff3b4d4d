//! What executes the guest, behind one trait.
//!
//! A backend loads the [`Fixture`](crate::fixture::Fixture) into a [`Program`], and a program gives a [`Guest`] per
//! strategy: an instance that is ready to be called, with the host's side of the bargain in
//! place. Nothing here prints, and nothing here decides what is measured.

use std::collections::BTreeMap;

use thiserror::Error;

use crate::case::{BackendId, Outcome, Strategy};
use crate::fixture::Fixture;
use crate::offer::Offer;
use crate::slice::Slice;

pub use crate::ending::Ending;
pub use crate::host::Host;

/// What went wrong inside a runtime, in its own words.
pub type RuntimeFailure = anyhow::Error;

/// A place in the suite for a backend, whether or not it is compiled in.
pub struct Slot {
    pub id: &'static str,
    /// The cargo feature that compiles it in; none where it always is.
    pub feature: Option<&'static str>,
    /// What else it takes, in words; empty where it takes nothing.
    pub needs: &'static str,
    /// Makes it; nothing where it is not compiled in.
    pub open: Option<fn() -> Box<dyn Backend>>,
}

/// One runtime with one compiler.
pub trait Backend: Send {
    /// Versions of what decides its speed: the runtime's, the compiler's, its libraries'.
    fn versions(&self) -> BTreeMap<String, String>;

    /// What it can do.
    fn offer(&self) -> Offer;

    /// Compiles the fixture.
    fn load(&self, fixture: &Fixture) -> Result<Box<dyn Program>, RuntimeFailure>;
}

/// The fixture, compiled once; it is compiled on one thread and called on others.
pub trait Program: Send + Sync {
    /// A fresh instance whose host stops the guest in the way of `strategy`.
    fn guest(&self, strategy: Strategy) -> Result<Box<dyn Guest>, RuntimeFailure>;

    /// How many frames of the fixture are live when the host is called, counted on this very
    /// code, in an instance that is thrown away. Two calls are made, one after the other: a guest
    /// that leaves something behind may have other frames in the second. Where they differ it is
    /// the number of the second.
    fn count_frames(&self, strategy: Strategy, depth: u32) -> Result<usize, RuntimeFailure>;

    /// Registers so many further modules with the process, as loading them does, and keeps them.
    ///
    /// # Errors
    /// Where the runtime has no modules to register.
    fn register(&self, more: u32) -> Result<(), RuntimeFailure> {
        anyhow::bail!("it cannot register {more} further modules")
    }
}

/// An instance that is ready to be called.
pub trait Guest {
    /// Sets depth and outcome for the calls to come, and forgets what those before left.
    fn set(&mut self, outcome: Outcome, depth: u32) -> Result<(), RuntimeFailure>;

    /// One call, with the words of a failure.
    fn call(&mut self) -> Result<Ending, RuntimeFailure>;

    /// Times `iterations` calls, each expected to end as `expected`: from before the call
    /// until the result, or the exit code, is in hand and the error is dropped.
    fn slice(&mut self, iterations: u64, expected: Ending) -> Slice;

    /// Makes one call, and tells how many frames the caller finds in the trace of the error that
    /// comes of it; `None` where no error comes.
    fn frames_seen(&mut self) -> Result<Option<usize>, RuntimeFailure> {
        Ok(None)
    }

    /// What the calls since the last [`Guest::set`] left behind.
    fn aftermath(&mut self) -> Aftermath;
}

/// What calls leave behind, on the host's side and in the guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aftermath {
    /// How often the guest called the host.
    pub host_calls: u64,
    /// The guest's global `completed`.
    pub completed: i32,
    /// The guest's global `depth`, which is the host's to set: a call must leave it alone.
    pub depth: u32,
}

impl Slot {
    /// A backend that is always there.
    pub const fn new(id: &'static str, open: fn() -> Box<dyn Backend>) -> Slot {
        Slot {
            id,
            feature: None,
            needs: "",
            open: Some(open),
        }
    }

    pub fn id(&self) -> BackendId {
        self.id.parse().expect("the ids of slots are well-formed")
    }

    pub fn is_compiled_in(&self) -> bool {
        self.open.is_some()
    }

    /// What would compile it in, in words.
    pub fn remedy(&self) -> String {
        let feature = self
            .feature
            .map(|name| format!("cargo's `--features {name}`"));
        let needs = Some(self.needs.to_owned()).filter(|needs| !needs.is_empty());
        Vec::from_iter(feature.into_iter().chain(needs)).join(" and ")
    }
}

/// The backend of that name among `slots`.
///
/// # Errors
/// When there is none, or when it is not compiled in.
pub fn open(slots: &[Slot], id: &BackendId) -> Result<Box<dyn Backend>, Absent> {
    let slot = slots.iter().find(|slot| slot.id == id.as_str());
    let slot = slot.ok_or_else(|| Absent::Unknown {
        id: id.clone(),
        known: Vec::from_iter(slots.iter().map(|slot| slot.id)).join(", "),
    })?;
    let open = slot.open.ok_or_else(|| Absent::NotCompiledIn {
        id: id.clone(),
        remedy: slot.remedy(),
    })?;
    Ok(open())
}

/// Why a backend cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Absent {
    #[error("unknown backend `{id}` (known: {known})")]
    Unknown { id: BackendId, known: String },
    #[error("the backend `{id}` is not compiled in; it needs {remedy}")]
    NotCompiledIn { id: BackendId, remedy: String },
}
