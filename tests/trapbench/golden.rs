//! Every screen, page and help text as it is: whoever changes one sees all that changed with it.
//!
//! They are made of the committed records and rulings, and of one that is made up and lacks things.
//! `INSTA_UPDATE=always cargo test golden` writes them anew; what then differs is in `git diff`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use insta::assert_snapshot;
use serde_json::Value;
use trapbench::record::anatomy::Anatomy;
use trapbench::record::qualification::Trials;
use trapbench::record::ruling::Ruling;
use trapbench::record::{Environment, Failure, Record};
use trapbench::report::comparison::Comparison;
use trapbench::report::qualification::Summary;
use trapbench::report::{Samples, anatomy, counts, lines, markdown, page, screen};
use trapbench::verdict::judge::Verdict::Faster;
use trapbench_worker::case::{Case, Strategy};

use crate::command::{stdout, trapbench};
use crate::made_up::{self, Run, WHOLE};
use crate::report::well;
use crate::report_of_a_gate::CASES;

const AMD: &str = "2026-11-22T111757Z-amd-epyc-2c-x86-64";
const INTEL: &str = "2026-11-27T022532Z-intel-xeon-2c-x86-64";
const PEERS: &str = "peers/2026-11-27T231959Z-amd-epyc-2c-x86-64";

fn results() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("results")
}

fn folder(record: &str) -> String {
    results().join(record).to_str().unwrap().to_owned()
}

fn record(name: &str) -> Record {
    Record::open(results().join(name)).unwrap()
}

fn anatomy_of_the_machine() -> Anatomy {
    let file = Anatomy::file(&results(), "intel-xeon-2c-x86-64");
    Anatomy::open(&file).unwrap().unwrap()
}

fn committed_ruling(name: &str) -> Ruling {
    let file = results().join(format!("qualification/{name}.json"));
    serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()
}

#[test]
fn records() {
    for (name, id) in [("amd", AMD), ("intel", INTEL), ("peers", PEERS)] {
        let record = record(id);
        assert_snapshot!(format!("{name}_screen"), screen::record(&record, false));
        assert_snapshot!(format!("{name}_lines"), lines::record(&record));
        let text = stdout(&well(&["report", &folder(id), "--markdown"]));
        assert_snapshot!(format!("{name}_markdown"), text);
    }
    let answers = json(&stdout(&well(&["report", &folder(INTEL), "--json"])));
    assert_snapshot!("intel_json", answers);
}

/// The answers, a line for each depth and for each of the others; `header` is the record's own, and
/// `turns` are what the page shows.
fn json(text: &str) -> String {
    let answers: Value = serde_json::from_str(text).unwrap();
    let mut lines = Vec::new();
    for (name, value) in answers.as_object().unwrap() {
        match name.as_str() {
            "header" | "turns" => lines.push(format!("{name}: …")),
            "backends" => {
                for backend in value.as_array().unwrap() {
                    lines.push(backend["backend"].to_string());
                    for (name, value) in backend.as_object().unwrap() {
                        match value.as_array() {
                            Some(all) => {
                                lines.extend(all.iter().map(|one| format!("  {name}[] {one}")));
                            }
                            None => lines.push(format!("  {name}: {value}")),
                        }
                    }
                }
            }
            _ => lines.push(format!("{name}: {value}")),
        }
    }
    lines.join("\n")
}

/// A record that lacks a depth of one backend, a strategy of all, and that tells of failures.
#[test]
fn a_record_that_lacks_things() {
    let results = tempfile::tempdir().unwrap();
    let run = Run {
        backends: &["wasmer-cranelift", "wasmer-llvm", "native"],
        depths: &[0, 16, 64],
        wanted: |case| {
            let is_of = |backend| case.backend.as_str() == backend;
            case.series.strategy() != Strategy::RaiseTraced
                && !(is_of("wasmer-llvm") && case.value == 64)
                && !(is_of("wasmer-cranelift") && case.series == Strategy::Sentinel.complete())
        },
        failures: &[("depth/raise-traced/exit/wasmer-llvm/0", "the worker <died>")],
        ..WHOLE
    };
    let folder = run.record(results.path());
    let name = Path::new(&folder).file_name().unwrap().to_str().unwrap();
    let machine = Environment::capture().machine_key();
    let neutral = |text: &str| {
        let debug = "this is a debug build";
        let lines = text.lines().filter(|line| !line.contains(debug));
        let text = Vec::from_iter(lines).join("\n");
        let text = text.replace(name, "RECORD").replace(&machine, "MACHINE");
        text.replace(&machine.replace('_', r"\_"), "MACHINE")
    };
    let record = Record::open(Path::new(&folder)).unwrap();
    let text = screen::record(&record, false);
    assert_snapshot!("lacking_screen", neutral(&text));
    assert_snapshot!("lacking_lines", neutral(&lines::record(&record)));
    let text = markdown::record(&record, name, None, &[], None);
    assert_snapshot!("lacking_markdown", neutral(&text));
}

#[test]
fn comparisons() {
    let all = record(AMD);
    let [first, second] = ["wasmer-cranelift", "wasmer-singlepass"].map(|id| id.parse().unwrap());
    let comparison = Comparison::of_backends(&Samples::of(&all.turns), &first, &second);
    let remarks = ["one *thing*".to_owned(), "another".to_owned()];
    let text = screen::comparison(&comparison, &remarks, false);
    assert_snapshot!("backends_screen", text);
    assert_snapshot!("backends_lines", lines::comparison(&comparison));
    let text = markdown::comparison(&comparison, &remarks);
    assert_snapshot!("backends_markdown", text);

    let [first, second] = [AMD, INTEL].map(folder);
    let [old, new] = [AMD, INTEL].map(record);
    let [a, b] = [&old, &new].map(|one| Samples::of(&one.turns));
    let offers = old.header.offers();
    let comparison = Comparison::of_runs(("amd", &a), ("intel", &b), &offers, true, |_| true);
    let text = screen::comparison(&comparison, &[], false);
    assert_snapshot!("machines_screen", text);
    let text = stdout(&well(&["compare", &first, &second, "--ratios"]));
    assert_snapshot!("machines_lines", text);
    let asked = ["report", &first, &second, "--ratios", "--markdown"];
    assert_snapshot!("machines_markdown", stdout(&well(&asked)));
    let text = page::comparison(&comparison, &remarks, "trapbench report amd intel --ratios");
    assert_snapshot!("machines_page", body(&text));
}

#[test]
fn rulings() {
    let made_up = made_up::ruling(&CASES);
    let mut accepted = made_up::ruling(&CASES);
    accepted.cases[1].accepted = Some("it checks more now".to_owned());
    accepted.failures = vec![Failure::new(0, 0, "wasmer-llvm", "the worker <died>")];
    let restless = made_up::ruling(&CASES.map(|(id, head, change, _)| (id, head, change, Faster)));
    let rulings = [
        ("gate", committed_ruling("gate-from-7.0.1")),
        (
            "gate_by_instructions",
            committed_ruling("gate-from-7.0.1-instructions"),
        ),
        ("gate_made_up", made_up),
        ("gate_accepted", accepted),
        ("gate_restless", restless),
    ];
    for (name, found) in &rulings {
        assert_snapshot!(format!("{name}_screen"), screen::ruling(found, false));
        assert_snapshot!(format!("{name}_lines"), lines::ruling(found));
        assert_snapshot!(format!("{name}_markdown"), markdown::ruling(found));
    }
    for (name, found) in &rulings[..2] {
        assert_snapshot!(format!("{name}_page"), body(&page::ruling(found)));
    }
}

/// A page without its style and script, an element a line.
fn body(page: &str) -> String {
    let (_, body) = page.split_once("<main>").unwrap();
    let (body, _) = body.split_once("<script>").unwrap();
    body.replace("><", ">\n<")
}

#[test]
fn counted_calls() {
    let anatomy = anatomy_of_the_machine();
    let lost = Failure::new(0, 0, "depth/raise/exit/b/16", "it ran\naway");
    for backend in &anatomy.backends {
        let id = &backend.backend;
        let failures = std::slice::from_ref(&lost);
        let notes = anatomy::notes(backend, failures);
        let text = screen::anatomy(backend, &notes, false);
        assert_snapshot!(format!("anatomy_of_{id}_screen"), text);
        let text = lines::anatomy(backend, failures);
        assert_snapshot!(format!("anatomy_of_{id}_lines"), text);
    }
    let counted = fs::read_to_string(results().join("counts/first.tsv")).unwrap();
    let count = |line: &str| -> (Case, f64) {
        let (id, instructions) = line.split_once('\t').unwrap();
        (id.parse().unwrap(), instructions.parse().unwrap())
    };
    let mut counted: BTreeMap<Case, f64> = counted.lines().map(count).collect();
    counted.remove(&"depth/raise-traced/exit/wasmer-llvm/4096".parse().unwrap());
    let remarks = counts::notes(std::slice::from_ref(&lost));
    let text = screen::counts(&counted, &remarks, false);
    assert_snapshot!("counts_screen", text);
    assert_snapshot!("counts_lines", lines::counts(&counted, &[lost]));
}

#[test]
fn qualifications() {
    for machine in ["amd-epyc-2c-x86-64", "intel-xeon-2c-x86-64"] {
        let file = results().join(format!("qualification/{machine}.jsonl"));
        let trials = Trials::open(&file).unwrap();
        let trials = Vec::from_iter(trials.that_count(Some("7.4.2")));
        let text = markdown::qualification(&Summary::of(&trials));
        assert_snapshot!(format!("qualification_{machine}"), text);
    }
}

#[test]
fn lists() {
    let native = ["list", "--backend", "native", "^depth/reset"];
    assert_snapshot!("list", stdout(&well(&native)));
    // Whether a worker is ready, and which backends were compiled in, is the machine's own.
    let workers = stdout(&well(&["workers"]));
    let neutral = |line: &str| match *Vec::from_iter(line.split('\t')) {
        ["trapbench", _, runtime, ..] => format!("trapbench\t…\t{runtime}\t…"),
        [name, _, runtime, backends, _] => format!("{name}\t…\t{runtime}\t{backends}"),
        _ => line.to_owned(),
    };
    let workers = Vec::from_iter(workers.lines().map(neutral)).join("\n");
    assert_snapshot!("workers", workers);
}

#[test]
fn arms() {
    let folder = tempfile::tempdir().unwrap();
    let arm = folder.path().join("wasmer-7.0.1-cranelift");
    fs::create_dir_all(&arm).unwrap();
    fs::write(arm.join("used"), "").unwrap();
    let text = stdout(&well(&["arms", "--arms", folder.path().to_str().unwrap()]));
    let [name, _, relinks, _] = *Vec::from_iter(text.trim_end().split('\t')) else {
        panic!("{text}");
    };
    assert_snapshot!("arms", format!("{name}\tbytes\t{relinks}\ttime"));
}

#[test]
fn help() {
    let said = |arguments: &[&str]| {
        let mut command = trapbench(arguments);
        stdout(&command.env_remove("TRAPBENCH_ARMS").output().unwrap())
    };
    let all = said(&["--help"]);
    let (_, commands) = all.split_once("Commands:\n").unwrap();
    let (commands, _) = commands.split_once("\n\n").unwrap();
    let names = commands
        .lines()
        .filter_map(|line| line.split_whitespace().next());
    for name in names.filter(|name| *name != "help") {
        assert_snapshot!(format!("help_{name}"), said(&[name, "--help"]));
    }
    assert_snapshot!("help", all);
}
