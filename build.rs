//! States facts of this build to the crate, for the environment that a record keeps.
//!
//! Works outside a git checkout: a crate archive carries its commit in
//! `.cargo_vcs_info.json`, and without either the commit is unknown.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

#[path = "src/arms/fingerprint.rs"]
mod fingerprint;
#[path = "src/source_files.rs"]
mod source_files;

use fingerprint::SOURCES;

fn main() {
    let git = Git::of_this_crate();
    state("RUSTC", &rustc_version().unwrap_or_default());
    state("PROFILE", &profile());
    state("OPT_LEVEL", &var("OPT_LEVEL"));
    state("TARGET", &var("TARGET"));
    state("FEATURES", &features());
    state(
        "RUSTFLAGS",
        &var("CARGO_ENCODED_RUSTFLAGS").replace('\x1f', " "),
    );
    state("GIT_COMMIT", &git.commit);
    state("GIT_DIRTY", git.dirty);
    state(
        "SOURCES",
        &fingerprint::hash(Path::new(".")).unwrap_or_default(),
    );
    watch(&git);
}

/// Empty means unknown.
fn state(name: &str, value: &str) {
    println!("cargo::rustc-env=TRAPBENCH_{name}={}", value.trim());
}

/// Cargo runs this script again, and compiles the crate again, when one of these changes:
/// the sources, which compile the crate anyway, and what `git commit` or `checkout` moves.
/// Not git's index, which `git status` rewrites; and never a path that does not exist,
/// which would count as changed at every build.
fn watch(git: &Git) {
    let sources = SOURCES.map(str::to_owned);
    let benches = ["benches".to_owned()];
    for path in sources.iter().chain(&benches).chain(&git.moves_with_head) {
        if Path::new(path).exists() {
            println!("cargo::rerun-if-changed={path}");
        }
    }
    println!("cargo::rerun-if-env-changed=RUSTFLAGS");
}

#[derive(Default)]
struct Git {
    commit: String,
    dirty: &'static str,
    moves_with_head: Vec<String>,
}

impl Git {
    fn of_this_crate() -> Git {
        // An archive unpacked inside somebody's repository must not take that one's commit.
        if git(&["ls-files", "--error-unmatch", "Cargo.toml"]).is_none() {
            return Git::of_archive();
        }
        // Only a change of what is compiled is a dirty build: a new record under `results/` is
        // not.
        let compiled = SOURCES.iter().chain(&["benches"]);
        let changes = ["status", "--porcelain", "--"].iter().chain(compiled);
        let dirty = match git(&changes.copied().collect::<Vec<_>>()) {
            Some(text) if text.is_empty() => "no",
            Some(_) => "yes",
            None => "",
        };
        Git {
            commit: git(&["rev-parse", "--verify", "HEAD"]).unwrap_or_default(),
            dirty,
            // The folder of heads, since a packed head has no file until the next commit.
            moves_with_head: ["HEAD", "refs/heads", "packed-refs"]
                .iter()
                .filter_map(|name| git(&["rev-parse", "--git-path", name]))
                .collect(),
        }
    }

    fn of_archive() -> Git {
        let info = fs::read_to_string(".cargo_vcs_info.json").unwrap_or_default();
        let commit = info.split("\"sha1\"").nth(1).and_then(|rest| {
            let value = rest.split('"').nth(1)?;
            value
                .chars()
                .all(|c| c.is_ascii_hexdigit())
                .then_some(value)
        });
        Git {
            commit: commit.unwrap_or_default().to_owned(),
            dirty: match commit {
                Some(_) if info.contains("\"dirty\"") => "yes",
                Some(_) => "no",
                None => "",
            },
            moves_with_head: vec![".cargo_vcs_info.json".to_owned()],
        }
    }
}

/// Without optional locks: a build must not touch the index under somebody's rebase.
fn git(arguments: &[&str]) -> Option<String> {
    let mut command = Command::new("git");
    command.env("GIT_OPTIONAL_LOCKS", "0").args(arguments);
    output(&mut command)
}

fn rustc_version() -> Option<String> {
    output(Command::new(env::var_os("RUSTC")?).arg("--version"))
}

fn output(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|o| o.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}

/// The profile's own name: cargo's variable says `release` for every profile derived from
/// it, while the build folder `target/<name>/build/…` is called after the real one.
fn profile() -> String {
    let out = var("OUT_DIR").replace('\\', "/");
    let folders: Vec<&str> = out.split('/').collect();
    match folders.iter().rposition(|&folder| folder == "build") {
        Some(at) if at > 0 && folders[at - 1] != "debug" => folders[at - 1].to_owned(),
        _ => var("PROFILE"),
    }
}

fn features() -> String {
    let prefix = "CARGO_FEATURE_";
    let mut names: Vec<String> = env::vars()
        .filter_map(|(name, _)| Some(name.strip_prefix(prefix)?.to_lowercase().replace('_', "-")))
        .filter(|name| name != "default")
        .collect();
    names.sort();
    names.join(",")
}

fn var(name: &str) -> String {
    env::var(name).unwrap_or_default()
}
