//! What `build.rs` stated about this executable.

use serde::{Deserialize, Serialize};

use super::privacy::without_folders;

/// How the executable that measured was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildFacts {
    pub trapbench: String,
    pub rustc: Option<String>,
    pub profile: Option<String>,
    pub opt_level: Option<String>,
    pub target: Option<String>,
    /// Cargo features, but for `default`.
    pub features: Vec<String>,
    /// Without folders.
    pub rustflags: Option<String>,
    pub git_commit: Option<String>,
    /// Whether what was compiled differs from the commit.
    pub git_dirty: Option<bool>,
}

impl BuildFacts {
    pub fn of_this_build() -> BuildFacts {
        BuildFacts {
            trapbench: env!("CARGO_PKG_VERSION").to_owned(),
            rustc: known(option_env!("TRAPBENCH_RUSTC")),
            profile: known(option_env!("TRAPBENCH_PROFILE")),
            opt_level: known(option_env!("TRAPBENCH_OPT_LEVEL")),
            target: known(option_env!("TRAPBENCH_TARGET")),
            features: known(option_env!("TRAPBENCH_FEATURES"))
                .map(|names| names.split(',').map(str::to_owned).collect())
                .unwrap_or_default(),
            rustflags: known(option_env!("TRAPBENCH_RUSTFLAGS"))
                .map(|flags| without_folders(&flags)),
            git_commit: known(option_env!("TRAPBENCH_GIT_COMMIT")),
            git_dirty: known(option_env!("TRAPBENCH_GIT_DIRTY")).map(|dirty| dirty == "yes"),
        }
    }
}

fn known(fact: Option<&str>) -> Option<String> {
    fact.filter(|fact| !fact.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_build_script_has_spoken() {
        let facts = BuildFacts::of_this_build();
        assert!(
            facts
                .rustc
                .is_some_and(|version| version.starts_with("rustc "))
        );
        assert!(facts.profile.is_some());
        assert!(facts.opt_level.is_some());
        assert!(facts.target.is_some());
    }
}
