use crate::command::{backends, run, stderr, stdout};
use trapbench_wasmer::SLOTS;
use trapbench_worker::case::{Case, NATIVE};

#[test]
fn every_case_is_a_line_that_begins_with_its_id() {
    let output = run(&["list"]);
    let text = stdout(&output);
    let ids: Vec<Case> = text
        .lines()
        .map(|line| line.split('\t').next().unwrap().parse().unwrap())
        .collect();
    assert_eq!(ids.len(), 88 * backends().len() + 48);
    for (case, line) in ids.iter().zip(text.lines()) {
        let version = match case.backend.as_str() != NATIVE {
            true => "wasmer 7.4.2",
            false => "corosensei 0.3.4",
        };
        assert!(line.contains(version), "{line}");
    }
    assert_eq!(
        text.contains("LLVM 22."),
        backends().contains(&"wasmer-llvm")
    );
}

#[test]
fn a_filter_and_depths_choose() {
    let backend = backends()[0];
    let output = run(&[
        "list",
        "^depth/sentinel/exit",
        "--depths",
        "7,3,3",
        "--backend",
        backend,
    ]);
    let text = stdout(&output);
    let ids: Vec<&str> = text
        .lines()
        .map(|line| line.split('\t').next().unwrap())
        .collect();
    assert_eq!(
        ids,
        [
            format!("depth/sentinel/exit/{backend}/3"),
            format!("depth/sentinel/exit/{backend}/7")
        ]
    );
}

#[test]
fn what_is_not_compiled_in_is_named_with_what_would_bring_it() {
    let said = stderr(&run(&["list"]));
    for slot in &SLOTS {
        let named = said.contains(&format!("{} is not compiled in; it needs", slot.id));
        assert_eq!(named, !slot.is_compiled_in(), "{said}");
        if let Some(feature) = slot.feature.filter(|_| named) {
            assert!(said.contains(&format!("--features {feature}")), "{said}");
        }
    }
}

#[test]
fn whoever_has_seen_enough_may_close_the_pipe() {
    for arguments in [&["list"][..], &["example"]] {
        let mut child = crate::command::trapbench(arguments)
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
    }
}
