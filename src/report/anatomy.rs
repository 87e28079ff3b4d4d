//! Where a call's instructions go: what is said of it, and which groups there are to show.

use super::counts;
use super::number::whole;
use crate::anatomy::names;
use crate::record::Failure;
use crate::record::anatomy::{BackendAnatomy, CaseAnatomy, GroupCost};
use trapbench_worker::case::{Series, Strategy};

pub const TITLE: &str = "Where a call's instructions go";

/// How to read it.
pub const READING: &str = "Instructions of one call sixteen guest frames deep, as callgrind counts \
                           them, in groups of functions. They are not time: what waits, misses a cache \
                           or runs in the kernel is not in them.";

/// Of a group's functions, those that are named.
const SHOWN: usize = 4;

/// What failed, and what the figures do not show.
pub fn notes(anatomy: &BackendAnatomy, failures: &[Failure]) -> Vec<String> {
    let mut notes = vec![format!("counted by {}", anatomy.valgrind)];
    notes.extend(counts::notes(failures));
    notes
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

/// A group with the dearest of its functions.
pub fn matched(group: &GroupCost) -> String {
    let named = group.functions.iter().take(SHOWN);
    let names = named.map(|function| format!("{} {}", function.name, whole(function.instructions)));
    let more = group.functions.len().saturating_sub(SHOWN);
    let more = match more {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    format!(
        "{}: {}{more}",
        group.group,
        Vec::from_iter(names).join(", ")
    )
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::BTreeMap;

    use jiff::Timestamp;

    use super::*;
    use crate::anatomy::OTHER;
    use crate::record::Environment;
    use crate::record::anatomy::FunctionCost;

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

    pub fn made_up() -> BackendAnatomy {
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
            story(&made_up()).unwrap(),
            "Of the 1 000 instructions of a raise, 80 % go into a backtrace: 14 frames are captured, \
             and the caller finds 0 in the error. A host function that returns a clone of an error \
             made once captures 0, and the call takes 120."
        );
        let without = BackendAnatomy {
            cases: Vec::new(),
            ..made_up()
        };
        assert_eq!(story(&without), None);
    }
}
