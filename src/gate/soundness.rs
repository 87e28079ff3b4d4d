use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::metric::time::FEWEST_RELINKS;
use crate::roster::{Arm, Runs, Setup, Trouble, Worker, hello};
use crate::verdict::centre::median;
use trapbench_worker::case::{Axis, BackendId, Case, ProcessKind, Series, Strategy};

/// How many more relinks are made than are wanted: in seven of 213 the unwinder loses its way.
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

/// Those of `relinks` in which a stack is walked as in most others, `wanted` of them for each of so many
/// `sides` at the most; those that are left out are remarked.
///
/// A link order changes where code lies, and now and then more. LLVM's libraries have functions of
/// no size, which begin where the next one does; lld's table of frames has one entry for an
/// address, and where that is the empty one's, the unwinder takes the other for the end of the
/// stack. In seven of 213 relinks such a one was in a walk that matters. Four counted other frames
/// of the host, which made a raise up to 31 % cheaper; three counted them as they should and ended
/// a raise's walk early: a raise took 0.2 or 0.4 of the time, a traced one two thirds.
///
/// # Errors
/// When too few are left.
pub fn sound(
    relinks: Vec<PathBuf>,
    name: &str,
    [wanted, sides]: [u32; 2],
    cases: &[Case],
    module: Option<&Path>,
    remarks: &mut Vec<String>,
) -> Result<Vec<PathBuf>, Unsound> {
    let made = relinks.len();
    let mut by_height: BTreeMap<Vec<Option<usize>>, Vec<Link>> = BTreeMap::new();
    let mut example = String::from("they walk a stack each in its own way");
    for executable in relinks {
        match walks(&executable, name, cases, module) {
            Ok(walks) => {
                let heights = walks.iter().map(|walk| walk.height).collect();
                let costs = walks.iter().flat_map(|walk| walk.costs).collect();
                let link = Link { executable, costs };
                by_height.entry(heights).or_default().push(link);
            }
            Err(trouble) => example = trouble.to_string(),
        }
    }
    let alike = by_height.into_values().max_by_key(Vec::len);
    let again = |executable: &Path| {
        let walks = walks(executable, name, cases, module).ok()?;
        Some(walks.iter().flat_map(|walk| walk.costs).collect())
    };
    let mut sound = as_most(alike.unwrap_or_default(), again);
    let needed = FEWEST_RELINKS * sides;
    if sound.len() < needed as usize {
        return Err(Unsound {
            name: name.to_owned(),
            made,
            sound: sound.len(),
            needed,
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

/// A relink, and what walking a stack costs in it.
struct Link {
    executable: PathBuf,
    costs: Vec<f64>,
}

/// Those whose every cost is within [`FAR`] of the median, at first or when it is asked `again`:
/// in two processes of 768 a completing call took 1.7 times its nanoseconds, whatever the link.
fn as_most(links: Vec<Link>, again: impl Fn(&Path) -> Option<Vec<f64>>) -> Vec<PathBuf> {
    let costs = links.first().map_or(0, |link| link.costs.len());
    let of_all = |at: usize| Vec::from_iter(links.iter().map(|link| link.costs[at]));
    let medians = Vec::from_iter((0..costs).filter_map(|at| median(&of_all(at))));
    let is_near = |(cost, median): (&f64, &f64)| (cost / median).ln().abs() < FAR.ln();
    let are_near = |costs: &[f64]| costs.iter().zip(&medians).all(is_near);
    let is_as_most = |link: &Link| {
        are_near(&link.costs) || again(&link.executable).is_some_and(|costs| are_near(&costs))
    };
    let sound = links.into_iter().filter(is_as_most);
    sound.map(|link| link.executable).collect()
}

/// A layout moves a raise by a few per cent; a walk that ends early takes a fraction of one.
const FAR: f64 = 1.4;

/// How a stack is walked under one backend.
struct StackWalk {
    /// The host's frames under a call, as the executable counts them.
    height: Option<usize>,
    /// A raise and a traced one, in calls that walk nothing: timed in the same milliseconds, so
    /// that the machine's mood is in neither.
    costs: [f64; 2],
}

/// By backend, once every case has been verified, each in a process such as it is measured in: one
/// that a case has changed for good walks its stacks otherwise.
fn walks(
    executable: &Path,
    name: &str,
    cases: &[Case],
    module: Option<&Path>,
) -> Result<Vec<StackWalk>, Trouble> {
    let backends = BTreeSet::from_iter(cases.iter().map(|case| &case.backend));
    let walk = |backend: &BackendId| {
        let arm = Arm::of_workers(name, backend, Runs::Copies(executable.to_owned()), module);
        let start = || {
            let mut worker = Worker::of_arm(&arm)?;
            let hello = worker.hello_of_anyone(Setup::default())?;
            Ok((worker, hello))
        };
        let (mut worker, hello) = start()?;
        // Native frames are the same code in every link, and have no way of raising.
        if !hello::offer(&hello).0.executes_wasm() {
            return Ok(None);
        }
        let at_depth_0 = |series: Series| Case {
            axis: Axis::Depth,
            series,
            backend: backend.clone(),
            value: 0.into(),
        };
        let shared = at_depth_0(Strategy::Raise.exit()).process();
        let mut of_process: BTreeMap<ProcessKind, Vec<&Case>> = BTreeMap::new();
        for case in cases.iter().filter(|case| &case.backend == backend) {
            of_process.entry(case.process()).or_default().push(case);
        }
        for case in of_process.remove(&shared).unwrap_or_default() {
            worker.prepare(case)?;
        }
        for cases in of_process.values() {
            let (mut worker, _) = start()?;
            for case in cases {
                worker.prepare(case)?;
            }
        }
        let mut least = |series: Series| {
            let case = at_depth_0(series);
            worker.prepare(&case)?;
            let mut least = u64::MAX;
            for _ in 0..SLICES {
                least = least.min(worker.time(&case, CALLS / 10, CALLS)?);
            }
            Ok(least as f64)
        };
        let plain = least(Strategy::Raise.complete())?;
        let raise = least(Strategy::Raise.exit())?;
        let traced = least(Strategy::RaiseTraced.exit())?;
        Ok(Some(StackWalk {
            height: hello.host_frames,
            costs: [raise / plain, traced / plain],
        }))
    };
    backends
        .into_iter()
        .filter_map(|id| walk(id).transpose())
        .collect()
}

/// Of so many slices the least is told, each of so many calls.
const SLICES: u32 = 5;
const CALLS: u64 = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_that_raises_for_a_fraction_is_another_program() {
        let of = |name: &str, raise: f64, traced: f64| Link {
            executable: PathBuf::from(name),
            costs: vec![raise, traced],
        };
        let links = vec![
            of("a", 50.0, 40.0),
            of("early", 14.0, 40.0),
            of("b", 54.0, 37.0),
            of("guestless", 49.0, 7.0),
            of("slow once", 29.0, 23.0),
            of("lost", 14.0, 40.0),
            of("c", 47.0, 41.0),
        ];
        let again = |link: &Path| match link.to_str() {
            Some("early") => Some(vec![15.0, 40.0]),
            Some("guestless") => Some(vec![49.0, 7.0]),
            Some("slow once") => Some(vec![50.0, 39.0]),
            Some("lost") => None,
            _ => panic!("{} is as most are", link.display()),
        };
        let left = as_most(links, again);
        assert_eq!(left, ["a", "b", "slow once", "c"].map(PathBuf::from));
        assert_eq!(as_most(Vec::new(), again), Vec::<PathBuf>::new());
    }
}
