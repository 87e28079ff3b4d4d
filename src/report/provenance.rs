//! How a record came about, as names and values, and the commands that repeat it.

use crate::record::Record;

/// Each backend with all that it is made of.
pub fn backends(record: &Record) -> Vec<(String, String)> {
    let of = |backend: &crate::record::BackendVersions| {
        let parts = backend.versions.iter();
        let parts: Vec<String> = parts.map(|(name, version)| format!("{name} {version}")).collect();
        (backend.id.clone(), parts.join(", "))
    };
    record.header.backends.iter().map(of).collect()
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
    let profile = match build.profile.as_deref() {
        None | Some("release") => " --release".to_owned(),
        Some("debug" | "dev") => String::new(),
        Some(other) => format!(" --profile {}", quoted(other)),
    };
    let features = match build.features.as_slice() {
        [] => String::new(),
        features => format!(" --features {}", quoted(&features.join(","))),
    };
    lines.push(format!("cargo build{profile} --no-default-features{features}"));
    lines.push(measured_by(record));
    lines.join("\n")
}

/// The command line of the run, as it was typed.
pub fn measured_by(record: &Record) -> String {
    let words: Vec<String> = record.header.command.iter().map(|word| quoted(word)).collect();
    if words.is_empty() {
        return "# the record does not say by which command it was measured".to_owned();
    }
    words.join(" ")
}

/// Whatever is known of the run and the machine.
pub fn facts(record: &Record) -> Vec<(&'static str, String)> {
    let header = &record.header;
    let (settings, machine) = (&header.settings, &header.environment);
    let build = &machine.build;
    let yes = |is: bool| if is { "yes" } else { "no" }.to_owned();
    let depths: Vec<String> = settings.depths.iter().map(u32::to_string).collect();
    let rounds = record.rounds.len();
    let all = [
        ("record", Some(header.folder_name())),
        ("started", Some(header.started.to_string())),
        ("rounds kept", Some(rounds.to_string())),
        ("depths", Some(depths.join(", "))),
        ("filter", settings.filter.clone()),
        ("slice", Some(format!("{} ms", settings.slice_ms))),
        ("time asked for", Some(format!("{:.0} s", settings.budget_s))),
        ("seed", Some(settings.seed.to_string())),
        ("pinned to core", settings.pinned_core.map(|core| core.to_string())),
        ("fresh copies of the executable", Some(yes(settings.fresh_copies))),
        ("own module", settings.module.clone()),
        ("fixture", Some(header.fixture.clone())),
        ("native frames under a call", Some(header.host_stack_frames.to_string())),
        ("processor", machine.cpu_model.clone()),
        ("architecture", Some(machine.arch.clone())),
        ("logical cores", machine.logical_cores.map(|cores| cores.to_string())),
        ("virtual machine", machine.hypervisor.map(yes)),
        ("frequency governor", machine.governor.clone()),
        ("boost", machine.boost.map(yes)),
        ("memory", machine.memory_mib.map(|mib| format!("{mib} MiB"))),
        ("system", machine.os.clone()),
        ("kernel", machine.kernel.clone()),
        ("glibc", machine.glibc.clone()),
        ("libgcc", machine.libgcc.clone()),
        ("load before", machine.load_average.map(|load| load.map(|one| format!("{one:.2}")).join(", "))),
        ("transparent huge pages", machine.transparent_huge_pages.clone()),
        ("address space randomised", machine.aslr.map(|level| level.to_string())),
        ("trapbench", Some(build.trapbench.clone())),
        ("rustc", build.rustc.clone()),
        ("profile", build.profile.clone()),
        ("optimisation", build.opt_level.clone()),
        ("target", build.target.clone()),
        ("features", Some(build.features.join(", "))),
        ("rustflags", build.rustflags.clone()),
        ("commit", build.git_commit.clone()),
        ("uncommitted changes", build.git_dirty.map(yes)),
    ];
    let known = all.into_iter().filter_map(|(name, value)| Some((name, value?)));
    known.filter(|(_, value)| !value.is_empty()).collect()
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
