use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::number::{ns, whole, within};
use super::phrase::Phrase;
use super::samples::{Samples, in_all};
use crate::record::Offers;
use crate::record::metric::{Metric, Taken};
use crate::verdict::apart::{judge_apart, ratio_apart};
use crate::verdict::interval::geometric_mean;
use crate::verdict::judge::{Judgement, judge};
use crate::verdict::{Estimate, LEVEL};
use trapbench_worker::case::{BackendId, Case};

/// The smallest change that matters, as a fraction. Two builds of the same sources differ by
/// 1.2 to 1.7 % for the order of their sections alone, so anything less is not news.
const MARGIN: f64 = 0.02;

/// What to mind where two runs are compared and not as ratios.
pub const UNPAIRED: &str = "the runs were timed at different times: a drift of the machine between \
                            them is in every ratio and in no interval; --ratios is free of it";

/// What to mind where two executables ran: a sentinel took 167.9 ±1.0 and 177.3 ±0.8 ns sixteen
/// frames deep on Cranelift in two builds of the suite, measured in turn.
pub const OTHER_BUILD: &str = "the records come from different builds of trapbench: the layout of the \
                               executable alone has moved a case by 6 %, and no interval has that in it";

/// Two arms, case by case: the second measured against the first.
#[derive(Clone, Debug)]
pub struct Comparison {
    pub first: String,
    pub second: String,
    /// What the first is called beside its figures, and the second: `base`, `head`.
    pub roles: [&'static str; 2],
    pub cases: Vec<ComparedCase>,
    /// The smallest change that matters, as a fraction.
    pub margin: f64,
    /// What the ratios are of.
    pub metric: Metric,
    /// Over all cases that both arms have, of the second over the first.
    pub geometric_mean: Option<Estimate>,
}

/// One case of a comparison.
#[derive(Clone, Debug)]
pub struct ComparedCase {
    /// As the second arm has it.
    pub case: Case,
    /// What a call took in the first arm and in the second, where the ratio is of these.
    pub costs: [Option<Cost>; 2],
    /// Or why there is none.
    pub judgement: Result<Judgement, String>,
    /// Why a change is as it should be, where somebody has said so.
    pub accepted: Option<String>,
}

/// What a call took: ns, or instructions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    pub value: f64,
    pub metric: Metric,
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&match self.metric.row().unit {
            "ns" => ns(self.value),
            _ => whole(self.value),
        })
    }
}

impl Comparison {
    /// What is held against what, and what the ratios are, in words.
    pub fn measure(&self) -> Phrase {
        let of = self.metric.name();
        let [first, second] = self.roles;
        let within = match self.metric.row().taken {
            Taken::Sampled => "±95 %",
            Taken::Counted { .. } => "± half the range of what was counted",
        };
        Phrase::code(&self.second)
            .plain(format!(" ({second}) against "))
            .and(Phrase::code(&self.first))
            .plain(format!(
                " ({first}): {of} of the former over {of} of the latter, {within}"
            ))
    }

    /// The geometric mean, with its caution.
    pub fn mean(&self) -> Option<String> {
        self.geometric_mean.map(|mean| {
            format!(
                "geometric mean over {} cases: {}× (cases are not a sample of anybody's work: a \
                 depth nobody uses weighs like any other)",
                self.cases.len(),
                within(mean)
            )
        })
    }

    /// Two backends of one run, which were timed in the same turns: differences are taken turn
    /// by turn, and what the machine did to both is gone from them.
    pub fn of_backends(samples: &Samples, first: &BackendId, second: &BackendId) -> Comparison {
        let cases: Vec<&Case> = samples
            .cases()
            .filter(|case| &case.backend == second)
            .collect();
        let log_ratios = |case: &Case| {
            let other = Case {
                backend: first.clone(),
                ..case.clone()
            };
            samples.per_process([case, &other], |[second, first]| (second / first).ln())
        };
        let per_case: Vec<(&Case, BTreeMap<u32, f64>)> = cases
            .into_iter()
            .map(|case| (case, log_ratios(case)))
            .filter(|(_, log_ratios)| !log_ratios.is_empty())
            .collect();
        let means: Vec<f64> = in_all(per_case.iter().map(|(_, log_ratios)| log_ratios.clone()))
            .iter()
            .map(|row| mean(row).exp())
            .collect();
        Comparison {
            first: first.to_string(),
            second: second.to_string(),
            roles: ["first", "second"],
            cases: per_case
                .into_iter()
                .map(|(case, log_ratios)| ComparedCase {
                    case: case.clone(),
                    costs: [first, second].map(|backend| {
                        let backend = backend.clone();
                        cost(
                            samples,
                            &Case {
                                backend,
                                ..case.clone()
                            },
                        )
                    }),
                    accepted: None,
                    judgement: judge(&Vec::from_iter(log_ratios.into_values()), MARGIN, LEVEL)
                        .map_err(|why| why.to_string()),
                })
                .collect(),
            margin: MARGIN,
            metric: Metric::Time,
            geometric_mean: geometric_mean(&means, LEVEL),
        }
    }

    /// Two runs. Nothing is paired here: a drift of the machine between them is part of every
    /// ratio. With `relative`, each cost is taken as a ratio to the completing call of its own
    /// backend and place, timed in the same turns, and what the machines share is gone. Only
    /// cases that are wanted count, in the rows and in the mean. `offers` say which call that is.
    pub fn of_runs(
        (first_name, first): (&str, &Samples),
        (second_name, second): (&str, &Samples),
        offers: &Offers,
        relative: bool,
        is_wanted: impl Fn(&Case) -> bool,
    ) -> Comparison {
        let completing = |case: &Case| offers.get(&case.backend)?.completing();
        let values = |samples: &Samples, case: &Case| {
            let yardstick = Case {
                series: completing(case).unwrap_or(case.series),
                ..case.clone()
            };
            if relative {
                samples.per_process([case, &yardstick], |[ns, yard]| (ns / yard).ln())
            } else {
                samples.per_process([case], |[ns]| ns.ln())
            }
        };
        let is_yardstick =
            |case: &Case| completing(case).is_none_or(|series| series == case.series);
        let firsts: BTreeSet<&Case> = first.cases().collect();
        let cases: Vec<&Case> = second
            .cases()
            .filter(|case| firsts.contains(case) && is_wanted(case))
            .filter(|case| !(relative && is_yardstick(case)))
            .collect();
        let over_cases = |samples: &Samples| -> Vec<f64> {
            in_all(cases.iter().map(|case| values(samples, case)))
                .iter()
                .map(|row| mean(row))
                .collect()
        };
        let row = |case: &&Case| {
            // A ratio to a completing call is not the ratio of the costs.
            let costs = [first, second].map(|samples| match relative {
                true => None,
                false => cost(samples, case),
            });
            let first = Vec::from_iter(values(first, case).into_values());
            let second = Vec::from_iter(values(second, case).into_values());
            ComparedCase {
                case: (*case).clone(),
                costs,
                accepted: None,
                judgement: judge_apart(&first, &second, MARGIN, LEVEL)
                    .map_err(|why| why.to_string()),
            }
        };
        Comparison {
            first: first_name.to_owned(),
            second: second_name.to_owned(),
            roles: ["first", "second"],
            cases: cases.iter().map(row).collect(),
            margin: MARGIN,
            metric: Metric::Time,
            geometric_mean: ratio_apart(&over_cases(first), &over_cases(second), LEVEL).ok(),
        }
    }
}

/// ns per call, the mean over processes.
fn cost(samples: &Samples, case: &Case) -> Option<Cost> {
    let processes = Vec::from_iter(samples.per_process([case], |[ns]| ns).into_values());
    (!processes.is_empty()).then(|| Cost {
        value: mean(&processes),
        metric: Metric::Time,
    })
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}
