//! Where one thing lies, seen from the folder of another: what a link in a file says.

use std::path::{Component, Path, PathBuf};

use anyhow::Context;

/// Where the record lies, seen from `folder`: only below the working directory, since a way out
/// of it would tell a reader about the machine's folders and lead nowhere on theirs.
pub fn link_to_record(folder: &Path, record: &Path) -> anyhow::Result<Option<String>> {
    let here = std::env::current_dir().context("there is no working directory")?;
    let below = |path: &Path| absolute(path).map(|path| path.starts_with(&here));
    if !below(record)? || !below(folder)? {
        return Ok(None);
    }
    Ok(Some(
        seen_from(folder, record)?.to_string_lossy().into_owned(),
    ))
}

/// `to`, seen from `folder`.
pub fn seen_from(folder: &Path, to: &Path) -> anyhow::Result<PathBuf> {
    let seen = pathdiff::diff_paths(absolute(to)?, absolute(folder)?);
    seen.context("there is no way from one to the other")
}

/// From the root, `..` taken back, links left as they are.
fn absolute(path: &Path) -> anyhow::Result<PathBuf> {
    let here = std::env::current_dir().context("there is no working directory")?;
    let mut whole = PathBuf::new();
    for part in here.join(path).components() {
        match part {
            Component::ParentDir => {
                whole.pop();
            }
            Component::CurDir => {}
            _ => whole.push(part),
        }
    }
    Ok(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_leads_from_a_folder_to_a_thing() {
        for (folder, to, link) in [
            ("", "results/one", "results/one"),
            (".", "./charts", "charts"),
            ("docs", "results/one", "../results/one"),
            ("/a/b", "/a/c/d", "../c/d"),
            ("a/../b", "b/c", "c"),
        ] {
            let found = seen_from(Path::new(folder), Path::new(to)).unwrap();
            assert_eq!(found, Path::new(link), "from {folder} to {to}");
        }
    }

    #[test]
    fn a_record_elsewhere_on_the_machine_has_no_link() {
        let here = link_to_record(Path::new(""), Path::new("results/one")).unwrap();
        assert_eq!(here.as_deref(), Some("results/one"));
        assert_eq!(
            link_to_record(Path::new(""), Path::new("/one")).unwrap(),
            None
        );
    }
}
