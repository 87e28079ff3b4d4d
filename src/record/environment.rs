//! Where a run takes place. Every fact is optional: Linux tells most of them in `/proc`
//! and `/sys`, other systems tell few, and a fact that cannot be had stops nobody.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;

use serde::{Deserialize, Serialize};
use trapbench_worker::protocol::CLEARED;

use super::privacy::without_folders;
use super::{BuildFacts, unwinder};

/// The machine, its system and the executable; nothing that names the host or a user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Environment {
    pub cpu_model: Option<String>,
    pub arch: String,
    /// Logical cores that are online.
    pub logical_cores: Option<usize>,
    /// Their numbers, `0-1`.
    pub online_cpus: Option<String>,
    /// Whether the CPU says that it is a guest's.
    pub hypervisor: Option<bool>,
    pub governor: Option<String>,
    pub boost: Option<bool>,
    pub memory_mib: Option<u64>,
    pub os: Option<String>,
    pub kernel: Option<String>,
    pub glibc: Option<String>,
    /// The loaded unwinder, which decides what a captured backtrace costs: its newest
    /// symbol version, and the start of its build id, since distributions patch it.
    pub libgcc: Option<String>,
    /// Over 1, 5 and 15 minutes.
    pub load_average: Option<[f64; 3]>,
    /// `always`, `madvise` or `never`.
    pub transparent_huge_pages: Option<String>,
    /// `kernel.randomize_va_space`: 0 is off, 2 is full.
    pub aslr: Option<u32>,
    /// Of the variables that change what a raise costs, those that were set, without folders:
    /// backtraces, what is preloaded, the allocator's and the loader's tunables.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
    pub build: BuildFacts,
}

impl Environment {
    pub fn capture() -> Environment {
        let cpuinfo = read("/proc/cpuinfo").unwrap_or_default();
        Environment {
            cpu_model: cpu_model(&cpuinfo),
            arch: std::env::consts::ARCH.to_owned(),
            logical_cores: logical_cores(&cpuinfo),
            online_cpus: read("/sys/devices/system/cpu/online"),
            hypervisor: field(&cpuinfo, "flags")
                .map(|flags| flags.split(' ').any(|flag| flag == "hypervisor")),
            governor: read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
            boost: boost(),
            memory_mib: read("/proc/meminfo").as_deref().and_then(memory_mib),
            os: read("/etc/os-release").as_deref().and_then(pretty_name),
            kernel: read("/proc/sys/kernel/osrelease"),
            glibc: glibc(),
            libgcc: unwinder::loaded_here(),
            load_average: read("/proc/loadavg").as_deref().and_then(load_average),
            transparent_huge_pages: read("/sys/kernel/mm/transparent_hugepage/enabled")
                .as_deref()
                .and_then(selected),
            aslr: read("/proc/sys/kernel/randomize_va_space").and_then(|n| n.parse().ok()),
            variables: variables(std::env::vars_os()),
            build: BuildFacts::of_this_build(),
        }
    }

    /// A coarse name for machines that are alike, `amd-epyc-2c-x86-64`: the same at every
    /// boot, and no one's in particular.
    pub fn machine_key(&self) -> String {
        let model = self
            .cpu_model
            .as_deref()
            .map_or_else(|| "unknown-cpu".to_owned(), model_slug);
        let cores = match self.logical_cores {
            Some(cores) => format!("-{cores}c"),
            None => String::new(),
        };
        format!("{model}{cores}-{}", slug(&self.arch))
    }
}

fn variables(set: impl Iterator<Item = (OsString, OsString)>) -> BTreeMap<String, String> {
    const TOLD: [&str; 2] = ["LD_PRELOAD", "GLIBC_TUNABLES"];
    let texts = set.filter_map(|(name, value)| {
        Some((
            name.into_string().ok()?,
            value.to_string_lossy().into_owned(),
        ))
    });
    let is_told =
        |name: &str| TOLD.contains(&name) || CLEARED.contains(&name) || name.starts_with("MALLOC_");
    let told = texts.filter(|(name, _)| is_told(name));
    // What is preloaded is a list of paths.
    let without = |value: &str| {
        let parts = value.split(':').map(without_folders);
        Vec::from_iter(parts).join(":")
    };
    told.map(|(name, value)| (name, without(&value))).collect()
}

/// By hand: the crate procfs passes over the name of an ARM board, which stands behind the last
/// core, and has loads in `f32`.
fn read(path: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?.trim().to_owned();
    (!text.is_empty()).then_some(text)
}

/// The first `name : value` of `/proc/cpuinfo` and its like.
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == name).then_some(value.trim())
    })
}

/// ARM kernels give numbers for a name.
fn cpu_model(cpuinfo: &str) -> Option<String> {
    let named = ["model name", "cpu model", "Model"]
        .iter()
        .find_map(|name| field(cpuinfo, name));
    let numbered = || {
        let maker = field(cpuinfo, "CPU implementer")?;
        Some(format!(
            "implementer {maker} part {}",
            field(cpuinfo, "CPU part")?
        ))
    };
    named.map(str::to_owned).or_else(numbered)
}

/// What the machine has, not what this process may use: the machine's name must not change
/// under `taskset`.
fn logical_cores(cpuinfo: &str) -> Option<usize> {
    let listed = cpuinfo
        .lines()
        .filter(|line| line.starts_with("processor"))
        .count();
    match listed {
        0 => std::thread::available_parallelism().ok().map(usize::from),
        _ => Some(listed),
    }
}

/// Intel's driver states the opposite of the others.
fn boost() -> Option<bool> {
    let no_turbo = || read("/sys/devices/system/cpu/intel_pstate/no_turbo").map(|v| v == "0");
    read("/sys/devices/system/cpu/cpufreq/boost")
        .map(|v| v == "1")
        .or_else(no_turbo)
}

fn memory_mib(meminfo: &str) -> Option<u64> {
    let kib = field(meminfo, "MemTotal")?.split(' ').next()?;
    Some(kib.parse::<u64>().ok()? / 1024)
}

fn pretty_name(os_release: &str) -> Option<String> {
    let value = os_release
        .lines()
        .find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
    Some(value.trim_matches(['"', '\'']).to_owned())
}

fn load_average(text: &str) -> Option<[f64; 3]> {
    let numbers: Vec<f64> = text
        .split(' ')
        .map_while(|part| part.parse().ok())
        .collect();
    numbers.get(..3)?.try_into().ok()
}

/// `always [madvise] never` selects `madvise`.
fn selected(text: &str) -> Option<String> {
    let (choice, _) = text.split_once('[')?.1.split_once(']')?;
    Some(choice.to_owned())
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn glibc() -> Option<String> {
    // SAFETY: glibc returns a pointer to a constant text that ends in a zero.
    let version = unsafe { std::ffi::CStr::from_ptr(nix::libc::gnu_get_libc_version()) };
    version.to_str().ok().map(str::to_owned)
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn glibc() -> Option<String> {
    None
}

/// What makers write around the name of a CPU says nothing that tells two apart.
fn model_slug(model: &str) -> String {
    let name = model.split('@').next().unwrap_or(model);
    let name = name
        .replace("(R)", "")
        .replace("(TM)", "")
        .replace("(tm)", "");
    let noise = |word: &str| {
        matches!(word, "cpu" | "processor") || word.ends_with("-core") || word.starts_with("with")
    };
    let words = name
        .split_whitespace()
        .map(slug)
        .filter(|word| !noise(word) && !word.is_empty());
    // Six words tell any CPU, and a folder's name has an end.
    let slug = words.take(6).collect::<Vec<_>>().join("-");
    if slug.is_empty() {
        "unknown-cpu".to_owned()
    } else {
        slug
    }
}

fn slug(text: &str) -> String {
    let lower = text.to_lowercase();
    let parts = lower
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_the_machine_an_environment_can_be_had_and_kept() {
        let environment = Environment::capture();
        let text = serde_json::to_string(&environment).unwrap();
        assert_eq!(
            serde_json::from_str::<Environment>(&text).unwrap(),
            environment
        );
        assert!(!environment.machine_key().is_empty());
    }

    #[test]
    fn a_machine_is_named_after_what_it_is() {
        for (model, cores, arch, key) in [
            ("AMD EPYC", Some(2), "x86_64", "amd-epyc-2c-x86-64"),
            (
                "AMD Ryzen 9 7950X 16-Core Processor",
                Some(32),
                "x86_64",
                "amd-ryzen-9-7950x-32c-x86-64",
            ),
            (
                "Intel(R) Xeon(R) Platinum 8370C CPU @ 2.80GHz",
                Some(4),
                "x86_64",
                "intel-xeon-platinum-8370c-4c-x86-64",
            ),
            (
                "implementer 0x41 part 0xd0c",
                None,
                "aarch64",
                "implementer-0x41-part-0xd0c-aarch64",
            ),
            ("../../etc", None, "x", "etc-x"),
            ("(R) @", Some(1), "x", "unknown-cpu-1c-x"),
        ] {
            let environment = Environment {
                cpu_model: Some(model.to_owned()),
                logical_cores: cores,
                arch: arch.to_owned(),
                ..Environment::capture()
            };
            assert_eq!(environment.machine_key(), key);
        }
    }

    #[test]
    fn the_texts_of_linux_are_read_as_it_writes_them() {
        let x86 =
            "processor\t: 0\nmodel name\t: AMD EPYC\nflags\t\t: fpu hypervisor\n\nprocessor\t: 1\n";
        assert_eq!(cpu_model(x86).as_deref(), Some("AMD EPYC"));
        assert_eq!(logical_cores(x86), Some(2));
        let arm = "processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd0c\n";
        assert_eq!(
            cpu_model(arm).as_deref(),
            Some("implementer 0x41 part 0xd0c")
        );
        assert_eq!(
            memory_mib("MemTotal:       4030564 kB\nMemFree: 1 kB"),
            Some(3936)
        );
        assert_eq!(
            pretty_name("ID=x\nPRETTY_NAME=\"Debian 12\"\n").as_deref(),
            Some("Debian 12")
        );
        assert_eq!(
            load_average("2.11 1.25 0.55 3/99 10788"),
            Some([2.11, 1.25, 0.55])
        );
        assert_eq!(load_average("nonsense"), None);
        assert_eq!(
            selected("always [madvise] never").as_deref(),
            Some("madvise")
        );
        assert_eq!(selected("none"), None);
    }

    #[test]
    fn variables_that_change_a_raise_are_told_without_folders() {
        let set = [
            ("RUST_BACKTRACE", "1"),
            ("LD_PRELOAD", "/home/ada/lib/a.so:/home/ada/b.so"),
            ("MALLOC_ARENA_MAX", "1"),
            ("HOME", "/home/ada"),
        ];
        let told = variables(
            set.map(|(name, value)| (name.into(), value.into()))
                .into_iter(),
        );
        let told = Vec::from_iter(told.iter().map(|(name, value)| (&name[..], &value[..])));
        assert_eq!(
            told,
            [
                ("LD_PRELOAD", "a.so:b.so"),
                ("MALLOC_ARENA_MAX", "1"),
                ("RUST_BACKTRACE", "1"),
            ]
        );
    }
}
