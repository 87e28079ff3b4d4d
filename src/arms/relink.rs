//! The same objects, linked again in other orders.
//!
//! Where functions lie relative to each other moves costs by 1 to 2 %, and no sampling of one
//! executable removes that. Many orders of the same objects turn it into noise.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::sync::mpsc::channel;
use std::thread;

use super::cargo;
use super::error::ArmError;
use super::link_recipe::LinkRecipe;

/// Sections whose order is free. Initialisers and everything else keep theirs.
const FREE: [&str; 4] = [".text*", ".rodata*", ".data*", ".bss*"];

/// Linkers at once. One leaves a core idle for half of its time.
const AT_ONCE: usize = 2;

/// The executables for the seeds 1 to `count`, in that order; those that are in `folder` already
/// are not linked again.
///
/// # Errors
/// When the linker cannot, or when what it made does not work.
pub fn relinks(
    arm: &str,
    recipe: &LinkRecipe,
    folder: &Path,
    count: u32,
    say: &dyn Fn(&str),
) -> Result<Vec<PathBuf>, ArmError> {
    fs::create_dir_all(folder).map_err(ArmError::io("create the folder", folder))?;
    let path = |seed: u32| folder.join(seed.to_string());
    let missing: Vec<u32> = (1..=count).filter(|&seed| !path(seed).exists()).collect();
    let mut done = count as usize - missing.len();
    let next = AtomicU32::new(0);
    let failed = AtomicBool::new(false);
    let (report, reports) = channel();
    thread::scope(|scope| {
        for _ in 0..AT_ONCE.min(missing.len()) {
            let report = report.clone();
            scope.spawn(|| {
                let report = report;
                while let Some(&seed) = missing.get(next.fetch_add(1, Relaxed) as usize)
                    && !failed.load(Relaxed)
                {
                    let made = relink(arm, recipe, &path(seed), seed);
                    failed.fetch_or(made.is_err(), Relaxed);
                    // Whoever listened has had an error to return.
                    let _ = report.send(made);
                }
            });
        }
        drop(report);
        for made in reports {
            made?;
            done += 1;
            say(&format!("relinking {done} of {count}"));
        }
        Ok(())
    })?;
    let all: Vec<PathBuf> = (1..=count).map(path).collect();
    if !missing.is_empty() {
        differ(arm, &all)?;
    }
    Ok(all)
}

/// Under its final name there is a whole executable that works, or none.
fn relink(arm: &str, recipe: &LinkRecipe, path: &Path, seed: u32) -> Result<(), ArmError> {
    let unproven = path.with_extension("unproven");
    let order = FREE.map(|sections| format!("-Wl,--shuffle-sections={sections}={seed}"));
    let more = [&order[..], &["-Wl,--strip-all".to_owned()]].concat();
    let output = cargo::output(&mut recipe.command(&unproven, &more))?;
    if !output.status.success() {
        return Err(ArmError::NoShuffle {
            arm: arm.to_owned(),
            tail: cargo::tail(&output.stderr),
        });
    }
    prove(arm, &unproven)?;
    fs::rename(&unproven, path).map_err(ArmError::io("move a relink to", path))
}

fn prove(arm: &str, executable: &Path) -> Result<(), ArmError> {
    let status = Command::new(executable)
        .arg("list")
        .env_remove("TRAPBENCH_MODULE")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let how = match status {
        Ok(status) if status.success() => return Ok(()),
        Ok(status) => format!("ended with {status}"),
        Err(error) => format!("could not be started: {error}"),
    };
    Err(ArmError::BrokenRelink {
        arm: arm.to_owned(),
        how,
    })
}

/// A linker that ignores the order gives the same file for every seed.
fn differ(arm: &str, all: &[PathBuf]) -> Result<(), ArmError> {
    let [first, second, ..] = all else {
        return Ok(());
    };
    let read = |path: &PathBuf| fs::read(path).map_err(ArmError::io("read", path));
    if read(first)? != read(second)? {
        return Ok(());
    }
    for same in all {
        fs::remove_file(same).map_err(ArmError::io("remove", same))?;
    }
    Err(ArmError::NoShuffle {
        arm: arm.to_owned(),
        tail: "(none: it took the argument and did nothing)".to_owned(),
    })
}
