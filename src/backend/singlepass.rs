//! wasmer with Singlepass, as configured by default.

use std::collections::BTreeMap;

use super::{Backend, Program, RuntimeFailure, wasmer};
use crate::fixture::Fixture;

pub fn open() -> Box<dyn Backend> {
    Box::new(Singlepass)
}

struct Singlepass;

impl Backend for Singlepass {
    fn versions(&self) -> BTreeMap<String, String> {
        wasmer::versions(&[])
    }

    fn load(&self, fixture: &Fixture) -> Result<Box<dyn Program>, RuntimeFailure> {
        wasmer::load(wasmer_compiler_singlepass::Singlepass::new(), fixture)
    }
}
