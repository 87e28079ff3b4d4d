//! A comparison, for a terminal and for a pipe.

use comfy_table::{CellAlignment, Table, presets};

use super::comparison::{Comparison, Row};
use super::number::{percent, within};
use super::paper::Paper;
use crate::verdict::judge::Verdict;

/// The verdicts, biggest change first, those that are unsure last.
pub fn screen(comparison: &Comparison, remarks: &[String], bold: bool) -> String {
    let mut paper = Paper::new(bold);
    paper.heading(&format!(
        "{} against {}: {}",
        comparison.second,
        comparison.first,
        comparison.measure()
    ));
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    table.add_row(["case", "ratio", "verdict", "could have seen"]);
    for row in by_size(&comparison.rows) {
        table.add_row(cells(row));
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    paper.line(&table.trim_fmt());
    paper.line(&summary(comparison));
    if let Some(mean) = mean(comparison) {
        paper.line(&mean);
    }
    paper.remarks(remarks);
    paper.text()
}

/// The geometric mean, with its caution.
pub fn mean(comparison: &Comparison) -> Option<String> {
    comparison.geometric_mean.map(|mean| {
        format!(
            "geometric mean over {} cases: {}× (cases are not a sample of anybody's work: a depth \
             nobody uses weighs like any other)",
            comparison.rows.len(),
            within(mean)
        )
    })
}

/// `id, ratio, low, high, verdict, smallest visible change`; the id is the second arm's.
pub fn lines(comparison: &Comparison) -> String {
    let line = |row: &Row| match &row.judgement {
        Ok(judgement) => format!(
            "{}\t{:.4}\t{:.4}\t{:.4}\t{}\t{:.4}\n",
            row.case,
            judgement.ratio.value,
            judgement.ratio.interval.low,
            judgement.ratio.interval.high,
            judgement.verdict,
            judgement.smallest_visible_change
        ),
        Err(why) => format!("{}\terror: {why}\n", row.case),
    };
    comparison.rows.iter().map(line).collect()
}

fn by_size(rows: &[Row]) -> Vec<&Row> {
    let mut rows: Vec<&Row> = rows.iter().collect();
    let key = |row: &&Row| match &row.judgement {
        Ok(judgement) => {
            let unsure = judgement.verdict == Verdict::Unsure;
            (u8::from(unsure), -judgement.ratio.value.ln().abs())
        }
        Err(_) => (2, 0.0),
    };
    rows.sort_by(|a, b| {
        let ((a, x), (b, y)) = (key(a), key(b));
        a.cmp(&b).then(x.total_cmp(&y))
    });
    rows
}

fn cells(row: &Row) -> [String; 4] {
    let case = row.case.to_string();
    match &row.judgement {
        Ok(judgement) => [
            case,
            format!("{}×", within(judgement.ratio)),
            judgement.verdict.to_string(),
            format!("{:.1} %", judgement.smallest_visible_change * 100.0),
        ],
        Err(why) => [case, String::new(), why.to_string(), String::new()],
    }
}

fn summary(comparison: &Comparison) -> String {
    let said = |verdict: Verdict| {
        let is = |row: &&Row| row.judgement.as_ref().is_ok_and(|j| j.verdict == verdict);
        comparison.rows.iter().filter(is).count()
    };
    format!(
        "{} slower, {} faster, {} same (within {}), {} unsure",
        said(Verdict::Slower),
        said(Verdict::Faster),
        said(Verdict::Same),
        percent(comparison.margin),
        said(Verdict::Unsure)
    )
}
