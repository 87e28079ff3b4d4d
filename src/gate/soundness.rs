use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::FEWEST_RELINKS;
use crate::case::{BackendId, Case};
use crate::measure::{Arm, PATIENCE, Setup, Trouble, Worker};

/// How many more relinks are made than are wanted: in three of 76 the unwinder loses its way.
pub fn spare(relinks: u32) -> u32 {
    relinks.div_ceil(20) + 1
}

#[derive(Debug, Error)]
#[error("of {made} relinks of {name} only {sound} are sound, and {needed} are needed: {example}")]
pub struct Unsound {
    name: String,
    made: usize,
    sound: usize,
    needed: u32,
    example: String,
}

/// Relinks in which a stack is walked as in most others, `wanted` of them for each of so many
/// `sides` at the most; those that are left out are remarked.
///
/// A link order changes where code lies, and now and then more: of 76 relinks two ended the walk
/// of the host's stack three frames early, which made a raise 23 % cheaper, and one found no
/// guest frame at all. Whatever the cause, such a link is another program.
///
/// # Errors
/// When too few are left.
pub fn sound(
    executables: Vec<PathBuf>,
    name: &str,
    [wanted, sides]: [u32; 2],
    cases: &[Case],
    module: Option<&Path>,
    remarks: &mut Vec<String>,
) -> Result<Vec<PathBuf>, Unsound> {
    if executables.len() == 1 {
        return Ok(executables);
    }
    let made = executables.len();
    let mut by_height: BTreeMap<Vec<Option<usize>>, Vec<PathBuf>> = BTreeMap::new();
    let mut example = String::from("their stacks differ in height");
    for executable in executables {
        match heights(&executable, name, cases, module) {
            Ok(height) => by_height.entry(height).or_default().push(executable),
            Err(trouble) => example = trouble.to_string(),
        }
    }
    let mut sound = by_height
        .into_values()
        .max_by_key(Vec::len)
        .unwrap_or_default();
    if sound.len() < (FEWEST_RELINKS * sides) as usize {
        return Err(Unsound {
            name: name.to_owned(),
            made,
            sound: sound.len(),
            needed: FEWEST_RELINKS * sides,
            example,
        });
    }
    if sound.len() < made {
        remarks.push(format!(
            "{} of {made} relinks of {name} walk a stack otherwise than the others and are left out",
            made - sound.len()
        ));
    }
    sound.truncate((wanted * sides) as usize);
    Ok(sound)
}

/// By backend, the host's frames under a call as the executable counts them, once every case has
/// been verified.
fn heights(
    executable: &Path,
    name: &str,
    cases: &[Case],
    module: Option<&Path>,
) -> Result<Vec<Option<usize>>, Trouble> {
    let backends: BTreeSet<&BackendId> = cases.iter().map(|case| &case.backend).collect();
    let height = |backend: &BackendId| {
        let arm = Arm::of_workers(name, backend, vec![executable.to_owned()], module);
        let mut worker = Worker::start(arm.command(executable, None), PATIENCE)?;
        let hello = worker.hello_of_anyone(Setup::default())?;
        for case in cases.iter().filter(|case| &case.backend == backend) {
            worker.prepare(case)?;
        }
        Ok(hello.host_frames)
    };
    backends.into_iter().map(height).collect()
}
