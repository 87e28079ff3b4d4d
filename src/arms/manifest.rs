//! Manifests as text: what they say of a package, and what an arm's says otherwise.

use std::path::PathBuf;

use toml_edit::{DocumentMut, InlineTable, Item, Table, TomlError, Value};

/// Which wasmer an arm is to be built with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wasmer {
    pub version: String,
    /// Crates that take the place of the released ones.
    pub patches: Vec<Patch>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patch {
    pub name: String,
    /// Absolute.
    pub folder: PathBuf,
}

/// What a manifest says of its package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    pub name: String,
    /// Where it is not the workspace's.
    pub version: Option<String>,
}

/// The manifest of an arm's root package, from that of the sources: nothing but the binary, and
/// the wasmer that is asked for.
///
/// # Errors
/// When the text is not TOML.
pub fn of_arm(manifest: &str, wasmer: Option<&Wasmer>) -> Result<String, TomlError> {
    let mut manifest: DocumentMut = manifest.parse()?;
    for targets in ["bench", "example", "test"] {
        manifest.remove(targets);
    }
    not_incremental(&mut manifest);
    // The arm's folder may lie within somebody's workspace, which it is no member of.
    if manifest.get("workspace").is_none() {
        manifest.insert("workspace", Item::Table(Table::new()));
    }
    if let Some(wasmer) = wasmer {
        pin_all(&mut manifest, wasmer);
        patch(&mut manifest, &wasmer.patches);
    }
    Ok(manifest.to_string())
}

/// The manifest of another package of an arm's workspace: the wasmer that is asked for.
///
/// # Errors
/// When the text is not TOML.
pub fn of_member(manifest: &str, wasmer: Option<&Wasmer>) -> Result<String, TomlError> {
    let mut manifest: DocumentMut = manifest.parse()?;
    if let Some(wasmer) = wasmer {
        pin_all(&mut manifest, wasmer);
    }
    Ok(manifest.to_string())
}

/// The package of a manifest; nothing where it has none.
pub fn package(manifest: &str) -> Option<Package> {
    let manifest: DocumentMut = manifest.parse().ok()?;
    let package = manifest.get("package")?;
    Some(Package {
        name: package.get("name")?.as_str()?.to_owned(),
        version: package
            .get("version")
            .and_then(Item::as_str)
            .map(str::to_owned),
    })
}

pub fn is_wasmers(name: &str) -> bool {
    name == "wasmer" || name.starts_with("wasmer-")
}

/// An arm is built once and not edited; and its objects are linked again, so they stay where an
/// ordinary build leaves them.
fn not_incremental(manifest: &mut DocumentMut) {
    let table = ["profile", "release", "package", "trapbench"]
        .iter()
        .try_fold(manifest.as_item_mut(), |item, key| item.get_mut(key));
    if let Some(profile) = table.and_then(Item::as_table_like_mut) {
        profile.remove("incremental");
    }
}

/// Revisions before the workers have wasmer among the root package's dependencies.
fn pin_all(manifest: &mut DocumentMut, wasmer: &Wasmer) {
    let dependencies = manifest.get_mut("dependencies");
    let dependencies = dependencies.and_then(|item| item.as_table_like_mut());
    for (name, dependency) in dependencies.into_iter().flat_map(|table| table.iter_mut()) {
        if is_wasmers(name.get()) {
            pin(dependency, &wasmer.version);
        }
    }
}

fn pin(dependency: &mut Item, version: &str) {
    let exactly = format!("={version}");
    if dependency.is_str() {
        *dependency = toml_edit::value(exactly);
        return;
    }
    dependency["version"] = toml_edit::value(exactly);
    // Releases before 7 have no such feature, and an arm is built with a compiler anyway.
    if let Some(features) = dependency
        .get_mut("features")
        .and_then(|features| features.as_array_mut())
    {
        features.retain(|feature| feature.as_str() != Some("headless"));
    }
}

fn patch(manifest: &mut DocumentMut, patches: &[Patch]) {
    if patches.is_empty() {
        return;
    }
    let mut replaced = Table::new();
    for patch in patches {
        let mut path = InlineTable::new();
        path.insert("path", patch.folder.to_string_lossy().into_owned().into());
        replaced.insert(&patch.name, Item::Value(Value::InlineTable(path)));
    }
    let mut registries = Table::new();
    registries.set_implicit(true);
    registries.insert("crates-io", Item::Table(replaced));
    manifest.insert("patch", Item::Table(registries));
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = include_str!("../../Cargo.toml");
    const MEMBER: &str = include_str!("../../crates/wasmer/Cargo.toml");

    fn wasmer(patches: Vec<Patch>) -> Wasmer {
        Wasmer {
            version: "6.0.1".to_owned(),
            patches,
        }
    }

    fn pinned() -> String {
        of_member(MEMBER, Some(&wasmer(Vec::new()))).unwrap()
    }

    fn dependencies(manifest: &str) -> Vec<(String, String)> {
        let manifest: DocumentMut = manifest.parse().unwrap();
        let table = manifest["dependencies"].as_table().unwrap();
        let version = |item: &Item| match item.as_str() {
            Some(version) => version.to_owned(),
            None => item["version"].as_str().unwrap().to_owned(),
        };
        let pairs = table.iter();
        pairs
            .map(|(name, item)| (name.to_owned(), version(item)))
            .collect()
    }

    #[test]
    fn the_pins_of_wasmer_change_and_no_others() {
        let (before, after) = (dependencies(MEMBER), dependencies(&pinned()));
        assert_eq!(before.len(), after.len());
        let mut pinned = 0;
        for ((name, before), (_, after)) in before.iter().zip(&after) {
            match is_wasmers(name) {
                true => {
                    assert_eq!(after, "=6.0.1", "{name}");
                    pinned += 1;
                }
                false => assert_eq!(after, before, "{name}"),
            }
        }
        assert_eq!(pinned, 4);
    }

    #[test]
    fn a_feature_that_older_releases_lack_is_not_asked_for() {
        let manifest: DocumentMut = pinned().parse().unwrap();
        let features = manifest["dependencies"]["wasmer"]["features"].to_string();
        assert!(!features.contains("headless"), "{features}");
        assert!(features.contains("compiler"), "{features}");
    }

    #[test]
    fn what_is_not_laid_out_is_not_named() {
        let manifest: DocumentMut = of_arm(ROOT, None).unwrap().parse().unwrap();
        for targets in ["bench", "example", "test"] {
            assert!(manifest.get(targets).is_none());
        }
        assert!(manifest["profile"]["release"].is_table());
        assert!(manifest["workspace"]["members"].is_array());
        assert!(ROOT.contains("incremental = true"));
        assert!(!manifest.to_string().contains("incremental = true"));
        assert_eq!(dependencies(ROOT), dependencies(&manifest.to_string()));
        let alone = of_arm("[package]\nname = \"trapbench\"", None).unwrap();
        assert!(alone.contains("[workspace]"), "{alone}");
    }

    #[test]
    fn patched_crates_are_named_by_their_folders() {
        let patches = vec![
            Patch {
                name: "wasmer".to_owned(),
                folder: "/a b/api".into(),
            },
            Patch {
                name: "wasmer-vm".to_owned(),
                folder: "/a b/vm".into(),
            },
        ];
        let text = of_arm(ROOT, Some(&wasmer(patches))).unwrap();
        let manifest: DocumentMut = text.parse().unwrap();
        let patched = &manifest["patch"]["crates-io"];
        assert_eq!(patched["wasmer"]["path"].as_str(), Some("/a b/api"));
        assert_eq!(patched["wasmer-vm"]["path"].as_str(), Some("/a b/vm"));
        assert!(text.contains("[patch.crates-io]"), "{text}");
    }

    #[test]
    fn a_package_may_leave_its_version_to_its_workspace() {
        let own = package("[package]\nname = \"wasmer-vm\"\nversion = \"7.4.2\"").unwrap();
        assert_eq!(own.version.as_deref(), Some("7.4.2"));
        let shared = "[package]\nname = \"wasmer-vm\"\nversion.workspace = true";
        assert_eq!(package(shared).unwrap().version, None);
        assert_eq!(package("[workspace]"), None);
        assert_eq!(package("no manifest"), None);
    }
}
