//! Is the instrument what it says it is, on this machine? Comparisons whose answer is known.
//!
//! Every trial is a [`Contest`], the same that a gate holds: with nothing to find (`null`,
//! `rebuilds`), or with real work added under the clock (`power`). What comes out is kept as a
//! [`Trial`]; the report of a qualification counts them.

mod criterion;
mod load;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use rand::seq::SliceRandom;

use crate::gate::{Held, HeldCase, HeldOther, default_cases, hold};
use crate::metric::{Contest, Executables, SECONDS_PER_CASE, Side, meter};
use crate::record::metric::Costs;
use crate::record::qualification::{Experiment, INSTRUMENT, Trial, TrialRow};
use crate::record::{BuildFacts, Header};
use crate::verdict::gate::Rule;
use trapbench_worker::case::{BackendId, Case};

pub use criterion::{SLOWDOWN_VARIABLE, beside_criterion};
use load::Load;

/// Slowdowns that are asked for, as fractions.
pub const SLOWDOWNS: [f64; 5] = [0.01, 0.02, 0.03, 0.05, 0.10];

/// The share of instructions that is added where instructions are compared.
pub const ADDED_INSTRUCTIONS: [f64; 1] = [0.005];

/// What trials are made from.
pub struct Instrument {
    /// The ordinary link of this executable's sources.
    pub plain: PathBuf,
    /// Relinks of the same objects, for two sides; none where no trial needs them.
    pub relinks: Vec<PathBuf>,
    pub fixture: String,
    pub backends: Vec<BackendId>,
    pub versions: BTreeMap<String, BTreeMap<String, String>>,
    pub machine: String,
    pub core: Option<usize>,
}

/// One trial that is to be held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Planned {
    pub experiment: Experiment,
    pub number: u32,
}

/// What a whole qualification holds, in order: what costs least for what it tells comes first.
///
/// 42 `null` trials of a dozen cases and two sides are 1 008 comparisons, half of them with the
/// other cores busy; the `rebuilds` are 20 comparisons of relinked arms and, two a trial, 20 of
/// bare executables; `power` goes through the dozen cases on each backend. 21 trials of counts
/// are 504 comparisons.
pub fn plan(backends: usize) -> Vec<Planned> {
    let backends = backends as u32;
    let experiments = [
        (Experiment::Power, backends),
        (Experiment::Rebuilds, 20),
        (Experiment::RebuildsBare, 10),
        (Experiment::NullBusy, 21),
        (Experiment::PowerLong, backends),
        (Experiment::PowerBare, backends),
        (Experiment::Null, 21),
        (Experiment::PowerInstructions, backends),
        (Experiment::NullInstructions, 21),
        (Experiment::Criterion, backends),
    ];
    let trials = experiments.iter().flat_map(|&(experiment, trials)| {
        (0..trials).map(move |number| Planned { experiment, number })
    });
    trials.collect()
}

impl Instrument {
    /// Holds one trial; `None` when it was interrupted, for half a trial proves nothing.
    ///
    /// # Errors
    /// When an executable cannot be copied, or when there is no Valgrind to count with.
    pub fn hold(&self, planned: Planned, stop: &AtomicBool) -> anyhow::Result<Option<Trial>> {
        let started = Header::now();
        let (contest, nominal) = self.contest(planned);
        let _load = (planned.experiment == Experiment::NullBusy).then(|| Load::start(self.core));
        let held = hold(meter(planned.experiment.metric()), &contest, stop)?;
        if held.interrupted {
            return Ok(None);
        }
        Ok(Some(Trial {
            experiment: planned.experiment,
            number: planned.number,
            instrument: INSTRUMENT,
            started,
            seconds: held.seconds,
            seconds_per_case: contest.seconds_per_case,
            margin: contest.rule.margin,
            machine: self.machine.clone(),
            build: BuildFacts::of_this_build(),
            versions: self.versions.clone(),
            relinks: contest.base.executables.number(),
            rows: rows(&contest, &nominal, &held, planned.experiment),
            failures: held.failures,
        }))
    }

    fn contest(&self, planned: Planned) -> (Contest, Vec<f64>) {
        let mut relinks = self.relinks.clone();
        relinks.shuffle(&mut rand::rng());
        let sides = |of: [Executables; 2]| {
            let names = ["head", "control"].into_iter().zip(of);
            names.map(|(name, of)| side(name, of, None)).collect()
        };
        let one = |at: usize| Executables::Bare(relinks[at].clone());
        let plain = || Executables::Bare(self.plain.clone());
        let half = relinks.len() / 2;
        let [base, head] = Executables::Relinked(relinks.clone()).cut(half);
        let slowed = |executables: Executables, shares: &[f64]| -> Vec<Side> {
            let slowed = |&share: &f64| side(&percent(share), executables.clone(), Some(share));
            shares.iter().map(slowed).collect()
        };
        let (base, others, nominal): (_, Vec<Side>, &[f64]) = match planned.experiment {
            Experiment::Null | Experiment::NullBusy | Experiment::NullInstructions => {
                (plain(), sides([plain(), plain()]), &[0.0, 0.0])
            }
            Experiment::Rebuilds => (base, vec![side("head", head, None)], &[0.0]),
            Experiment::RebuildsBare => (one(0), sides([one(1), one(2)]), &[0.0, 0.0]),
            Experiment::Power => (base, slowed(head, &SLOWDOWNS), &SLOWDOWNS),
            Experiment::PowerLong => (base, slowed(head, &SLOWDOWNS[..1]), &SLOWDOWNS[..1]),
            Experiment::PowerInstructions => {
                let slowed = slowed(plain(), &ADDED_INSTRUCTIONS);
                (plain(), slowed, &ADDED_INSTRUCTIONS)
            }
            Experiment::PowerBare | Experiment::Criterion => {
                (plain(), slowed(plain(), &SLOWDOWNS), &SLOWDOWNS)
            }
        };
        let cases = self.cases(planned);
        // An executable has one layout, and with itself it has no difference that a wider margin
        // would have to cover.
        let is_one_layout = matches!(planned.experiment, Experiment::Null | Experiment::NullBusy);
        let meter = meter(planned.experiment.metric());
        // As a gate judges where nobody has qualified the machine.
        let margin = meter.margin(base.is_bare() && !is_one_layout, &|| [None; 2]);
        let contest = Contest {
            base: side("base", base, None),
            others,
            fixture: self.fixture.clone(),
            module: None,
            rule: Rule::new(cases.len(), margin.fraction),
            cases,
            seconds_per_case: match planned.experiment {
                Experiment::PowerLong => 30.0,
                _ => SECONDS_PER_CASE,
            },
            core: self.core,
            seed: rand::random(),
        };
        (contest, nominal.to_vec())
    }

    /// The gate's dozen, on one backend after the other.
    fn cases(&self, planned: Planned) -> Vec<Case> {
        let backend = &self.backends[planned.number as usize % self.backends.len()];
        on(backend)
    }
}

/// The gate's dozen cases, on `backend`.
pub fn on(backend: &BackendId) -> Vec<Case> {
    let on_backend = |case: Case| Case {
        backend: backend.clone(),
        ..case
    };
    default_cases().into_iter().map(on_backend).collect()
}

/// `2 %`.
fn percent(share: f64) -> String {
    format!("{} %", share * 100.0)
}

fn side(name: &str, executables: Executables, slowdown: Option<f64>) -> Side {
    Side {
        name: name.to_owned(),
        executables,
        slowdown,
    }
}

fn rows(contest: &Contest, nominal: &[f64], held: &Held, of: Experiment) -> Vec<TrialRow> {
    let sides = || contest.others.iter().zip(nominal);
    let of_case = |case: &HeldCase| -> Vec<TrialRow> {
        let others = case.others.iter().zip(sides());
        let row = |(other, (side, &nominal)): (&HeldOther, (&Side, &f64))| TrialRow {
            case: case.case.clone(),
            side: side.name.clone(),
            nominal,
            achieved: other.achieved,
            costs: Costs::of(of.metric(), [("base", case.base_cost)]),
            found: other.found.clone(),
        };
        others.map(row).collect()
    };
    held.cases.iter().flat_map(of_case).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plan_has_a_thousand_null_comparisons_half_of_them_busy() {
        let plan = plan(3);
        let comparisons = |experiment| {
            let trials = plan.iter().filter(|one| one.experiment == experiment);
            trials.count() * default_cases().len() * 2
        };
        assert!(comparisons(Experiment::Null) >= 500);
        assert_eq!(
            comparisons(Experiment::Null),
            comparisons(Experiment::NullBusy)
        );
    }
}
