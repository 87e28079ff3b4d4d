//! Gates over workers that are shell scripts: what they claim is known to the nanosecond, so what
//! must be said of them is too.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;
use trapbench_worker::fixture::Fixture;

use crate::command::{any_backend, changed_fixture, stderr, stdout, trapbench};

/// What a worker says of itself and of its times.
struct Script<'a> {
    name: &'a str,
    nanoseconds: u64,
    profile: &'a str,
    host_frames: u32,
    /// The hash of the guest that it has in it; with `--module` it runs that one.
    fixture: &'a str,
    /// What its command `fixture` prints.
    prints: Option<&'a Path>,
    /// The ids of what it offers, each in quotation marks; nothing for whatever it is asked.
    offers: &'a str,
    /// The answer to `prepare`.
    prepared: &'a str,
}

impl Default for Script<'_> {
    fn default() -> Self {
        Script {
            name: "arm",
            nanoseconds: 100_000,
            profile: "release",
            host_frames: 8,
            fixture: "",
            prints: None,
            offers: "",
            prepared: r#"{"answer":"verified"}"#,
        }
    }
}

impl Script<'_> {
    /// It is busy for longer than it claims: the scheduler has a clock of its own.
    fn write(&self, folder: &Path) -> PathBuf {
        let hash = Fixture::open(None).unwrap().hash().to_owned();
        let fixture = if self.fixture.is_empty() {
            &hash
        } else {
            self.fixture
        };
        let Script {
            nanoseconds,
            profile,
            host_frames,
            offers,
            prepared,
            ..
        } = self;
        let prints = self.prints.unwrap_or(Path::new("/dev/null")).display();
        let text = format!(
            r#"#!/bin/sh
[ "$1" = fixture ] && exec cat {prints}
fixture={fixture}
[ "$3" = --module ] && fixture=$(sha256sum "$4" | cut -c 1-64)
while read -r line; do
  case "$line" in
    *hello*) echo '{{"answer":"hello","protocol":1,"backend":"'"$2"'","versions":{{"wasmer":"1.2.3"}},"fixture":"'"$fixture"'","profile":"{profile}","host_frames":{host_frames},"cases":[{offers}]}}';;
    *prepare*) echo '{prepared}';;
    *) i=0; while [ $i -lt 2000 ]; do i=$((i+1)); done
       echo '{{"answer":"time","nanoseconds":{nanoseconds}}}';;
  esac
done
"#
        );
        let path = folder.join(self.name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }
}

fn id() -> String {
    format!("depth/raise/exit/{}/16", any_backend())
}

/// Holds one case of `head` against `base`, in a folder of its own.
fn gate(folder: &Path, base: &Script, head: &Script, more: &[&str]) -> Output {
    let (base, head) = (base.write(folder), head.write(folder));
    let filter = format!("^{}$", id());
    let arguments = [
        "gate",
        "--base",
        base.to_str().unwrap(),
        "--head",
        head.to_str().unwrap(),
    ];
    let arguments = [&arguments[..], &["--time", "1", &filter], more].concat();
    let mut command = trapbench(&arguments);
    command
        .current_dir(folder)
        .env_remove("GITHUB_STEP_SUMMARY");
    command.output().unwrap()
}

fn base() -> Script<'static> {
    Script {
        name: "base",
        ..Script::default()
    }
}

/// Takes `per_cent` as long as the base does.
fn head(per_cent: u64) -> Script<'static> {
    Script {
        name: "head",
        nanoseconds: per_cent * 1000,
        ..Script::default()
    }
}

#[test]
fn a_slower_head_is_called_so_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    let summary = folder.path().join("summary.md");
    fs::write(&summary, "what others wrote\n").unwrap();
    let (base, head) = (base().write(folder.path()), head(130).write(folder.path()));
    let filter = format!("^{}$", id());
    let output = trapbench(&[
        "gate",
        "--time",
        "1",
        "--json",
        "gate.json",
        "--markdown",
        "gate.md",
    ])
    .args([
        &filter,
        "--base",
        base.to_str().unwrap(),
        "--head",
        head.to_str().unwrap(),
    ])
    .current_dir(folder.path())
    .env("GITHUB_STEP_SUMMARY", &summary)
    .output()
    .unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    let line = stdout(&output);
    let fields: Vec<&str> = line.trim_end().split('\t').collect();
    assert_eq!(
        fields[..5],
        [&id()[..], "1.3000", "1.3000", "1.3000", "slower"]
    );
    assert!(
        stderr(&output).contains("1 of 1 cases slower"),
        "{}",
        stderr(&output)
    );

    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    let json: Value = serde_json::from_str(&read("gate.json")).unwrap();
    assert_eq!(json["kind"], "gate");
    assert_eq!(json["conclusion"], "slower");
    let case = &json["cases"][0];
    assert_eq!(case["head"]["verdict"], "slower");
    assert_eq!(case["control"]["verdict"], "same");
    assert!((case["head"]["ratio"]["value"].as_f64().unwrap() - 1.3).abs() < 1e-5);
    assert!(case["head"]["confirmation"].as_array().unwrap().len() >= 14);
    assert_eq!(json["head"]["relinks"], 1);
    let markdown = read("gate.md");
    assert!(
        markdown.contains("1 case is slower, none faster"),
        "{markdown}"
    );
    assert_eq!(
        read("summary.md"),
        format!("what others wrote\n{markdown}\n")
    );
}

#[test]
fn what_took_minutes_is_said_even_where_it_cannot_be_kept() {
    let folder = tempfile::tempdir().unwrap();
    let more = ["--json", "nowhere/gate.json"];
    let output = gate(folder.path(), &base(), &head(130), &more);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(stdout(&output).contains("\tslower\t"));
    let said = stderr(&output);
    assert!(said.contains("could not write nowhere/gate.json"), "{said}");
}

#[test]
fn head_and_base_swapped_give_the_mirrored_answer() {
    let folder = tempfile::tempdir().unwrap();
    let output = gate(folder.path(), &head(130), &base(), &["--json", "gate.json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let json = fs::read_to_string(folder.path().join("gate.json")).unwrap();
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["conclusion"], "passed");
    let head = &json["cases"][0]["head"];
    assert_eq!(head["verdict"], "faster");
    assert!((head["ratio"]["value"].as_f64().unwrap() - 1.0 / 1.3).abs() < 1e-5);
}

#[test]
fn a_change_below_the_margin_is_none_and_an_accepted_one_passes() {
    let folder = tempfile::tempdir().unwrap();
    let output = gate(folder.path(), &base(), &head(130), &["--margin", "40"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).contains("\tsame\t"), "{}", stdout(&output));

    let accepted = "[[accepted]]\ncases = \"depth/raise/exit/.*\"\nreason = \"it traces now\"\n";
    fs::write(folder.path().join("trapbench-accepted.toml"), accepted).unwrap();
    let output = gate(folder.path(), &base(), &head(130), &[]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stderr(&output).contains("slower, and accepted: it traces now"));

    // What nothing needs any more is said, and a file with a slip is no file without entries.
    let output = gate(folder.path(), &base(), &head(100), &[]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stderr(&output).contains("nothing needs to be accepted any more for: it traces now"));
    fs::write(
        folder.path().join("slip.toml"),
        "[[accepted]]\ncase = \"a\"\n",
    )
    .unwrap();
    let output = gate(
        folder.path(),
        &base(),
        &head(100),
        &["--accepted", "slip.toml"],
    );
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("slip.toml is no list of accepted changes"));
}

#[test]
fn what_cannot_be_compared_is_refused_before_anything_is_measured() {
    let refusal = |head: Script| {
        let folder = tempfile::tempdir().unwrap();
        let output = gate(folder.path(), &base(), &head, &["--json", "gate.json"]);
        assert_eq!(output.status.code(), Some(1), "{}", stdout(&output));
        assert_eq!(stdout(&output), "");
        assert!(!folder.path().join("gate.json").exists());
        stderr(&output)
    };
    let debug = refusal(Script {
        profile: "debug",
        ..head(100)
    });
    assert!(debug.contains("is a debug build"), "{debug}");
    let other = refusal(Script {
        fixture: "another",
        ..head(100)
    });
    assert!(other.contains("run different guests"), "{other}");
    assert!(other.contains("with --module"), "{other}");
    let higher = refusal(Script {
        host_frames: 11,
        ..head(100)
    });
    assert!(higher.contains("has 8 host frames"), "{higher}");
}

/// A build of the suite from before an export joined the fixture is compared on its own fixture.
#[test]
fn across_a_change_of_the_fixture_both_sides_run_the_bases() {
    let folder = tempfile::tempdir().unwrap();
    let change = [("(global $depth", "(func (export \"gone\")) (global $depth")];
    let guest = changed_fixture(folder.path(), &change);
    let guest = Fixture::from_file(&guest).unwrap();
    let printed = folder.path().join("guest.wasm");
    fs::write(&printed, guest.wasm()).unwrap();
    let offered = format!("{:?}", id());
    let base = Script {
        fixture: guest.hash(),
        prints: Some(&printed),
        offers: &offered,
        ..base()
    };
    let (base, head) = (base.write(folder.path()), head(100).write(folder.path()));
    let series = format!("depth/raise-prebuilt/exit/{}", any_backend());
    let skipped = format!("^{series}/(0|4)$");
    let filter = format!("^{}$|{skipped}", id());
    let gate = |base: &Path, head: &Path, filter: &str| {
        let sides = [base, head].map(|side| side.to_str().unwrap());
        let [base, head] = sides;
        let mut command = trapbench(&["gate", "--base", base, "--head", head, "--time", "1"]);
        command
            .args(["--json", "gate.json", filter])
            .current_dir(folder.path())
            .env_remove("GITHUB_STEP_SUMMARY");
        command.output().unwrap()
    };
    let output = gate(&base, &head, &filter);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let json = fs::read_to_string(folder.path().join("gate.json")).unwrap();
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["conclusion"], "passed");
    // What the base does not offer is named, and is no failure.
    assert_eq!(json["cases"].as_array().unwrap().len(), 1);
    assert_eq!(json["failures"].as_array().unwrap().len(), 0);
    let said = stderr(&output);
    let start = &guest.hash()[..12];
    for words in [
        format!("the guest of head is not the base's: both sides run the base's, SHA-256 {start}"),
        format!("{series} is skipped at 0, 4: base does not offer it"),
    ] {
        assert!(said.contains(&words), "{words}: {said}");
    }
    // Nothing is left of these.
    let output = gate(&base, &head, &skipped);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("no case can be compared"),
        "{}",
        stderr(&output)
    );
    // Two old builds have one guest, and need no other.
    let output = gate(&base, &base, &filter);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let said = stderr(&output);
    for words in [
        "both sides run a guest that is not this executable's",
        "is skipped at 0, 4",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[test]
fn a_case_that_one_side_cannot_do_is_named_and_not_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let head = Script {
        prepared: r#"{"answer":"error","reason":"this release cannot"}"#,
        ..head(100)
    };
    let output = gate(folder.path(), &base(), &head, &[]);
    assert_eq!(output.status.code(), Some(1), "{}", stdout(&output));
    assert!(stdout(&output).contains("\terror: "), "{}", stdout(&output));
    assert!(
        stderr(&output).contains("this release cannot"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_command_line_that_makes_no_sense_is_refused() {
    for (arguments, said) in [
        (&["gate"][..], "--base"),
        (&["gate", "--base", "no-such-file"], "no-such-file"),
        (&["gate", "--base", "wasmer@"], "wasmer@"),
        (
            &["gate", "--base", "wasmer@7.0.1", "--relinks", "2"],
            "--relinks",
        ),
        (
            &["gate", "--base", "wasmer@7.0.1", "--margin=-1"],
            "--margin",
        ),
        (&["gate", "--base", "wasmer@7.0.1", "--time", "0"], "--time"),
    ] {
        let output = trapbench(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&output).contains(said), "{}", stderr(&output));
    }
}
