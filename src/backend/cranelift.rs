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
        // From the lock file, by the build script; a crate archive may have none.
        let version = match env!("TRAPBENCH_CRANELIFT") {
            "" => "unknown",
            version => version,
        };
        wasmer::versions(&[("Cranelift", version.to_owned())])
    }

    fn load(&self, fixture: &Fixture) -> Result<Box<dyn Program>, RuntimeFailure> {
        wasmer::load(wasmer_compiler_cranelift::Cranelift::new(), fixture)
    }
}
