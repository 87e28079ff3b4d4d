//! A record and a comparison as Markdown, for a README and for pull requests.

use super::anatomy::{markdown as anatomy_table, story};
use super::answers::{Answers, AtDepth, BackendAnswers};
use super::chart::anatomy as anatomy_chart;
use super::comparison::{Comparison, Row};
use super::gaps::gaps;
use super::headline::{Piece, advice, headline, more_advice};
use super::notes::remarks;
use super::number::{ns_within, within};
use super::provenance::{command_line, measured_by};
use super::samples::Samples;
use super::verdicts::{Verdicts, change};
use super::words;
use crate::record::Record;
use crate::record::anatomy::Anatomy;
use crate::verdict::Estimate;
use crate::verdict::judge::Judgement;
use trapbench_worker::case::Strategy;

/// A chart beside the text.
pub struct ChartLink {
    pub title: String,
    /// As a link in the file that the text goes into.
    pub path: String,
}

/// The answers in sentences, charts, a table per backend, and where they come from. `name` is
/// the record's, with a link to it where there is one; `anatomy` is of the same machine.
pub fn markdown(
    record: &Record,
    name: &str,
    link: Option<&str>,
    charts: &[ChartLink],
    anatomy: Option<&Anatomy>,
) -> String {
    let samples = Samples::of(&record.turns);
    let answers = Answers::of(&samples, &record.header);
    let mut paragraphs = Vec::new();
    paragraphs.extend(answers.backends.iter().filter_map(in_words));
    paragraphs.extend(
        charts
            .iter()
            .map(|chart| format!("![{}]({})", escaped(&chart.title), target(&chart.path))),
    );
    let tables = answers
        .backends
        .iter()
        .filter(|backend| !backend.depths.is_empty());
    let tables: Vec<String> = tables.map(table).collect();
    if !tables.is_empty() {
        paragraphs.push(
            "Added cost of stopping by depth: a stopped call minus a completing one, in ns unless \
             it says otherwise, ±95 %."
                .to_owned(),
        );
    }
    paragraphs.extend(tables);
    paragraphs.extend(answers.floor.map(|cost| escaped(&words::floor(cost))));
    paragraphs.extend(anatomy.into_iter().flat_map(taken_apart));
    let notes = [gaps(record, &samples), remarks(record)].concat();
    if !notes.is_empty() {
        let notes: Vec<String> = notes
            .iter()
            .map(|note| format!("- {}", escaped(note)))
            .collect();
        paragraphs.push(notes.join("\n"));
    }
    paragraphs.push(origin(record, &answers, name, link));
    paragraphs.join("\n\n") + "\n"
}

/// Where instructions go: a sentence and a table for each backend, and how they were counted.
fn taken_apart(anatomy: &Anatomy) -> Vec<String> {
    let mut paragraphs = vec![format!(
        "**{}.** {}",
        anatomy_chart::TITLE,
        anatomy_chart::READING
    )];
    for backend in &anatomy.backends {
        let story = story(backend).map_or_else(String::new, |story| format!(": {story}"));
        paragraphs.push(format!("{}{story}", code(backend.backend.as_str())));
        paragraphs.push(anatomy_table(backend));
    }
    let how = anatomy.backends.iter().map(|backend| {
        format!(
            "{} ({})",
            code(&command_line(&backend.command)),
            escaped(&backend.valgrind)
        )
    });
    paragraphs.push(format!("Counted by {}.", Vec::from_iter(how).join(", ")));
    paragraphs
}

/// What changed, biggest first; what is unsure apart from it; what is the same, counted.
pub fn comparison_markdown(comparison: &Comparison, remarks: &[String]) -> String {
    let verdicts = Verdicts::of(comparison);
    let mut paragraphs = vec![
        format!("**{}.**", verdicts.sentence()),
        format!(
            "{} against {}: {}.",
            code(&comparison.second),
            code(&comparison.first),
            comparison.measure()
        ),
    ];
    if !verdicts.changed.is_empty() {
        paragraphs.push(verdict_table(&verdicts.changed));
    }
    if !verdicts.unsure.is_empty() {
        paragraphs.push(format!(
            "<details><summary>Unsure: {}</summary>\n\n{}\n\n</details>",
            verdicts.unsure.len(),
            verdict_table(&verdicts.unsure)
        ));
    }
    paragraphs.push(format!("The same: {}.", verdicts.same.len()));
    let unjudged = verdicts
        .unjudged
        .iter()
        .map(|(row, why)| format!("- {}: {why}", code(&row.case.to_string())));
    let remarks = remarks
        .iter()
        .map(|remark| format!("- {}", escaped(remark)));
    let notes: Vec<String> = unjudged.chain(remarks).collect();
    if !notes.is_empty() {
        paragraphs.push(notes.join("\n"));
    }
    paragraphs.join("\n\n") + "\n"
}

fn in_words(backend: &BackendAnswers) -> Option<String> {
    let at = backend.spoken_depth()?;
    let sentence = headline(backend, at).into_iter().map(|piece| match piece {
        Piece::Plain(text) => escaped(&text),
        Piece::Stressed(text) => format!("**{}**", escaped(&text)),
    });
    let mut text = format!(
        "{}: {}",
        code(backend.backend.as_str()),
        sentence.collect::<String>()
    );
    for advice in advice(at).into_iter().chain(more_advice(backend, at)) {
        text.push_str(&format!(
            "\n- {}: {}",
            advice.question,
            escaped(&advice.answer)
        ));
    }
    Some(text)
}

fn table(backend: &BackendAnswers) -> String {
    let mut lines = vec![
        cells(
            match backend.unverified.join(", ") {
                none if none.is_empty() => code_in_cell(backend.backend.as_str()),
                checks => {
                    let name = code_in_cell(backend.backend.as_str());
                    format!("{name} ({} unverified)", escaped(&checks))
                }
            },
            backend,
            |at| Some(at.depth.to_string()),
            "whole call, per frame",
        ),
        format!("|---|{}", "---:|".repeat(backend.depths.len() + 1)),
    ];
    let slope = |series| {
        let line = backend.lines.get(&series);
        line.map_or_else(String::new, |line| ns_within(line.slope))
    };
    let complete = backend.offer.completing();
    let mut row = |name: String, slope: String, cell: &dyn Fn(&AtDepth) -> Option<String>| {
        if backend.depths.iter().any(|at| cell(at).is_some()) {
            lines.push(cells(name, backend, cell, &slope));
        }
    };
    let figure = |figure: Option<&Estimate>| figure.map(|&figure| ns_within(figure));
    if let Some(complete) = complete {
        row("(completing call)".to_owned(), slope(complete), &|at| {
            figure(at.cost.get(&complete))
        });
    }
    for strategy in backend.strategies() {
        let name = code_in_cell(strategy.name());
        if backend.shows_added() {
            row(name, slope(strategy.exit()), &|at| {
                figure(at.added.get(&strategy))
            });
        } else {
            let name = format!("{name}, whole call");
            row(name, slope(strategy.exit()), &|at| {
                figure(at.cost.get(&strategy.exit()))
            });
        }
    }
    row("raise/sentinel".to_owned(), String::new(), &|at| {
        let ratio = at.over_sentinel.get(&Strategy::Raise)?;
        Some(format!("{}×", within(*ratio)))
    });
    for strategy in backend.strategies() {
        row(format!("{strategy}/floor"), String::new(), &|at| {
            let distance = at.over_floor.get(&strategy)?;
            Some(format!("{}×", within(*distance)))
        });
    }
    row("tax of the tests".to_owned(), String::new(), &|at| {
        figure(at.tax.as_ref())
    });
    lines.join("\n")
}

fn cells(
    name: String,
    backend: &BackendAnswers,
    cell: impl Fn(&AtDepth) -> Option<String>,
    last: &str,
) -> String {
    let cell = |at| cell(at).unwrap_or_else(|| "—".to_owned());
    let cells: Vec<String> = backend.depths.iter().map(cell).collect();
    format!("| {name} | {} | {last} |", cells.join(" | "))
}

fn verdict_table(rows: &[(&Row, &Judgement)]) -> String {
    let mut lines = vec![
        "| case | ratio | verdict | could have seen |".to_owned(),
        "|---|---:|---|---:|".to_owned(),
    ];
    lines.extend(rows.iter().map(|(row, judgement)| {
        format!(
            "| {} | {}× | {} | {:.1} % |",
            code_in_cell(&row.case.to_string()),
            within(judgement.ratio),
            change(judgement),
            judgement.smallest_visible_change * 100.0
        )
    }));
    lines.join("\n")
}

fn origin(record: &Record, answers: &Answers, name: &str, link: Option<&str>) -> String {
    let name = match link {
        Some(link) => format!("[{}]({})", escaped(name), target(link)),
        None => code(name),
    };
    format!(
        "Record {name}: {} rounds in {} processes a backend, trapbench {} on {}, measured by {}.",
        answers.rounds,
        answers.processes,
        escaped(&record.header.environment.build.trapbench),
        escaped(&record.header.environment.machine_key()),
        code(&measured_by(record))
    )
}

/// As text: what Markdown or HTML would take for markup gets a backslash.
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' => escaped.push(' '),
            _ => {
                if "\\`*_[]<>|&#~$@".contains(c) {
                    escaped.push('\\');
                }
                escaped.push(c);
            }
        }
    }
    escaped
}

/// As code: within longer backticks than it holds.
pub fn code(text: &str) -> String {
    let text = text.replace(['\n', '\r'], " ");
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let ticks = "`".repeat(longest + 1);
    let air = if longest > 0 { " " } else { "" };
    format!("{ticks}{air}{text}{air}{ticks}")
}

/// As code in a table, where a bar would end the cell.
fn code_in_cell(text: &str) -> String {
    code(text).replace('|', "\\|")
}

/// As the target of a link.
fn target(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./~".contains(&byte);
    let byte = |byte: u8| match plain(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    path.bytes().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_markup_stays_text() {
        assert_eq!(escaped("a|b <script>*"), r"a\|b \<script\>\*");
        assert_eq!(code("a`|b"), "`` a`|b ``");
        assert_eq!(code_in_cell("a|b"), r"`a\|b`");
        assert_eq!(code("<script>"), "`<script>`");
        assert_eq!(target("a b/(c).svg"), "a%20b/%28c%29.svg");
    }
}
