use std::io::Write;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::command::{any_backend, trapbench};

/// Sends the lines and returns the answers, one each.
fn converse(lines: &[String]) -> Vec<Value> {
    let mut worker = trapbench(&["worker", any_backend()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = worker.stdin.take().unwrap();
    for line in lines {
        writeln!(input, "{line}").unwrap();
    }
    drop(input);
    let output = worker.wait_with_output().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn a_conversation_goes_as_the_protocol_says() {
    let backend = any_backend();
    let case = format!("depth/raise/exit/{backend}/1");
    let answers = converse(&[
        json!({"ask": "hello"}).to_string(),
        json!({"ask": "prepare", "case": case}).to_string(),
        json!({"ask": "time", "case": case, "warmup": 1, "iterations": 3}).to_string(),
    ]);
    let hello = &answers[0];
    assert_eq!(hello["answer"], "hello");
    assert_eq!(hello["protocol"], 2);
    assert_eq!(hello["backend"], backend);
    assert_eq!(hello["versions"]["wasmer"], "7.4.2");
    assert_eq!(hello["guests"]["early_exit"].as_str().unwrap().len(), 64);
    assert_eq!(hello["fixture"], hello["guests"]["early_exit"]);
    assert_eq!(
        (&hello["language"], &hello["clock"], &hello["own_threads"]),
        (&json!("Rust"), &json!("native"), &json!(false))
    );
    let offer = hello["offer"].as_array().unwrap();
    assert_eq!(offer[0]["axis"], "depth");
    assert_eq!(offer[0]["series"].as_array().unwrap().len(), 8);
    assert_eq!(offer[1]["axis"], "host-stack");
    assert!(hello["host_frames"].as_u64().unwrap() > 0);
    assert_eq!(answers[1], json!({"answer": "verified"}));
    assert_eq!(answers[2]["answer"], "time");
    assert!(answers[2]["nanoseconds"].as_u64().unwrap() > 0);
}

#[test]
fn an_ask_that_cannot_be_met_is_answered_and_the_worker_lives_on() {
    let backend = any_backend();
    let foreign = format!("depth/reset/exit/{backend}/4");
    let unprepared = format!("depth/raise/exit/{backend}/4");
    let answers = converse(&[
        "{".to_owned(),
        json!({"ask": "dance"}).to_string(),
        json!({"ask": "prepare", "case": "depth/raise/exit"}).to_string(),
        json!({"ask": "prepare", "case": "depth/raise/exit/wasmtime/4"}).to_string(),
        json!({"ask": "prepare", "case": foreign}).to_string(),
        json!({"ask": "time", "case": unprepared, "warmup": 0, "iterations": 1}).to_string(),
        json!({"ask": "hello"}).to_string(),
    ]);
    let reasons = [
        "not understood",
        "not understood",
        "is not a case",
        "runs",
        "does not offer it; it offers raise/exit",
        "has not been prepared",
    ];
    for (answer, reason) in answers.iter().zip(reasons) {
        assert_eq!(answer["answer"], "error");
        assert!(
            answer["reason"].as_str().unwrap().contains(reason),
            "{answer}"
        );
    }
    assert_eq!(answers[6]["answer"], "hello");
}
