//! Cases of this executable, counted: what `count` and `anatomy` share.

use anyhow::Context;

use super::interruption;
use super::selection::ModuleOption;
use crate::count::{self, Counts, Detail};
use crate::measure::{Arm, Progress};
use trapbench_worker::case::{BackendId, Case};

/// What each of so many processes of a backend counts; fewer where it was interrupted.
pub fn counted(
    backends: &[BackendId],
    module: &ModuleOption,
    cases: &[Case],
    detail: Detail,
    processes: usize,
) -> anyhow::Result<Vec<Counts>> {
    let fixture = module.open()?;
    let module = module.path();
    let arms = backends
        .iter()
        .map(|id| Arm::of_this_executable(id, module.as_deref()));
    let arms = arms.collect::<Result<Vec<_>, _>>();
    let arms = arms.context("the system does not tell which file this executable is")?;
    let progress = Progress::start("counting");
    let mut done = 0.0;
    let mut tick = || {
        done += 1.0;
        progress.at(done / (processes * cases.len()) as f64);
    };
    let mut all = Vec::new();
    for _ in 0..processes {
        let counts = count::count(
            &arms,
            detail,
            fixture.hash(),
            cases,
            interruption(),
            |counter, case| counter.count(case, 0),
            &mut tick,
        )?;
        let interrupted = counts.interrupted;
        all.push(counts);
        if interrupted {
            break;
        }
    }
    Ok(all)
}
