//! The closing pass of `cargo bench`: a short run of its own in balanced turns, because
//! Criterion's samples lie a minute apart and a shared machine drifts within seconds.

use std::io::{IsTerminal, Write, stdout};
use std::path::Path;

use super::Done;
use super::own::missing;
use super::participants::Roster;
use super::run::{Run, done};
use super::selection::ModuleOption;
use crate::measure::Turns;
use crate::report::screen;
use trapbench_worker::case::Case;

/// 312 cases, all of `full`, then take 49 seconds.
const SECONDS_PER_CASE: f64 = 0.157;

const SETS: u32 = 8;

/// Whether Criterion measures when it is given these arguments, so that a closing pass follows;
/// else it checks, lists, profiles or reads earlier results.
pub fn follows(arguments: impl Iterator<Item = String>) -> bool {
    const OTHERS: [&str; 4] = ["--test", "--list", "--profile-time", "--load-baseline"];
    let arguments: Vec<String> = arguments.collect();
    let is_other = |argument: &String| {
        let name = argument.split('=').next().unwrap_or_default();
        OTHERS.contains(&name)
    };
    // Cargo says `--bench` when it benches; without it Criterion only checks.
    let benches = arguments.iter().any(|argument| argument == "--bench");
    benches && !arguments.iter().any(is_other)
}

/// Measures `cases` of those in `roster` in turn, keeps the record in `results` and prints its
/// screen; `plots` is where Criterion's pages are.
///
/// # Errors
/// When the pass cannot be run or kept.
pub fn pass(
    cases: Vec<Case>,
    module: &ModuleOption,
    roster: Roster,
    results: &Path,
    plots: &Path,
) -> anyhow::Result<Done> {
    let budget = (cases.len() as f64 * SECONDS_PER_CASE).max(10.0);
    let run = Run {
        roster,
        cases,
        module,
        filter: None,
        budget,
        sets: SETS,
        turns: Turns::OfABackend,
    };
    let (folder, record) = run.keep(results)?;
    let mut out = stdout().lock();
    let bold = out.is_terminal();
    writeln!(out, "\n{}", screen::record(&record, bold))?;
    writeln!(out, "Criterion's plots: {}", plots.display())?;
    writeln!(out, "The samples of this screen: {}", folder.display())?;
    for line in missing() {
        writeln!(out, "Not measured: {line}")?;
    }
    Ok(done(&record))
}

#[cfg(test)]
mod tests {
    use super::follows;

    #[test]
    fn a_pass_follows_where_criterion_measures() {
        for (arguments, expected) in [
            ("early_exit --bench", true),
            ("early_exit --bench --quick depth/raise", true),
            ("early_exit --bench --save-baseline main", true),
            ("early_exit --bench --baseline=main", true),
            ("early_exit", false),
            ("early_exit --bench --test", false),
            ("early_exit --list --bench", false),
            ("early_exit --bench --profile-time 5", false),
            ("early_exit --bench --profile-time=5", false),
            ("early_exit --bench --load-baseline main", false),
        ] {
            let found = follows(arguments.split(' ').map(str::to_owned));
            assert_eq!(found, expected, "{arguments}");
        }
    }
}
