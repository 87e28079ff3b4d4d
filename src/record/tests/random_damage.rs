use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};

use super::*;

#[test]
fn a_thousand_random_damages_never_give_another_figure() {
    let mut random = StdRng::seed_from_u64(1);
    let results = tempfile::tempdir().unwrap();
    let mut refusals = 0;
    let mut shortened = 0;
    let endings = [
        None,
        None,
        Some(RunEnding::Finished),
        Some(RunEnding::Interrupted),
    ];
    // Written once and copied: a record is synced to the disk, which takes its time.
    let templates: Vec<_> = [false, true]
        .into_iter()
        .flat_map(|packed| endings.map(|ending| (packed, ending)))
        .map(|(packed, ending)| {
            [5, 6].map(|seed| {
                let folder = write(results.path(), seed, 5, ending);
                if packed {
                    pack(&folder);
                }
                folder
            })
        })
        .map(|[ours, theirs]| (Record::open(&ours).unwrap(), ours, theirs))
        .collect();
    for number in 0..1000 {
        let (original, template, theirs) = &templates[number % templates.len()];
        let ours = results.path().join("ours");
        copy(template, &ours);
        let mut done = Vec::new();
        for _ in 0..random.random_range(1..=2) {
            done.push(damage(&mut random, &ours, theirs));
        }
        let outcome = std::panic::catch_unwind(|| Record::open(&ours))
            .unwrap_or_else(|_| panic!("number {number} panics: {done:?}"));
        match outcome {
            Err(_) => refusals += 1,
            Ok(record) => {
                let honest = std::panic::catch_unwind(|| assert_honest(&record, original));
                let rounds = honest.unwrap_or_else(|_| panic!("number {number} lies: {done:?}"));
                shortened += usize::from(rounds < 5);
            }
        }
        fs::remove_dir_all(&ours).unwrap();
    }
    // All three outcomes were tried in earnest.
    assert!(
        refusals > 500 && shortened > 50,
        "{refusals} refused, {shortened} shortened"
    );
}

/// Damages one file in one way, and says which.
fn damage(random: &mut StdRng, ours: &Path, theirs: &Path) -> String {
    let present: Vec<_> = fs::read_dir(ours)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    let Some(name) = present.choose(random) else {
        return "nothing is left".to_owned();
    };
    let file = ours.join(name);
    let bytes = fs::read(&file).unwrap();
    let how = random.random_range(0..12);
    let anywhere = random.random_range(0..=bytes.len());
    match how {
        // More often, since a kill and a power cut do it.
        0 | 8..12 => change(&file, |bytes| bytes.truncate(anywhere)),
        1 => {
            let bit = random.random_range(0..8);
            change(&file, |bytes| {
                if let Some(byte) = bytes.get_mut(anywhere) {
                    *byte ^= 1 << bit;
                }
            });
        }
        2 => drop(fs::copy(theirs.join(name), &file)),
        3 => fs::remove_file(&file).unwrap(),
        4 => lines(&file, |lines| {
            if let Some(line) = lines.choose(random).cloned() {
                lines.insert(random.random_range(0..=lines.len()), line);
            }
        }),
        5 => lines(&file, |lines| {
            if !lines.is_empty() {
                let (a, b) = (
                    random.random_range(0..lines.len()),
                    random.random_range(0..lines.len()),
                );
                lines.swap(a, b);
            }
        }),
        6 => lines(&file, |lines| {
            if !lines.is_empty() {
                lines.remove(random.random_range(0..lines.len()));
            }
        }),
        _ => change(&file, |bytes| {
            let noise: Vec<u8> = (0..random.random_range(1..9))
                .map(|_| random.random())
                .collect();
            bytes.splice(anywhere..anywhere, noise);
        }),
    }
    format!("{name:?}: way {how} at {anywhere}")
}
