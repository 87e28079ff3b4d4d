//! What a gate has found, as the document that is kept of it.

use super::Prepared;
use crate::gate::{Accepted, Held, HeldCase, Introduction};
use crate::metric::Side;
use crate::record::metric::{Costs, Metric};
use crate::record::ruling::{CaseRuling, Kind, RULING_SCHEMA, Ruling, SideFacts};
use crate::record::{Environment, Header};
use crate::verdict::gate::SCREENING;
use jiff::Timestamp;

/// The ruling on what was held from `started` on. What is slower and accepted has its reason.
pub fn ruling(
    prepared: Prepared,
    held: Held,
    metric: Metric,
    started: Timestamp,
    accepted: &Accepted,
) -> Ruling {
    let Prepared {
        contest,
        introductions: [of_base, of_head],
        margin,
        mut remarks,
        ..
    } = prepared;
    let cases = held.cases.iter();
    let cases = Vec::from_iter(cases.map(|case| case_ruling(case, metric, accepted)));
    remarks.extend(idle(&cases, accepted));
    Ruling {
        kind: Kind::Gate,
        schema: RULING_SCHEMA,
        metric,
        conclusion: Ruling::concluded(&cases, &held.failures, held.interrupted),
        command: Header::command_line(std::env::args_os()),
        started,
        seconds: held.seconds,
        base: facts(&contest.base, of_base),
        head: facts(&contest.others[0], of_head),
        margin: margin.fraction,
        margin_source: margin.source,
        screening_level: SCREENING,
        confirmation_level: contest.rule.confirmation,
        seconds_per_case: contest.seconds_per_case,
        cases,
        failures: held.failures,
        remarks,
        environment: Environment::capture(),
    }
}

/// What is not slower needs no reason.
fn case_ruling(case: &HeldCase, metric: Metric, accepted: &Accepted) -> CaseRuling {
    let [head, control] = &case.others[..] else {
        unreachable!("a gate has a head and a control");
    };
    let mut ruling = CaseRuling {
        case: case.case.clone(),
        costs: Costs::of(metric, [("base", case.base_cost), ("head", head.cost)]),
        head: head.found.clone(),
        control: control.found.clone(),
        accepted: None,
    };
    if ruling.is_regression() {
        ruling.accepted = accepted.reason(&case.case).map(str::to_owned);
    }
    ruling
}

/// The reasons that no case needs any more, in words.
fn idle(cases: &[CaseRuling], accepted: &Accepted) -> Vec<String> {
    let judged = cases.iter().filter(|case| case.head.judgement.is_some());
    let needed = judged.clone().filter(|case| case.accepted.is_some());
    let judged = Vec::from_iter(judged.map(|case| &case.case));
    let needed = Vec::from_iter(needed.map(|case| &case.case));
    let idle = accepted.idle(&judged, &needed).into_iter();
    idle.map(|reason| format!("nothing needs to be accepted any more for: {reason}"))
        .collect()
}

fn facts(side: &Side, introduction: Introduction) -> SideFacts {
    SideFacts {
        name: side.name.clone(),
        relinks: side.executables.number(),
        versions: introduction.versions,
    }
}
