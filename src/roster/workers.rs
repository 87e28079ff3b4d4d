use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use thiserror::Error;
use trapbench_worker::case::BackendId;

use super::arm::{Arm, Runs};
use super::file::{Placeholders, WorkerFile};
use super::guest::GuestFile;
use crate::source_files::source_files;

/// The folders `workers/NAME/` of a checkout.
pub struct Workers {
    /// In the order of their names.
    pub all: Vec<WorkerFolder>,
    /// Those whose `worker.toml` cannot be read, by name, with what is wrong.
    pub broken: Vec<(String, String)>,
}

/// One of them.
#[derive(Clone, Debug)]
pub struct WorkerFolder {
    pub name: String,
    pub file: WorkerFile,
    folder: PathBuf,
    /// Where all workers are built.
    target: PathBuf,
}

/// Whether a worker can be started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readiness {
    Ready,
    /// It has to be built, or built again since its sources have changed.
    NotBuilt {
        again: bool,
    },
    /// Programs are missing: each with the Debian package that has it.
    Needs(Vec<(String, String)>),
}

#[derive(Debug, Error)]
pub enum WorkersError {
    #[error("cannot list the workers in {}: {source}", folder.display())]
    Unreadable { folder: PathBuf, source: io::Error },
    #[error("{0}")]
    Broken(String),
    #[error("there is no worker `{name}` (there are {known}); `trapbench workers` lists them")]
    Unknown { name: String, known: String },
    #[error("the worker {name} is not ready: {why}; {remedy}")]
    NotReady {
        name: String,
        why: String,
        remedy: String,
    },
}

impl Workers {
    /// Where there are no sources there are none.
    pub fn none() -> Workers {
        Workers {
            all: Vec::new(),
            broken: Vec::new(),
        }
    }

    /// Those of the sources in `checkout`, to be built below its folder `target`.
    ///
    /// # Errors
    /// When the folders cannot be listed.
    pub fn of(checkout: &Path) -> Result<Workers, WorkersError> {
        let target = match env::var_os("CARGO_TARGET_DIR").filter(|folder| !folder.is_empty()) {
            Some(target) => std::path::absolute(&target).unwrap_or_else(|_| target.into()),
            None => checkout.join("target"),
        };
        Workers::in_folder(&checkout.join("workers"), &target.join("workers"))
    }

    /// # Errors
    /// As [`Workers::of`].
    pub fn in_folder(folder: &Path, target: &Path) -> Result<Workers, WorkersError> {
        let unreadable = |source| WorkersError::Unreadable {
            folder: folder.to_owned(),
            source,
        };
        let mut all = Vec::new();
        let mut broken = Vec::new();
        for entry in fs::read_dir(folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let path = entry.path().join("worker.toml");
            if !path.is_file() {
                continue;
            }
            let name = entry.file_name().to_string_lossy().into_owned();
            match WorkerFile::open(&path) {
                Ok(file) => all.push(WorkerFolder {
                    name,
                    file,
                    folder: entry.path(),
                    target: target.to_owned(),
                }),
                Err(error) => broken.push((name, error.to_string())),
            }
        }
        all.sort_by(|a, b| a.name.cmp(&b.name));
        broken.sort();
        Ok(Workers { all, broken })
    }

    /// # Errors
    /// When there is none of that name, or its `worker.toml` cannot be read.
    pub fn named(&self, name: &str) -> Result<&WorkerFolder, WorkersError> {
        if let Some((_, why)) = self.broken.iter().find(|(broken, _)| broken == name) {
            return Err(WorkersError::Broken(why.clone()));
        }
        let found = self.all.iter().find(|worker| worker.name == name);
        found.ok_or_else(|| WorkersError::Unknown {
            name: name.to_owned(),
            known: Vec::from_iter(self.all.iter().map(|worker| &worker.name[..])).join(", "),
        })
    }

    /// The worker that serves a backend.
    pub fn serving(&self, backend: &BackendId) -> Option<&WorkerFolder> {
        let serves = |worker: &&WorkerFolder| worker.file.backends.contains(backend);
        self.all.iter().find(serves)
    }
}

impl WorkerFolder {
    pub fn readiness(&self) -> Readiness {
        let missing = self
            .file
            .needs
            .iter()
            .filter(|need| !is_on_path(&need.program));
        let missing = missing.map(|need| (need.program.clone(), need.debian.clone()));
        let missing = Vec::from_iter(missing);
        if !missing.is_empty() {
            return Readiness::Needs(missing);
        }
        let Some(executable) = self.executable() else {
            return Readiness::Ready;
        };
        match executable.is_file() {
            true if self.file.build.is_empty() || self.is_as_built() => Readiness::Ready,
            again => Readiness::NotBuilt { again },
        }
    }

    /// # Errors
    /// When it is not ready, with the command that mends it.
    pub fn ready(&self) -> Result<&WorkerFolder, WorkersError> {
        match self.readiness() {
            Readiness::Ready => Ok(self),
            other => Err(WorkersError::NotReady {
                name: self.name.clone(),
                why: other.to_string(),
                remedy: other.remedy(&self.name).unwrap_or_default(),
            }),
        }
    }

    /// The arm of one of its backends, for the guest in a file.
    pub fn arm(&self, backend: &BackendId, guest: &GuestFile) -> Arm {
        let executable = self.executable().unwrap_or_default();
        let places = self.places(&executable, backend.as_str(), guest.path());
        let words = self.file.run.iter().map(|word| places.put_into(word));
        let arm = Arm::of_command(backend, words);
        match arm.executable(0) == executable {
            true => Arm {
                runs: Runs::Copies(executable),
                ..arm
            },
            false => arm,
        }
    }

    /// The command that builds it, in its folder; none where there is nothing to build.
    pub(super) fn build_command(&self) -> Option<Vec<String>> {
        let executable = self.executable().unwrap_or_default();
        let places = self.places(&executable, "", Path::new(""));
        let words = self.file.build.iter().map(|word| places.put_into(word));
        Some(Vec::from_iter(words)).filter(|words| !words.is_empty())
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn executable(&self) -> Option<PathBuf> {
        let places = self.places(Path::new(""), "", Path::new(""));
        let executable = self.file.executable.as_ref()?;
        Some(PathBuf::from(places.put_into(executable)))
    }

    /// Notes from which [sources](WorkerFolder::sources) it was built.
    pub(super) fn stamp(&self, sources: &str) -> io::Result<()> {
        fs::create_dir_all(&self.target)?;
        fs::write(self.stamp_file(), sources)
    }

    fn is_as_built(&self) -> bool {
        let stamped = fs::read_to_string(self.stamp_file());
        stamped.is_ok_and(|stamped| self.sources().is_ok_and(|now| now == stamped))
    }

    fn stamp_file(&self) -> PathBuf {
        self.target.join(format!("{}.sources", self.name))
    }

    /// A hash over what it is built from: its folder, and the packages that workers in Rust share.
    pub(super) fn sources(&self) -> io::Result<String> {
        let mut hasher = Sha256::new();
        let shared = self.folder.join("../../crates/worker");
        for folder in [self.folder.as_path(), &shared] {
            if folder.is_dir() {
                take(folder, &mut hasher)?;
            }
        }
        Ok(hex::encode(hasher.finalize()))
    }

    fn places<'a>(
        &'a self,
        executable: &'a Path,
        backend: &'a str,
        guest: &'a Path,
    ) -> Placeholders<'a> {
        Placeholders {
            folder: &self.folder,
            target: &self.target,
            executable,
            backend,
            guest,
        }
    }
}

/// Every file of a folder by name and content, but for what tools put there.
fn take(folder: &Path, hasher: &mut Sha256) -> io::Result<()> {
    for file in source_files(folder, [PathBuf::new()], |path| is_of_tools(folder, path))? {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let whole = folder.join(&file);
        let bytes = match fs::read(&whole) {
            // A link that leads nowhere is a name and no more.
            Err(_) if whole.is_symlink() => Vec::new(),
            read => read?,
        };
        hasher.update(name.as_bytes());
        hasher.update((bytes.len() as u64).to_le_bytes());
        hasher.update(&bytes);
    }
    Ok(())
}

fn is_of_tools(folder: &Path, path: &Path) -> bool {
    const FOLDERS: [&str; 4] = ["target", "node_modules", "__pycache__", ".git"];
    let below = path.strip_prefix(folder).unwrap_or(path);
    let name = below.file_name().unwrap_or_default().to_string_lossy();
    match path.is_dir() {
        true => FOLDERS.contains(&&*name),
        // What editors leave while a file is open.
        false => name.ends_with(".swp") || name.starts_with(".#"),
    }
}

fn is_on_path(program: &str) -> bool {
    let paths = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&paths).any(|folder| folder.join(program).is_file())
}

impl Readiness {
    /// The command that mends it.
    pub fn remedy(&self, worker: &str) -> Option<String> {
        match self {
            Readiness::Ready => None,
            Readiness::NotBuilt { .. } => Some(format!("trapbench workers --build {worker}")),
            Readiness::Needs(missing) => {
                let packages = missing.iter().map(|(_, package)| &package[..]);
                let packages = Vec::from_iter(packages).join(" ");
                Some(format!("on Debian: apt-get install {packages}"))
            }
        }
    }
}

impl std::fmt::Display for Readiness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Readiness::Ready => f.write_str("ready"),
            Readiness::NotBuilt { again: false } => f.write_str("not built"),
            Readiness::NotBuilt { again: true } => {
                f.write_str("not built (its sources have changed)")
            }
            Readiness::Needs(missing) => {
                let programs = missing.iter().map(|(program, _)| &program[..]);
                write!(f, "needs {}", Vec::from_iter(programs).join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"
        runtime = "a shell"
        pinned-by = "the machine"
        language = "Shell"
        clock = "date"
        backends = ["NAME"]
        build = ["sh", "-c", "cp source {target}/built"]
        executable = "{target}/built"
        run = ["{executable}"]
    "#;

    /// A folder of workers, and the one in which they are built.
    fn workers(of: &[(&str, &str)]) -> (tempfile::TempDir, Workers) {
        let folder = tempfile::tempdir().unwrap();
        for (name, file) in of {
            let own = folder.path().join("workers").join(name);
            fs::create_dir_all(&own).unwrap();
            fs::write(own.join("worker.toml"), file.replace("NAME", name)).unwrap();
            fs::write(own.join("source"), "one").unwrap();
        }
        let target = folder.path().join("target");
        fs::create_dir_all(&target).unwrap();
        let found = Workers::in_folder(&folder.path().join("workers"), &target).unwrap();
        (folder, found)
    }

    #[test]
    fn a_file_that_cannot_be_read_is_one_workers_trouble() {
        let broken = FILE.replace("clock", "watch");
        let (_folder, workers) = workers(&[("good", FILE), ("bad", &broken)]);
        assert!(workers.named("good").is_ok());
        assert!(workers.serving(&"good".parse().unwrap()).is_some());
        let error = workers.named("bad").unwrap_err().to_string();
        assert!(error.contains("watch"), "{error}");
        let error = workers.named("other").unwrap_err().to_string();
        assert!(
            error.contains("there is no worker `other` (there are good)"),
            "{error}"
        );
    }

    /// A worker that is built stays so: another order or another filter would have all built again.
    #[test]
    fn the_hash_over_sources_is_the_one_of_before() {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [
            ("a-b", "1"),
            ("a/x", "22"),
            ("a/target/built", "not a source"),
            ("b", ""),
            (".git/file", "not a source"),
            ("z/target", "3"),
        ] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let mut hasher = Sha256::new();
        take(folder.path(), &mut hasher).unwrap();
        assert_eq!(
            hex::encode(hasher.finalize()),
            "e24b924fd362c5a53c341819b1ddaf9d0a827d1e4ddfff6013e3e947ac721910"
        );
    }

    #[test]
    fn a_worker_is_ready_from_its_build_until_its_sources_change() {
        let (folder, workers) = workers(&[("shell", FILE)]);
        let worker = workers.named("shell").unwrap();
        let own = folder.path().join("workers/shell");
        assert_eq!(worker.readiness(), Readiness::NotBuilt { again: false });
        super::super::build(worker).unwrap();
        assert_eq!(worker.readiness(), Readiness::Ready);
        // What editors leave is no source.
        fs::write(own.join(".source.swp"), "").unwrap();
        assert_eq!(worker.readiness(), Readiness::Ready);
        // A hidden file may well decide how it is built.
        fs::write(own.join(".npmrc"), "").unwrap();
        assert_eq!(worker.readiness(), Readiness::NotBuilt { again: true });
        fs::remove_file(own.join(".npmrc")).unwrap();
        fs::write(own.join("source"), "two").unwrap();
        assert_eq!(worker.readiness(), Readiness::NotBuilt { again: true });
        super::super::build(worker).unwrap();
        assert_eq!(worker.readiness(), Readiness::Ready);
        assert!(worker.ready().is_ok());
    }
}
