//! wasmer with Cranelift, as configured by default.

use std::collections::BTreeMap;

use trapbench_worker::backend::{Backend, Program, RuntimeFailure};
use trapbench_worker::fixture::Fixture;
use trapbench_worker::offer::Offer;

use crate::compiled;

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
        compiled::versions(&[("Cranelift", version.to_owned())])
    }

    fn offer(&self) -> Offer {
        compiled::offer()
    }

    fn load(&self, fixture: &Fixture) -> Result<Box<dyn Program>, RuntimeFailure> {
        compiled::load(wasmer_compiler_cranelift::Cranelift::new(), fixture)
    }
}
