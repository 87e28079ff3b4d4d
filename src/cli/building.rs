//! Executables that have to be built before a command can measure.

use std::collections::BTreeSet;
use std::io::{IsTerminal, Write, stderr};
use std::path::{Path, PathBuf};

use crate::arms::{self, Cache, Source};
use crate::gate;
use crate::metric::Executables;
use crate::metric::time::FEWEST_RELINKS;
use trapbench_wasmer::SLOTS;
use trapbench_worker::case::{BackendId, Case};

/// What stands for `source`: relinks, or one ordinary link with its symbols where none are wanted.
/// An executable stands for itself.
///
/// # Errors
/// When it cannot be built.
pub fn executables(
    source: &Source,
    features: &[&str],
    relinks: u32,
) -> anyhow::Result<Executables> {
    if let Source::Executable(path) = source {
        return Ok(Executables::Bare(path.clone()));
    }
    let checkout = arms::checkout()?;
    let build = Cache::of(&checkout, None).build(source, features, relinks, &say)?;
    Ok(match relinks {
        0 => Executables::Bare(build.plain),
        _ => Executables::Relinked(build.executables),
    })
}

/// This executable's sources, built and linked so often for one side; and which relinks were left
/// out, in words.
///
/// # Errors
/// When they are not what they were, cannot be built, or give too few sound relinks.
pub fn relinked(
    relinks: u32,
    cases: &[Case],
    module: Option<&Path>,
) -> anyhow::Result<(Vec<PathBuf>, Vec<String>)> {
    let checkout = arms::as_built()?;
    let features = features(&backends(cases));
    let made = relinks + gate::spare(relinks);
    let build = Cache::of(&checkout, None).build(&Source::Here, &features, made, &say);
    say("");
    let mut left_out = Vec::new();
    let (made, wanted) = (build?.executables, [relinks, 1]);
    let sound = gate::sound(made, "this build", wanted, cases, module, &mut left_out)?;
    Ok((sound, left_out))
}

/// A number of relinks, as a command line has it.
///
/// # Errors
/// In words, when it is none, or one that a gate cannot use.
pub fn relinks(text: &str) -> Result<u32, String> {
    match text.parse() {
        Ok(relinks) if (FEWEST_RELINKS..=400).contains(&relinks) => Ok(relinks),
        _ => Err(format!("it is a number from {FEWEST_RELINKS} to 400")),
    }
}

/// What takes long is said on a terminal, on one line, and in a pipe nothing. Nothing to say
/// clears the line.
pub fn say(doing: &str) {
    let mut err = stderr().lock();
    if err.is_terminal() {
        // A progress line that cannot be shown is no reason to stop.
        let _ = write!(err, "\r\x1b[K{doing}");
        let _ = err.flush();
    }
}

/// The cargo features that these backends need.
pub fn features(backends: &[&BackendId]) -> Vec<&'static str> {
    let slots = SLOTS.iter();
    let used = slots.filter(|slot| backends.iter().any(|id| id.as_str() == slot.id));
    used.filter_map(|slot| slot.feature).collect()
}

/// Each backend of `cases` once.
pub fn backends(cases: &[Case]) -> Vec<&BackendId> {
    let backends = BTreeSet::from_iter(cases.iter().map(|case| &case.backend));
    backends.into_iter().collect()
}
