//! What workers say of themselves, in whichever protocol they speak.

use std::collections::BTreeMap;

use serde::Deserialize;
use trapbench_worker::case::{BackendId, Case};
use trapbench_worker::offer::Offer;
use trapbench_worker::protocol::{Answer, EARLY_EXIT, Hello, PROTOCOL};

/// Reads an answer.
///
/// # Errors
/// In words: when it is none, or when it introduces a worker of a protocol that is not known.
pub fn read_answer(line: &str) -> Result<Answer, String> {
    #[derive(Deserialize)]
    struct Introduces {
        protocol: u32,
    }
    let nonsense = |error: serde_json::Error| {
        let shown: String = line.chars().take(200).collect();
        format!("it answered nonsense: `{}` ({error})", shown.escape_debug())
    };
    // Nothing but an introduction has a protocol.
    match serde_json::from_str(line) {
        Ok(Introduces { protocol: PROTOCOL }) | Err(_) => {
            serde_json::from_str(line).map_err(nonsense)
        }
        Ok(Introduces { protocol: 1 }) => {
            let old: Hello1 = serde_json::from_str(line).map_err(nonsense)?;
            Ok(Answer::Hello(Box::new(old.into())))
        }
        Ok(Introduces { protocol }) => Err(format!(
            "the worker speaks protocol {protocol}, and this trapbench speaks 1 to {PROTOCOL}"
        )),
    }
}

/// The introduction of protocol 1, of revisions in which wasmer and native frames were all.
#[derive(Deserialize)]
struct Hello1 {
    backend: BackendId,
    versions: BTreeMap<String, String>,
    fixture: String,
    profile: String,
    host_frames: Option<usize>,
    cases: Vec<String>,
}

impl From<Hello1> for Hello {
    fn from(old: Hello1) -> Hello {
        let cases = old.cases.iter().filter_map(|id| id.parse().ok());
        let cases: Vec<Case> = cases.collect();
        Hello {
            protocol: 1,
            offer: Offer::of_cases(&cases).lines(),
            backend: old.backend,
            versions: old.versions,
            language: "Rust".to_owned(),
            clock: "native".to_owned(),
            own_threads: false,
            profile: old.profile,
            host_frames: old.host_frames,
            guests: BTreeMap::from([(EARLY_EXIT.to_owned(), old.fixture.clone())]),
            fixture: Some(old.fixture),
            lacks: BTreeMap::new(),
            unverified: Vec::new(),
        }
    }
}

/// What a worker offers, and the names in it that are not known here. A worker of protocol 1 that
/// lists nothing may be asked for anything that its backend had then.
pub fn offer(hello: &Hello) -> (Offer, Vec<String>) {
    match hello.offer.is_empty() && hello.protocol == 1 {
        true => (Offer::before_offers(&hello.backend), Vec::new()),
        false => Offer::read(&hello.offer),
    }
}

/// Whether a worker fits: it works for `backend`, and runs the guest whose hash is `fixture` if it
/// runs any.
///
/// # Errors
/// In words, when it does not.
pub fn check(hello: &Hello, backend: &BackendId, fixture: &str) -> Result<(), String> {
    if &hello.backend != backend {
        return Err(format!(
            "the worker works for {}, not {backend}",
            hello.backend
        ));
    }
    match hello.guests.get(EARLY_EXIT) {
        Some(hash) if hash.eq_ignore_ascii_case(fixture) => Ok(()),
        Some(hash) => Err(format!("the worker runs the fixture {hash}, not {fixture}")),
        None if offer(hello).0.executes_wasm() => Err(format!(
            "the worker does not say which guest it runs: its `guests` have no `{EARLY_EXIT}`"
        )),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const OLD: &str = r#"{"answer":"hello","protocol":1,"backend":"wasmer-cranelift",
        "versions":{"wasmer":"7.4.2"},"fixture":"f","profile":"release","host_frames":8,
        "cases":[]}"#;

    fn hello(line: &str) -> Hello {
        match read_answer(line).unwrap() {
            Answer::Hello(hello) => *hello,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn protocol_1_is_still_spoken_and_an_empty_list_means_ask() {
        let old = hello(OLD);
        assert_eq!((old.protocol, old.host_frames), (1, Some(8)));
        assert_eq!(offer(&old).0, Offer::before_offers(&old.backend));
        let one = OLD.replace("[]", r#"["depth/raise/exit/wasmer-cranelift/16","x"]"#);
        let cases = offer(&hello(&one)).0.cases(&old.backend, None);
        let ids = Vec::from_iter(cases.iter().map(ToString::to_string));
        assert_eq!(ids, ["depth/raise/exit/wasmer-cranelift/16"]);
        assert!(check(&old, &old.backend, "f").is_ok());
    }

    #[test]
    fn what_does_not_fit_is_said() {
        let error = read_answer(&OLD.replace("\"protocol\":1", "\"protocol\":7")).unwrap_err();
        assert!(error.contains("speaks protocol 7"), "{error}");
        let error = read_answer("I am a teapot").unwrap_err();
        assert!(error.contains("nonsense: `I am a teapot`"), "{error}");
        let old = hello(OLD);
        let error = check(&old, &old.backend, "g").unwrap_err();
        assert!(error.contains("runs the fixture f, not g"), "{error}");
        let error = check(&old, &"other".parse().unwrap(), "f").unwrap_err();
        assert!(error.contains("works for wasmer-cranelift"), "{error}");
        let nameless = Hello {
            guests: BTreeMap::new(),
            ..old.clone()
        };
        assert!(check(&nameless, &old.backend, "f").is_err());
        let native = Hello {
            offer: Offer::before_offers(&"native".parse().unwrap()).lines(),
            ..nameless
        };
        assert!(check(&native, &old.backend, "f").is_ok());
    }

    proptest! {
        #[test]
        fn no_line_upsets_the_reader(line in "\\PC*", protocol: u32) {
            let _ = read_answer(&line);
            let _ = read_answer(&format!("{{\"answer\":\"hello\",\"protocol\":{protocol},{line}"));
        }
    }
}
