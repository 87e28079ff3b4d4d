use crate::command::{backends, changed_fixture, run, stderr, stdout};

const FOUR_LINES: &str = "Compiling module...\n\
                          Instantiating module...\n\
                          Calling `run` function...\n\
                          Exited early with exit code: 1\n";

#[test]
fn alone_it_prints_the_documented_four_lines() {
    let output = run(&[]);
    assert_eq!(stdout(&output), FOUR_LINES);
    assert!(output.status.success());
}

#[test]
fn every_backend_runs_it() {
    for backend in backends() {
        let output = run(&["example", "--backend", backend]);
        assert_eq!(stdout(&output), FOUR_LINES, "{backend}");
        assert!(output.status.success(), "{backend}");
    }
}

#[test]
fn a_run_that_succeeds_is_a_failure_of_the_example() {
    let folder = tempfile::tempdir().unwrap();
    let module = changed_fixture(folder.path(), &[("(call $early_exit)", "")]);
    let output = run(&["example", "--module", module.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("`run` returned 8"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn so_is_an_error_that_is_no_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let module = changed_fixture(folder.path(), &[("(call $early_exit)", "unreachable")]);
    let output = run(&["example", "--module", module.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    let said = stderr(&output);
    assert!(
        said.contains("not with an ExitCode") && said.contains("unreachable"),
        "{said}"
    );
}
