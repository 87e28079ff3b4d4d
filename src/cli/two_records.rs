//! Two records that are held against each other: whether they can be, and what to mind. `compare`
//! and `report` share it.

use anyhow::bail;

use crate::record::Record;
use crate::report::comparison::{OTHER_BUILD, UNPAIRED};
use trapbench_worker::protocol::CLEARED;

/// What differs between two records beside what is compared makes the answer a wrong one.
///
/// # Errors
/// When they differ so.
pub fn refuse_the_incomparable(a: &Record, b: &Record, ratios: bool) -> anyhow::Result<()> {
    if a.header.fixture != b.header.fixture {
        bail!("the records ran different guests: their fixtures' hashes differ");
    }
    let (one, other) = (&a.header.environment, &b.header.environment);
    let profile = |record: &Record| {
        let build = &record.header.environment.build;
        (build.profile.clone(), build.opt_level.clone())
    };
    if profile(a) != profile(b) {
        bail!("the records come from builds of different profiles");
    }
    for facts in &a.header.backends {
        let of_other = b.header.backends.iter().find(|other| other.id == facts.id);
        let Some((height, other)) = of_other.map(|other| (facts.host_frames, other.host_frames))
        else {
            continue;
        };
        if height != other {
            let known = |frames: Option<usize>| {
                frames.map_or_else(|| "an unknown number of".to_owned(), |n| n.to_string())
            };
            bail!(
                "{} was timed with {} and {} host frames under each call, and a raise may pay for \
                 each of them",
                facts.id,
                known(height),
                known(other)
            );
        }
    }
    if one.machine_key() != other.machine_key() && !ratios {
        bail!(
            "the records come from different machines ({} and {}); --ratios compares what can be",
            one.machine_key(),
            other.machine_key()
        );
    }
    Ok(())
}

/// Which libraries take the stacks of two backends down, where they are known and are not the same.
pub fn different_unwinders(records: [&Record; 2], ids: [&str; 2]) -> Option<String> {
    let of = |record: &Record, id: &str| {
        let mut backends = record.header.backends.iter();
        backends.find(|facts| facts.id == id)?.unwinder.clone()
    };
    let [one, other] = [0, 1].map(|side| of(records[side], ids[side]));
    let (one, other) = (one?, other?);
    let [first, second] = ids;
    (one.sha256 != other.sha256)
        .then(|| format!("{first} was measured with the unwinder {one}, {second} with {other}"))
}

/// What to mind of a comparison of two records, beside what there is to mind of each.
pub fn cautions(a: &Record, b: &Record, ratios: bool) -> Vec<String> {
    let mut cautions = Vec::new();
    if !ratios {
        cautions.push(UNPAIRED.to_owned());
    }
    // What was set matters where the workers got it, and what is preloaded always.
    let environment = |record: &Record| {
        let kept = record.header.settings.keep_environment;
        let mut variables = record.header.environment.variables.clone();
        variables.retain(|name, _| kept || !CLEARED.contains(&&name[..]));
        variables
    };
    if environment(a) != environment(b) {
        cautions.push(
            "the records were measured in different environments; `variables` on their pages shows \
             in which"
                .to_owned(),
        );
    }
    if a.header.environment.build != b.header.environment.build {
        cautions.push(OTHER_BUILD.to_owned());
    }
    let ids = a.header.backends.iter().map(|facts| &facts.id[..]);
    cautions.extend(ids.filter_map(|id| different_unwinders([a, b], [id, id])));
    cautions
}
