//! Counts of instructions: over a stand-in for Valgrind whose counts are known to the last
//! instruction, and under Valgrind itself where it is installed.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::AtomicBool;

use serde_json::Value;
use trapbench::anatomy::{group_of, names};
use trapbench::gate::hold;
use trapbench::metric::instructions::{Counter, Detail, Instructions, valgrind_version};
use trapbench::metric::{Contest, Executables, Side};
use trapbench::roster::{Arm, Runs};
use trapbench::verdict::counted::{MARGIN, PROCESSES};
use trapbench::verdict::gate::Rule;
use trapbench::verdict::judge::Verdict;
use trapbench_worker::case::Case;
use trapbench_worker::fixture::Fixture;

use crate::command::{any_backend, backends, run, stderr, stdout, trapbench};

/// The command line's `--callgrind-out-file` is told to the worker, which writes the counts.
const VALGRIND: &str = r#"#!/bin/sh
[ "$1" = --version ] && { echo valgrind-0.0.0; exit; }
while [ "${1#-}" != "$1" ]; do
  case "$1" in --callgrind-out-file=*) export OUT="${1#*=}";; esac
  shift
done
exec "$@"
"#;

fn script(file: PathBuf, text: &str) -> PathBuf {
    fs::write(&file, text).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    file
}

/// A worker whose calls take `instructions` each, beside 77 that are no call's and a search of
/// the unwinder's that takes as many as the process has it.
fn worker(folder: &Path, name: &str, instructions: u64) -> PathBuf {
    let fixture = Fixture::shared();
    let text = format!(
        r#"#!/bin/sh
n=0
while read -r line; do
  case "$line" in
    *hello*) echo '{{"answer":"hello","protocol":1,"backend":"'"$2"'","versions":{{"wasmer":"1.2.3"}},"fixture":"{}","profile":"release","host_frames":8,"cases":[]}}';;
    *prepare*) echo '{{"answer":"verified"}}';;
    *count*)
      calls=${{line#*iterations\":}}; calls=${{calls%%[,\}}]*}}
      n=$((n+1)); all=$((77 + calls * {instructions})); search=$((calls * ($$ % 1000)))
      printf 'events: Ir\nfn=guest\n0 %s\nfn=_Unwind_Find_FDE\n0 %s\ntotals: %s\n' $all $search $((all + search)) > "$OUT.$n-02"
      echo '{{"answer":"counted"}}';;
  esac
done
"#,
        fixture.hash()
    );
    script(folder.join(name), &text)
}

fn with_stand_in(folder: &Path, arguments: &[&str]) -> Command {
    let bin = folder.join("bin");
    fs::create_dir_all(&bin).unwrap();
    script(bin.join("valgrind"), VALGRIND);
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = trapbench(arguments);
    command.env("PATH", format!("{}:{path}", bin.display()));
    command
}

fn gate(folder: &Path, base: u64, head: u64) -> (Option<i32>, Value) {
    let base = worker(folder, "base", base);
    let head = worker(folder, "head", head);
    let json = folder.join("ruling.json");
    let (backend, [base, head, file]) = (
        any_backend(),
        [&base, &head, &json].map(|path| path.to_str().unwrap()),
    );
    let filter = format!("^depth/raise/exit/{backend}/(0|16)$");
    let output = with_stand_in(
        folder,
        &[
            "gate",
            "--metric",
            "instructions",
            "--base",
            base,
            "--head",
            head,
            "--json",
            file,
            &filter,
        ],
    )
    .current_dir(folder)
    .output()
    .unwrap();
    assert!(json.is_file(), "{}", stderr(&output));
    assert!(
        stderr(&output).contains("contention"),
        "{}",
        stderr(&output)
    );
    let ruling = serde_json::from_str(&fs::read_to_string(&json).unwrap()).unwrap();
    (output.status.code(), ruling)
}

#[test]
fn a_gate_by_instructions_speaks_of_what_it_counts() {
    let folder = tempfile::tempdir().unwrap();
    let (status, ruling) = gate(folder.path(), 1000, 1005);
    assert_eq!(status, Some(3));
    assert_eq!(ruling["metric"], "instructions");
    let cases = ruling["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 2);
    for case in cases {
        assert_eq!(case["head"]["verdict"], "slower");
        assert_eq!(case["control"]["verdict"], "same");
        assert_eq!(case["base_instructions"], 1000.0);
        assert_eq!(case["head_instructions"], 1005.0);
        assert!(case["base_ns"].is_null());
        // What was seen was counted again, in other processes.
        assert_eq!(
            case["head"]["confirmation"].as_array().unwrap().len(),
            PROCESSES
        );
    }
    let (status, ruling) = gate(folder.path(), 1005, 1000);
    assert_eq!(
        (status, &ruling["cases"][0]["head"]["verdict"]),
        (Some(0), &Value::from("faster"))
    );
    let (status, ruling) = gate(folder.path(), 1000, 1001);
    assert_eq!(
        (status, &ruling["conclusion"]),
        (Some(0), &Value::from("passed"))
    );
}

#[test]
fn without_valgrind_the_package_is_named() {
    let empty = tempfile::tempdir().unwrap();
    let commands: [&[&str]; 3] = [
        &["count"],
        &["anatomy", any_backend()],
        &["gate", "--base", "wasmer@7.0.1", "--metric", "instructions"],
    ];
    for arguments in commands {
        let output = trapbench(arguments)
            .env("PATH", empty.path())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(
            stderr(&output).contains("apt-get install valgrind"),
            "{arguments:?}: {}",
            stderr(&output)
        );
        assert_eq!(stdout(&output), "");
    }
}

#[test]
fn a_case_that_cannot_be_counted_is_an_error_row_and_the_others_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let backend = any_backend();
    // Deeper than the guest's stack.
    let output = with_stand_in(
        folder.path(),
        &[
            "count",
            "--backend",
            backend,
            "--depths",
            "0,500000",
            "depth/raise/exit",
        ],
    )
    .output()
    .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let out = stdout(&output);
    let row = |value: &str| {
        let id = format!("depth/raise/exit/{backend}/{value}\t");
        out.lines()
            .find_map(|line| line.strip_prefix(&id))
            .map(str::to_owned)
    };
    assert!(row("500000").unwrap().starts_with("error: "), "{out}");
    // The stand-in runs the real worker, which leaves no counts of its own.
    assert!(row("0").unwrap().contains("left 0 counts"), "{out}");
}

#[test]
fn what_is_for_times_is_refused_where_instructions_are_compared() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = [
        "gate",
        "--base",
        "wasmer@7.0.1",
        "--metric",
        "instructions",
        "--time",
        "5",
    ];
    let output = with_stand_in(folder.path(), &arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("--time"), "{}", stderr(&output));
}

/// Whether the rest of a test can be done; where it cannot, that is said.
fn there_is_a_valgrind() -> bool {
    let there = valgrind_version().is_ok();
    if !there {
        eprintln!("skipped: it needs Valgrind (Debian: apt-get install valgrind)");
    }
    there
}

/// The backend that compiles soonest: under Valgrind an unoptimised compiler takes its time.
fn quickest_backend() -> &'static str {
    let quick = backends().into_iter().find(|id| *id == "wasmer-singlepass");
    quick.unwrap_or_else(any_backend)
}

#[test]
fn counts_repeat_and_calls_of_an_executable_are_what_the_gate_says_they_are() {
    if !there_is_a_valgrind() {
        return;
    }
    let case: Case = "depth/panic/exit/native/4".parse().unwrap();
    let executables = Executables::Bare(env!("CARGO_BIN_EXE_trapbench").into());
    let side = |name: &str, slowdown| Side {
        name: name.to_owned(),
        executables: executables.clone(),
        slowdown,
    };
    let contest = Contest {
        base: side("base", None),
        others: vec![side("head", None), side("0.5 %", Some(0.005))],
        cases: vec![case.clone()],
        fixture: Fixture::shared().hash().to_owned(),
        module: None,
        rule: Rule::new(1, MARGIN),
        seconds_per_case: 0.0,
        core: None,
        seed: 0,
    };
    let held = hold(&Instructions, &contest, &AtomicBool::new(false)).unwrap();
    assert!(held.failures.is_empty(), "{:?}", held.failures);
    let [found] = &held.cases[..] else {
        panic!("{:?}", held.cases);
    };
    let [same, slowed] = &found.others[..] else {
        panic!("{found:?}");
    };
    assert_eq!(same.found.verdict(), Some(Verdict::Same), "{found:?}");
    assert_eq!(slowed.found.verdict(), Some(Verdict::Slower), "{found:?}");
    // Unoptimised, a single link may come to more than was asked for; what it came to is what is found.
    let achieved = slowed.achieved.unwrap();
    let ratio = slowed.found.judgement.unwrap().ratio.value;
    assert!(achieved > 0.004, "{achieved}");
    assert!(
        (ratio - 1.0 - achieved).abs() < MARGIN / 2.0,
        "{ratio}, {achieved}"
    );
}

#[test]
fn a_count_does_not_depend_on_what_was_counted_before() {
    if !there_is_a_valgrind() {
        return;
    }
    let backend = quickest_backend().parse().unwrap();
    let runs = Runs::Copies(env!("CARGO_BIN_EXE_trapbench").into());
    let arm = Arm::of_workers("this", &backend, runs, None);
    let fixture = Fixture::shared();
    let mut counter = Counter::start(&arm, fixture.hash(), Detail::Functions).unwrap();
    let mut count = |depth: u32| {
        let case = format!("depth/raise-traced/exit/{backend}/{depth}");
        let count = counter.count(&case.parse().unwrap(), 0).unwrap();
        count.instructions()
    };
    let before = count(16);
    count(64);
    let after = count(16);
    assert!((after / before - 1.0).abs() < 0.0005, "{before}, {after}");
}

#[test]
fn the_groups_of_an_anatomy_are_the_whole_of_the_count() {
    if !there_is_a_valgrind() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let backend = quickest_backend();
    let results = folder.path().to_str().unwrap();
    let output = trapbench(&["anatomy", backend, "--results", results, "--svg", results])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let mut rows: BTreeMap<String, Vec<(String, String, Vec<String>)>> = BTreeMap::new();
    for line in stdout(&output).lines() {
        let mut cells = line.split('\t').map(str::to_owned);
        let case = cells.next().unwrap();
        let row = (
            cells.next().unwrap(),
            cells.next().unwrap(),
            cells.collect(),
        );
        rows.entry(case).or_default().push(row);
    }
    let listed = stdout(&run(&["list", "--backend", backend, "depth/.*/16$"]));
    assert_eq!(rows.len(), listed.lines().count());
    let number = |text: &str| text.parse::<f64>().unwrap();
    let value = |series: &str, name: &str| -> Option<f64> {
        let of_case = &rows[&format!("depth/{series}/{backend}/16")];
        let row = of_case.iter().find(|(one, ..)| one == name)?;
        Some(number(&row.1))
    };
    for (case, rows) in &rows {
        let all = rows.iter().find(|(name, ..)| name == "all").unwrap();
        let groups = rows
            .iter()
            .filter(|(name, ..)| names().any(|one| one == name));
        let mut sum = 0.0;
        for (group, instructions, functions) in groups {
            sum += number(instructions);
            let mut of_functions = 0.0;
            for function in functions {
                let (name, cost) = function.rsplit_once(' ').unwrap();
                assert_eq!(group_of(name), group);
                of_functions += number(cost);
            }
            // Each figure is written to a tenth.
            assert!(
                (of_functions - number(instructions)).abs() < 5.0,
                "{case} {group}"
            );
        }
        assert!(
            (sum - number(&all.1)).abs() < 1.0,
            "{case}: {sum}, {}",
            all.1
        );
    }
    // A raise walks a stack and keeps nothing of it; what was built before walks none; a traced
    // one shows the caller the guest's seventeen frames.
    assert!(value("raise/exit", "frames captured").unwrap() > 5.0);
    assert_eq!(value("raise/exit", "frames seen"), Some(0.0));
    assert_eq!(value("raise-prebuilt/exit", "frames captured"), Some(0.0));
    assert!(value("raise-traced/exit", "frames seen").unwrap() >= 17.0);
    assert_eq!(value("sentinel/exit", "frames seen"), None);
    // An unoptimised build's is shown and not kept.
    assert!(stderr(&output).contains("debug build") || !cfg!(debug_assertions));
    assert_eq!(
        folder.path().join("anatomy").exists(),
        !cfg!(debug_assertions)
    );
    let graph = folder
        .path()
        .join(format!("depth-raise-exit-{backend}-16.svg"));
    let graph = fs::read_to_string(graph).unwrap();
    assert!(graph.contains("Unwind"));
    // The suite's own thread is no part of a call.
    assert!(!graph.contains("Workbench"));
}

/// Its functions have names of this crate's, which a table of patterns must follow.
#[test]
fn native_frames_are_guest_code_in_an_anatomy() {
    if !there_is_a_valgrind() {
        return;
    }
    let case = "depth/result/exit/native/16";
    let output = trapbench(&["anatomy", "native", case]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let lines = stdout(&output);
    let guest = lines.lines().find(|line| line.contains("\tguest code\t"));
    let instructions = guest.and_then(|line| line.split('\t').nth(2)).unwrap();
    // Seventeen frames, each with a call, a store and a return.
    assert!(instructions.parse::<f64>().unwrap() > 51.0, "{lines}");
}
