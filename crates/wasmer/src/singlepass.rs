//! wasmer with Singlepass, as configured by default.

use std::collections::BTreeMap;

use trapbench_worker::backend::{Backend, Program, RuntimeFailure};
use trapbench_worker::fixture::Fixture;
use trapbench_worker::offer::Offer;

use crate::compiled;

pub fn open() -> Box<dyn Backend> {
    Box::new(Singlepass)
}

struct Singlepass;

impl Backend for Singlepass {
    fn versions(&self) -> BTreeMap<String, String> {
        compiled::versions(&[])
    }

    fn offer(&self) -> Offer {
        compiled::offer()
    }

    fn load(&self, fixture: &Fixture) -> Result<Box<dyn Program>, RuntimeFailure> {
        compiled::load(wasmer_compiler_singlepass::Singlepass::new(), fixture)
    }
}
