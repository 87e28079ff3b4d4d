use std::io::{stdin, stdout};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, bail};

use crate::backend::Slot;
use crate::case::BackendId;
use crate::fixture::Fixture;
use crate::serve;

/// A whole worker: `PROGRAM BACKEND [GUEST]` serves one of the backends in `slots` until standard
/// input ends. Without the path of a guest it runs the shared one.
pub fn main(slots: &'static [Slot]) -> ExitCode {
    match run(slots) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}", in_words(&error));
            ExitCode::FAILURE
        }
    }
}

/// An error with its causes. Many an error names its cause itself: what has been said is not said
/// again.
pub fn in_words(error: &anyhow::Error) -> String {
    let mut words = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if !words.contains(&cause) {
            if !words.is_empty() {
                words.push_str(": ");
            }
            words.push_str(&cause);
        }
    }
    words
}

fn run(slots: &'static [Slot]) -> anyhow::Result<()> {
    let arguments = Vec::from_iter(std::env::args_os().skip(1));
    let (backend, guest) = match &arguments[..] {
        [backend] => (backend, None),
        [backend, guest] => (backend, Some(Path::new(guest))),
        _ => bail!(
            "give the backend to work for, and the path of a guest in place of the shared one"
        ),
    };
    let backend: BackendId = backend
        .to_str()
        .context("a backend's name is UTF-8")?
        .parse()
        .map_err(anyhow::Error::msg)?;
    serve(
        slots,
        &backend,
        Fixture::open(guest)?,
        stdin().lock(),
        stdout().lock(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_said_once() {
        let missing = Fixture::open(Some(Path::new("absent.wat"))).unwrap_err();
        let words = in_words(&anyhow::Error::from(missing).context("nothing was measured"));
        assert!(words.starts_with("nothing was measured: cannot read the module absent.wat: "));
        assert_eq!(words.matches("os error").count(), 1, "{words}");
    }
}
