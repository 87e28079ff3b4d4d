use std::collections::BTreeMap;
use std::path::Path;

use thiserror::Error;

use crate::metric::Side;
use crate::roster::{Arm, Setup, Trouble, Worker, hello};
use trapbench_worker::case::BackendId;
use trapbench_worker::protocol::Hello;

/// What a side says of itself before anything is timed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Introduction {
    /// By backend: the versions of what executes the guest.
    pub versions: BTreeMap<String, BTreeMap<String, String>>,
    /// Under a call, by backend, where the workers can tell.
    pub host_frames: BTreeMap<String, Option<usize>>,
}

/// Why a side cannot be judged.
#[derive(Debug, Error)]
pub enum NotFit {
    #[error("{side} cannot work for {backend}: {trouble}")]
    Silent {
        side: String,
        backend: BackendId,
        trouble: Trouble,
    },
    #[error(
        "{side} is a {profile} build, whose times say nothing of what users run; build it with --release"
    )]
    Profile { side: String, profile: String },
    #[error(
        "{base} has {} host frames under a call and {head} has {}: a raise pays for each of them, so \
         their raises cannot be compared",
        known(*of_base), known(*of_head)
    )]
    Height {
        base: String,
        head: String,
        of_base: Option<usize>,
        of_head: Option<usize>,
    },
}

fn known(frames: Option<usize>) -> String {
    frames.map_or_else(|| "an unknown number of".to_owned(), |n| n.to_string())
}

/// Sides that differ in more than what is to be judged are not held against each other.
///
/// # Errors
/// When they do.
pub fn refuse_the_incomparable(
    base: &Side,
    head: &Side,
    introductions: &[Introduction; 2],
) -> Result<(), NotFit> {
    let [of_base, of_head] = introductions;
    for (backend, &frames) in &of_base.host_frames {
        let other = of_head.host_frames.get(backend).copied().flatten();
        if frames != other {
            return Err(NotFit::Height {
                base: base.name.clone(),
                head: head.name.clone(),
                of_base: frames,
                of_head: other,
            });
        }
    }
    Ok(())
}

/// Has a side's workers introduce themselves, one for each backend.
///
/// # Errors
/// When one does not, speaks another protocol, runs another guest, or is not a release build.
pub fn introduce(
    side: &Side,
    backends: &[&BackendId],
    fixture: &str,
    module: Option<&Path>,
) -> Result<Introduction, NotFit> {
    let mut versions = BTreeMap::new();
    let mut host_frames = BTreeMap::new();
    for &backend in backends {
        let hello = hear(side, backend, module)?;
        hello::check(&hello, backend, fixture).map_err(|reason| NotFit::Silent {
            side: side.name.clone(),
            backend: backend.clone(),
            trouble: Trouble::Lost(reason),
        })?;
        if hello.profile != "release" {
            return Err(NotFit::Profile {
                side: side.name.clone(),
                profile: hello.profile,
            });
        }
        versions.insert(backend.to_string(), hello.versions);
        host_frames.insert(backend.to_string(), hello.host_frames);
    }
    Ok(Introduction {
        versions,
        host_frames,
    })
}

/// What a side's worker for `backend` says of itself. It runs `module`, or else the guest that it
/// has in it.
///
/// # Errors
/// When it does not introduce itself.
pub fn hear(side: &Side, backend: &BackendId, module: Option<&Path>) -> Result<Hello, NotFit> {
    let arm = Arm::of_workers(&side.name, backend, side.executables.runs(), module);
    Worker::of_arm(&arm)
        .and_then(|mut worker| worker.hello_of_anyone(Setup::default()))
        .map_err(|trouble| NotFit::Silent {
            side: side.name.clone(),
            backend: backend.clone(),
            trouble,
        })
}
