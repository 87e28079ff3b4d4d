//! Workers load the unwinder that is asked for, and the record says which one they have.

#![cfg(all(target_os = "linux", target_env = "gnu"))]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use trapbench::record::{Record, SONAME, UnwinderFacts};
use trapbench_worker::fixture::Fixture;

use crate::command::{any_backend, run, shell_worker, stderr, stdout, trapbench};

/// The system's, with a byte behind its end: the loader does not mind, and it is another file.
fn another(folder: &Path) -> PathBuf {
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let mut files = maps
        .lines()
        .filter_map(|line| line.split_whitespace().last());
    let system = files.find(|file| file.ends_with(SONAME)).unwrap();
    longer(Path::new(system), folder.join("another.so"))
}

fn longer(library: &Path, file: PathBuf) -> PathBuf {
    fs::copy(library, &file).unwrap();
    let mut open = fs::File::options().append(true).open(&file).unwrap();
    open.write_all(&[0]).unwrap();
    file
}

fn record(results: &Path) -> Record {
    let entry = fs::read_dir(results).unwrap().next().unwrap();
    Record::open(entry.unwrap().path()).unwrap()
}

#[test]
fn the_record_names_the_library_that_was_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let file = another(folder.path());
    let given = UnwinderFacts::of_file(&file).unwrap();
    let filter = format!("depth/raise/.*/{}/0$", any_backend());
    let measured = |name: &str, more: &[&str]| {
        let results = folder.path().join(name);
        let results_named = results.to_str().unwrap();
        let measure = [
            "measure",
            &filter,
            "--time",
            "1",
            "--results",
            results_named,
        ];
        let output = run(&[&measure, more].concat());
        assert!(output.status.success(), "{}", stderr(&output));
        let record = record(&results);
        record.header.backends[0].unwinder.clone().unwrap()
    };
    let system = measured("system", &[]);
    assert_eq!(system.file, SONAME);
    assert_eq!(system.version, given.version);
    assert_ne!(system.sha256, given.sha256);
    let loaded = measured("another", &["--unwinder", file.to_str().unwrap()]);
    assert_eq!(loaded, given);
    assert_eq!(loaded.file, "another.so");
}

#[test]
fn a_backend_is_compared_with_itself_under_another_name() {
    let folder = tempfile::tempdir().unwrap();
    let file = another(folder.path());
    let results = folder.path().join("results");
    let (unwinder, named) = (file.to_str().unwrap(), results.to_str().unwrap());
    let one = any_backend();
    let compared = |more: &[&str]| {
        let compare = ["compare", one, "--unwinder", unwinder];
        run(&[&compare, more].concat())
    };
    let filter = "depth/raise/exit/.*/0$";
    let output = compared(&[filter, "--time", "1", "--results", named]);
    assert!(output.status.success(), "{}", stderr(&output));
    let lines = stdout(&output);
    let id = format!("depth/raise/exit/{one}-unwinder/0\t");
    assert!(lines.starts_with(&id), "{lines}");
    assert_eq!(lines.lines().count(), 1);
    let record = record(&results);
    let of = |id: &str| record.header.facts(&id.parse().unwrap()).unwrap();
    let (own, other) = (of(one), of(&format!("{one}-unwinder")));
    assert_eq!((&own.versions, &own.offer), (&other.versions, &other.offer));
    assert_eq!(other.unwinder, UnwinderFacts::of_file(&file).ok());
    assert_ne!(own.unwinder, other.unwinder);
    let words = stderr(&output);
    let said = format!("{one}-unwinder with another.so");
    assert!(words.contains(&said), "{words}");

    let twice = trapbench(&["compare", one, "--unwinder", unwinder])
        .env("LD_PRELOAD", &file)
        .output()
        .unwrap();
    assert!(
        stderr(&twice).contains("give another file"),
        "{}",
        stderr(&twice)
    );
    let folder = fs::read_dir(&results).unwrap().next().unwrap().unwrap();
    let folder = folder.path();
    let records = [folder.to_str().unwrap(); 2];
    let output = run(&["compare", records[0], records[1], "--unwinder", unwinder]);
    assert!(
        stderr(&output).contains("is for backends"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn who_does_not_load_it_takes_no_part() {
    let folder = tempfile::tempdir().unwrap();
    let file = another(folder.path());
    let hello = format!(
        r#"{{"answer":"hello","protocol":1,"backend":"mine","versions":{{}},"fixture":"{}","profile":"release","host_frames":null,"cases":[]}}"#,
        Fixture::shared().hash()
    );
    let worker = shell_worker(folder.path(), "mine", &hello, "exit");
    let worker = format!("--worker=mine={}", worker.display());
    let unwinder = file.to_str().unwrap();
    let output = run(&["list", "--backend", "mine", &worker, "--unwinder", unwinder]);
    assert_eq!(output.status.code(), Some(1));
    let words = stderr(&output);
    assert!(words.contains("has loaded no libgcc_s.so.1"), "{words}");
    // What is preloaded goes before what the loader finds.
    let third = longer(&file, folder.path().join("third.so"));
    let preloaded = trapbench(&["list", "--backend", any_backend()])
        .args(["--unwinder", unwinder])
        .env("LD_PRELOAD", &third)
        .output()
        .unwrap();
    assert_eq!(preloaded.status.code(), Some(1));
    let words = stderr(&preloaded);
    assert!(
        words.contains("was to load the unwinder another.so"),
        "{words}"
    );
    assert!(words.contains("LD_PRELOAD"), "{words}");
}

#[test]
fn what_is_no_unwinder_is_refused_before_anything_is_started() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("text.so");
    fs::write(&text, "no library").unwrap();
    for (file, words) in [
        (&text, "is no shared library"),
        (&folder.path().join("absent"), "cannot read"),
    ] {
        let file = file.to_str().unwrap();
        let output = run(&["list", "--unwinder", file]);
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains(words), "{}", stderr(&output));
        assert!(stderr(&output).contains(file), "{}", stderr(&output));
    }
}
