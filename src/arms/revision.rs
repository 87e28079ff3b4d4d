//! What git knows of a checkout: its revisions, and which one its sources are.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use super::cargo;
use super::checkout::is_checkout;
use super::error::ArmError;
use super::fingerprint::SOURCES;

/// The commit that a name stands for, in full.
///
/// # Errors
/// When git knows none.
pub fn commit(checkout: &Path, revision: &str) -> Result<String, ArmError> {
    let name = format!("{revision}^{{commit}}");
    let known = git(
        checkout,
        &[
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &name,
        ],
    )?;
    if known.status.success() {
        return Ok(text(&known));
    }
    let shallow = git(checkout, &["rev-parse", "--is-shallow-repository"])?;
    Err(ArmError::NoRevision {
        revision: revision.to_owned(),
        checkout: checkout.to_owned(),
        shallow: text(&shallow) == "true",
    })
}

/// Puts the files of a commit into the new folder `to`, beside the checkout's own index and
/// files, which stay as they are.
///
/// # Errors
/// When git cannot, or when the commit holds something else.
pub fn export(checkout: &Path, commit: &str, to: &Path) -> Result<(), ArmError> {
    if to.exists() {
        fs::remove_dir_all(to).map_err(ArmError::io("remove", to))?;
    }
    fs::create_dir_all(to).map_err(ArmError::io("create the folder", to))?;
    let index = to.join(".index");
    // The checkout's own part of the commit, should it lie within a larger repository.
    let tree = format!("{commit}:./");
    let prefix = format!("--prefix={}/", to.display());
    for arguments in [
        &["read-tree", &tree][..],
        &["checkout-index", "--all", &prefix],
    ] {
        let mut command = command(checkout, arguments);
        command.env("GIT_INDEX_FILE", &index);
        let output = cargo::output(&mut command)?;
        if !output.status.success() {
            return Err(ArmError::Export {
                revision: commit.to_owned(),
                reason: cargo::tail(&output.stderr),
            });
        }
    }
    match is_checkout(to) {
        true => Ok(()),
        false => Err(ArmError::NotTrapbench {
            revision: commit.to_owned(),
        }),
    }
}

/// The text of a file in a commit, by its path from the checkout's folder.
///
/// # Errors
/// When git has none there.
pub fn file(checkout: &Path, commit: &str, path: &str) -> Result<String, ArmError> {
    let output = git(checkout, &["show", &format!("{commit}:./{path}")])?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(ArmError::Export {
            revision: format!("{commit}:{path}"),
            reason: cargo::tail(&output.stderr),
        }),
    }
}

/// What a crate archive says of its commit, for the build script, which sees no git in the
/// folder of an arm.
pub fn stamp(commit: &str, dirty: bool) -> String {
    match dirty {
        true => format!("{{\"git\":{{\"sha1\":\"{commit}\",\"dirty\":true}}}}\n"),
        false => format!("{{\"git\":{{\"sha1\":\"{commit}\"}}}}\n"),
    }
}

/// The stamp of the sources as they stand: the last commit that touched them, so that a commit
/// of something else compiles nothing again. Nothing where no git keeps them.
pub fn stamp_of(checkout: &Path, edited: bool) -> Option<String> {
    // An archive unpacked inside somebody's repository must not take that one's commit.
    ask(checkout, &["ls-files", "--error-unmatch", "Cargo.toml"])?;
    let about = |arguments: &[&str]| ask(checkout, &[arguments, &["--"], &SOURCES].concat());
    let commit = about(&["log", "-1", "--format=%H"])?;
    let changes = about(&["status", "--porcelain"])?;
    Some(stamp(&commit, edited || !changes.is_empty()))
}

fn ask(checkout: &Path, arguments: &[&str]) -> Option<String> {
    let output = git(checkout, arguments).ok()?;
    output.status.success().then(|| text(&output))
}

fn git(checkout: &Path, arguments: &[&str]) -> Result<Output, ArmError> {
    cargo::output(&mut command(checkout, arguments))
}

fn command(checkout: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    // Without optional locks: nothing of this may get into the way of somebody's rebase.
    command.env("GIT_OPTIONAL_LOCKS", "0");
    command.current_dir(checkout).args(arguments);
    command
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A repository with one commit, whose manifest names `package`.
    fn repository(package: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let manifest = format!("[package]\nname = \"{package}\"\n");
        fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();
        let who = ["-c", "user.name=a", "-c", "user.email=a@example.org"];
        for arguments in [
            &["init", "--quiet"][..],
            &["add", "."],
            &["commit", "--quiet", "-m", "One"],
        ] {
            let output = git(folder.path(), &[&who, arguments].concat()).unwrap();
            assert!(output.status.success(), "{output:?}");
        }
        folder
    }

    #[test]
    fn a_revision_is_exported_beside_the_checkout() {
        let folder = repository("trapbench");
        let commit = commit(folder.path(), "HEAD").unwrap();
        assert_eq!(commit.len(), 40);
        let edited = "[package]\nname = \"edited\"\n";
        fs::write(folder.path().join("Cargo.toml"), edited).unwrap();
        let to = folder.path().join("target/export");
        export(folder.path(), &commit, &to).unwrap();
        let exported = fs::read_to_string(to.join("Cargo.toml")).unwrap();
        assert!(exported.contains("trapbench"), "{exported}");
        let status = git(folder.path(), &["status", "--porcelain"]).unwrap();
        assert!(text(&status).starts_with("M Cargo.toml"), "{status:?}");
        let stamp = stamp_of(folder.path(), false).unwrap();
        assert!(
            stamp.contains(&commit) && stamp.contains("dirty"),
            "{stamp}"
        );
    }

    #[test]
    fn a_file_is_had_as_a_revision_has_it() {
        let folder = repository("trapbench");
        let commit = commit(folder.path(), "HEAD").unwrap();
        fs::write(folder.path().join("Cargo.toml"), "").unwrap();
        let text = file(folder.path(), &commit, "Cargo.toml").unwrap();
        assert_eq!(text, "[package]\nname = \"trapbench\"\n");
        let error = file(folder.path(), &commit, "none.wat").unwrap_err();
        assert!(error.to_string().contains("none.wat"), "{error}");
    }

    #[test]
    fn an_unknown_revision_is_named_with_what_may_bring_it() {
        let folder = repository("trapbench");
        let error = commit(folder.path(), "v9.9.9").unwrap_err().to_string();
        assert!(error.contains("no revision `v9.9.9`"), "{error}");
        assert!(error.contains("git fetch"), "{error}");
    }

    #[test]
    fn another_project_is_not_exported() {
        let folder = repository("other");
        let to = folder.path().join("export");
        let error = export(folder.path(), "HEAD", &to).unwrap_err().to_string();
        assert!(error.contains("no sources of trapbench"), "{error}");
    }
}
