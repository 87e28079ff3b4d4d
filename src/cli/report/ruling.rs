//! What a gate found, as a page, Markdown or JSON.

use std::collections::HashSet;
use std::fs;
use std::io::{Write, stdout};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde_json::Value;

use super::{Options, free_name, write};
use crate::record::ruling::{RULING_SCHEMA, Ruling};
use crate::report::{markdown, page};

/// Whether `path` is taken for a ruling: a ruling is a file, a record a folder.
pub fn is_meant(path: &Path) -> bool {
    path.is_file()
}

pub fn report(options: &Options, files: &[PathBuf]) -> anyhow::Result<()> {
    if let Some(folder) = options.records.iter().find(|path| !is_meant(path)) {
        bail!(
            "{} is a gate's ruling and {} is not: they are not shown together; report them one \
             after the other",
            files[0].display(),
            folder.display()
        );
    }
    let of_records = [
        ("--svg", options.svg.is_some()),
        ("--splice", options.splice.is_some()),
        ("--check", options.check.is_some()),
        ("--ratios", options.ratios),
    ];
    if let Some((option, _)) = of_records.iter().find(|(_, is_given)| *is_given) {
        bail!(
            "{} is a gate's ruling; {option} is for records, and a ruling becomes a page (--html), \
             --markdown or --json",
            files[0].display()
        );
    }
    let opened = files.iter().map(|file| open(file));
    let rulings: Vec<(String, Ruling)> = opened.collect::<anyhow::Result<_>>()?;
    let mut out = stdout().lock();
    for (place, (text, ruling)) in rulings.iter().enumerate() {
        if options.markdown {
            let apart = if place > 0 { "\n" } else { "" };
            write!(out, "{apart}{}", markdown::ruling(ruling))?;
        }
        if options.json {
            writeln!(out, "{}", on_one_line(text))?;
        }
    }
    if options.html.is_some() || !(options.markdown || options.json) {
        let mut taken = HashSet::new();
        for (file, (_, ruling)) in files.iter().zip(&rulings) {
            let to = page_file(options, file, &mut taken);
            write(&to, &page::ruling(ruling))?;
        }
    }
    Ok(())
}

/// The ruling, and the text that it was read from.
fn open(file: &Path) -> anyhow::Result<(String, Ruling)> {
    let text =
        fs::read_to_string(file).with_context(|| format!("could not read {}", file.display()))?;
    let no_ruling = || {
        format!(
            "{} is not a gate's ruling, which `trapbench gate --json FILE` writes; a record is \
             named by its folder",
            file.display()
        )
    };
    let value: Value = serde_json::from_str(&text).with_context(no_ruling)?;
    if value["kind"] != "gate" {
        bail!(no_ruling());
    }
    match value["schema"].as_u64() {
        Some(found) if found == u64::from(RULING_SCHEMA) => {}
        Some(found) => bail!(
            "{} has schema {found}, and this trapbench knows {RULING_SCHEMA}; read it with the \
             version that wrote it, or a newer one",
            file.display()
        ),
        None => bail!("{} is a gate's ruling without a schema", file.display()),
    }
    // From the text, so that a mistake is told with its line.
    let ruling = serde_json::from_str(&text)
        .with_context(|| format!("{} is a gate's ruling, and damaged", file.display()))?;
    Ok((text, ruling))
}

/// JSON as it was written, for a number that is read and written anew may lose its last digit.
/// A line cannot end within a string of JSON, so what is trimmed stands between its parts.
fn on_one_line(json: &str) -> String {
    json.lines().map(str::trim).collect()
}

/// Beside the ruling, or in the --html folder under the ruling's name.
fn page_file(options: &Options, file: &Path, taken: &mut HashSet<String>) -> PathBuf {
    let (Some(folder), Some(stem)) = (&options.html, file.file_stem()) else {
        return file.with_extension("html");
    };
    let name = free_name(stem.to_string_lossy().into_owned(), taken);
    folder.join(format!("{name}.html"))
}
