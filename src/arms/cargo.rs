//! The programs that an arm is made with: cargo, git, the linker.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use super::error::ArmError;

/// What a build of an arm came to.
pub struct Built {
    pub executable: PathBuf,
    /// How it was linked, in rustc's words; nothing where it was linked before.
    pub link: Option<String>,
}

/// Builds the binary in `source`; a no-op where nothing changed since. RUSTFLAGS and the like
/// are the user's own.
///
/// The temporary files of the last link are kept, and its command is printed: a relink is that
/// command again, in a third of a second, without cargo and rustc.
///
/// # Errors
/// When cargo cannot; its last words are in the error.
pub fn build(
    arm: &str,
    source: &Path,
    target: &Path,
    features: &[&str],
    locked: bool,
) -> Result<Built, ArmError> {
    let mut command = Command::new(program());
    command
        .args(["rustc", "--release", "--bin", "trapbench"])
        .args(["--message-format", "json-render-diagnostics"])
        .args(["--no-default-features", "--features", &features.join(",")])
        .args(locked.then_some("--locked"))
        .args(["--", "-C", "save-temps", "--print", "link-args"])
        .env("CARGO_TARGET_DIR", target)
        .current_dir(source);
    let output = output(&mut command)?;
    if !output.status.success() {
        return Err(ArmError::Build {
            arm: arm.to_owned(),
            tail: tail(&output.stderr),
            hint: hint(arm, features),
        });
    }
    let said = String::from_utf8_lossy(&output.stdout);
    let executable = said.lines().filter_map(executable).next_back();
    Ok(Built {
        executable: executable.ok_or_else(|| ArmError::NoExecutable {
            arm: arm.to_owned(),
        })?,
        link: said
            .lines()
            .find(|line| !line.starts_with('{') && line.contains("\"-o\""))
            .map(str::to_owned),
    })
}

/// Forgets what was built of the suite itself, so that the next build links again.
///
/// # Errors
/// When cargo cannot be started.
pub fn clean(source: &Path, target: &Path) -> Result<(), ArmError> {
    let mut command = Command::new(program());
    command
        .args(["clean", "--release", "--package", "trapbench"])
        .env("CARGO_TARGET_DIR", target)
        .current_dir(source);
    output(&mut command).map(drop)
}

/// The cargo that started us, or the one on the PATH.
pub fn program() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// Runs a program to its end, with what it says kept.
///
/// # Errors
/// When it cannot be started.
pub fn output(command: &mut Command) -> Result<Output, ArmError> {
    let output = command.stdin(Stdio::null()).output();
    output.map_err(|source| ArmError::NoProgram {
        program: command.get_program().to_string_lossy().into_owned(),
        source,
    })
}

/// The last words of a program that failed.
pub fn tail(said: &[u8]) -> String {
    const LINES: usize = 40;
    let text = String::from_utf8_lossy(said);
    let lines: Vec<&str> = text.trim_end().lines().collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}

fn executable(line: &str) -> Option<PathBuf> {
    let message: Value = serde_json::from_str(line).ok()?;
    let is_ours = message["target"]["name"] == "trapbench";
    let executable = message["executable"].as_str().filter(|_| is_ours)?;
    Some(executable.into())
}

fn hint(arm: &str, features: &[&str]) -> String {
    let mut hint = String::new();
    if arm.starts_with("wasmer@") {
        hint.push_str(
            "These sources are known to build with wasmer 6.0.1 to 7.4.2; newer releases may want \
             a newer rustc.",
        );
        if features.contains(&"llvm") || features.contains(&"full") {
            hint.push_str(" Each release wants an LLVM of its own: try it without that feature.");
        }
    } else {
        hint.push_str("Does `cargo build --release` work on these sources?");
    }
    hint
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_forty_lines_are_shown() {
        let long: Vec<String> = (0..100).map(|n| n.to_string()).collect();
        let shown = tail(long.join("\n").as_bytes());
        assert_eq!(shown.lines().next(), Some("60"));
        assert_eq!(shown.lines().count(), 40);
        assert_eq!(tail(b"one\ntwo\n"), "one\ntwo");
        assert_eq!(tail(b""), "");
    }

    #[test]
    fn the_executable_is_the_one_that_cargo_names() {
        let line = |name: &str| {
            format!(
                r#"{{"reason":"compiler-artifact","target":{{"name":"{name}"}},"executable":"/t/x"}}"#
            )
        };
        assert_eq!(executable(&line("trapbench")), Some("/t/x".into()));
        assert_eq!(executable(&line("other")), None);
        assert_eq!(executable("\"cc\" \"-o\" \"x\""), None);
        assert_eq!(executable(r#"{"executable":null}"#), None);
    }
}
