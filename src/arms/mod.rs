//! Arms that have to be built first: other releases of a runtime, patched ones, other revisions
//! of the suite.
//!
//! Two releases of wasmer cannot share one process, so each side of such a comparison is an
//! executable of its own. A [`Source`] says which; the [`Cache`] lays its sources out in a
//! folder, builds them, links the same objects again in as many section orders as are wanted,
//! and keeps all of it for the next time.

mod cache;
mod cargo;
mod checkout;
mod error;
mod fingerprint;
mod guest;
mod layout;
mod link_recipe;
mod manifest;
mod patches;
mod relink;
mod revision;
mod source;

pub use cache::{Build, Cache, Kept};
pub use checkout::{as_built, checkout};
pub use error::ArmError;
pub use guest::guest;
pub use source::{Source, SourceError};
