//! wasmer's three compilers, and native frames with no runtime around them: the backends that the
//! root executable serves. One file each; [`SLOTS`] is the list.
//!
//! To add one: write its file, add its line to [`SLOTS`].

#[cfg(any(feature = "cranelift", feature = "llvm", feature = "singlepass"))]
mod compiled;
#[cfg(not(two_corosenseis))]
mod native;
#[cfg(any(feature = "cranelift", feature = "llvm", feature = "singlepass"))]
mod releases;

#[cfg(feature = "cranelift")]
mod cranelift;
#[cfg(feature = "llvm")]
mod llvm;
#[cfg(feature = "singlepass")]
mod singlepass;

use trapbench_worker::backend::{self, Absent, Backend, Slot};
use trapbench_worker::case::{BackendId, NATIVE};

/// Every backend that the suite knows, compiled in or not, in the order of the tables.
pub static SLOTS: [Slot; 4] = [
    Slot {
        id: "wasmer-cranelift",
        feature: Some("cranelift"),
        needs: "",
        #[cfg(feature = "cranelift")]
        open: Some(cranelift::open),
        #[cfg(not(feature = "cranelift"))]
        open: None,
    },
    Slot {
        id: "wasmer-llvm",
        feature: Some("llvm"),
        needs: "LLVM 22.1 (Debian: llvm-22-dev libpolly-22-dev zlib1g-dev libzstd-dev libffi-dev libxml2-dev)",
        #[cfg(feature = "llvm")]
        open: Some(llvm::open),
        #[cfg(not(feature = "llvm"))]
        open: None,
    },
    Slot {
        id: "wasmer-singlepass",
        feature: Some("singlepass"),
        needs: "",
        #[cfg(feature = "singlepass")]
        open: Some(singlepass::open),
        #[cfg(not(feature = "singlepass"))]
        open: None,
    },
    Slot {
        id: NATIVE,
        feature: None,
        needs: "a wasmer that brings the same corosensei (6.1.0 or newer)",
        #[cfg(not(two_corosenseis))]
        open: Some(native::open),
        #[cfg(two_corosenseis)]
        open: None,
    },
];

/// The backend of that name.
///
/// # Errors
/// When there is none, or when it is not compiled in.
pub fn open(id: &BackendId) -> Result<Box<dyn Backend>, Absent> {
    backend::open(&SLOTS, id)
}
