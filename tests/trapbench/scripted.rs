//! Programs in shell script that take part, and runs with them.

#![cfg(unix)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use trapbench::record::Record;
use trapbench_worker::fixture::Fixture;

use crate::command::{any_backend, shell_worker, trapbench};

pub const OFFER: &str = r#"[{"axis":"depth","series":["raise/exit","raise/complete","sentinel/exit","sentinel/complete"],"values":[0,16],"others":false}]"#;

/// A shell script that serves protocol 2 as `backend`: `change` edits its introduction, `time` is
/// what it does when it is to time.
pub fn script(
    folder: &Path,
    backend: &str,
    change: impl Fn(String) -> String,
    time: &str,
) -> PathBuf {
    let hello = change(format!(
        r#"{{"answer":"hello","protocol":2,"backend":"{backend}","versions":{{"engine":"1.2.3"}},"language":"Shell","clock":"sleep","own_threads":true,"profile":"release","host_frames":null,"guests":{{"early_exit":"{}"}},"offer":{OFFER},"unverified":["frames"]}}"#,
        Fixture::shared().hash()
    ));
    shell_worker(folder, backend, &hello, time)
}

/// Claims so many ns a call, of the milliseconds that it took.
pub fn claims(ns: u32) -> String {
    let number = r#"n=${line##*iterations\":}; n=${n%%[!0-9]*}"#;
    format!(
        r#"{number}; sleep 0.005; echo "{{\"answer\":\"time\",\"nanoseconds\":$((n * {ns}))}}""#
    )
}

pub fn honest() -> String {
    claims(100)
}

pub fn same(hello: String) -> String {
    hello
}

/// Measures programs, each as the backend that its file is called after, beside a backend of this
/// build, for a moment; returns what was said and the record.
pub fn measure(programs: &[PathBuf], more: &[&str]) -> (Output, Option<Record>) {
    let results = tempfile::tempdir().unwrap();
    let folder = results.path().to_str().unwrap().to_owned();
    let named = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        format!("--worker={name}={} {{guest}}", path.display())
    };
    let programs: Vec<String> = programs.iter().map(named).collect();
    let filter = format!("depth/(raise|sentinel)/exit/({}|.*-sh)/0", any_backend());
    let mut arguments = vec!["measure", &filter, "--time", "1", "--results", &folder];
    arguments.extend(programs.iter().map(String::as_str));
    arguments.extend(more);
    let output = trapbench(&arguments)
        .env("RUST_BACKTRACE", "1")
        .env("MALLOC_ARENA_MAX", "2")
        .output()
        .unwrap();
    let record = fs::read_dir(results.path()).unwrap().next();
    let record = record.map(|entry| Record::open(entry.unwrap().path()).unwrap());
    (output, record)
}
