//! The binary, and what it says.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The real binary, with no module of the developer's own in its way.
pub fn trapbench(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trapbench"));
    command.args(arguments).env_remove("TRAPBENCH_MODULE");
    command
}

pub fn run(arguments: &[&str]) -> Output {
    trapbench(arguments).output().expect("the binary starts")
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("it prints UTF-8")
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("it prints UTF-8")
}

/// A backend of this build that runs the fixture: tests run with whichever features were chosen.
pub fn any_backend() -> &'static str {
    backends()[0]
}

pub fn backends() -> Vec<&'static str> {
    let slots = &trapbench_wasmer::SLOTS;
    let there = slots.iter().filter(|slot| slot.is_compiled_in());
    let there = there.filter(|slot| slot.id != trapbench_worker::case::NATIVE);
    there.map(|slot| slot.id).collect()
}

/// The shared fixture with one passage replaced, in a file.
pub fn changed_fixture(folder: &Path, changes: &[(&str, &str)]) -> PathBuf {
    let mut text = trapbench_worker::fixture::WAT.to_owned();
    for (from, to) in changes {
        assert!(text.contains(from), "the fixture holds no `{from}`");
        text = text.replacen(from, to, 1);
    }
    let path = folder.join("changed.wat");
    std::fs::write(&path, text).expect("the folder takes a file");
    path
}

/// A worker in a shell script, called `name`: it introduces itself with the line `hello`, verifies
/// whatever it is to prepare, and does `time` for every other ask.
#[cfg(unix)]
pub fn shell_worker(folder: &Path, name: &str, hello: &str, time: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let path = folder.join(name);
    let text = format!(
        r#"#!/bin/sh
while read -r line; do
  case "$line" in
    *hello*) echo '{hello}';;
    *prepare*) echo '{{"answer":"verified"}}';;
    *) {time};;
  esac
done
"#
    );
    std::fs::write(&path, text).expect("the folder takes a file");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("it is ours");
    path
}
