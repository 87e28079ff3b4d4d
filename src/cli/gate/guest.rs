//! The guest that both sides of a gate run.
//!
//! The fixture gains an export now and then. Builds from before and after are compared on the
//! base's guest, for the head can be told which guest to run.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, anyhow, bail};

use super::sides::BuiltSides;
use crate::arms::{self, Source};
use crate::cli::building::backends;
use crate::cli::selection::ModuleOption;
use crate::gate::hear;
use crate::metric::Side;
use crate::roster::{GuestFile, hello};
use trapbench_worker::case::Case;
use trapbench_worker::fixture::Fixture;
use trapbench_worker::protocol::EARLY_EXIT;

/// What both sides run.
pub struct Guest {
    hash: String,
    module: Option<PathBuf>,
    /// What is to be known of it.
    pub remarks: Vec<String>,
    /// The base's guest, which both sides read from here.
    _file: Option<GuestFile>,
}

impl Guest {
    /// The module that `option` names, or else the base's guest. Where this is not the one that
    /// this executable has, what the base does not offer is taken out of `cases`.
    ///
    /// # Errors
    /// When a side does not say which guest it runs, when the base's guest cannot be had, or when
    /// no case is left.
    pub fn of(
        option: &ModuleOption,
        built: &BuiltSides,
        cases: &mut Vec<Case>,
    ) -> anyhow::Result<Guest> {
        let nothing_to_say = |hash: String, module| Guest {
            hash,
            module,
            remarks: Vec::new(),
            _file: None,
        };
        if let Some(module) = option.path() {
            let hash = option.open()?.hash().to_owned();
            let remarks = skip(&built.base, cases, Some(&module))?;
            return Ok(Guest {
                remarks,
                ..nothing_to_say(hash, Some(module))
            });
        }
        let own = Fixture::shared().hash().to_owned();
        let (base, head) = (&built.base, &built.head);
        let backend = backends(cases).remove(0).clone();
        let of = |side| {
            let hash = hear(side, &backend, None)?.guests.remove(EARLY_EXIT);
            // A side that executes no WebAssembly has no guest that could be another one.
            anyhow::Ok(hash.map_or_else(|| own.clone(), |hash| hash.to_ascii_lowercase()))
        };
        let (of_base, of_head) = (of(base)?, of(head)?);
        if of_base == own && of_head == own {
            return Ok(nothing_to_say(own, None));
        }
        let file = match of_base == of_head {
            true => None,
            false => Some(GuestFile::of(&guest_of_base(built, [&of_base, &of_head])?)?),
        };
        let hash = short(&of_base);
        let mut remarks = vec![match file {
            None => format!("both sides run a guest that is not this executable's, {hash}"),
            Some(_) => format!(
                "the guest of {} is not the base's: both sides run the base's, {hash}",
                head.name
            ),
        }];
        remarks.extend(skip(base, cases, None)?);
        Ok(Guest {
            hash: of_base,
            module: file.as_ref().map(|file| file.path().to_owned()),
            remarks,
            _file: file,
        })
    }

    /// SHA-256 in hexadecimal: what every worker must say that it runs.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// What workers are to run in place of the guest that they have.
    pub fn module(&self) -> Option<&Path> {
        self.module.as_deref()
    }
}

/// A guest that a person can tell from another one.
fn short(hash: &str) -> String {
    let start: String = hash.chars().take(12).collect();
    format!("SHA-256 {start}…")
}

/// Takes out of `cases` what the base does not offer with its guest; says what, and why. What the
/// base offers and the head does not is no skip: the head has lost it.
fn skip(base: &Side, cases: &mut Vec<Case>, module: Option<&Path>) -> anyhow::Result<Vec<String>> {
    let mut hellos = BTreeMap::new();
    for backend in backends(cases) {
        hellos.insert(backend.clone(), hear(base, backend, module)?);
    }
    let mut skipped: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    cases.retain(|case| {
        let hello = &hellos[&case.backend];
        let is_offered = hello::offer(hello).0.has(case);
        if !is_offered {
            let series = format!("{}/{}", case.group(), case.backend);
            let reason = hello.lacks.get(case.series.strategy().name());
            let reason = reason.cloned();
            let reason = reason.unwrap_or_else(|| format!("{} does not offer it", base.name));
            let values = skipped.entry((series, reason)).or_default();
            values.push(case.value.to_string());
        }
        is_offered
    });
    let words = skipped.iter().map(|((series, reason), values)| {
        format!("{series} is skipped at {}: {reason}", values.join(", "))
    });
    let words = Vec::from_iter(words);
    if cases.is_empty() {
        bail!("no case can be compared: {}", words.join("; "));
    }
    Ok(words)
}

/// The guest of the base; the hashes are the base's and the head's.
fn guest_of_base(built: &BuiltSides, [of_base, of_head]: [&str; 2]) -> anyhow::Result<Fixture> {
    let found = found(&built.base_source, built.base.executables.any(), of_base);
    found.with_context(|| {
        format!(
            "{} and {} run different guests, {} and {}, and the base's cannot be had for both; give \
             a guest for both with --module, such as `fixtures/early_exit.wat` of the base's \
             revision",
            built.base.name,
            built.head.name,
            short(of_base),
            short(of_head)
        )
    })
}

/// The guest whose SHA-256 is `hash`: as the executable that runs it prints it, or from that one's
/// sources, where it is older than the command that prints it.
fn found(source: &Source, executable: &Path, hash: &str) -> anyhow::Result<Fixture> {
    let is_it = |fixture: &Fixture| fixture.hash().eq_ignore_ascii_case(hash);
    let unprinted = match printed(executable) {
        Ok(fixture) if is_it(&fixture) => return Ok(fixture),
        Ok(_) => anyhow!("what `fixture` prints is not what its worker runs"),
        Err(error) => error.context("its command `fixture` does not print it"),
    };
    if let Source::Executable(_) = source {
        // It has no sources here.
        return Err(unprinted);
    }
    let Some(text) = arms::guest(source, &arms::checkout()?)? else {
        return Err(unprinted);
    };
    let fixture = Fixture::of_text(&text).map_err(|why| anyhow!("in its sources: {why}"))?;
    match is_it(&fixture) {
        true => Ok(fixture),
        false => Err(unprinted.context("the guest in its sources is another one")),
    }
}

/// What an executable prints as its guest.
fn printed(executable: &Path) -> anyhow::Result<Fixture> {
    let output = Command::new(executable)
        .args(["fixture", "--wasm"])
        .stdin(Stdio::null())
        .output()?;
    if !output.status.success() {
        bail!("it ended with {}", output.status);
    }
    let mut file = tempfile::NamedTempFile::new()?;
    file.write_all(&output.stdout)?;
    Ok(Fixture::from_file(file.path())?)
}
