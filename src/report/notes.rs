//! What a reader should know before believing the figures, each thing once.

use std::collections::{BTreeSet, HashMap};

use crate::record::{BackendFacts, Record};
use trapbench_worker::case::Case;

/// What casts doubt on a record's figures; what is said again, as when a worker fails alike in every round, is
/// said once, with how often.
pub fn remarks(record: &Record) -> Vec<String> {
    let mut counted: Vec<(String, usize)> = Vec::new();
    let mut places = HashMap::new();
    for remark in all(record) {
        let place = *places.entry(remark.clone()).or_insert(counted.len());
        match counted.get_mut(place) {
            Some((_, times)) => *times += 1,
            None => counted.push((remark, 1)),
        }
    }
    let said = |(remark, times): (String, usize)| match times {
        1 => remark,
        _ => format!("{remark} ({times} times)"),
    };
    counted.into_iter().map(said).collect()
}

fn all(record: &Record) -> Vec<String> {
    // Most records have many turns and no failure.
    let turns = match record.failures.is_empty() {
        true => &[][..],
        false => &record.turns[..],
    };
    let measured: BTreeSet<&Case> = turns.iter().map(|turn| &turn.case).collect();
    let failures = record.failures.iter().map(|failure| {
        let case = failure.subject.parse::<Case>();
        let what = if case.is_ok_and(|case| measured.contains(&case)) {
            format!("not measured in process {}", failure.process)
        } else {
            "not measured".to_owned()
        };
        format!("{what}: {}: {}", failure.subject, failure.reason)
    });
    let pinning = record.header.settings.pinning_note.iter().cloned();
    let disturbances = record.end.iter().flat_map(|end| end.disturbances.clone());
    let build = &record.header.environment.build;
    let debug = (build.opt_level.as_deref() == Some("0"))
        .then(|| "this is a debug build: its figures mean nothing".to_owned());
    debug
        .into_iter()
        .chain(kept_environment(record))
        .chain(other_clocks(record))
        .chain(unverified(record))
        .chain(unoptimised(record))
        .chain(pinning)
        .chain(disturbances)
        .chain(record.notes.iter().cloned())
        .chain(failures)
        .collect()
}

/// What a worker could not check: its figures stand on that being so.
fn unverified(record: &Record) -> impl Iterator<Item = String> {
    let backends = record.header.backends.iter();
    let backends = backends.filter(|backend| !backend.unverified.is_empty());
    backends.map(|backend| {
        format!(
            "{}: unverified, for its worker cannot check them: {}",
            backend.id,
            backend.unverified.join(", ")
        )
    })
}

/// What makes runtimes capture more in every error belongs beside the figures.
fn kept_environment(record: &Record) -> Option<String> {
    let header = &record.header;
    let kept = header.settings.keep_environment && !header.environment.variables.is_empty();
    let variables = header.environment.variables.iter();
    let set = variables.map(|(name, value)| format!("{name}={value}"));
    kept.then(|| {
        format!(
            "the workers kept the environment ({}), which may make a raise several times dearer",
            Vec::from_iter(set).join(", ")
        )
    })
}

/// Times of another clock are of another class, and stand beside the others with a remark.
fn other_clocks(record: &Record) -> impl Iterator<Item = String> {
    let backends = record.header.backends.iter();
    let others = backends.filter(|backend| backend.clock != "native");
    others.map(|backend| {
        format!(
            "{}: its clock is {}'s own ({}), so its times have that language's way into the guest \
             and back in them; hold them against the others with care",
            backend.id, backend.language, backend.clock
        )
    })
}

/// A worker is judged by how it was built itself.
fn unoptimised(record: &Record) -> impl Iterator<Item = String> {
    let backends = record.header.backends.iter();
    let of = |backend: &BackendFacts| {
        let profile = backend.profile.as_deref().filter(|&one| one != "release")?;
        Some(format!(
            "{}: its worker is a {profile} build, whose times say nothing of what users run",
            backend.id
        ))
    };
    // Of a debug build of trapbench that is said once, for all of its backends.
    let is_said = record.header.environment.build.opt_level.as_deref() == Some("0");
    backends
        .filter(move |backend| !(is_said && backend.worker == "trapbench"))
        .filter_map(of)
}
