use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use super::error::ArmError;
use super::fingerprint;
use super::manifest;

/// The folder of trapbench's sources: where this executable was built, if they are still there,
/// or else the current folder.
///
/// # Errors
/// When neither holds them.
pub fn checkout() -> Result<PathBuf, ArmError> {
    let built = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let current = env::current_dir().unwrap_or_default();
    [built, current]
        .into_iter()
        .find(|folder| is_checkout(folder))
        .ok_or(ArmError::NoCheckout)
}

/// Whether the sources in `checkout` are those that this executable was compiled from, to the
/// byte.
fn is_as_built(checkout: &Path) -> bool {
    let now = fingerprint::hash(checkout);
    // Without a word of the build script nothing can be said, and nothing matches.
    let built = option_env!("TRAPBENCH_SOURCES").filter(|hash| !hash.is_empty());
    built.is_some_and(|built| now.is_ok_and(|now| now == built))
}

/// The sources that this executable was compiled from.
///
/// # Errors
/// When they are gone, or are no longer what they were.
pub fn as_built() -> Result<PathBuf, ArmError> {
    let checkout = checkout()?;
    if is_as_built(&checkout) {
        Ok(checkout)
    } else {
        Err(ArmError::NotAsBuilt(checkout))
    }
}

pub(super) fn is_checkout(folder: &Path) -> bool {
    let text = fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
    manifest::package(&text).is_some_and(|package| package.name == "trapbench")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checkout_of_this_build_is_found_and_is_as_built() {
        let checkout = checkout().unwrap();
        assert!(checkout.join("fixtures/early_exit.wat").exists());
        assert!(is_as_built(&checkout));
    }

    /// An executable knows its sources for as long as the hash over them is made in one way.
    #[test]
    fn the_hash_over_sources_is_the_one_of_before() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("src/a")).unwrap();
        for (name, text) in [
            ("Cargo.lock", "l"),
            ("Cargo.toml", "t"),
            ("build.rs", "b"),
            ("fixtures", "f"),
            ("src/a-b.rs", "2"),
            ("src/a/b.rs", "1"),
        ] {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let hash = fingerprint::hash(folder.path()).unwrap();
        assert_eq!(hash, "93812ff374c5408a");
    }

    #[test]
    fn an_edit_of_one_byte_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        for name in fingerprint::SOURCES {
            fs::write(folder.path().join(name), name).unwrap();
        }
        let before = fingerprint::hash(folder.path()).unwrap();
        assert_eq!(fingerprint::hash(folder.path()).unwrap(), before);
        fs::write(folder.path().join("src"), "Src").unwrap();
        assert_ne!(fingerprint::hash(folder.path()).unwrap(), before);
        assert!(!is_as_built(folder.path()));
    }
}
