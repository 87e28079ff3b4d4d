mod drawings;
mod ruling;

use std::collections::HashSet;
use std::fs;
use std::io::{Write, stdout};
use std::path::{Path, PathBuf};
use std::thread;

use anyhow::{Context, bail};
use clap::Args;

use drawings::{check_charts, drawings, links, write_charts};

use super::links::{link_to_record, seen_from};
use super::two_records::{cautions, refuse_the_incomparable};
use super::{Done, output};
use crate::record::Record;
use crate::record::anatomy::Anatomy;
use crate::report::comparison::Comparison;
use crate::report::markdown::{self, code};
use crate::report::provenance::quoted;
use crate::report::splice::Section;
use crate::report::{Samples, json, notes, page, screen, splice};

/// Turn records, or what a gate found, into pages, charts and tables; two records are also
/// compared, B against A
#[derive(Args)]
pub struct Options {
    /// The records' folders, or files that `gate --json` wrote [default: the newest record]
    records: Vec<PathBuf>,

    /// Where the newest record is looked for
    #[arg(long, value_name = "FOLDER", default_value = "results")]
    results: PathBuf,

    /// Write a page for each record here [default, without another option: beside the record]
    #[arg(long, value_name = "FOLDER")]
    html: Option<PathBuf>,

    /// Write the charts as SVG files here; --splice and --markdown then show them
    #[arg(long, value_name = "FOLDER")]
    svg: Option<PathBuf>,

    /// Print Markdown
    #[arg(long)]
    markdown: bool,

    /// Print JSON, a line for each record and one for a comparison
    #[arg(long, conflicts_with = "markdown")]
    json: bool,

    /// Replace the section of FILE between the lines `<!-- trapbench:begin -->` and
    /// `<!-- trapbench:end -->`; between `<!-- trapbench:screen:begin -->` and
    /// `<!-- trapbench:screen:end -->`, if FILE has these, goes the record's screen
    #[arg(long, value_name = "FILE")]
    splice: Option<PathBuf>,

    /// Write nothing; fail unless these sections of FILE, and the charts in the --svg folder, are
    /// what --splice would write
    #[arg(long, value_name = "FILE", conflicts_with_all = ["splice", "html", "markdown", "json"])]
    check: Option<PathBuf>,

    /// Compare two records as ratios to a completing call of the same turns, as those of two
    /// machines must be
    #[arg(long)]
    ratios: bool,
}

/// A record with the name that it has in this report.
struct Named {
    folder: PathBuf,
    name: String,
    record: Record,
    /// Of the same machine and the same versions, from beside the record.
    anatomy: Option<Anatomy>,
}

pub fn run(options: &Options) -> anyhow::Result<Done> {
    let rulings = options.records.iter().filter(|path| ruling::is_meant(path));
    let rulings = Vec::from_iter(rulings.cloned());
    if !rulings.is_empty() {
        ruling::report(options, &rulings)?;
        return Ok(Done::Well);
    }
    let records = open(options)?;
    let comparison = match &records[..] {
        [first, second] => Some(compared(first, second, options.ratios)?),
        _ => None,
    };
    if let Some(file) = options.check.as_ref().or(options.splice.as_ref()) {
        let [one] = &records[..] else {
            bail!(
                "a section of {} shows one record; {} were given",
                file.display(),
                records.len()
            );
        };
        spliced(options, one, file)?;
    }
    if options.check.is_some() {
        return Ok(Done::Well);
    }
    if options.splice.is_none()
        && let Some(folder) = &options.svg
    {
        for one in &records {
            let prefix = if records.len() > 1 {
                format!("{}-", one.name)
            } else {
                String::new()
            };
            write_charts(&drawings(one), folder, &prefix)?;
        }
    }
    if options.markdown {
        print_markdown(options, &records, comparison.as_ref())?;
    }
    if options.json {
        let mut out = stdout().lock();
        for one in &records {
            writeln!(out, "{}", json::record(&one.record, &one.name))?;
        }
        if let Some((comparison, _)) = &comparison {
            writeln!(out, "{}", json::comparison(comparison))?;
        }
    }
    let nothing_else =
        options.svg.is_none() && options.splice.is_none() && !options.markdown && !options.json;
    if options.html.is_some() || nothing_else {
        write_pages(options, &records, comparison.as_ref())?;
    }
    Ok(Done::Well)
}

fn open(options: &Options) -> anyhow::Result<Vec<Named>> {
    let folders = match &options.records[..] {
        [] => vec![newest(&options.results)?],
        folders => folders.to_vec(),
    };
    let opened = on_all_cores(&folders, |folder| Record::open(folder));
    let mut taken = HashSet::new();
    let mut named = |folder: PathBuf, record: Record| -> anyhow::Result<Named> {
        let last = folder.file_name().map(|name| name.to_string_lossy());
        let base = last.map_or_else(|| record.header.folder_name(), |name| name.into_owned());
        let name = free_name(base, &mut taken);
        let results = folder.parent().unwrap_or(Path::new(""));
        let machine = record.header.environment.machine_key();
        let anatomy = Anatomy::open(&Anatomy::file(results, &machine))?;
        let anatomy = anatomy.and_then(|anatomy| anatomy.of(&record.header.backends));
        Ok(Named {
            folder,
            name,
            record,
            anatomy,
        })
    };
    let opened = folders.into_iter().zip(opened);
    opened
        .map(|(folder, record)| named(folder, record?))
        .collect()
}

/// Two folders may hold things of one name: the second gets a number.
fn free_name(base: String, taken: &mut HashSet<String>) -> String {
    let names = (1..).map(|n| match n {
        1 => base.clone(),
        _ => format!("{base}-{n}"),
    });
    let mut free = names.filter(|name| taken.insert(name.clone()));
    free.next().expect("numbers do not end")
}

/// Records are named after their time, so the last name is the newest.
fn newest(results: &Path) -> anyhow::Result<PathBuf> {
    let entries = fs::read_dir(results).with_context(|| {
        format!(
            "there is no folder {} to find a record in; name a record, or its folder with --results",
            results.display()
        )
    })?;
    let folders = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let newest = folders
        .filter(|path| path.join("record.json").is_file())
        .max();
    newest.with_context(|| {
        format!(
            "there is no record in {}; `trapbench measure` makes one",
            results.display()
        )
    })
}

/// The second against the first, and what to mind of both.
fn compared(
    first: &Named,
    second: &Named,
    ratios: bool,
) -> anyhow::Result<(Comparison, Vec<String>)> {
    refuse_the_incomparable(&first.record, &second.record, ratios)?;
    let [a, b] = [first, second].map(|one| Samples::of(&one.record.turns));
    let offers = first.record.header.offers();
    let comparison = Comparison::of_runs(
        (&first.name, &a),
        (&second.name, &b),
        &offers,
        ratios,
        |_| true,
    );
    let mut remarks = cautions(&first.record, &second.record, ratios);
    for one in [first, second] {
        let own = notes::remarks(&one.record).into_iter();
        remarks.extend(own.map(|remark| format!("{}: {remark}", one.name)));
    }
    Ok((comparison, remarks))
}

fn write_pages(
    options: &Options,
    records: &[Named],
    comparison: Option<&(Comparison, Vec<String>)>,
) -> anyhow::Result<()> {
    let pages = on_all_cores(records, |one| {
        page::record(&one.record, &one.name, one.anatomy.as_ref())
    });
    for (one, page) in records.iter().zip(pages) {
        let folder = match (&options.html, one.folder.parent()) {
            (Some(folder), _) => folder,
            (None, parent) => parent.unwrap_or(Path::new("")),
        };
        let file = folder.join(format!("{}.html", one.name));
        write(&file, &page)?;
    }
    if let (Some((comparison, remarks)), [first, second]) = (comparison, records) {
        let beside = second.folder.parent().unwrap_or(Path::new(""));
        let folder = options.html.as_deref().unwrap_or(beside);
        let file = folder.join(format!("{}-against-{}.html", second.name, first.name));
        let ratios = if options.ratios { " --ratios" } else { "" };
        let names = [&first.name, &second.name]
            .map(|name| quoted(name))
            .join(" ");
        let command = format!("trapbench report {names}{ratios}");
        write(&file, &page::comparison(comparison, remarks, &command))?;
    }
    Ok(())
}

fn print_markdown(
    options: &Options,
    records: &[Named],
    comparison: Option<&(Comparison, Vec<String>)>,
) -> anyhow::Result<()> {
    let mut out = stdout().lock();
    if let Some((comparison, remarks)) = comparison {
        write!(out, "{}", markdown::comparison(comparison, remarks))?;
        return Ok(());
    }
    for (place, one) in records.iter().enumerate() {
        if place > 0 {
            writeln!(out)?;
        }
        let links = match (&options.svg, records) {
            (Some(folder), [_]) => links(&drawings(one), folder),
            _ => Vec::new(),
        };
        write!(
            out,
            "{}",
            markdown::record(&one.record, &one.name, None, &links, one.anatomy.as_ref())
        )?;
    }
    Ok(())
}

/// Writes, or checks, the sections of `file`, and the charts that they show.
fn spliced(options: &Options, one: &Named, file: &Path) -> anyhow::Result<()> {
    let folder = file.parent().unwrap_or(Path::new(""));
    let charts = drawings(one);
    let svg = options
        .svg
        .as_ref()
        .map(|svg| seen_from(folder, svg))
        .transpose()?;
    let record = link_to_record(folder, &one.folder)?;
    let command = {
        let record = record.as_deref().unwrap_or(&one.name);
        let svg = svg.as_ref().map_or_else(String::new, |svg| {
            format!(" --svg {}", quoted(&svg.to_string_lossy()))
        });
        let file = file.file_name().unwrap_or_default().to_string_lossy();
        format!(
            "trapbench report {}{svg} --splice {}",
            quoted(record),
            quoted(&file)
        )
    };
    let links = svg.map_or_else(Vec::new, |svg| links(&charts, &svg));
    let anatomy = one.anatomy.as_ref();
    let mut section = markdown::record(&one.record, &one.name, record.as_deref(), &links, anatomy);
    section.push_str(&format!("\nThis section is made by {}.\n", code(&command)));
    let section = markdown::wrapped(&section);
    let content = |kind| match kind {
        Section::Report => section.clone(),
        Section::Screen => markdown::fenced(&screen::record(&one.record, false)),
    };
    if options.check.is_some() {
        splice::check(file, content, &format!("run `{command}` beside it"))?;
        if let Some(folder) = &options.svg {
            check_charts(&charts, folder, &command)?;
        }
        return Ok(());
    }
    if let Some(folder) = &options.svg {
        write_charts(&charts, folder, "")?;
    }
    let changed = splice::splice(file, content)?;
    let how = if changed { "" } else { " (as it was)" };
    say(&format!("{}{how}", file.display()));
    Ok(())
}

/// `work` done on each of `items`, in their order: a hundred records are a hundred times as long.
fn on_all_cores<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let share = items.len().div_ceil(cores).max(1);
    thread::scope(|scope| {
        let work = &work;
        let start = |share| scope.spawn(move || Vec::from_iter(<[T]>::iter(share).map(work)));
        let shares: Vec<_> = items.chunks(share).map(start).collect();
        let done = shares.into_iter();
        done.flat_map(|share| share.join().expect("a report does not panic"))
            .collect()
    })
}

fn write(file: &Path, text: &str) -> anyhow::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)
            .with_context(|| format!("could not make the folder {}", folder.display()))?;
    }
    output::write(file, text)?;
    say(&file.display().to_string());
    Ok(())
}

/// On stderr, so that stdout is Markdown or JSON and nothing else.
fn say(written: &str) {
    eprintln!("{written}");
}
