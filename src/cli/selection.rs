use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use regex::Regex;

use super::own::missing;
use super::participants::{ParticipantOptions, Roster, why_absent};
use crate::record::Failure;
use crate::roster::GuestFile;
use trapbench_worker::case::{Axis, BackendId, Case};
use trapbench_worker::fixture::{Fixture, FixtureError};

/// Which cases a command is about.
#[derive(Args, Clone, Debug)]
pub struct Selection {
    /// A regular expression over case ids, such as `depth/raise/` or `exit/.*/16$`
    pub filter: Option<Regex>,

    /// Only this backend; may be given several times
    #[arg(long = "backend", value_name = "BACKEND")]
    backends: Vec<BackendId>,

    /// Fail unless this backend takes part; may be given several times
    #[arg(long, value_name = "BACKEND")]
    require: Vec<BackendId>,

    /// Guest frames above the first [default: what each backend offers, mostly 0 to 4096]
    #[arg(long, value_delimiter = ',', value_name = "N,N,…")]
    depths: Vec<u32>,

    #[command(flatten)]
    pub participants: ParticipantOptions,

    #[command(flatten)]
    pub module: ModuleOption,
}

/// A user's own module.
#[derive(Args, Clone, Debug, Default)]
pub struct ModuleOption {
    /// A module of your own in place of the fixture (`fixtures/README.md` has its contract)
    /// [default: what TRAPBENCH_MODULE names]
    #[arg(long = "module", value_name = "FILE")]
    path: Option<PathBuf>,
}

/// Gives a module where the command line is not ours: `cargo bench` hands it to Criterion.
const MODULE_VARIABLE: &str = "TRAPBENCH_MODULE";

impl ModuleOption {
    /// The file, when there is one. An empty variable is none.
    pub fn path(&self) -> Option<PathBuf> {
        let variable = || std::env::var_os(MODULE_VARIABLE).filter(|path| !path.is_empty());
        self.path.clone().or_else(|| variable().map(PathBuf::from))
    }

    /// # Errors
    /// When the module cannot be read, or breaks the contract.
    pub fn open(&self) -> Result<Fixture, FixtureError> {
        Fixture::open(self.path().as_deref())
    }

    /// Who takes part in measuring it, each started once: `backends`, or all where none is named.
    ///
    /// # Errors
    /// As [`ModuleOption::open`] and [`ParticipantOptions::meet`].
    pub fn meet(
        &self,
        participants: &ParticipantOptions,
        backends: &[BackendId],
    ) -> anyhow::Result<Roster> {
        let guest = GuestFile::of(&self.open()?)?;
        participants.meet(backends, guest, self.path().is_some())
    }
}

impl Selection {
    /// Those who are asked for, each started once, and the cases of theirs that are.
    ///
    /// # Errors
    /// When one who is named is unknown or not ready, or when there are no cases.
    pub fn roster(&self) -> anyhow::Result<(Roster, Vec<Case>)> {
        let mut roster = self.module.meet(&self.participants, &self.backends)?;
        for id in &self.require {
            let mut participants = roster.participants.iter();
            if !participants.any(|one| &one.arm.backend == id) {
                return Err(why_absent(id, &roster)?);
            }
        }
        let depths = self.depths();
        let without = roster.participants.iter();
        let without = without.filter(|one| one.cases(depths.as_deref()).is_empty());
        let without = without.map(|one| {
            let reason = match depths {
                Some(_) => "it offers none of the depths that were asked for",
                None => "it offers no value on any axis",
            };
            Failure::new(0, 0, &one.arm.backend, reason)
        });
        let without = Vec::from_iter(without);
        roster.failures.extend(without);
        let cases = self.cases(&roster)?;
        Ok((roster, cases))
    }

    fn cases(&self, roster: &Roster) -> anyhow::Result<Vec<Case>> {
        let depths = self.depths();
        let all = roster.cases(depths.as_deref(), |_| true);
        if all.is_empty() {
            let failures = roster.failures.iter();
            let failures = failures.map(|one| format!("{}: {}", one.subject, one.reason));
            let reasons = Vec::from_iter(failures.chain(missing()));
            bail!("no backend can be measured; {}", reasons.join("; "));
        }
        matching(all, self.filter.as_ref())
    }

    /// In ascending order, each once; nothing where none are named.
    fn depths(&self) -> Option<Vec<u32>> {
        let mut depths = self.depths.clone();
        depths.sort_unstable();
        depths.dedup();
        Some(depths).filter(|depths| !depths.is_empty())
    }
}

/// The cases of backends of this executable that a filter lets through.
///
/// # Errors
/// When there are none.
pub fn own_cases(backends: &[BackendId], filter: Option<&Regex>) -> anyhow::Result<Vec<Case>> {
    let mut all = Vec::new();
    for id in backends {
        all.extend(trapbench_wasmer::open(id)?.offer().cases(id, None));
    }
    matching(all, filter)
}

/// The cases that a filter lets through; those of an axis that a usual run does not have where the
/// filter names that axis.
///
/// # Errors
/// When it lets none through.
pub fn matching(mut cases: Vec<Case>, filter: Option<&Regex>) -> anyhow::Result<Vec<Case>> {
    let words = filter.map_or("", Regex::as_str);
    cases.retain(|case| is_called_for(case.axis, words));
    let number = cases.len();
    if number == 0 {
        bail!(
            "all that is offered lies on axes that FILTER must name; `trapbench list` names them"
        );
    }
    if let Some(filter) = filter {
        cases.retain(|case| filter.is_match(&case.to_string()));
        if cases.is_empty() {
            bail!(
                "the filter `{filter}` matches none of {number} cases; `trapbench list` shows them"
            );
        }
    }
    Ok(cases)
}

/// Whether a run has an axis, which was asked for in these words: one that takes long, or the
/// whole machine, is measured where its name is among them.
pub fn is_called_for(axis: Axis, words: &str) -> bool {
    axis.row().is_usual || words.contains(axis.name())
}
