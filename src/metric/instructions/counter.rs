use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use thiserror::Error;

use super::profile::Profile;
use crate::roster::{Arm, Setup, Trouble, Worker, strip};
use trapbench_worker::case::Case;
use trapbench_worker::marks;

/// Of two stretches of calls the longer less the shorter is calls alone: the clock, the loop's
/// ends and the marks are in both.
const SHORT: u64 = 2;

/// The longer one: so many that what the allocator does now and then, some 600 instructions, is
/// nothing to a raise's 50 000; fewer where a call takes so many that it is nothing anyway.
const LONG: u64 = 42;
const LONG_OF_DEAR_CALLS: u64 = 12;

/// Instructions from which on a call is dear.
const DEAR: i64 = 1_000_000;

/// Callgrind runs a program fifty times slower, and reads all its symbols first.
const PATIENCE: Duration = Duration::from_secs(180);

/// Callers that callgrind tells a function's costs apart by: more than there are, since it takes
/// the frames of a recursion for one.
const CALLERS: u32 = 60;

/// What is to be told of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    Functions,
    /// Each function apart by its callers, in twice the time.
    Callers,
}

/// A worker under callgrind.
pub struct Counter {
    worker: Worker,
    /// Where callgrind writes; after each stretch there is one file more.
    folder: TempDir,
}

/// What one call takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Count {
    /// Of so many calls.
    calls: u64,
    profile: Profile,
}

/// Why nothing can be counted here.
#[derive(Debug, Error)]
pub enum Missing {
    #[error(
        "instructions are counted by Valgrind, which is not on the path (Debian: apt-get install valgrind)"
    )]
    Valgrind,
    #[error("`valgrind --version` failed: {0}")]
    Broken(String),
    #[error("no temporary folder can be had for callgrind's output: {0}")]
    Folder(#[from] io::Error),
    #[error(transparent)]
    Worker(#[from] Trouble),
}

/// `valgrind-3.19.0`.
///
/// # Errors
/// When there is none that works.
pub fn valgrind_version() -> Result<String, Missing> {
    let output = Command::new("valgrind")
        .arg("--version")
        .stdin(Stdio::null())
        .output();
    match output {
        Ok(output) if output.status.success() => {
            Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
        }
        Ok(output) => Err(Missing::Broken(
            String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        )),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(Missing::Valgrind),
        Err(error) => Err(Missing::Broken(error.to_string())),
    }
}

impl Counter {
    /// Starts the arm's first executable under callgrind. It must have its symbols.
    ///
    /// # Errors
    /// When there is no Valgrind, or when the worker does not fit.
    pub fn start(arm: &Arm, fixture: &str, detail: Detail) -> Result<Counter, Missing> {
        valgrind_version()?;
        let folder = tempfile::Builder::new()
            .prefix("trapbench-counts-")
            .tempdir()?;
        let mut out = OsString::from("--callgrind-out-file=");
        out.push(folder.path().join(OUT));
        let mut command = Command::new("valgrind");
        command
            .args(["--tool=callgrind", "-q"])
            // Nobody will debug it, and its pipes stay behind where it is killed.
            .arg("--vgdb=no")
            .arg(out)
            .arg(format!("--zero-before={}", marks::FROM))
            .arg(format!("--dump-before={}", marks::UNTIL))
            // The thread that calls, and no other one.
            .arg("--separate-threads=yes")
            .args([
                "--dump-line=no",
                "--compress-strings=no",
                "--compress-pos=no",
            ])
            .args((detail == Detail::Callers).then(|| format!("--separate-callers={CALLERS}")))
            .arg(without_debug_info(arm.executable(0), folder.path()))
            .args(&arm.arguments)
            // A worker counts on many threads, each of which is to have a heap of its own.
            .env("GLIBC_TUNABLES", tunables());
        arm.set_environment(&mut command);
        let mut worker = Worker::start(command, PATIENCE)?;
        // The same place each time: where the guest lies is luck, and a count needs none.
        let setup = Setup {
            placement: Some(0),
            fresh_heaps: true,
            ..Setup::default()
        };
        worker.hello(arm, fixture, setup)?;
        Ok(Counter { worker, folder })
    }

    /// Verifies a case and counts its calls, with `links` links of added work in each.
    ///
    /// # Errors
    /// When the case is not what it must be, or when callgrind's counts cannot be had.
    pub fn count(&mut self, case: &Case, links: u64) -> Result<Count, Trouble> {
        self.worker.prepare(case)?;
        let fewer = self.stretch(case, SHORT, links)?;
        let long = match fewer.total() < SHORT as i64 * DEAR {
            true => LONG,
            false => LONG_OF_DEAR_CALLS,
        };
        let more = self.stretch(case, long, links)?;
        Ok(Count {
            calls: long - SHORT,
            profile: more.beyond(&fewer),
        })
    }

    fn stretch(&mut self, case: &Case, calls: u64, links: u64) -> Result<Profile, Trouble> {
        let unread = |error| Trouble::Lost(format!("callgrind's counts cannot be read: {error}"));
        // A count that was refused after it was made is not this one.
        self.take_output().map_err(unread)?;
        self.worker.count(case, calls, links)?;
        let text = self.take_output().map_err(unread)?;
        match &text[..] {
            [text] => Profile::parse(text).map_err(|error| Trouble::Refused(error.to_string())),
            texts => Err(Trouble::Refused(format!(
                "callgrind left {} counts where one belongs; has the executable lost its symbols?",
                texts.len()
            ))),
        }
    }

    /// What callgrind has written since this was last asked.
    fn take_output(&self) -> io::Result<Vec<String>> {
        let mut texts = Vec::new();
        for entry in fs::read_dir(self.folder.path())? {
            let path = entry?.path();
            // The file of the whole run is there from its start, and empty.
            let is_count = path.file_name().is_some_and(is_count);
            if is_count && fs::metadata(&path)?.len() > 0 {
                // Whatever names an executable's symbols have, a count is a count.
                texts.push(String::from_utf8_lossy(&fs::read(&path)?).into_owned());
                fs::remove_file(&path)?;
            }
        }
        Ok(texts)
    }
}

const OUT: &str = "callgrind.out";

fn is_count(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(OUT.as_bytes())
}

/// A copy that Valgrind can read: 3.19 gives up on the debug information of a build with LLVM in
/// it. Without the tool the executable is tried as it is.
fn without_debug_info(executable: &Path, folder: &Path) -> PathBuf {
    let copy = folder.join("trapbench");
    match strip(executable, &copy, "--strip-debug") {
        true => copy,
        false => executable.to_owned(),
    }
}

/// The user's, and no bound on the heaps.
fn tunables() -> OsString {
    let mut tunables = std::env::var_os("GLIBC_TUNABLES").unwrap_or_default();
    if !tunables.is_empty() {
        tunables.push(":");
    }
    tunables.push("glibc.malloc.arena_max=1000000");
    tunables
}

/// libgcc's; it is called once or twice for each frame, by functions that are compared.
const SEARCH: &str = "_Unwind_Find_FDE";

impl Count {
    /// Of one call.
    pub fn instructions(&self) -> f64 {
        self.each(self.profile.total())
    }

    /// Of one call, but for the unwinder's search for a frame's table, which takes more steps or
    /// fewer as the layout of the executable has it. Of six orders of the same objects a raise took
    /// up to 1.4 % more instructions and one under 64 more host frames 3.4 %, all of it here; of
    /// whatever else there is in a raise, and of calls that walk no stack, not one.
    pub fn compared(&self) -> f64 {
        let search = self.functions().get(SEARCH).copied();
        self.instructions() - search.unwrap_or(0.0)
    }

    /// Of one call, by function, its callees apart.
    pub fn functions(&self) -> BTreeMap<&str, f64> {
        let functions = self.profile.functions().into_iter();
        functions
            .map(|(name, cost)| (name, self.each(cost)))
            .collect()
    }

    /// Of one call, by function and callers, the function itself first.
    pub fn stacks(&self) -> impl Iterator<Item = (&[String], f64)> {
        let stacks = self.profile.stacks();
        stacks.map(|(stack, cost)| (stack, self.each(cost)))
    }

    /// How often one call calls functions whose name `is` so.
    pub fn calls(&self, is: impl Fn(&str) -> bool) -> f64 {
        self.each(self.profile.calls(is))
    }

    fn each(&self, of_all: i64) -> f64 {
        of_all as f64 / self.calls as f64
    }
}
