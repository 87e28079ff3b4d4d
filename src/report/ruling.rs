//! A gate's ruling, for a terminal, a pipe, and as Markdown; as a [`Comparison`], for a page.

use super::comparison::{Comparison, Row};
use super::comparison_screen;
use super::markdown::{code, comparison_markdown};
use super::number::percent;
use crate::record::ruling::{CaseRuling, Conclusion, Ruling, SideFacts};
use crate::verdict::judge::Verdict;

/// The head's cases, measured against the base's. A gate that does not judge has no verdicts.
pub fn comparison(ruling: &Ruling) -> Comparison {
    let row = |case: &CaseRuling| Row {
        case: case.case.clone(),
        judgement: match (ruling.conclusion, case.head.judgement) {
            (Conclusion::NotJudged, _) => Err("the control moved".to_owned()),
            (_, Some(judgement)) => Ok(judgement),
            (_, None) => Err(case.head.not_judged.clone().unwrap_or_default()),
        },
    };
    Comparison {
        first: ruling.base.name.clone(),
        second: ruling.head.name.clone(),
        rows: ruling.cases.iter().map(row).collect(),
        margin: ruling.margin,
        geometric_mean: None,
    }
}

pub fn screen(ruling: &Ruling, bold: bool) -> String {
    comparison_screen::screen(&comparison(ruling), &notes(ruling), bold)
}

/// `id, ratio, low, high, verdict, smallest visible change`, as of any comparison.
pub fn lines(ruling: &Ruling) -> String {
    comparison_screen::lines(&comparison(ruling))
}

pub fn markdown(ruling: &Ruling) -> String {
    let command = ruling.command.join(" ");
    format!(
        "{}\n{} took {:.0} s of measuring.\n",
        comparison_markdown(&comparison(ruling), &notes(ruling)),
        code(&command),
        ruling.seconds
    )
}

/// What the ruling comes to, and what to know of it.
pub fn notes(ruling: &Ruling) -> Vec<String> {
    let mut notes = vec![conclusion(ruling)];
    for (role, side) in [("base", &ruling.base), ("head", &ruling.head)] {
        notes.push(format!("{role}: {}", described(side)));
    }
    notes.push(format!(
        "a change matters from {} on ({}); {:.0} s a case at most",
        percent(ruling.margin),
        ruling.margin_source,
        ruling.seconds_per_case
    ));
    let alarms = ruling.cases.iter().filter(|case| case.control.is_changed());
    for case in alarms {
        notes.push(format!(
            "{}: the control, which is the base once more, was called {}",
            case.case,
            case.control.verdict().unwrap_or(Verdict::Unsure)
        ));
    }
    let accepted = ruling.cases.iter().filter_map(|case| {
        let reason = case.accepted.as_ref()?;
        Some(format!("{}: slower, and accepted: {reason}", case.case))
    });
    notes.extend(accepted);
    let failures = ruling.failures.iter();
    notes.extend(failures.map(|failure| format!("{}: {}", failure.subject, failure.reason)));
    notes.extend(ruling.remarks.iter().cloned());
    notes
}

fn conclusion(ruling: &Ruling) -> String {
    let slower = ruling.cases.iter().filter(|case| case.is_regression());
    let slower = slower.count();
    match ruling.conclusion {
        Conclusion::Interrupted => {
            "interrupted: what was not confirmed by then is unsure".to_owned()
        }
        Conclusion::NotJudged => {
            "not judged: the control, which is the base once more, was called changed in more than \
             one case, so something else than the head is at work; run it again on a calmer machine"
                .to_owned()
        }
        Conclusion::Slower => format!("{slower} of {} cases slower", ruling.cases.len()),
        Conclusion::Incomplete => "some cases could not be judged".to_owned(),
        Conclusion::Unsure => {
            "no case is slower; of some one cannot tell, see `could have seen`".to_owned()
        }
        Conclusion::Passed => "passed: no case is slower".to_owned(),
    }
}

fn described(side: &SideFacts) -> String {
    let versions = side.versions.iter().map(|(backend, versions)| {
        let versions: Vec<String> = versions
            .iter()
            .map(|(name, v)| format!("{name} {v}"))
            .collect();
        format!("{backend} ({})", versions.join(", "))
    });
    let versions: Vec<String> = versions.collect();
    let links = match side.relinks {
        1 => "one executable, whose layout is in no interval".to_owned(),
        relinks => format!("{relinks} relinks"),
    };
    format!("{}, {links}; {}", side.name, versions.join(", "))
}
