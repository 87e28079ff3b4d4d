use std::collections::BTreeMap;

use clap::Args;

use super::counting::counted;
use super::own::missing;
use super::participants::Roster;
use super::selection::Selection;
use super::{Done, output};
use crate::metric::instructions::Detail;
use crate::record::Failure;
use crate::report::counts::{UNOPTIMISED, notes};
use crate::report::{lines, screen};
use crate::roster::Participant;
use crate::verdict::centre::median;
use trapbench_worker::case::Case;

/// Count the instructions of a call of every case, under Valgrind's callgrind
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    selection: Selection,
}

/// What is told of a case is the median over so many processes of its backend: of 2 520 counts of
/// unchanged cases three were 0.02 to 0.26 % off.
const PROCESSES: usize = 3;

pub fn run(options: &Options) -> anyhow::Result<Done> {
    let (mut roster, mut cases) = options.selection.roster()?;
    let participants = leave_out_the_uncountable(&mut roster, &mut cases);
    let all = counted(
        &participants,
        roster.guest.hash(),
        &cases,
        Detail::Functions,
        PROCESSES,
    )?;
    let mut instructions: BTreeMap<Case, Vec<f64>> = BTreeMap::new();
    for (case, count) in all.iter().flat_map(|counts| &counts.counts) {
        let of_case = instructions.entry(case.clone()).or_default();
        of_case.push(count.instructions());
    }
    let middle = |(case, counts): (Case, Vec<f64>)| Some((case, median(&counts)?));
    let instructions = instructions.into_iter().filter_map(middle).collect();
    let interrupted = all.last().is_some_and(|counts| counts.interrupted);
    let failures = all.into_iter().flat_map(|counts| counts.failures);
    let failures = Failure::each_once(roster.failures.into_iter().chain(failures));
    let mut remarks = notes(&failures);
    if cfg!(debug_assertions) {
        remarks.push(UNOPTIMISED.to_owned());
    }
    remarks.extend(roster.left_out);
    remarks.extend(missing());
    output::print(
        || screen::counts(&instructions, &remarks, true),
        || lines::counts(&instructions, &failures),
        &remarks,
    )?;
    Ok(Done::of(interrupted, &failures))
}

/// A runtime that compiles on threads of its own does another thing in every process, and takes
/// minutes under callgrind to do it. Returns those who are left.
fn leave_out_the_uncountable(roster: &mut Roster, cases: &mut Vec<Case>) -> Vec<Participant> {
    let participants = roster.of_cases(cases);
    let (uncountable, countable): (Vec<_>, Vec<_>) = participants
        .into_iter()
        .partition(|one| one.hello.own_threads);
    for one in uncountable {
        cases.retain(|case| case.backend != one.arm.backend);
        let reason =
            "it has threads of its own, so its calls cannot be counted; `measure` times them";
        let failure = Failure::new(0, 0, &one.arm.backend, reason);
        roster.failures.push(failure);
    }
    countable
}
