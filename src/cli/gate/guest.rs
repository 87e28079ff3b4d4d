//! The guest that both sides of a gate run.
//!
//! The fixture gains an export now and then. Builds from before and after are compared on the
//! base's guest, for the head can be told which guest to run.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, anyhow, bail};

use super::sides::Built;
use crate::arms::{self, Source};
use crate::cli::building::backends;
use crate::cli::selection::ModuleOption;
use crate::gate::{guest_of, with_guest};
use crate::roster::{GuestFile, hello};
use trapbench_worker::case::Case;
use trapbench_worker::fixture::Fixture;
use trapbench_worker::protocol::Hello;

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
    /// The module that `option` names, or else the base's guest. Of `cases` those stay that both
    /// sides offer with it.
    ///
    /// # Errors
    /// When a side does not say which guest it runs, when the base's guest cannot be had, or when
    /// no case is left.
    pub fn of(
        option: &ModuleOption,
        built: &Built,
        cases: &mut Vec<Case>,
    ) -> anyhow::Result<Guest> {
        if let Some(module) = option.path() {
            return Ok(Guest {
                hash: option.open()?.hash().to_owned(),
                module: Some(module),
                remarks: Vec::new(),
                _file: None,
            });
        }
        let own = Fixture::shared().hash().to_owned();
        let (base, head) = (&built.base, &built.head);
        let backend = backends(cases).remove(0).clone();
        // A side that executes no WebAssembly has no guest that could be another one.
        let of = |side| anyhow::Ok(guest_of(side, &backend)?.unwrap_or_else(|| own.clone()));
        let (of_base, of_head) = (of(base)?, of(head)?);
        if of_base == of_head {
            let remark = format!(
                "both sides run a guest that is not this executable's, {}",
                short(&of_base)
            );
            return Ok(Guest {
                remarks: Vec::from_iter((of_base != own).then_some(remark)),
                hash: of_base,
                module: None,
                _file: None,
            });
        }
        let fixture = guest_of_base(&built.base_source, base.executables.any(), &of_base);
        let fixture = fixture.with_context(|| {
            format!(
                "{} and {} run different guests, {} and {}, and the base's cannot be had for both; \
                 give a guest for both with --module, such as `fixtures/early_exit.wat` of the \
                 base's revision",
                base.name,
                head.name,
                short(&of_base),
                short(&of_head)
            )
        })?;
        let file = GuestFile::of(&fixture)?;
        let mut remarks = vec![format!(
            "the guest of {} is not the base's: both sides run the base's, {}",
            head.name,
            short(&of_base)
        )];
        remarks.extend(skip(built, file.path(), cases)?);
        Ok(Guest {
            hash: of_base,
            module: Some(file.path().to_owned()),
            remarks,
            _file: Some(file),
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

/// Takes out of `cases` what a side cannot do with the guest `module`; says what, and why.
fn skip(built: &Built, module: &Path, cases: &mut Vec<Case>) -> anyhow::Result<Vec<String>> {
    let ids = backends(cases);
    let mut sides = Vec::new();
    for side in [&built.base, &built.head] {
        sides.push((&side.name[..], with_guest(side, &ids, module)?));
    }
    let mut skipped: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    let mut left = Vec::new();
    for case in cases.iter() {
        let reasons = sides.iter().filter_map(|(side, hellos)| {
            let hello = &hellos[&case.backend];
            let has_it = hello::offer(hello).0.has(case);
            (!has_it).then(|| why_not(side, hello, case))
        });
        match reasons.min_by_key(|(is_of_guest, _)| !is_of_guest) {
            None => left.push(case.clone()),
            Some((_, reason)) => {
                let series = format!("{}/{}", case.group(), case.backend);
                let values = skipped.entry((series, reason)).or_default();
                values.push(case.value.to_string());
            }
        }
    }
    let words = skipped.iter().map(|((series, reason), values)| {
        format!("{series} is skipped at {}: {reason}", values.join(", "))
    });
    let words = Vec::from_iter(words);
    if left.is_empty() {
        bail!("no case can be compared: {}", words.join("; "));
    }
    *cases = left;
    Ok(words)
}

/// Why a side does not offer a case; first whether that is the guest's doing.
fn why_not(side: &str, hello: &Hello, case: &Case) -> (bool, String) {
    match hello.lacks.get(case.series.strategy().name()) {
        Some(reason) => (true, reason.clone()),
        None => (false, format!("{side} does not offer it with this guest")),
    }
}

/// The guest of the base, whose SHA-256 is `hash`: as its executable prints it, or from its
/// sources, where it is older than the command that prints it.
fn guest_of_base(source: &Source, executable: &Path, hash: &str) -> anyhow::Result<Fixture> {
    let is_it = |fixture: &Fixture| fixture.hash().eq_ignore_ascii_case(hash);
    let unprinted = match printed(executable) {
        Ok(fixture) if is_it(&fixture) => return Ok(fixture),
        Ok(_) => anyhow!("what `fixture` prints is not what its worker runs"),
        Err(error) => error.context("its command `fixture` does not print it"),
    };
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
