use std::path::PathBuf;
use std::time::SystemTime;

use clap::Args;
use comfy_table::{CellAlignment, Table, presets};

use super::{Done, output};
use crate::arms::{Cache, Kept, checkout};

/// Show the arms that were built for comparisons, or delete them
///
/// An arm is kept with its sources, everything that cargo built for it, and its relinks: half a
/// gigabyte and more. What is deleted is built again when it is next asked for.
#[derive(Args)]
pub struct Options {
    /// Delete this arm, by its name
    #[arg(long, value_name = "NAME")]
    delete: Vec<String>,

    /// Delete every arm
    #[arg(long, conflicts_with = "delete")]
    delete_all: bool,

    /// Where the arms are [default: target/arms in the checkout]
    #[arg(long, value_name = "FOLDER", env = "TRAPBENCH_ARMS")]
    arms: Option<PathBuf>,
}

pub fn run(options: &Options) -> anyhow::Result<Done> {
    let cache = match &options.arms {
        // The folder alone is enough to list and to delete.
        Some(folder) => Cache::of(folder, Some(folder)),
        None => Cache::of(&checkout()?, None),
    };
    let doomed = match options.delete_all {
        true => cache.list()?.into_iter().map(|arm| arm.name).collect(),
        false => options.delete.clone(),
    };
    for name in &doomed {
        cache.remove(name)?;
        eprintln!("deleted {name}");
    }
    if !doomed.is_empty() {
        return Ok(Done::Well);
    }
    let arms = cache.list()?;
    output::print(|| screen(&arms), || lines(&arms), &[])?;
    Ok(Done::Well)
}

fn screen(arms: &[Kept]) -> String {
    if arms.is_empty() {
        return "No arm is built.\n".to_owned();
    }
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    table.add_row(["arm", "on disk", "relinks", "last used"]);
    for arm in arms {
        table.add_row([
            arm.name.clone(),
            format!("{:.0} MB", arm.bytes as f64 / 1e6),
            arm.relinks.to_string(),
            last_used(arm),
        ]);
    }
    for column in table.column_iter_mut().skip(1).take(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let total: u64 = arms.iter().map(|arm| arm.bytes).sum();
    format!(
        "{}\n\n{:.1} GB in all\n",
        table.trim_fmt(),
        total as f64 / 1e9
    )
}

/// `name, bytes, relinks, last used`.
fn lines(arms: &[Kept]) -> String {
    let line = |arm: &Kept| {
        let (name, bytes, relinks) = (&arm.name, arm.bytes, arm.relinks);
        format!("{name}\t{bytes}\t{relinks}\t{}\n", last_used(arm))
    };
    arms.iter().map(line).collect()
}

/// To the second, in UTC, as records have it.
fn last_used(arm: &Kept) -> String {
    let time = |time: SystemTime| jiff::Timestamp::try_from(time).ok();
    let time = arm.last_used.and_then(time);
    time.map_or_else(
        || "unknown".to_owned(),
        |time| time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
    )
}
