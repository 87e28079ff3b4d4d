//! A record's charts as files: written, linked and checked.

use std::fs;
use std::path::Path;

use anyhow::{Context, bail};

use super::{Named, write};
use crate::report::chart::{self, Palette, charts, sheet};
use crate::report::markdown::ChartLink;
use crate::report::{Answers, Samples, anatomy};

/// A chart as a file.
pub struct Drawing {
    name: &'static str,
    title: String,
    svg: String,
}

pub fn drawings(one: &Named) -> Vec<Drawing> {
    let answers = Answers::of(&Samples::of(&one.record.turns), &one.record.header);
    let palette = Palette::of(answers.backends.iter().map(|backend| &backend.backend));
    let charts = charts(&answers, &palette);
    let charts = charts.iter().map(|chart| Drawing {
        name: chart.name,
        title: chart.title.clone(),
        svg: sheet(chart),
    });
    let of_anatomy = one.anatomy.iter().map(|one| Drawing {
        name: chart::anatomy::NAME,
        title: anatomy::TITLE.to_owned(),
        svg: chart::anatomy::bars_sheet(&one.backends),
    });
    charts.chain(of_anatomy).collect()
}

pub fn links(charts: &[Drawing], folder: &Path) -> Vec<ChartLink> {
    let link = |chart: &Drawing| ChartLink {
        title: chart.title.clone(),
        path: folder
            .join(format!("{}.svg", chart.name))
            .to_string_lossy()
            .into_owned(),
    };
    charts.iter().map(link).collect()
}

pub fn write_charts(charts: &[Drawing], folder: &Path, prefix: &str) -> anyhow::Result<()> {
    for chart in charts {
        write(
            &folder.join(format!("{prefix}{}.svg", chart.name)),
            &chart.svg,
        )?;
    }
    Ok(())
}

pub fn check_charts(charts: &[Drawing], folder: &Path, command: &str) -> anyhow::Result<()> {
    for chart in charts {
        let file = folder.join(format!("{}.svg", chart.name));
        let found = fs::read_to_string(&file)
            .with_context(|| format!("could not read {}", file.display()))?;
        if found != chart.svg {
            bail!(
                "{} is not what the record gives; run `{command}`",
                file.display()
            );
        }
    }
    Ok(())
}
