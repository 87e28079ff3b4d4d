//! A gate's sides: what stands on the command line, as executables.

use std::collections::BTreeSet;
use std::io::{IsTerminal, Write, stderr};
use std::path::{Path, PathBuf};

use crate::arms::{self, Cache, Source};
use crate::gate::{self, FEWEST_RELINKS, Side};
use crate::record::Header;
use trapbench_wasmer::SLOTS;
use trapbench_worker::case::{BackendId, Case};

/// What is to be built.
pub struct Wanted<'a> {
    pub base: &'a Source,
    pub head: Option<&'a Source>,
    /// Of each side; 0 for one ordinary link, with its symbols.
    pub relinks: u32,
    pub cases: &'a [Case],
    pub module: Option<&'a Path>,
}

/// The sides of a gate, built.
pub struct Arms {
    pub base: Side,
    pub head: Side,
    pub control: Side,
    pub remarks: Vec<String>,
}

impl Arms {
    pub fn build(wanted: &Wanted) -> anyhow::Result<Arms> {
        let Wanted {
            base,
            relinks,
            cases,
            module,
            ..
        } = *wanted;
        let features = features(&backends(cases));
        let (head, mut remarks) = head(wanted.head, relinks);
        let links = match relinks {
            0 => 0,
            relinks => relinks + gate::spare(relinks),
        };
        // The control is the base once more, and shares no relink with it.
        let of_base = executables(base, &features, 2 * links)?;
        let of_head = executables(&head, &features, links)?;
        let sound = |found: Vec<PathBuf>, name: &str, sides: u32, remarks: &mut Vec<String>| {
            gate::sound(found, name, [relinks, sides], cases, module, remarks)
        };
        let (base_name, head_name) = (shown(base), shown(&head));
        let mut base = sound(of_base, &base_name, 2, &mut remarks)?;
        let head_links = sound(of_head, &head_name, 1, &mut remarks)?;
        let control = if base.len() == 1 {
            base.clone()
        } else {
            base.split_off(base.len() / 2)
        };
        let side = |name: String, executables| Side {
            name,
            executables,
            slowdown: None,
        };
        let arms = Arms {
            base: side(base_name, base),
            head: side(head_name, head_links),
            control: side("control".to_owned(), control),
            remarks,
        };
        Ok(arms.with_as_many_relinks())
    }

    /// A pair of relinks is a unit of inference, so all have as many as the poorest has.
    fn with_as_many_relinks(mut self) -> Arms {
        let sides = [&mut self.base, &mut self.head, &mut self.control];
        let relinked = sides.into_iter().filter(|side| !side.is_bare());
        let relinked = Vec::from_iter(relinked);
        let fewest = relinked.iter().map(|side| side.executables.len()).min();
        for side in relinked {
            side.executables.truncate(fewest.unwrap_or(1));
        }
        self
    }
}

/// This executable's sources, built and linked so often for one side; and what was left out.
pub fn relinked(
    relinks: u32,
    cases: &[Case],
    module: Option<&Path>,
) -> anyhow::Result<(Vec<PathBuf>, Vec<String>)> {
    let checkout = arms::as_built()?;
    let features = features(&backends(cases));
    let wanted = relinks + gate::spare(relinks);
    let build = Cache::of(&checkout, None).build(&Source::Here, &features, wanted, &say);
    say("");
    let mut left_out = Vec::new();
    let found = build?.executables;
    let sound = gate::sound(
        found,
        "this build",
        [relinks, 1],
        cases,
        module,
        &mut left_out,
    )?;
    Ok((sound, left_out))
}

pub fn relinks(text: &str) -> Result<u32, String> {
    match text.parse() {
        Ok(relinks) if (FEWEST_RELINKS..=400).contains(&relinks) => Ok(relinks),
        _ => Err(format!("it is a number from {FEWEST_RELINKS} to 400")),
    }
}

/// As it may be published: without the folders of this machine.
fn shown(source: &Source) -> String {
    Header::command_line([source.to_string().into()]).remove(0)
}

/// This executable's own sources, where they are as they were; else the executable itself.
fn head(named: Option<&Source>, relinks: u32) -> (Source, Vec<String>) {
    if let Some(head) = named {
        return (head.clone(), Vec::new());
    }
    match arms::as_built() {
        Ok(_) => (Source::Here, Vec::new()),
        Err(_) => {
            let this = std::env::current_exe().unwrap_or_default();
            let remark = "the head is this executable as it is, for its sources have changed or are \
                          gone: it cannot be relinked, and is judged with the wider margin";
            let remarks = (relinks > 0).then(|| remark.to_owned());
            (Source::Executable(this), Vec::from_iter(remarks))
        }
    }
}

/// One executable as it is, or relinks.
fn executables(source: &Source, features: &[&str], relinks: u32) -> anyhow::Result<Vec<PathBuf>> {
    if let Source::Executable(path) = source {
        return Ok(vec![path.clone()]);
    }
    let checkout = arms::checkout()?;
    let build = Cache::of(&checkout, None).build(source, features, relinks, &say)?;
    Ok(build.executables)
}

/// What takes long is said on a terminal, on one line, and in a pipe nothing. Nothing to say
/// clears the line.
pub fn say(doing: &str) {
    let mut err = stderr().lock();
    if err.is_terminal() {
        // A progress line that cannot be shown is no reason to stop.
        let _ = write!(err, "\r\x1b[K{doing}");
        let _ = err.flush();
    }
}

pub fn features(backends: &[&BackendId]) -> Vec<&'static str> {
    let slots = SLOTS.iter();
    let used = slots.filter(|slot| backends.iter().any(|id| id.as_str() == slot.id));
    used.filter_map(|slot| slot.feature).collect()
}

/// Each backend of `cases` once.
pub fn backends(cases: &[Case]) -> Vec<&BackendId> {
    let backends = BTreeSet::from_iter(cases.iter().map(|case| &case.backend));
    backends.into_iter().collect()
}
