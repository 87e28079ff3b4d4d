//! What a gate found: one JSON document, `docs/gate-schema.md`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::metric::{Costs, Metric};
use super::{Environment, Failure};
use crate::verdict::judge::{Judgement, Verdict};
use trapbench_worker::case::Case;

/// The version of [`Ruling`]'s format; raised when the meaning of a field changes.
pub const RULING_SCHEMA: u32 = 1;

/// The answer of a gate, with all that it rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ruling {
    pub kind: Kind,
    pub schema: u32,
    #[serde(default)]
    pub metric: Metric,
    pub conclusion: Conclusion,
    /// As typed.
    pub command: Vec<String>,
    pub started: Timestamp,
    /// Of measuring, builds apart.
    pub seconds: f64,
    pub base: SideFacts,
    pub head: SideFacts,
    /// The smallest change that matters, as a fraction.
    pub margin: f64,
    /// Where the margin comes from, in words.
    pub margin_source: String,
    pub screening_level: f64,
    pub confirmation_level: f64,
    pub seconds_per_case: f64,
    pub cases: Vec<CaseRuling>,
    pub failures: Vec<Failure>,
    pub remarks: Vec<String>,
    pub environment: Environment,
}

/// Tells a ruling from the other documents that the suite writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    Gate,
}

/// What a gate comes to, the gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Conclusion {
    /// Ctrl-C came first.
    Interrupted,
    /// The control, which is the base once more, was called changed twice: something else is.
    NotJudged,
    /// A case is slower, and nobody has accepted that.
    Slower,
    /// No case is slower, but some could not be judged.
    Incomplete,
    /// Some cases are unsure.
    Unsure,
    /// Every case is the same, faster, or accepted.
    Passed,
}

/// One side of a gate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SideFacts {
    pub name: String,
    /// How many links of the same objects stood for it; 1 is a bare executable.
    pub relinks: usize,
    /// By backend.
    pub versions: BTreeMap<String, BTreeMap<String, String>>,
}

/// One case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CaseRuling {
    pub case: Case,
    /// Of base and head.
    #[serde(flatten)]
    pub costs: Costs,
    pub head: Found,
    /// The base once more, judged by the same rule.
    pub control: Found,
    /// Why a change is as it should be, where somebody has said so.
    pub accepted: Option<String>,
}

/// What was found of one side and case, and from which numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Found {
    #[serde(flatten)]
    pub judgement: Option<Judgement>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_judged: Option<String>,
    /// ln(side / base) for each unit of inference of the first look.
    pub screening: Vec<f64>,
    /// The same of the second look, where the case was a suspect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmation: Option<Vec<f64>>,
}

impl Found {
    pub fn verdict(&self) -> Option<Verdict> {
        self.judgement.map(|judgement| judgement.verdict)
    }

    /// Whether it was called slower or faster.
    pub fn is_changed(&self) -> bool {
        matches!(self.verdict(), Some(Verdict::Slower | Verdict::Faster))
    }
}

impl Ruling {
    /// Two alarms of the control in one gate are the instrument's, not chance.
    pub const CONTROL_ALARMS: usize = 2;

    /// What the cases come to.
    pub fn concluded(cases: &[CaseRuling], failures: &[Failure], interrupted: bool) -> Conclusion {
        let any = |is: &dyn Fn(&CaseRuling) -> bool| cases.iter().any(is);
        let alarms = cases.iter().filter(|case| case.control.is_changed());
        if interrupted {
            Conclusion::Interrupted
        } else if alarms.count() >= Ruling::CONTROL_ALARMS {
            Conclusion::NotJudged
        } else if any(&CaseRuling::is_regression) {
            Conclusion::Slower
        } else if !failures.is_empty() || any(&|case| case.head.judgement.is_none()) {
            Conclusion::Incomplete
        } else if any(&|case| case.head.verdict() == Some(Verdict::Unsure)) {
            Conclusion::Unsure
        } else {
            Conclusion::Passed
        }
    }
}

impl CaseRuling {
    /// Slower, and not accepted.
    pub fn is_regression(&self) -> bool {
        self.head.verdict() == Some(Verdict::Slower) && self.accepted.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::{Estimate, Interval};

    fn found(verdict: Verdict) -> Found {
        let interval = Interval {
            low: 0.9,
            high: 1.1,
        };
        Found {
            judgement: Some(Judgement {
                ratio: Estimate {
                    value: 1.0,
                    interval,
                },
                verdict,
                smallest_visible_change: 0.01,
            }),
            not_judged: None,
            screening: vec![0.0, 0.25],
            confirmation: None,
        }
    }

    fn case(head: Verdict, control: Verdict) -> CaseRuling {
        CaseRuling {
            case: "depth/raise/exit/wasmer-cranelift/0".parse().unwrap(),
            costs: Costs::of(Metric::Time, [("base", Some(1.0)), ("head", Some(1.0))]),
            head: found(head),
            control: found(control),
            accepted: None,
        }
    }

    #[test]
    fn the_gravest_finding_is_the_conclusion() {
        use Verdict::{Faster, Same, Slower, Unsure};
        let concluded = |cases: &[CaseRuling]| Ruling::concluded(cases, &[], false);
        let good = case(Same, Same);
        let bad = case(Slower, Same);
        assert_eq!(concluded(std::slice::from_ref(&good)), Conclusion::Passed);
        assert_eq!(concluded(&[case(Faster, Same)]), Conclusion::Passed);
        assert_eq!(
            concluded(&[good.clone(), case(Unsure, Same)]),
            Conclusion::Unsure
        );
        assert_eq!(concluded(&[good.clone(), bad.clone()]), Conclusion::Slower);
        // One alarm of the control may be chance, a second one is not.
        let restless = case(Same, Faster);
        assert_eq!(
            concluded(&[bad.clone(), restless.clone()]),
            Conclusion::Slower
        );
        assert_eq!(
            concluded(&[bad.clone(), restless.clone(), restless]),
            Conclusion::NotJudged
        );
        let accepted = CaseRuling {
            accepted: Some("on purpose".to_owned()),
            ..bad.clone()
        };
        assert_eq!(concluded(&[accepted]), Conclusion::Passed);
        let mut unjudged = good.clone();
        unjudged.head.judgement = None;
        assert_eq!(concluded(&[unjudged.clone()]), Conclusion::Incomplete);
        assert_eq!(concluded(&[unjudged, bad.clone()]), Conclusion::Slower);
        let failure = Failure::new(0, 0, "x", "y");
        assert_eq!(
            Ruling::concluded(&[good], &[failure], false),
            Conclusion::Incomplete
        );
        assert_eq!(
            Ruling::concluded(&[bad], &[], true),
            Conclusion::Interrupted
        );
    }

    #[test]
    fn what_was_found_survives_json() {
        for found in [
            found(Verdict::Slower),
            Found {
                judgement: None,
                not_judged: Some("too few".to_owned()),
                screening: Vec::new(),
                confirmation: Some(vec![0.5]),
            },
        ] {
            let text = serde_json::to_string(&found).unwrap();
            assert_eq!(
                serde_json::from_str::<Found>(&text).unwrap(),
                found,
                "{text}"
            );
        }
    }
}
