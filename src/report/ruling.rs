//! A gate's ruling as a [`Comparison`], and in words.

use super::comparison::{ComparedCase, Comparison, Cost};
use super::number::percent;
use crate::record::metric::{Metric, Taken};
use crate::record::ruling::{CaseRuling, Conclusion, Found, Ruling, SideFacts};
use crate::verdict::judge::Verdict;

/// The head's cases, measured against the base's. A gate that does not judge has no verdicts.
pub fn comparison(ruling: &Ruling) -> Comparison {
    let compared = |case: &CaseRuling| ComparedCase {
        case: case.case.clone(),
        costs: costs(case, ruling.metric),
        judgement: match ruling.conclusion {
            Conclusion::NotJudged => Err("the control moved".to_owned()),
            _ => judgement(&case.head),
        },
        accepted: case.accepted.clone(),
    };
    of_sides(ruling, &ruling.head.name, "head", compared)
}

/// The control, which is the base once more: whatever is found here, the instrument did.
pub fn control(ruling: &Ruling) -> Comparison {
    let compared = |case: &CaseRuling| ComparedCase {
        case: case.case.clone(),
        costs: [None; 2],
        judgement: judgement(&case.control),
        accepted: None,
    };
    of_sides(ruling, "control", "control", compared)
}

fn costs(case: &CaseRuling, metric: Metric) -> [Option<Cost>; 2] {
    let values = ["base", "head"].map(|side| case.costs.on(side, metric));
    values.map(|value| value.map(|value| Cost { value, metric }))
}

fn of_sides(
    ruling: &Ruling,
    second: &str,
    role: &'static str,
    compared: impl Fn(&CaseRuling) -> ComparedCase,
) -> Comparison {
    Comparison {
        first: ruling.base.name.clone(),
        second: second.to_owned(),
        roles: ["base", role],
        cases: ruling.cases.iter().map(compared).collect(),
        margin: ruling.margin,
        metric: ruling.metric,
        geometric_mean: None,
    }
}

fn judgement(found: &Found) -> Result<crate::verdict::judge::Judgement, String> {
    let why_not = || found.not_judged.clone().unwrap_or_default();
    found.judgement.ok_or_else(why_not)
}

/// What the ruling comes to, and what to know of it.
pub fn notes(ruling: &Ruling) -> Vec<String> {
    let mut notes = vec![conclusion(ruling).in_one()];
    for (role, side) in [("base", &ruling.base), ("head", &ruling.head)] {
        let versions: Vec<String> = versions(side).collect();
        notes.push(format!(
            "{role}: {}, {}; {}",
            side.name,
            links(side, ruling.metric),
            versions.join(", ")
        ));
    }
    let matters = format!(
        "a change matters from {} on ({})",
        percent(ruling.margin),
        ruling.margin_source
    );
    notes.push(match ruling.metric.row().taken {
        Taken::Sampled => format!("{matters}; {:.0} s a case at most", ruling.seconds_per_case),
        Taken::Counted { not_seen, left_out } => {
            format!("{matters}; not seen: {not_seen}; {left_out}")
        }
    });
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
    notes.extend(remarks(ruling));
    notes
}

/// What failed, and what disturbed the gate.
pub fn remarks(ruling: &Ruling) -> Vec<String> {
    let failures = ruling.failures.iter();
    let failures = failures.map(|failure| format!("{}: {}", failure.subject, failure.reason));
    failures.chain(ruling.remarks.iter().cloned()).collect()
}

/// What the ruling comes to, in a line, and what that means where it needs to be said.
pub struct Concluded {
    pub line: String,
    pub meaning: Option<String>,
}

impl Concluded {
    fn in_one(self) -> String {
        match self.meaning {
            Some(meaning) => format!("{}: {meaning}", self.line),
            None => self.line,
        }
    }
}

pub fn conclusion(ruling: &Ruling) -> Concluded {
    let cases = ruling.cases.len();
    let count = |is: fn(&CaseRuling) -> bool| ruling.cases.iter().filter(|case| is(case)).count();
    let slower = count(CaseRuling::is_regression);
    let accepted = count(|case| case.accepted.is_some());
    let but_for = match accepted {
        0 => String::new(),
        _ => format!(", but for {accepted} that somebody has accepted"),
    };
    let (line, meaning) = match ruling.conclusion {
        Conclusion::Interrupted => (
            "interrupted".to_owned(),
            Some("what was not confirmed by then is unsure".to_owned()),
        ),
        Conclusion::NotJudged => (
            "not judged".to_owned(),
            Some(format!(
                "the control, which is the base once more, was called changed in {} of {cases} \
                 cases, so something else than the head is at work; run it again on a calmer \
                 machine",
                alarms(ruling)
            )),
        ),
        Conclusion::Slower => (format!("{slower} of {cases} cases slower"), None),
        Conclusion::Incomplete => ("some cases could not be judged".to_owned(), None),
        Conclusion::Unsure => (
            format!("no case is slower{but_for}"),
            Some("of some one cannot tell, see `could have seen`".to_owned()),
        ),
        Conclusion::Passed => (format!("passed: no case is slower{but_for}"), None),
    };
    Concluded { line, meaning }
}

/// In how many cases the control was called changed.
pub fn alarms(ruling: &Ruling) -> usize {
    let alarms = ruling.cases.iter().filter(|case| case.control.is_changed());
    alarms.count()
}

/// `wasmer-cranelift (wasmer 7.4.2)`, a backend at a time.
pub fn versions(side: &SideFacts) -> impl Iterator<Item = String> {
    side.versions.iter().map(|(backend, versions)| {
        let versions: Vec<String> = versions
            .iter()
            .map(|(name, v)| format!("{name} {v}"))
            .collect();
        format!("{backend} ({})", versions.join(", "))
    })
}

pub fn links(side: &SideFacts, metric: Metric) -> String {
    match (metric.row().taken, side.relinks) {
        (Taken::Counted { .. }, _) => "one executable".to_owned(),
        (Taken::Sampled, 1) => "one executable, whose layout is in no interval".to_owned(),
        (Taken::Sampled, relinks) => format!("{relinks} relinks"),
    }
}
