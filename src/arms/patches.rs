//! Finds the crates of wasmer's that lie in a folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::cargo;
use super::error::ArmError;
use super::manifest::{self, Patch, Wasmer};

/// How far below the folder a crate may lie.
const LEVELS: usize = 4;

/// Every crate of wasmer's in `folder`, and the release that they belong to.
///
/// # Errors
/// When there is none, or a version cannot be found out.
pub fn find(folder: &Path) -> Result<Wasmer, ArmError> {
    let folder = fs::canonicalize(folder).map_err(ArmError::io("find", folder))?;
    let mut found: Vec<WasmerCrate> = Vec::new();
    let mut level = vec![folder.clone()];
    for _ in 0..=LEVELS {
        let mut below = Vec::new();
        for folder in &level {
            // The shallowest of a name: deeper ones are copies in tests and the like.
            if let Some(one) = WasmerCrate::in_folder(folder)
                && !found.iter().any(|other| other.name == one.name)
            {
                found.push(one);
            }
            below.extend(folders_in(folder));
        }
        level = below;
    }
    let leader = found.iter().min_by_key(|one| one.rank());
    let leader = leader.ok_or(ArmError::NoWasmerCrate {
        folder,
        levels: LEVELS,
    })?;
    Ok(Wasmer {
        version: leader.version()?,
        patches: found
            .iter()
            .map(|one| Patch {
                name: one.name.clone(),
                folder: one.folder.clone(),
            })
            .collect(),
    })
}

struct WasmerCrate {
    name: String,
    folder: PathBuf,
    stated: Option<String>,
}

impl WasmerCrate {
    fn in_folder(folder: &Path) -> Option<WasmerCrate> {
        let text = fs::read_to_string(folder.join("Cargo.toml")).ok()?;
        let package = manifest::package(&text)?;
        manifest::is_wasmers(&package.name).then(|| WasmerCrate {
            name: package.name,
            folder: folder.to_owned(),
            stated: package.version,
        })
    }

    /// The runtime's crates carry its release; tools around it have numbers of their own.
    fn rank(&self) -> usize {
        let runtime = ["wasmer", "wasmer-compiler", "wasmer-vm", "wasmer-types"];
        let place = runtime.iter().position(|&name| name == self.name);
        place.unwrap_or(match self.name.starts_with("wasmer-compiler-") {
            true => runtime.len(),
            false => runtime.len() + 1,
        })
    }

    /// Its own, or its workspace's, which cargo knows.
    fn version(&self) -> Result<String, ArmError> {
        if let Some(version) = &self.stated {
            return Ok(version.clone());
        }
        let path = self.folder.join("Cargo.toml");
        let refused = |reason: String| ArmError::Manifest {
            path: path.clone(),
            reason,
        };
        let mut command = Command::new(cargo::program());
        command
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .arg("--manifest-path")
            .arg(&path);
        let output = cargo::output(&mut command)?;
        if !output.status.success() {
            return Err(refused(cargo::tail(&output.stderr)));
        }
        let metadata: serde_json::Value =
            serde_json::from_slice(&output.stdout).map_err(|error| refused(error.to_string()))?;
        let packages = metadata["packages"].as_array().into_iter().flatten();
        packages
            .filter(|package| package["name"] == self.name.as_str())
            .find_map(|package| package["version"].as_str().map(str::to_owned))
            .ok_or_else(|| refused(format!("cargo names no version of {}", self.name)))
    }
}

/// In an order that does not depend on the file system; neither what cargo built nor what git
/// keeps.
fn folders_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = entries
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .filter(|entry| {
            let name = entry.file_name();
            name != "target" && !name.to_string_lossy().starts_with('.')
        })
        .map(|entry| entry.path())
        .collect();
    folders.sort();
    folders
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(folder: &Path, manifest: &str) {
        fs::create_dir_all(folder.join("src")).unwrap();
        fs::write(folder.join("src/lib.rs"), "").unwrap();
        fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    }

    #[test]
    fn crates_are_found_at_most_four_levels_deep() {
        let folder = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(folder.path()).unwrap();
        let package = |name: &str, version: &str| {
            format!("[package]\nname = \"{name}\"\nversion = \"{version}\"")
        };
        put(&root.join("a/b/c/vm"), &package("wasmer-vm", "7.4.2"));
        put(&root.join("a/b/c/d/deep"), &package("wasmer", "1.0.0"));
        put(&root.join("cli"), &package("wasmer-cli", "0.9.0"));
        put(&root.join("other"), &package("wasmtime", "48.0.0"));
        put(&root.join("target/x"), &package("wasmer-types", "2.0.0"));
        let found = find(&root).unwrap();
        assert_eq!(found.version, "7.4.2");
        let names: Vec<&str> = found.patches.iter().map(|p| p.name.as_str()).collect();
        assert_eq!(names, ["wasmer-cli", "wasmer-vm"]);
        assert_eq!(found.patches[1].folder, root.join("a/b/c/vm"));
    }

    #[test]
    fn a_version_may_be_the_workspaces() {
        let folder = tempfile::tempdir().unwrap();
        let workspace =
            "[workspace]\nmembers = [\"lib/vm\"]\n[workspace.package]\nversion = \"7.3.0\"";
        fs::write(folder.path().join("Cargo.toml"), workspace).unwrap();
        let member = "[package]\nname = \"wasmer-vm\"\nversion.workspace = true";
        put(&folder.path().join("lib/vm"), member);
        assert_eq!(find(folder.path()).unwrap().version, "7.3.0");
    }

    #[test]
    fn a_folder_without_one_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let error = find(folder.path()).unwrap_err().to_string();
        assert!(error.contains("no crate of wasmer's"), "{error}");
        let error = find(&folder.path().join("absent")).unwrap_err().to_string();
        assert!(error.contains("absent"), "{error}");
    }
}
