use std::collections::BTreeMap;

use anyhow::Context;
use clap::Args;

use super::selection::{Selection, missing};
use super::{Done, interruption, output};
use crate::case::Case;
use crate::count::{self, Detail};
use crate::measure::{Arm, Progress};
use crate::report::counts::{UNOPTIMISED, lines, notes, screen};
use crate::verdict::centre::median;

/// Count the instructions of a call of every case, under Valgrind's callgrind
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    selection: Selection,
}

/// What is told of a case is the median over so many processes of its backend: in one of forty the
/// allocator takes another way through its free lists, and a raise that keeps a trace up to 1 %
/// more or fewer instructions.
const PROCESSES: usize = 3;

pub fn run(options: &Options) -> anyhow::Result<Done> {
    let cases = options.selection.cases()?;
    let fixture = options.selection.module.open()?;
    let module = options.selection.module.path();
    let arms = options.selection.backends()?;
    let arms = arms
        .iter()
        .map(|id| Arm::of_this_executable(id, module.as_deref()));
    let arms = arms.collect::<Result<Vec<_>, _>>();
    let arms = arms.context("the system does not tell which file this executable is")?;
    let progress = Progress::start("counting");
    let mut done = 0.0;
    let steps = (PROCESSES * cases.len()) as f64;
    let mut instructions: BTreeMap<Case, Vec<f64>> = BTreeMap::new();
    let mut failures = Vec::new();
    let mut interrupted = false;
    for _ in 0..PROCESSES {
        let counts = count::count(
            &arms,
            Detail::Functions,
            fixture.hash(),
            &cases,
            interruption(),
            |counter, case| counter.count(case, 0),
            || {
                done += 1.0;
                progress.at(done / steps);
            },
        );
        let counts = counts.inspect_err(|_| progress.end())?;
        for (case, count) in counts.counts {
            let of_case = instructions.entry(case).or_default();
            of_case.push(count.instructions());
        }
        failures = counts.failures;
        interrupted = counts.interrupted;
        if interrupted {
            break;
        }
    }
    progress.end();
    let middle = |(case, counts): (Case, Vec<f64>)| Some((case, median(&counts)?));
    let instructions = instructions.into_iter().filter_map(middle).collect();
    let mut remarks = notes(&failures);
    if cfg!(debug_assertions) {
        remarks.push(UNOPTIMISED.to_owned());
    }
    remarks.extend(missing());
    output::print(
        || screen(&instructions, &remarks, true),
        || lines(&instructions, &failures),
        &remarks,
    )?;
    Ok(match (interrupted, failures.is_empty()) {
        (true, _) => Done::Interrupted,
        (false, true) => Done::Well,
        (false, false) => Done::Partly,
    })
}
