use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use thiserror::Error;

/// Where the executable of an arm comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// A file that is built already, by its path.
    Executable(PathBuf),
    /// These sources with another release of wasmer: `wasmer@7.0.1`.
    Wasmer(String),
    /// These sources with wasmer's crates from a folder: `wasmer@path:DIR`.
    WasmerPath(PathBuf),
    /// Another revision of the suite, by any name that git knows: `trapbench@v0.1.0`.
    Trapbench(String),
    /// The sources in the checkout as they stand: `here`.
    Here,
}

/// Why a text names no source.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SourceError {
    #[error("`{0}` names no release of wasmer: write all three numbers, as in wasmer@7.0.1")]
    Version(String),
    #[error("`{0}` names no {1}: write it behind the sign, as in {2}")]
    Empty(String, &'static str, &'static str),
    #[error(
        "there is no executable `{0}`; an arm is wasmer@VERSION, wasmer@path:DIR, \
         trapbench@REVISION, or the path of an executable (`here` is the sources of the checkout)"
    )]
    Nothing(String),
}

const WASMER: &str = "wasmer@";
const PATH: &str = "wasmer@path:";
const TRAPBENCH: &str = "trapbench@";
const HERE: &str = "here";

impl FromStr for Source {
    type Err = SourceError;

    fn from_str(text: &str) -> Result<Source, SourceError> {
        let given = text.to_owned();
        if let Some(folder) = text.strip_prefix(PATH) {
            return match folder {
                "" => Err(SourceError::Empty(given, "folder", "wasmer@path:../wasmer")),
                folder => Ok(Source::WasmerPath(folder.into())),
            };
        }
        if let Some(version) = text.strip_prefix(WASMER) {
            return match is_version(version) {
                true => Ok(Source::Wasmer(version.to_owned())),
                false => Err(SourceError::Version(given)),
            };
        }
        if let Some(revision) = text.strip_prefix(TRAPBENCH) {
            // A leading dash would be an option of git's.
            return match revision.is_empty() || revision.starts_with('-') {
                true => Err(SourceError::Empty(given, "revision", "trapbench@HEAD~1")),
                false => Ok(Source::Trapbench(revision.to_owned())),
            };
        }
        if text == HERE {
            return Ok(Source::Here);
        }
        match text {
            "" => Err(SourceError::Nothing(given)),
            path => Ok(Source::Executable(path.into())),
        }
    }
}

impl Source {
    /// Parses a text; an executable that it names has to be there.
    ///
    /// # Errors
    /// When it names no source, with those that there are.
    pub fn that_is_there(text: &str) -> Result<Source, SourceError> {
        match text.parse()? {
            Source::Executable(path) if !path.is_file() => {
                Err(SourceError::Nothing(text.to_owned()))
            }
            source => Ok(source),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Executable(path) => write!(f, "{}", path.display()),
            Source::Wasmer(version) => write!(f, "{WASMER}{version}"),
            Source::WasmerPath(folder) => write!(f, "{PATH}{}", folder.display()),
            Source::Trapbench(revision) => write!(f, "{TRAPBENCH}{revision}"),
            Source::Here => f.write_str(HERE),
        }
    }
}

/// Three numbers, and behind them what semantic versioning allows: `7.0.1`, `7.0.0-rc.1`.
fn is_version(text: &str) -> bool {
    let (numbers, rest) = match text.find(['-', '+']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let is_word = |part: &str| {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-+.".contains(&b);
        !part.is_empty() && part.bytes().all(allowed)
    };
    numbers.split('.').count() == 3 && numbers.split('.').all(is_number) && rest.is_none_or(is_word)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sources() -> impl Strategy<Value = Source> {
        prop_oneof![
            "[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}(-[a-z]{1,5}\\.[0-9])?".prop_map(Source::Wasmer),
            "[^\u{0}]{1,20}".prop_map(|path| Source::WasmerPath(path.into())),
            "[a-z0-9/_~^@{}.][a-z0-9/_~^@{}.-]{0,20}".prop_map(Source::Trapbench),
            "(/|\\./)[a-z0-9/_~^@{} .-]{0,20}".prop_map(|path| Source::Executable(path.into())),
            Just(Source::Here),
        ]
    }

    proptest! {
        #[test]
        fn what_is_printed_parses_to_the_same(source in sources()) {
            prop_assert_eq!(source.to_string().parse(), Ok(source));
        }

        #[test]
        fn no_text_upsets_the_parser(text in "(wasmer@|wasmer@path:|trapbench@)?\\PC{0,20}") {
            if let Ok(source) = text.parse::<Source>() {
                prop_assert_eq!(source.to_string(), text);
            }
        }
    }

    #[test]
    fn an_executable_is_a_file_that_is_there() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = &file.path().to_str().unwrap().to_owned();
        let source = Source::that_is_there(path).unwrap();
        assert_eq!(source, Source::Executable(PathBuf::from(path)));
        assert_eq!(&source.to_string(), path);
        drop(file);
        assert_eq!(path.parse(), Ok(source));
    }

    #[test]
    fn what_is_wrong_is_said_with_what_would_be_right() {
        for (text, words) in [
            ("wasmer@", "wasmer@7.0.1"),
            ("wasmer@7.0", "all three numbers"),
            ("wasmer@latest", "all three numbers"),
            ("wasmer@7.0.1-", "all three numbers"),
            ("wasmer@path:", "names no folder"),
            ("trapbench@", "names no revision"),
            ("trapbench@--all", "names no revision"),
            ("", "wasmer@VERSION, wasmer@path:DIR, trapbench@REVISION"),
            ("/", "the path of an executable"),
        ] {
            let error = Source::that_is_there(text).unwrap_err().to_string();
            assert!(error.contains(words), "{text}: {error}");
        }
    }
}
