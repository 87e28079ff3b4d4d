//! What to know of counts of instructions.

use crate::record::Failure;

/// What a count of instructions cannot see, in words.
pub const BLIND_SPOTS: &str = "contention, caches, branch prediction, and all that the kernel does";

/// And of what is compared by a gate.
pub const LEFT_OUT: &str =
    "the unwinder's search for a frame's table, whose steps the layout decides";

/// What to mind of a debug build.
pub const UNOPTIMISED: &str = "this is a debug build, which takes many times the instructions of what \
                               users run; build it with --release";

/// What failed, and what such counts do not see.
pub fn notes(failures: &[Failure]) -> Vec<String> {
    let failed = failures.iter();
    let failed = failed.map(|failure| format!("{}: {}", failure.subject, failure.reason));
    failed
        .chain([format!("not counted: {BLIND_SPOTS}")])
        .collect()
}
