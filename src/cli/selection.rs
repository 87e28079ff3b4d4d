use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use regex::Regex;

use trapbench_wasmer::SLOTS;
use trapbench_worker::backend::Absent;
use trapbench_worker::case::{BackendId, Case, DEPTHS, cases_of};
use trapbench_worker::fixture::{Fixture, FixtureError};

/// Which cases a command is about.
#[derive(Args, Clone, Debug)]
pub struct Selection {
    /// A regular expression over case ids, such as `depth/raise/` or `exit/.*/16$`
    pub filter: Option<Regex>,

    /// Only this backend; may be given several times
    #[arg(long = "backend", value_name = "BACKEND")]
    backends: Vec<BackendId>,

    /// Fail unless this backend is compiled in; may be given several times
    #[arg(long, value_name = "BACKEND")]
    require: Vec<BackendId>,

    /// Guest frames above the first
    #[arg(long, value_delimiter = ',', value_name = "N,N,…", default_values_t = DEPTHS)]
    depths: Vec<u32>,

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
}

impl Selection {
    /// What `filter` lets through of two or more backends.
    pub fn of_backends(backends: &[&BackendId], filter: Option<Regex>) -> Selection {
        Selection {
            filter,
            backends: backends.iter().map(|&id| id.clone()).collect(),
            require: Vec::new(),
            depths: DEPTHS.to_vec(),
            module: ModuleOption::default(),
        }
    }

    /// The backends that are asked for: those named, or all that are compiled in.
    ///
    /// # Errors
    /// When one that is named is unknown or not compiled in.
    pub fn backends(&self) -> Result<Vec<BackendId>, Absent> {
        for id in self.backends.iter().chain(&self.require) {
            trapbench_wasmer::open(id)?;
        }
        let asked_for = |id: &BackendId| self.backends.is_empty() || self.backends.contains(id);
        Ok(compiled_in().into_iter().filter(asked_for).collect())
    }

    /// The cases that are asked for.
    ///
    /// # Errors
    /// When there are none.
    pub fn cases(&self) -> anyhow::Result<Vec<Case>> {
        let depths = self.depths();
        let backends = self.backends()?;
        let all: Vec<Case> = backends
            .iter()
            .flat_map(|backend| cases_of(backend, &depths))
            .collect();
        if all.is_empty() {
            bail!("no backend is compiled in; {}", missing().join("; "));
        }
        let Some(filter) = &self.filter else {
            return Ok(all);
        };
        let matching: Vec<Case> = all
            .iter()
            .filter(|case| filter.is_match(&case.to_string()))
            .cloned()
            .collect();
        if matching.is_empty() {
            bail!(
                "the filter `{filter}` matches none of {} cases; `trapbench list` shows them",
                all.len()
            );
        }
        Ok(matching)
    }

    /// In ascending order, each once.
    fn depths(&self) -> Vec<u32> {
        let mut depths = self.depths.clone();
        depths.sort_unstable();
        depths.dedup();
        depths
    }
}

/// The backends that are compiled in.
pub fn compiled_in() -> Vec<BackendId> {
    let there = SLOTS.iter().filter(|slot| slot.is_compiled_in());
    there.map(|slot| slot.id()).collect()
}

/// Those of them that execute WebAssembly.
pub fn executing_wasm() -> Vec<BackendId> {
    let mut backends = compiled_in();
    backends.retain(BackendId::executes_wasm);
    backends
}

/// The backends that are not compiled in, each with what would change that.
pub fn missing() -> Vec<String> {
    SLOTS
        .iter()
        .filter(|slot| !slot.is_compiled_in())
        .map(|slot| format!("{} is not compiled in; it needs {}", slot.id, slot.remedy()))
        .collect()
}
