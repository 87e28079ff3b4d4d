//! The library that takes stacks down when something is raised: which one a process has loaded.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use object::elf::DT_SONAME;
use object::read::elf::{ElfFile, FileHeader};
use object::{File, Object, ObjectKind, ReadCache, ReadRef};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

/// The name by which programs ask the loader for it.
pub const SONAME: &str = "libgcc_s.so.1";

/// An unwinder, without the folder that it lies in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnwinderFacts {
    /// The file's name.
    pub file: String,
    /// The newest version of symbols that it defines: `GCC_14.0.0`.
    pub version: Option<String>,
    /// The first 16 digits of its SHA-256 in hexadecimal: distributions patch one version in ways
    /// of their own.
    pub sha256: String,
}

/// Why a file cannot be an unwinder.
#[derive(Debug, Error)]
pub enum NoUnwinder {
    #[error("cannot read {}: {source}", file.display())]
    Unreadable { file: PathBuf, source: io::Error },
    #[error(
        "{} is no shared library (ELF, with a SONAME); give GCC's {SONAME}, which Debian has in \
         the package libgcc-s1",
        file.display()
    )]
    NoLibrary { file: PathBuf },
    #[error(
        "{} is called {} by programs (its SONAME), and they ask for {SONAME}; give GCC's, which \
         Debian has in the package libgcc-s1",
        file.display(), soname
    )]
    Another { file: PathBuf, soname: String },
}

impl UnwinderFacts {
    /// # Errors
    /// When the file cannot be read, or is another library or none.
    pub fn of_file(file: &Path) -> Result<UnwinderFacts, NoUnwinder> {
        let bytes = fs::read(file).map_err(|source| NoUnwinder::Unreadable {
            file: file.to_owned(),
            source,
        })?;
        let said = said(&*bytes).ok_or_else(|| NoUnwinder::NoLibrary {
            file: file.to_owned(),
        })?;
        if said.soname != SONAME {
            return Err(NoUnwinder::Another {
                file: file.to_owned(),
                soname: said.soname,
            });
        }
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        Ok(UnwinderFacts {
            file: name.into_owned(),
            version: said.newest.map(|version| format!("GCC_{version}")),
            sha256: hex::encode(Sha256::digest(&bytes))[..16].to_owned(),
        })
    }

    /// The one that a process has loaded, or another of its process group: a launcher such as a
    /// shell has the worker as its child. Nothing where there is none, or the system does not tell.
    pub fn loaded_by(process: u32) -> Option<UnwinderFacts> {
        UnwinderFacts::of_file(&loaded_file(process)?).ok()
    }
}

impl fmt::Display for UnwinderFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let UnwinderFacts { file, sha256, .. } = self;
        match &self.version {
            Some(version) => write!(f, "{file} ({version}, {sha256})"),
            None => write!(f, "{file} ({sha256})"),
        }
    }
}

/// What is loaded in this process: `GCC_12.0.0, build 6f03384c`.
pub(super) fn loaded_here() -> Option<String> {
    let bytes = fs::read(loaded_file(std::process::id())?).ok()?;
    let said = said(&*bytes)?;
    let version = said.newest?;
    Some(match said.build {
        Some(build) => format!("GCC_{version}, build {build}"),
        None => format!("GCC_{version}"),
    })
}

/// The file, not the one that the system would load next.
#[cfg(target_os = "linux")]
fn loaded_file(process: u32) -> Option<PathBuf> {
    use procfs::process::{Process, all_processes};
    let leader = Process::new(process.cast_signed()).ok()?;
    let of_group = || {
        let others = all_processes().ok()?.filter_map(Result::ok);
        let mut others = others.filter(|one| {
            let group = one.stat().map(|stat| stat.pgrp);
            group.is_ok_and(|group| group == leader.pid)
        });
        others.find_map(|one| of_process(&one))
    };
    of_process(&leader).or_else(of_group)
}

#[cfg(target_os = "linux")]
fn of_process(process: &procfs::process::Process) -> Option<PathBuf> {
    use procfs::process::{MMPermissions, MMapPath};
    let code = process.maps().ok()?.into_iter();
    let code = code.filter(|map| map.perms.contains(MMPermissions::EXECUTE));
    let mut files = code.filter_map(|map| match map.pathname {
        MMapPath::Path(file) => Some(file),
        _ => None,
    });
    files.find(|file| {
        let open = fs::File::open(file).map(ReadCache::new);
        let said = open.ok().and_then(|file| said(&file));
        said.is_some_and(|said| said.soname == SONAME)
    })
}

#[cfg(not(target_os = "linux"))]
fn loaded_file(_: u32) -> Option<PathBuf> {
    None
}

/// What a library says of itself.
struct Said {
    /// By which programs ask for it.
    soname: String,
    /// Its newest symbol version, `14.0.0`.
    newest: Option<Version>,
    /// The first four bytes of its build id, in hexadecimal.
    build: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Version([u32; 3]);

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Version([major, minor, patch]) = self;
        write!(f, "{major}.{minor}.{patch}")
    }
}

/// Nothing where it is no library that programs could ask for.
fn said<'data>(data: impl ReadRef<'data>) -> Option<Said> {
    let file = File::parse(data).ok()?;
    if file.kind() != ObjectKind::Dynamic {
        return None;
    }
    let (soname, newest) = match &file {
        File::Elf32(elf) => names(elf)?,
        File::Elf64(elf) => names(elf)?,
        _ => return None,
    };
    let build = file.build_id().ok().flatten();
    Some(Said {
        soname,
        newest,
        build: build.and_then(|id| id.get(..4)).map(hex::encode),
    })
}

/// The name by which programs ask for it, and its newest symbol version.
fn names<'data, Elf: FileHeader, R: ReadRef<'data>>(
    elf: &ElfFile<'data, Elf, R>,
) -> Option<(String, Option<Version>)> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let dynamic = elf.elf_dynamic_table().ok()?;
    let soname = dynamic.iter().find(|entry| entry.tag == DT_SONAME);
    let soname = dynamic.string(soname?).ok()?;
    let sections = elf.elf_section_table();
    let defined = sections.gnu_verdef(elf.endian(), elf.data()).ok()?;
    let newest = defined.and_then(|(defined, strings)| {
        let strings = sections.strings(elf.endian(), elf.data(), strings).ok()?;
        let names = defined.filter_map(|one| one.ok()?.1.next().ok()?);
        let names = names.filter_map(|name| name.name(elf.endian(), strings).ok());
        names.filter_map(|name| version(&text(name))).max()
    });
    Some((text(soname), newest))
}

/// Of a name such as `GCC_14.0.0`; a number that is left out is 0.
fn version(name: &str) -> Option<Version> {
    let mut numbers = [0; 3];
    let parts = name.strip_prefix("GCC_")?.split('.');
    for (at, part) in parts.enumerate() {
        *numbers.get_mut(at)? = part.parse().ok()?;
    }
    Some(Version(numbers))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_three_numbers_behind_gccs_name() {
        assert_eq!(version("GCC_14.0.0"), Some(Version([14, 0, 0])));
        assert_eq!(version("GCC_3.0").unwrap().to_string(), "3.0.0");
        assert!(version("GCC_3.4.4") < version("GCC_12.0.0"));
        for name in [
            "GCC_",
            "GLIBC_2.0",
            "GCC_1.x",
            "GCC_1.2.3.4",
            "libgcc_s.so.1",
        ] {
            assert_eq!(version(name), None, "{name}");
        }
    }

    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[test]
    fn what_is_loaded_here_is_told_by_name_version_and_contents() {
        // Whoever panics has one.
        let facts = UnwinderFacts::loaded_by(std::process::id()).unwrap();
        assert!(facts.file.starts_with("libgcc_s"), "{facts:?}");
        let version = facts.version.as_deref().unwrap();
        assert!(version.starts_with("GCC_"), "{version}");
        assert_eq!(facts.sha256.len(), 16);
        assert!(loaded_here().unwrap().starts_with(version));
        assert_eq!(UnwinderFacts::loaded_by(0), None);
    }

    #[test]
    fn what_is_no_unwinder_is_refused_with_what_would_be_one() {
        let folder = tempfile::tempdir().unwrap();
        let text = folder.path().join("text.so");
        fs::write(&text, "no library").unwrap();
        let executable = std::env::current_exe().unwrap();
        for (file, words) in [
            (&folder.path().join("absent"), "cannot read"),
            (&text, "is no shared library"),
            (&executable, "is no shared library"),
        ] {
            let error = UnwinderFacts::of_file(file).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
    }
}
