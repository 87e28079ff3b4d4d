use std::fs;
use std::path::Path;

use trapbench::metric::time::{BARE_MARGIN, RELINKED_MARGIN};
use trapbench::record::Environment;
use trapbench::record::qualification::Trials;
use trapbench::report::qualification::margins;

use crate::command::{run, stderr, stdout};

/// Two comparisons of an executable with itself, one of which alarmed; 2 % found once in two.
const TRIALS: &str = concat!(
    r#"{"experiment":"null","number":0,"instrument":1,"started":"2026-01-01T00:00:00Z","seconds":8.0,"seconds_per_case":10.0,"margin":0.01,"machine":"m","build":BUILD,"versions":{},"relinks":1,"rows":["#,
    r#"{"case":"depth/raise/exit/wasmer-cranelift/0","side":"head","nominal":0.0,"base_ns":10.0,"ratio":{"value":1.001,"low":0.99,"high":1.01},"verdict":"same","smallest_visible_change":0.01,"screening":[0.001]},"#,
    r#"{"case":"depth/raise/exit/wasmer-cranelift/1","side":"head","nominal":0.0,"base_ns":10.0,"ratio":{"value":1.03,"low":1.02,"high":1.04},"verdict":"slower","smallest_visible_change":0.01,"screening":[0.03],"confirmation":[0.03]}]}"#,
    "\n",
    r#"{"experiment":"power","number":0,"instrument":1,"started":"2026-01-01T00:00:00Z","seconds":8.0,"seconds_per_case":10.0,"margin":0.005,"machine":"m","build":BUILD,"versions":{},"relinks":40,"rows":["#,
    r#"{"case":"depth/raise/exit/wasmer-cranelift/0","side":"2 %","nominal":0.02,"achieved":0.019,"base_ns":10.0,"ratio":{"value":1.02,"low":1.01,"high":1.03},"verdict":"slower","smallest_visible_change":0.01,"screening":[0.02],"confirmation":[0.02]},"#,
    r#"{"case":"depth/raise/exit/wasmer-cranelift/1","side":"2 %","nominal":0.02,"achieved":0.021,"base_ns":10.0,"ratio":{"value":1.01,"low":0.99,"high":1.03},"verdict":"unsure","smallest_visible_change":0.03,"screening":[0.01]}]}"#,
    "\n",
);

#[test]
fn a_summary_counts_alarms_and_what_was_found() {
    let folder = tempfile::tempdir().unwrap();
    let results = folder.path().to_str().unwrap();
    let build = serde_json::to_string(&Environment::capture().build).unwrap();
    let file = format!("{}.jsonl", Environment::capture().machine_key());
    fs::write(folder.path().join(file), TRIALS.replace("BUILD", &build)).unwrap();
    let output = run(&["qualify", "--summary", "--results", results]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let said = stdout(&output);
    let row = "| an executable with itself | 2 | 1 | 0 | 1 of 1 | 3.00 % | 4.0 | 1 % |";
    assert!(said.contains(row), "{said}");
    assert!(
        said.contains("| 2 % slower | 2.00 % | 1 of 2, 50 % |"),
        "{said}"
    );
    assert!(
        said.contains("- `depth/raise/exit/wasmer-cranelift/1`, 2 % slower: unsure"),
        "{said}"
    );
}

/// Who has not qualified a machine is judged by the margins of the committed trials.
#[test]
fn the_default_margins_are_those_of_the_committed_trials() {
    let file = Path::new("results/qualification/amd-epyc-2c-x86-64.jsonl");
    let trials = Trials::open(file).unwrap();
    let [relinked, bare] = margins(&Vec::from_iter(trials.that_count(Some("7.4.2"))));
    assert_eq!(relinked, Some(RELINKED_MARGIN));
    assert_eq!(bare, Some(BARE_MARGIN));
}

#[test]
fn no_trials_and_no_such_experiment_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let results = folder.path().to_str().unwrap();
    let output = run(&["qualify", "--summary", "--results", results]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("there is no trial"),
        "{}",
        stderr(&output)
    );
    let output = run(&["qualify", "luck"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("null-busy"), "{}", stderr(&output));
}
