//! Where a call's instructions go, for a terminal, a pipe and as Markdown.

use comfy_table::{CellAlignment, Table, presets};

use super::counts;
use super::markdown::code;
use super::number::whole;
use super::paper::Paper;
use crate::anatomy::names;
use crate::record::Failure;
use crate::record::anatomy::{BackendAnatomy, CaseAnatomy, GroupCost};
use trapbench_worker::case::{Outcome, Series, Strategy};

/// Of a group's functions, those that are named.
const SHOWN: usize = 4;

/// A column for each case, a row for each group, and what matched.
pub fn screen(anatomy: &BackendAnatomy, remarks: &[String], bold: bool) -> String {
    let mut paper = Paper::new(bold);
    paper.heading(&format!("{}: instructions a call", anatomy.backend));
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    let heads = anatomy
        .cases
        .iter()
        .map(|case| case.case.series.to_string());
    table.add_row(std::iter::once(String::new()).chain(heads));
    let row = |name: &str, cell: &dyn Fn(&CaseAnatomy) -> String| {
        let cells = anatomy.cases.iter().map(cell);
        Vec::from_iter(std::iter::once(format!("  {name}")).chain(cells))
    };
    for group in groups(anatomy) {
        table.add_row(row(group, &|case| match case.group(group) {
            Some(found) => format!("{} {:>4}", whole(found.instructions), share(case, group)),
            None => "—".to_owned(),
        }));
    }
    table.add_row(row("all", &|case| {
        format!("{}     ", whole(case.instructions))
    }));
    table.add_row(row("frames captured", &|case| {
        format!("{:.0}     ", case.frames_captured)
    }));
    table.add_row(row("frames in the caller's trace", &|case| {
        case.frames_seen
            .map_or_else(|| "—     ".to_owned(), |seen| format!("{seen}     "))
    }));
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    paper.line(&table.trim_fmt());
    for case in &anatomy.cases {
        paper.section(&format!("What matched, {}", case.case));
        for group in &case.groups {
            paper.line(&matched(group));
        }
    }
    paper.remarks(remarks);
    paper.text()
}

/// `id, group, instructions a call`, and each of its functions with its own, of each group, and of `all` of them; then `id, frames
/// captured, how many` and the same of those that the caller sees.
pub fn lines(anatomy: &BackendAnatomy, failures: &[Failure]) -> String {
    let mut text = String::new();
    for case in &anatomy.cases {
        let id = &case.case;
        for group in &case.groups {
            let names = group.functions.iter().map(|function| {
                let name = function.name.replace('\t', " ");
                format!("{name} {:.1}", function.instructions)
            });
            let names = Vec::from_iter(names).join("\t");
            let cost = group.instructions;
            text.push_str(&format!("{id}\t{}\t{cost:.1}\t{names}\n", group.group));
        }
        text.push_str(&format!("{id}\tall\t{:.1}\n", case.instructions));
        text.push_str(&format!(
            "{id}\tframes captured\t{:.1}\n",
            case.frames_captured
        ));
        if let Some(seen) = case.frames_seen {
            text.push_str(&format!("{id}\tframes seen\t{seen}\n"));
        }
    }
    text.extend(counts::error_rows(failures));
    text
}

/// What failed, and what the figures do not show.
pub fn notes(anatomy: &BackendAnatomy, failures: &[Failure]) -> Vec<String> {
    let mut notes = vec![format!("counted by {}", anatomy.valgrind)];
    notes.extend(counts::notes(failures));
    notes
}

/// A table of shares, a backend's raise beside what avoids it.
pub fn markdown(anatomy: &BackendAnatomy) -> String {
    let exits = Vec::from_iter(
        anatomy
            .cases
            .iter()
            .filter(|case| case.case.series.outcome() == Outcome::Exit),
    );
    let heads = exits
        .iter()
        .map(|case| code(case.case.series.strategy().name()));
    let mut lines = vec![
        format!(
            "| `{}` | {} |",
            anatomy.backend,
            Vec::from_iter(heads).join(" | ")
        ),
        format!("|---|{}", "---:|".repeat(exits.len())),
    ];
    let mut row = |name: &str, cell: &dyn Fn(&CaseAnatomy) -> String| {
        let cells = exits.iter().map(|case| cell(case));
        lines.push(format!(
            "| {name} | {} |",
            Vec::from_iter(cells).join(" | ")
        ));
    };
    for group in groups(anatomy) {
        row(group, &|case| match case.group(group) {
            Some(found) => format!("{} ({})", whole(found.instructions), share(case, group)),
            None => "—".to_owned(),
        });
    }
    row("**all**", &|case| {
        format!("**{}**", whole(case.instructions))
    });
    row("frames captured", &|case| {
        format!("{:.0}", case.frames_captured)
    });
    row("frames in the caller's trace", &|case| {
        case.frames_seen
            .map_or_else(|| "—".to_owned(), |seen| seen.to_string())
    });
    lines.join("\n")
}

/// The share of a raise that goes into a backtrace, in a sentence; `None` where no raise was
/// taken apart.
pub fn story(anatomy: &BackendAnatomy) -> Option<String> {
    let raise = case(anatomy, Strategy::Raise.exit())?;
    let backtrace = OF_A_BACKTRACE.iter().map(|group| raise.share(group)).sum();
    let seen = raise.frames_seen?;
    let sentence = format!(
        "Of the {} instructions of a raise, {} go into a backtrace: {:.0} frames are captured, and \
         the caller finds {seen} in the error.",
        whole(raise.instructions),
        whole_percent(backtrace),
        raise.frames_captured,
    );
    let prebuilt = case(anatomy, Strategy::RaisePrebuilt.exit());
    let avoided = prebuilt.map(|prebuilt| {
        format!(
            " A host function that returns a clone of an error made once captures {:.0}, and the call \
             takes {}.",
            prebuilt.frames_captured,
            whole(prebuilt.instructions)
        )
    });
    Some(sentence + &avoided.unwrap_or_default())
}

/// Groups that work for a backtrace alone where nothing else walks the stack. What it takes of
/// locks and of the allocator is left out: a name does not tell for whom these work.
const OF_A_BACKTRACE: [&str; 3] = ["unwinder", "backtrace bookkeeping", "frame-info lookup"];

fn case(anatomy: &BackendAnatomy, series: Series) -> Option<&CaseAnatomy> {
    anatomy.cases.iter().find(|case| case.case.series == series)
}

/// The groups that take anything in any case, in their order.
pub fn groups(anatomy: &BackendAnatomy) -> impl Iterator<Item = &'static str> {
    names().filter(|name| anatomy.cases.iter().any(|case| case.group(name).is_some()))
}

/// A group's share of a case, in whole per cent.
pub fn share(case: &CaseAnatomy, group: &str) -> String {
    whole_percent(case.share(group))
}

fn whole_percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

fn matched(group: &GroupCost) -> String {
    let named = group.functions.iter().take(SHOWN);
    let names = named.map(|function| format!("{} {}", function.name, whole(function.instructions)));
    let more = group.functions.len().saturating_sub(SHOWN);
    let more = match more {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    format!(
        "  {}: {}{more}",
        group.group,
        Vec::from_iter(names).join(", ")
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::Timestamp;

    use super::*;
    use crate::anatomy::OTHER;
    use crate::record::Environment;
    use crate::record::anatomy::FunctionCost;
    use crate::report::chart::anatomy::bars_sheet;

    fn case(series: &str, groups: &[(&str, f64)], seen: Option<usize>) -> CaseAnatomy {
        let group = |&(group, instructions): &(&str, f64)| GroupCost {
            group: group.to_owned(),
            instructions,
            functions: vec![FunctionCost {
                name: format!("{group}<T>"),
                instructions,
            }],
        };
        CaseAnatomy {
            case: format!("depth/{series}/b/16").parse().unwrap(),
            instructions: groups.iter().map(|(_, cost)| cost).sum(),
            groups: groups.iter().map(group).collect(),
            frames_captured: if seen.is_some() { 14.0 } else { 0.0 },
            frames_seen: seen,
        }
    }

    fn anatomy() -> BackendAnatomy {
        let raise = [("guest code", 100.0), ("unwinder", 800.0), (OTHER, 100.0)];
        BackendAnatomy {
            backend: "b".parse().unwrap(),
            command: vec!["trapbench".to_owned(), "anatomy".to_owned()],
            started: Timestamp::UNIX_EPOCH,
            valgrind: "valgrind-0.0.0".to_owned(),
            versions: BTreeMap::new(),
            environment: Environment::capture(),
            cases: vec![
                case("raise/exit", &raise, Some(0)),
                case("raise-prebuilt/exit", &[("guest code", 120.0)], None),
            ],
        }
    }

    #[test]
    fn the_story_is_told_from_the_figures() {
        assert_eq!(
            story(&anatomy()).unwrap(),
            "Of the 1 000 instructions of a raise, 80 % go into a backtrace: 14 frames are captured, \
             and the caller finds 0 in the error. A host function that returns a clone of an error \
             made once captures 0, and the call takes 120."
        );
        let without = BackendAnatomy {
            cases: Vec::new(),
            ..anatomy()
        };
        assert_eq!(story(&without), None);
    }

    #[test]
    fn every_output_has_every_group_with_what_matched() {
        let anatomy = anatomy();
        let screen = screen(&anatomy, &[], false);
        assert!(screen.contains("  unwinder: unwinder<T> 800"), "{screen}");
        assert!(
            lines(&anatomy, &[])
                .contains("depth/raise/exit/b/16\tunwinder\t800.0\tunwinder<T> 800.0\n")
        );
        let table = markdown(&anatomy);
        assert!(table.contains("| unwinder | 800 (80 %) | — |"), "{table}");
        assert!(
            table.contains("| **all** | **1 000** | **120** |"),
            "{table}"
        );
    }

    #[test]
    fn the_pieces_of_a_bar_are_as_wide_as_their_shares() {
        let sheet = bars_sheet(&[anatomy()]);
        let width = |class: &str| -> f64 {
            let rest = sheet.split(class).nth(1).unwrap();
            let width = rest.split("width=\"").nth(1).unwrap();
            width.split('"').next().unwrap().parse().unwrap()
        };
        // The guest's code comes first, then the unwinder's.
        assert!(
            (width("part-1\"") / width("part-0\"") - 8.0).abs() < 0.05,
            "{sheet}"
        );
        assert!(!sheet.contains("<T>"));
    }
}
