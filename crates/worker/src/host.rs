use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

/// The host's side of a guest: the flag that decides between exit and complete, and the count
/// of the calls it got. Every backend's host functions ask this one.
///
/// Plain loads and stores, though the type is shared: a locked addition would cost several
/// nanoseconds of the 60 that the cheapest call takes, and one thread alone ever writes.
#[derive(Debug, Default)]
pub struct Host {
    stop: AtomicBool,
    calls: AtomicU64,
}

impl Host {
    /// Called by the guest, once a call: does the host want it to stop?
    #[inline]
    pub fn asked(&self) -> bool {
        self.calls.store(self.calls.load(Relaxed) + 1, Relaxed);
        self.stop.load(Relaxed)
    }

    pub fn set(&self, stop: bool) {
        self.stop.store(stop, Relaxed);
        self.calls.store(0, Relaxed);
    }

    pub fn calls(&self) -> u64 {
        self.calls.load(Relaxed)
    }
}
