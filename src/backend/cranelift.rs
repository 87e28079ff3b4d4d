//! wasmer with Cranelift, as configured by default.

use std::collections::BTreeMap;

use super::{Backend, Program, RuntimeFailure, wasmer};
use crate::fixture::Fixture;

pub fn open() -> Box<dyn Backend> {
    Box::new(Cranelift)
}

struct Cranelift;

impl Backend for Cranelift {
    fn versions(&self) -> BTreeMap<String, String> {
        // From the lock file, by the build script.
        wasmer::versions(&[("Cranelift", env!("TRAPBENCH_CRANELIFT").to_owned())])
    }

    fn load(&self, fixture: &Fixture) -> Result<Box<dyn Program>, RuntimeFailure> {
        wasmer::load(wasmer_compiler_cranelift::Cranelift::new(), fixture)
    }
}
