use std::collections::HashSet;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use sha2::{Digest, Sha256};

use super::cargo;
use super::error::ArmError;
use super::layout::lay_out;
use super::link_recipe::LinkRecipe;
use super::manifest::Wasmer;
use super::patches;
use super::relink::relinks;
use super::revision;
use super::source::Source;

/// The folder of built arms: `<name>/source`, `<name>/target`, and `<name>/relinks`.
pub struct Cache {
    checkout: PathBuf,
    folder: PathBuf,
}

/// An arm that is built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Build {
    /// The name of its folder, which is what [`Cache::remove`] takes.
    pub name: String,
    /// The relinks, one for each seed; where none are asked for, the plain one.
    pub executables: Vec<PathBuf>,
    /// The ordinary link, with symbols. The next build of the arm may replace it.
    pub plain: PathBuf,
}

/// What the cache keeps of an arm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    pub name: String,
    /// On disk.
    pub bytes: u64,
    pub relinks: usize,
    /// When it was last asked for.
    pub last_used: Option<SystemTime>,
}

/// Names in an arm's folder.
const SOURCE: &str = "source";
const TARGET: &str = "target";
const RELINKS: &str = "relinks";
const EXPORT: &str = "export";
const RECIPE: &str = "link";
const START: &str = "start.lock";
const USED: &str = "used";

impl Cache {
    /// The arms made from the sources in `checkout`, kept in `folder` or else in its
    /// `target/arms`.
    pub fn of(checkout: &Path, folder: Option<&Path>) -> Cache {
        let folder = folder.map_or_else(|| checkout.join("target/arms"), Path::to_owned);
        // Cargo and git run in folders of their own.
        let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        Cache {
            checkout: absolute(checkout),
            folder: absolute(&folder),
        }
    }

    /// The arm of `source` with these cargo features, in `relinks` section orders. What is
    /// there already is not made again; `say` is told what is being done.
    ///
    /// # Errors
    /// What could not be had, and what to do about it.
    pub fn build(
        &self,
        source: &Source,
        features: &[&str],
        relinks: u32,
        say: &dyn Fn(&str),
    ) -> Result<Build, ArmError> {
        let plan = ArmPlan::of(source, &self.checkout)?;
        let name = plan.name(features);
        let arm = self.folder.join(&name);
        fs::create_dir_all(&arm).map_err(ArmError::io("create the folder", &arm))?;
        let _lock = self.lock(&name, source, say)?;
        fs::write(arm.join(USED), "").map_err(ArmError::io("write to", &arm))?;
        say(&format!("building {source}"));
        plan.lay_out(&self.checkout, &arm)?;
        let label = source.to_string();
        let linked = Linked::of(&label, &arm, features, plan.wasmer.is_none())?;
        let executables = match relinks {
            0 => vec![linked.plain.clone()],
            count => linked.relinks(&label, &arm.join(RELINKS), count, say)?,
        };
        Ok(Build {
            name,
            executables,
            plain: linked.plain,
        })
    }

    /// Every arm in the folder, by name.
    ///
    /// # Errors
    /// When the folder is there and cannot be read.
    pub fn list(&self) -> io::Result<Vec<Kept>> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut arms = Vec::new();
        for entry in entries {
            let path = entry?.path();
            // Whatever else lies in the folder is nobody's to list, and to delete.
            if path.join(USED).is_file() {
                arms.push(kept(&path)?);
            }
        }
        arms.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(arms)
    }

    /// Deletes an arm with everything that it holds, once nobody builds it.
    ///
    /// # Errors
    /// When there is no arm of that name, or it cannot be deleted.
    pub fn remove(&self, name: &str) -> Result<(), ArmError> {
        let arms = self.list();
        let arms = arms.map_err(ArmError::io("list the arms in", &self.folder))?;
        if !arms.iter().any(|arm| arm.name == name) {
            return Err(ArmError::NoArm {
                name: name.to_owned(),
                folder: self.folder.clone(),
            });
        }
        let lock = self.lock_file(name)?;
        lock.lock().map_err(ArmError::io("lock", &self.folder))?;
        let path = self.folder.join(name);
        fs::remove_dir_all(&path).map_err(ArmError::io("delete", &path))
    }

    /// Held while an arm is built, so that two runs at once do not build into each other.
    fn lock(&self, name: &str, source: &Source, say: &dyn Fn(&str)) -> Result<File, ArmError> {
        let file = self.lock_file(name)?;
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => {
                say(&format!("waiting for another run that builds {source}"));
            }
            Err(TryLockError::Error(_)) => {}
        }
        file.lock().map_err(ArmError::io("lock", &self.folder))?;
        // It may have been deleted while we waited.
        let arm = self.folder.join(name);
        fs::create_dir_all(&arm).map_err(ArmError::io("create the folder", &arm))?;
        Ok(file)
    }

    /// Beside the arm's folder: one inside would be deleted with it, under somebody's lock.
    fn lock_file(&self, name: &str) -> Result<File, ArmError> {
        let path = self.folder.join(format!(".{name}.lock"));
        let opened = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path);
        opened.map_err(ArmError::io("open", path))
    }
}

/// What is to be built, before anything is.
struct ArmPlan {
    /// The part of the name that the source gives.
    stem: String,
    wasmer: Option<Wasmer>,
    commit: Option<String>,
}

impl ArmPlan {
    fn of(source: &Source, checkout: &Path) -> Result<ArmPlan, ArmError> {
        let plain = |stem: String| ArmPlan {
            stem,
            wasmer: None,
            commit: None,
        };
        Ok(match source {
            Source::Executable(path) => return Err(ArmError::NothingToBuild(path.clone())),
            Source::Here => plain("here".to_owned()),
            Source::Wasmer(version) => ArmPlan {
                wasmer: Some(Wasmer {
                    version: version.clone(),
                    patches: Vec::new(),
                }),
                ..plain(format!("wasmer-{version}"))
            },
            Source::WasmerPath(folder) => ArmPlan {
                wasmer: Some(patches::find(folder)?),
                ..plain(name_of_folder(folder)?)
            },
            Source::Trapbench(revision) => {
                let commit = revision::commit(checkout, revision)?;
                ArmPlan {
                    commit: Some(commit.clone()),
                    ..plain(format!("trapbench-{}", &commit[..commit.len().min(12)]))
                }
            }
        })
    }

    fn name(&self, features: &[&str]) -> String {
        let mut features = features.to_vec();
        features.sort_unstable();
        safe(&[&[self.stem.as_str()], &features[..]].concat().join("-"))
    }

    fn lay_out(&self, checkout: &Path, arm: &Path) -> Result<(), ArmError> {
        let (to, start) = (arm.join(SOURCE), arm.join(START));
        let Some(commit) = &self.commit else {
            let stamp = revision::stamp_of(checkout, self.wasmer.is_some());
            let wasmer = self.wasmer.as_ref();
            return lay_out(checkout, &to, wasmer, stamp.as_deref(), &start);
        };
        let export = arm.join(EXPORT);
        revision::export(checkout, commit, &export)?;
        let stamp = revision::stamp(commit, false);
        lay_out(&export, &to, None, Some(&stamp), &start)?;
        fs::remove_dir_all(&export).map_err(ArmError::io("remove", &export))
    }
}

/// `wasmer-path-<last component>-<hash of the whole>`: two checkouts are often called the same.
fn name_of_folder(folder: &Path) -> Result<String, ArmError> {
    let whole = fs::canonicalize(folder).map_err(ArmError::io("find", folder))?;
    let last = whole.file_name().unwrap_or_default().to_string_lossy();
    let hash = hexadecimal(whole.as_os_str().as_encoded_bytes());
    Ok(format!("wasmer-path-{last}-{}", &hash[..8]))
}

fn safe(name: &str) -> String {
    let is_safe = |c: char| c.is_ascii_alphanumeric() || "-._+".contains(c);
    let replace = |c: char| if is_safe(c) { c } else { '_' };
    name.chars().map(replace).collect()
}

/// The ordinary link of an arm, and how to link it again.
struct Linked {
    plain: PathBuf,
    hash: String,
    recipe: Option<LinkRecipe>,
}

impl Linked {
    fn of(label: &str, arm: &Path, features: &[&str], locked: bool) -> Result<Linked, ArmError> {
        let (source, target) = (arm.join(SOURCE), arm.join(TARGET));
        let build = || cargo::build(label, &source, &target, features, locked);
        let mut built = build()?;
        let mut hash = hash_of_file(&built.executable)?;
        if built.link.is_none() && recipe(arm, &hash).is_none() {
            // A run that was killed between the link and our note of it. Rare, so the note is
            // had again in the simplest way.
            cargo::clean(&source, &target)?;
            built = build()?;
            hash = hash_of_file(&built.executable)?;
        }
        if let Some(link) = &built.link {
            let note = arm.join(RECIPE);
            fs::write(&note, format!("{hash}\n{link}\n")).map_err(ArmError::io("write", &note))?;
        }
        Ok(Linked {
            recipe: recipe(arm, &hash),
            plain: built.executable,
            hash,
        })
    }

    fn relinks(
        &self,
        label: &str,
        folder: &Path,
        count: u32,
        say: &dyn Fn(&str),
    ) -> Result<Vec<PathBuf>, ArmError> {
        let recipe = self.recipe.as_ref();
        let recipe = recipe.ok_or_else(|| ArmError::NoLinkCommand {
            arm: label.to_owned(),
            tail: "(none: it printed no command)".to_owned(),
        })?;
        let current = &self.hash[..16];
        remove_all_but(folder, current)?;
        relinks(label, recipe, &folder.join(current), count, say)
    }
}

/// The note of the link, if it is of this very executable.
fn recipe(arm: &Path, hash: &str) -> Option<LinkRecipe> {
    let note = fs::read_to_string(arm.join(RECIPE)).ok()?;
    let (of, link) = note.split_once('\n')?;
    (of == hash).then(|| LinkRecipe::parse(link)).flatten()
}

/// Relinks of an executable that is no more.
fn remove_all_but(folder: &Path, current: &str) -> Result<(), ArmError> {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name() != current {
            let path = entry.path();
            fs::remove_dir_all(&path).map_err(ArmError::io("remove", &path))?;
        }
    }
    Ok(())
}

fn hash_of_file(path: &Path) -> Result<String, ArmError> {
    let bytes = fs::read(path).map_err(ArmError::io("read", path))?;
    Ok(hexadecimal(&bytes))
}

fn hexadecimal(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn kept(path: &Path) -> io::Result<Kept> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let relinks = fs::read_dir(path.join(RELINKS)).into_iter().flatten();
    let files = relinks.flatten().flat_map(|one| fs::read_dir(one.path()));
    let names = files.flatten().flatten().map(|file| file.file_name());
    let is_seed = |name: &str| name.parse::<u32>().is_ok();
    Ok(Kept {
        name: name.into_owned(),
        bytes: on_disk(path, &mut HashSet::new())?,
        relinks: names
            .filter(|name| name.to_str().is_some_and(is_seed))
            .count(),
        last_used: fs::metadata(path.join(USED))?.modified().ok(),
    })
}

/// A file with two names, as cargo gives its executables, counts once.
fn on_disk(path: &Path, seen: &mut HashSet<(u64, u64)>) -> io::Result<u64> {
    let metadata = fs::symlink_metadata(path)?;
    if !metadata.is_dir() {
        return Ok(size(&metadata, seen));
    }
    let mut bytes = size(&metadata, seen);
    for entry in fs::read_dir(path)? {
        match on_disk(&entry?.path(), seen) {
            // A build that is under way makes and removes files.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
            Ok(more) => bytes += more,
        }
    }
    Ok(bytes)
}

#[cfg(unix)]
fn size(metadata: &fs::Metadata, seen: &mut HashSet<(u64, u64)>) -> u64 {
    use std::os::unix::fs::MetadataExt;
    match seen.insert((metadata.dev(), metadata.ino())) {
        true => metadata.blocks() * 512,
        false => 0,
    }
}

#[cfg(not(unix))]
fn size(metadata: &fs::Metadata, _: &mut HashSet<(u64, u64)>) -> u64 {
    metadata.len()
}
