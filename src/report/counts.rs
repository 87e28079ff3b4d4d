//! What to know of counts of instructions.

use crate::record::Failure;
use crate::record::metric::INSTRUCTIONS_BLIND_SPOTS;

/// What to mind of a debug build.
pub const UNOPTIMISED: &str = "this is a debug build, which takes many times the instructions of what \
                               users run; build it with --release";

/// What failed, and what such counts do not see.
pub fn notes(failures: &[Failure]) -> Vec<String> {
    let failed = failures.iter();
    let failed = failed.map(|failure| format!("{}: {}", failure.subject, failure.reason));
    failed
        .chain([format!("not counted: {INSTRUCTIONS_BLIND_SPOTS}")])
        .collect()
}
