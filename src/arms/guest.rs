use std::fs;
use std::path::Path;

use super::error::ArmError;
use super::revision;
use super::source::Source;

/// Where the guest lies in the sources of any revision.
const GUEST: &str = "fixtures/early_exit.wat";

/// The text of the guest in the sources that `source` is built from, which `checkout` has; nothing
/// of an executable, whose sources nobody knows.
///
/// # Errors
/// When the checkout has no such revision, or no such file.
pub fn guest(source: &Source, checkout: &Path) -> Result<Option<String>, ArmError> {
    match source {
        Source::Executable(_) => Ok(None),
        Source::Trapbench(revision) => {
            let commit = revision::commit(checkout, revision)?;
            revision::file(checkout, &commit, GUEST).map(Some)
        }
        Source::Here | Source::Wasmer(_) | Source::WasmerPath(_) => {
            let file = checkout.join(GUEST);
            let text = fs::read_to_string(&file).map_err(ArmError::io("read", &file))?;
            Ok(Some(text))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::checkout::checkout;
    use super::*;
    use trapbench_worker::fixture::WAT;

    #[test]
    fn sources_have_a_guest_and_an_executable_has_none_that_is_known() {
        let checkout = checkout().unwrap();
        for source in [Source::Here, Source::Wasmer("7.0.1".to_owned())] {
            assert_eq!(guest(&source, &checkout).unwrap().unwrap(), WAT);
        }
        let executable = Source::Executable("/bin/sh".into());
        assert_eq!(guest(&executable, &checkout).unwrap(), None);
    }
}
