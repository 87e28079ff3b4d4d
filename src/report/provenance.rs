//! How a record came about, as names and values, and the commands that repeat it.

use std::collections::{BTreeMap, BTreeSet};

use crate::record::{BackendFacts, Environment, Launched, Record};

/// Each backend with all that it is made of.
pub fn backends(record: &Record) -> Vec<(String, String)> {
    let of = |backend: &BackendFacts| (backend.id.clone(), versions(&backend.versions));
    record.header.backends.iter().map(of).collect()
}

/// `Cranelift 0.135.0, wasmer 7.4.2`.
pub fn versions(versions: &BTreeMap<String, String>) -> String {
    let parts = versions.iter();
    let parts = parts.map(|(name, version)| format!("{name} {version}"));
    Vec::from_iter(parts).join(", ")
}

/// From a clone of the sources to this record, as far as the record knows.
pub fn command(record: &Record) -> String {
    let build = &record.header.environment.build;
    let mut lines = Vec::new();
    if let Some(commit) = &build.git_commit {
        let dirty = match build.git_dirty {
            Some(true) => "   # and changes that were not committed",
            _ => "",
        };
        lines.push(format!("git checkout {}{dirty}", quoted(commit)));
    }
    if !is_bench(record) {
        let profile = match build.profile.as_deref() {
            None | Some("release") => " --release".to_owned(),
            Some("debug" | "dev") => String::new(),
            Some(other) => format!(" --profile {}", quoted(other)),
        };
        lines.push(format!("cargo build{profile}{}", features(record)));
    }
    lines.extend(workers(record));
    lines.push(measured_by(record));
    lines.join("\n")
}

/// The command line of the run, as it was typed; cargo hides its own from the benches it starts.
pub fn measured_by(record: &Record) -> String {
    let command = &record.header.command;
    if command.is_empty() {
        return "# the record does not say by which command it was measured".to_owned();
    }
    let words = |words: &[String]| -> String {
        let words = words.iter().filter(|word| *word != "--bench");
        words.map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
    };
    if !is_bench(record) {
        return words(command);
    }
    let rest = match words(&command[1..]) {
        none if none.is_empty() => none,
        rest => format!(" -- {rest}"),
    };
    // The executable is called after its target: `peers-3f2a91`.
    let peers = match command[0].starts_with("peers") {
        true => " --bench peers",
        false => "",
    };
    format!("cargo bench{}{peers}{rest}", features(record))
}

/// The workers beside the suite's own executable that have to be built first.
fn workers(record: &Record) -> Option<String> {
    let backends = record.header.backends.iter();
    let names = backends.filter(|one| one.launched != Launched::OneFile);
    let names = names
        .map(|one| &one.worker[..])
        .filter(|name| *name != "trapbench");
    let names = BTreeSet::from_iter(names);
    let names = Vec::from_iter(names.into_iter().map(quoted)).join(",");
    (!names.is_empty()).then(|| format!("cargo run --release -- workers --build {names}"))
}

fn is_bench(record: &Record) -> bool {
    record.header.command.iter().any(|word| word == "--bench")
}

fn features(record: &Record) -> String {
    match record.header.environment.build.features.as_slice() {
        [] => " --no-default-features".to_owned(),
        features if features.iter().any(|one| one == "full") => " --features full".to_owned(),
        features => format!(
            " --no-default-features --features {}",
            quoted(&features.join(","))
        ),
    }
}

/// Whatever is known of the run, the machine and the build.
pub fn facts(record: &Record) -> Vec<(&'static str, String)> {
    let header = &record.header;
    let settings = &header.settings;
    let depths: Vec<String> = settings.depths.iter().map(u32::to_string).collect();
    let rounds = record.rounds.len();
    let all = [
        ("record", Some(header.folder_name())),
        ("started", Some(header.started.to_string())),
        ("rounds kept", Some(rounds.to_string())),
        ("depths", Some(depths.join(", "))),
        ("filter", settings.filter.clone()),
        ("slice", Some(format!("{} ms", settings.slice_ms))),
        (
            "time asked for",
            Some(format!("{:.0} s", settings.budget_s)),
        ),
        ("seed", Some(settings.seed.to_string())),
        (
            "pinned to core",
            settings.pinned_core.map(|core| core.to_string()),
        ),
        (
            "fresh copies of the executable",
            Some(yes(header
                .backends
                .iter()
                .all(|backend| backend.launched == Launched::FreshCopies))),
        ),
        (
            "relinks of the executable",
            settings.relinks.map(|relinks| relinks.to_string()),
        ),
        ("own module", settings.module.clone()),
        ("fixture", Some(header.fixture.clone())),
        (
            "native frames under a call",
            of_each(record, |backend| Some(backend.host_frames?.to_string())),
        ),
        (
            "unwinder",
            of_each(record, |backend| {
                Some(backend.unwinder.as_ref()?.to_string())
            }),
        ),
    ];
    let mut facts = known(all);
    facts.extend(environment_facts(&header.environment));
    facts
}

/// What is known of backends: once where it is the same of all.
fn of_each(record: &Record, fact: impl Fn(&BackendFacts) -> Option<String>) -> Option<String> {
    let of = |backend: &BackendFacts| Some((backend.id.clone(), fact(backend)?));
    let known = Vec::from_iter(record.header.backends.iter().filter_map(of));
    let (_, first) = known.first()?;
    if known.iter().all(|(_, fact)| fact == first) {
        return Some(first.clone());
    }
    let each = known.iter().map(|(id, fact)| format!("{id} {fact}"));
    Some(Vec::from_iter(each).join(", "))
}

/// Whatever is known of the machine and the build.
pub fn environment_facts(machine: &Environment) -> Vec<(&'static str, String)> {
    let build = &machine.build;
    known([
        ("processor", machine.cpu_model.clone()),
        ("architecture", Some(machine.arch.clone())),
        (
            "logical cores",
            machine.logical_cores.map(|cores| cores.to_string()),
        ),
        ("virtual machine", machine.hypervisor.map(yes)),
        ("frequency governor", machine.governor.clone()),
        ("boost", machine.boost.map(yes)),
        ("memory", machine.memory_mib.map(|mib| format!("{mib} MiB"))),
        ("system", machine.os.clone()),
        ("kernel", machine.kernel.clone()),
        ("glibc", machine.glibc.clone()),
        ("libgcc", machine.libgcc.clone()),
        (
            "load before",
            machine
                .load_average
                .map(|load| load.map(|one| format!("{one:.2}")).join(", ")),
        ),
        (
            "transparent huge pages",
            machine.transparent_huge_pages.clone(),
        ),
        (
            "address space randomised",
            machine.aslr.map(|level| level.to_string()),
        ),
        (
            "variables",
            Some(
                Vec::from_iter(
                    machine
                        .variables
                        .iter()
                        .map(|(name, value)| format!("{name}={value}")),
                )
                .join(", "),
            )
            .filter(|text| !text.is_empty()),
        ),
        ("trapbench", Some(build.trapbench.clone())),
        ("rustc", build.rustc.clone()),
        ("profile", build.profile.clone()),
        ("optimisation", build.opt_level.clone()),
        ("target", build.target.clone()),
        ("features", Some(build.features.join(", "))),
        ("rustflags", build.rustflags.clone()),
        ("commit", build.git_commit.clone()),
        ("uncommitted changes", build.git_dirty.map(yes)),
    ])
}

/// The machine in a few words.
pub fn machine(environment: &Environment) -> String {
    let known = [
        environment.cpu_model.clone(),
        environment.logical_cores.map(|cores| match cores {
            1 => "1 core".to_owned(),
            _ => format!("{cores} cores"),
        }),
        environment.os.clone(),
    ];
    let known: Vec<String> = known.into_iter().flatten().collect();
    if known.is_empty() {
        return environment.machine_key();
    }
    known.join(", ")
}

/// Words as a shell wants them.
pub fn command_line(words: &[String]) -> String {
    let words = words.iter().map(|word| quoted(word));
    words.collect::<Vec<_>>().join(" ")
}

fn known<const N: usize>(all: [(&'static str, Option<String>); N]) -> Vec<(&'static str, String)> {
    let there = all
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)));
    there.filter(|(_, value)| !value.is_empty()).collect()
}

fn yes(is: bool) -> String {
    if is { "yes" } else { "no" }.to_owned()
}

/// As a shell wants it.
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_shell_reads_back_what_was_typed() {
        assert_eq!(quoted("--time=5"), "--time=5");
        assert_eq!(quoted("raise/(exit|x)"), "'raise/(exit|x)'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
    }
}
