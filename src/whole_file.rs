//! Files that somebody asked for: they are written whole or not at all.

use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::path::Path;

/// Writes a file anew, or in place of the one that is there, whose permissions stay. Behind a link
/// the file is replaced, not the link; a pipe or a device is written to.
///
/// # Errors
/// The system's; then what was there is there still.
pub fn write(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let there = file.canonicalize().unwrap_or_else(|_| file.to_owned());
    let before = fs::metadata(&there).ok();
    if before.as_ref().is_some_and(|before| !before.is_file()) {
        return fs::write(&there, bytes);
    }
    let folder = there
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let mut fresh = tempfile::Builder::new();
    if let Some(permissions) = of_a_new_file() {
        fresh.permissions(permissions);
    }
    let mut fresh = fresh.tempfile_in(folder.unwrap_or(Path::new(".")))?;
    fresh.write_all(bytes)?;
    if let Some(before) = before {
        fresh.as_file().set_permissions(before.permissions())?;
    }
    fresh.as_file().sync_all()?;
    fresh.persist(&there)?;
    Ok(())
}

/// Temporary files are their owner's alone; this is no temporary file.
fn of_a_new_file() -> Option<Permissions> {
    #[cfg(unix)]
    return Some(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    #[cfg(not(unix))]
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_new_or_replaced_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ruling.json");
        for text in ["one", "two"] {
            write(&file, text.as_bytes()).unwrap();
            assert_eq!(fs::read_to_string(&file).unwrap(), text);
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        }
        assert!(write(&folder.path().join("nowhere/ruling.json"), b"one").is_err());
        assert!(write(folder.path(), b"one").is_err());
    }

    #[cfg(unix)]
    #[test]
    fn permissions_and_links_stay() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let (file, plain) = (folder.path().join("page.html"), folder.path().join("plain"));
        write(&file, b"one").unwrap();
        fs::write(&plain, "one").unwrap();
        let mode = |file: &Path| fs::metadata(file).unwrap().permissions().mode();
        assert_eq!(mode(&file), mode(&plain));
        fs::set_permissions(&file, Permissions::from_mode(0o640)).unwrap();
        let link = folder.path().join("link");
        symlink(&file, &link).unwrap();
        write(&link, b"two").unwrap();
        assert!(link.is_symlink());
        assert_eq!(fs::read_to_string(&file).unwrap(), "two");
        assert_eq!(mode(&file) & 0o777, 0o640);
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_written_to() {
        write(Path::new("/dev/null"), b"one").unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
    }
}
