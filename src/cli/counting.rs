//! Cases, counted: what `count` and `anatomy` share.

use super::interruption;
use crate::measure::Progress;
use crate::metric::instructions::{self, Counts, Detail};
use crate::roster::Participant;
use trapbench_worker::case::Case;

/// What each of so many processes of a participant counts; fewer where it was interrupted.
pub fn counted(
    participants: &[Participant],
    fixture: &str,
    cases: &[Case],
    detail: Detail,
    processes: usize,
) -> anyhow::Result<Vec<Counts>> {
    let arms = Vec::from_iter(participants.iter().map(|one| one.arm.clone()));
    let progress = Progress::start("counting");
    let mut done = 0.0;
    let mut tick = || {
        done += 1.0;
        progress.at(done / (processes * cases.len()) as f64);
    };
    let mut all = Vec::new();
    for _ in 0..processes {
        let counts = instructions::count(
            &arms,
            detail,
            fixture,
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
