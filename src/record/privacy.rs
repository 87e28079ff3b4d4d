//! What a record does not tell about the machine: where its files lie.

use std::borrow::Cow;
use std::ffi::OsString;
use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

/// The command line as typed, but that an absolute path keeps its last part only, also behind
/// `name=`, in the source `wasmer@path:…` and within a command that is one argument: records are
/// published, and a shell writes `~` out as somebody's name.
pub fn as_typed(arguments: impl IntoIterator<Item = OsString>) -> Vec<String> {
    let kept = |argument: OsString| {
        let text = argument.to_string_lossy().into_owned();
        let value = text.split_once('=').map_or(&text[..], |(_, value)| value);
        let is_path = |text: &str| Path::new(text).is_absolute() && Path::new(text).exists();
        let is_command = text.contains(char::is_whitespace) || value.contains('=');
        if is_command && !is_path(&text) && !is_path(value) {
            return without_folders(&text);
        }
        match text.split_once('=') {
            Some((name, value)) => format!("{name}={}", of_source(value)),
            None => of_source(&text),
        }
    };
    arguments.into_iter().map(kept).collect()
}

fn of_source(text: &str) -> String {
    const FOLDER: &str = "wasmer@path:";
    match text.strip_prefix(FOLDER) {
        Some(folder) => format!("{FOLDER}{}", last_part(folder)),
        None => last_part(text).into_owned(),
    }
}

/// A filter such as `/exit/` looks like a path too, and must stay what it is: a path begins
/// in a folder that exists.
fn last_part(text: &str) -> Cow<'_, str> {
    let path = Path::new(text);
    let exists = |path: &Path| path.parent().is_some() && path.exists();
    match path.file_name() {
        Some(name) if path.is_absolute() && path.ancestors().any(exists) => name.to_string_lossy(),
        _ => Cow::Borrowed(text),
    }
}

/// The text with each absolute path cut to its last part. A case's id is no path: nothing
/// but white space, quotes or brackets stands before a path's first slash.
pub fn without_folders(text: &str) -> String {
    static PATH: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(concat!(
            r#"(^|[\s"'`‘’“”(\[{<>=,:;|&]|file://|(?:^|\s)-[IL])"#,
            r#"(?:[A-Za-z]:)?[/\\](?:[^/\\\s"'`‘’“”:]+[/\\])+([^/\\\s"'`‘’“”:]+)"#
        ))
        .expect("the pattern is fixed")
    });
    PATH.replace_all(text, "$1$2").into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_stays_as_typed_but_for_absolute_paths() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("trapbench-1f2e");
        std::fs::write(&program, "").unwrap();
        let program = program.to_str().unwrap();
        let new = folder.path().join("new/results");
        let arm = format!("--base=wasmer@path:{program}");
        let typed = [
            (program, "trapbench-1f2e"),
            (&arm, "--base=wasmer@path:trapbench-1f2e"),
            ("measure", "measure"),
            ("/exit/", "/exit/"),
            ("/raise/exit", "/raise/exit"),
            ("/", "/"),
            ("a/b", "a/b"),
            (&format!("--base={program}"), "--base=trapbench-1f2e"),
            (new.to_str().unwrap(), "results"),
            ("--x=1=2", "--x=1=2"),
            (
                "--worker=mine=python3 /home/ada/worker.py {guest}",
                "--worker=mine=python3 worker.py {guest}",
            ),
            ("mine=/home/ada/worker {guest}", "mine=worker {guest}"),
            (
                "mine=/usr/bin/python3 /home/ada/w.py {guest}",
                "mine=python3 w.py {guest}",
            ),
            ("--worker=mine=/home/ada/worker", "--worker=mine=worker"),
        ];
        for (argument, kept) in typed {
            assert_eq!(as_typed([OsString::from(argument)]), [kept]);
        }
    }

    #[test]
    fn folders_leave_a_text_and_everything_else_stays() {
        for (text, kept) in [
            (
                "panicked at /home/ada/src/main.rs:3:7:",
                "panicked at main.rs:3:7:",
            ),
            ("cannot run `/opt/x/worker`", "cannot run `worker`"),
            ("at file:///tmp/w/bad.mjs:3:46", "at file://bad.mjs:3:46"),
            ("PYTHONPATH=src:/tmp/venv/lib x", "PYTHONPATH=src:lib x"),
            ("cannot open ‘/home/ada/x’", "cannot open ‘x’"),
            ("cc -I/home/ada/inc 2>/home/ada/log", "cc -Iinc 2>log"),
            (r"at C:\Users\ada\src\main.rs:3", "at main.rs:3"),
            (
                "depth/raise/exit/b/16 failed",
                "depth/raise/exit/b/16 failed",
            ),
            (
                "see https://docs.rs/wasmer/7",
                "see https://docs.rs/wasmer/7",
            ),
            ("1 / 2 and /", "1 / 2 and /"),
        ] {
            assert_eq!(without_folders(text), kept);
        }
    }
}
