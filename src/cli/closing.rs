//! The closing pass of `cargo bench`: a short run of its own in balanced turns, because
//! Criterion's samples lie a minute apart and a shared machine drifts within seconds.

use std::io::{IsTerminal, stdout};
use std::path::Path;

use super::Done;
use super::measure::{Run, done};
use super::selection::{ModuleOption, missing};
use crate::case::Case;
use crate::report::screen::screen;

/// 198 cases, all of `full`, then take 40 seconds.
const SECONDS_PER_CASE: f64 = 0.2;

const SETS: u32 = 8;

/// Measures `cases` in turn, keeps the record in `results` and prints its screen; `plots` is
/// where Criterion's pages are.
///
/// # Errors
/// When the pass cannot be run or kept.
pub fn pass(
    cases: Vec<Case>,
    module: &ModuleOption,
    results: &Path,
    plots: &Path,
) -> anyhow::Result<Done> {
    let budget = (cases.len() as f64 * SECONDS_PER_CASE).max(10.0);
    let run = Run {
        cases,
        module,
        filter: None,
        budget,
        sets: SETS,
    };
    let (folder, record) = run.keep(results)?;
    println!("\n{}", screen(&record, stdout().is_terminal()));
    println!("Criterion's plots: {}", plots.display());
    println!("The samples of this screen: {}", folder.display());
    for line in missing() {
        println!("Not measured: {line}");
    }
    Ok(done(&record))
}
