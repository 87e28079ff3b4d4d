//! What `qualify` has found out about the gate on this machine: `qualify` adds to it, and `gate`
//! takes its margin from it.

use std::path::{Path, PathBuf};

use super::own::executing_wasm;
use crate::record::Environment;
use crate::record::qualification::Trials;
use crate::report::qualification;

/// Where trials are kept unless it is told otherwise.
pub const RESULTS: &str = "results/qualification";

/// The file of this machine's trials.
pub fn file(results: &Path) -> PathBuf {
    let machine = Environment::capture().machine_key();
    results.join(format!("{machine}.jsonl"))
}

/// The release of wasmer that this executable measures; trials of another one say nothing of it.
pub fn wasmer() -> Option<String> {
    let backend = trapbench_wasmer::open(executing_wasm().first()?).ok()?;
    backend.versions().get("wasmer").cloned()
}

/// What neutral rebuilds have come to on this machine, relinked ones and bare executables.
pub fn margins() -> [Option<f64>; 2] {
    // Trials that cannot be read are as good as none here; `qualify` says what is wrong.
    let Ok(trials) = Trials::open(&file(Path::new(RESULTS))) else {
        return [None; 2];
    };
    let wasmer = wasmer();
    let counted = Vec::from_iter(trials.that_count(wasmer.as_deref()));
    qualification::margins(&counted)
}
