//! wasmer with LLVM, as configured by default.

use std::collections::BTreeMap;
use std::ffi::c_uint;

use trapbench_worker::backend::{Backend, Program, RuntimeFailure};
use trapbench_worker::fixture::Fixture;
use trapbench_worker::offer::Offer;

use crate::compiled;

pub fn open() -> Box<dyn Backend> {
    Box::new(Llvm)
}

struct Llvm;

impl Backend for Llvm {
    fn versions(&self) -> BTreeMap<String, String> {
        compiled::versions(&[("LLVM", linked_version())])
    }

    fn offer(&self) -> Offer {
        compiled::offer()
    }

    fn load(&self, fixture: &Fixture) -> Result<Box<dyn Program>, RuntimeFailure> {
        compiled::load(wasmer_compiler_llvm::LLVM::new(), fixture)
    }
}

unsafe extern "C" {
    /// Of LLVM's C interface: the version of the library that is linked in.
    fn LLVMGetVersion(major: *mut c_uint, minor: *mut c_uint, patch: *mut c_uint);
}

fn linked_version() -> String {
    let (mut major, mut minor, mut patch) = (0, 0, 0);
    // SAFETY: three valid pointers, each written once; the compiler crate links the library.
    unsafe { LLVMGetVersion(&mut major, &mut minor, &mut patch) };
    format!("{major}.{minor}.{patch}")
}
