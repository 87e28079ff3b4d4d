//! A gate's ruling on a page: the conclusion, what was held against what, and the comparison.

use maud::{Markup, html};

use super::comparison::{plain_table, tables, tally};
use super::frame::frame;
use super::provenance::notes;
use super::table::phrase;
use crate::record::metric::{Metric, Taken};
use crate::record::ruling::{Conclusion, Ruling, SideFacts};
use crate::report::number::percent;
use crate::report::phrase::Phrase;
use crate::report::provenance::{command_line, environment_facts, machine};
use crate::report::ruling::{alarms, comparison, conclusion, control, links, remarks, versions};
use crate::report::tables::compared::judged;
use crate::report::verdicts::{Verdicts, change};

pub fn ruling(ruling: &Ruling) -> String {
    let comparison = comparison(ruling);
    let verdicts = Verdicts::of(&comparison);
    let concluded = conclusion(ruling);
    let title = format!(
        "trapbench gate: {} against {}",
        ruling.head.name, ruling.base.name
    );
    let body = html! {
        header {
            p.eyebrow {
                "trapbench gate · " (ruling.started.strftime("%e %B %Y").to_string().trim())
                " · " (machine(&ruling.environment))
            }
            h1 { (capital(&concluded.line)) }
            @if let Some(meaning) = concluded.meaning { p.lead { (capital(&meaning)) "." } }
            // A gate that does not judge has nothing to count.
            @if ruling.cases.is_empty() {
                p.none { "No case was measured." }
            } @else if ruling.conclusion != Conclusion::NotJudged {
                (tally(&verdicts))
            }
            dl.facts {
                (side("base", &ruling.base, ruling.metric))
                (side("head", &ruling.head, ruling.metric))
                div { dt { "smallest change that matters" } dd {
                    (percent(ruling.margin)) ", " (ruling.margin_source)
                } }
                div { dt { "the control, the base once more" } dd { a href="#control" { (control_in_short(ruling)) } } }
                div { dt { "an alarm takes" } dd { (alarm_takes(ruling)) } }
                div { dt { "measured for" } dd { (measured_for(ruling)) } }
            }
        }
        (tables(&comparison, &verdicts))
        (accepted(&verdicts))
        (control_section(ruling))
        (notes(&[], &remarks(ruling)))
        section id="provenance" {
            h2 { "Where the figures come from" }
            p.reading { "Ratios are " (ruling.metric.name()) " of the head over " (ruling.metric.name()) " of the base." }
            h3 { "To reproduce" }
            pre tabindex="0" { code { (command_line(&ruling.command)) } }
            h3 { "Run and machine" }
            dl.facts {
                div { dt { "started" } dd { (ruling.started) } }
                @for (name, value) in environment_facts(&ruling.environment) {
                    div { dt { (name) } dd { (value) } }
                }
            }
        }
    };
    frame(&title, "", within(ruling), body)
}

fn alarm_takes(ruling: &Ruling) -> String {
    match ruling.metric.row().taken {
        Taken::Sampled => format!(
            "a screening at {} and a confirmation at {}, on fresh data",
            level(ruling.screening_level),
            level(ruling.confirmation_level)
        ),
        Taken::Counted { not_seen, left_out } => {
            format!("two looks that say the same; not seen: {not_seen}; {left_out}")
        }
    }
}

fn measured_for(ruling: &Ruling) -> String {
    let seconds = format!("{:.0} s", ruling.seconds);
    match ruling.metric.row().taken {
        Taken::Sampled => format!("{seconds}, at most {:.0} s a case", ruling.seconds_per_case),
        Taken::Counted { .. } => seconds,
    }
}

/// What a ± is.
fn within(ruling: &Ruling) -> &'static str {
    let taken = ruling.metric.row().taken;
    match (taken, ruling.base.relinks.min(ruling.head.relinks)) {
        (Taken::Counted { .. }, _) => "half the range of what was counted",
        (Taken::Sampled, 1) => "a 95 % interval over pairs of processes",
        (Taken::Sampled, _) => "a 95 % interval over pairs of relinks",
    }
}

fn side(role: &str, side: &SideFacts, metric: Metric) -> Markup {
    html! {
        div { dt { (role) } dd {
            (side.name) ", " (links(side, metric))
            @for backend in versions(side) { br; (backend) }
        } }
    }
}

/// Changes that somebody has said are as they should be, with the reason.
fn accepted(verdicts: &Verdicts) -> Markup {
    html! {
        @if verdicts.accepted().next().is_some() {
            section id="accepted" {
                h2 { "Accepted" }
                p.reading { "Slower, and on purpose: these do not count against the head." }
                dl { @for (case, judgement, reason) in verdicts.accepted() {
                    div { dt { (phrase(&Phrase::code(case.case.to_string()))) ", " (change(judgement)) } dd { (reason) } }
                } }
            }
        }
    }
}

fn control_in_short(ruling: &Ruling) -> String {
    match (alarms(ruling), ruling.cases.len()) {
        (0, cases) => format!("called changed in none of {cases} cases"),
        (alarms, cases) => format!("called changed in {alarms} of {cases} cases"),
    }
}

fn control_section(ruling: &Ruling) -> Markup {
    let comparison = control(ruling);
    let verdicts = Verdicts::of(&comparison);
    let calm = [&verdicts.unsure[..], &verdicts.same[..]].concat();
    let table = |name, cases| plain_table(&judged(name, &comparison, cases));
    html! {
        section id="control" {
            h2 { "The control" }
            p.reading {
                "The base once more, in the same turns and judged by the same rule: "
                (control_in_short(ruling)) ". What is found here is the instrument's doing; once may "
                "be chance, and a gate in which it happens twice does not judge."
            }
            @if !verdicts.changed.is_empty() {
                (table("The control where it was called changed", &verdicts.changed))
            }
            @if !calm.is_empty() {
                details {
                    summary { "Where it was not called changed" }
                    (table("The control where it was not called changed", &calm))
                }
            }
            @if !verdicts.unjudged.is_empty() {
                p.none { "Not judged: " (verdicts.unjudged.len()) " of " (ruling.cases.len()) " cases." }
            }
        }
    }
}

/// A level of confidence, with as many nines as it has.
fn level(level: f64) -> String {
    let text = format!("{:.3}", level * 100.0);
    let text = text.trim_end_matches('0').trim_end_matches('.');
    format!("{text}\u{a0}%")
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string());
    first.unwrap_or_default() + chars.as_str()
}

#[cfg(test)]
mod tests {
    use super::level;

    #[test]
    fn a_level_keeps_its_nines() {
        assert_eq!(level(0.9), "90\u{a0}%");
        assert_eq!(level(0.99833), "99.833\u{a0}%");
    }
}
