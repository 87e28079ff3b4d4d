//! Marked sections of somebody's file, replaced or checked; the rest of it is not touched.
//!
//! A section lies between two lines of their own. A file has one of either kind, or both.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::whole_file;

/// What a section shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// A record as Markdown.
    Report,
    /// The same as a terminal shows it.
    Screen,
}

impl Section {
    pub const ALL: [Section; 2] = [Section::Report, Section::Screen];

    /// The line in front of it, and the one behind.
    fn markers(self) -> [&'static str; 2] {
        match self {
            Section::Report => ["<!-- trapbench:begin -->", "<!-- trapbench:end -->"],
            Section::Screen => [
                "<!-- trapbench:screen:begin -->",
                "<!-- trapbench:screen:end -->",
            ],
        }
    }

    fn is_in(self, text: &str) -> bool {
        let markers = self.markers();
        text.lines().any(|line| markers.contains(&line.trim()))
    }
}

#[derive(Debug, Error)]
pub enum SpliceError {
    #[error("could not {what} {}: {source}", file.display())]
    Io {
        what: &'static str,
        file: PathBuf,
        source: io::Error,
    },
    #[error(
        "{} has no line `{marker}`; put `{}` and `{}` on lines of their own where the \
         section belongs", file.display(), section.markers()[0], section.markers()[1]
    )]
    NoMarker {
        file: PathBuf,
        section: Section,
        marker: &'static str,
    },
    #[error(
        "{} has the line `{marker}` {times} times, in lines {lines}; leave one", file.display()
    )]
    Doubled {
        file: PathBuf,
        marker: &'static str,
        times: usize,
        lines: String,
    },
    #[error(
        "{} has `{}` above `{}`; change their places",
        file.display(), section.markers()[1], section.markers()[0]
    )]
    Reversed { file: PathBuf, section: Section },
    #[error(
        "{}, line {line}: the section is not what the record gives: it says `{found}` where \
         `{expected}` belongs; {remedy}", file.display()
    )]
    Stale {
        file: PathBuf,
        line: usize,
        found: String,
        expected: String,
        remedy: String,
    },
}

/// Replaces the sections of `file` by what `content` has for each. True if that changed the file; a
/// file that is right already is not written.
///
/// # Errors
/// When there is no section, when the markers of one are not there once each, or when the file
/// cannot be read or written. It then is as it was: the new text gets a file of its own, which
/// takes the old one's place at once.
pub fn splice(file: &Path, content: impl Fn(Section) -> String) -> Result<bool, SpliceError> {
    let text = read(file)?;
    let new = replaced(file, &text, content)?;
    if new == text {
        return Ok(false);
    }
    whole_file::write(file, new.as_bytes()).map_err(failed("write", file))?;
    Ok(true)
}

/// Holds the sections of `file` against what `content` has for each; `remedy` is what an error
/// tells the user to do.
///
/// # Errors
/// When they differ, with the first line that does; or as for [`splice`].
pub fn check(
    file: &Path,
    content: impl Fn(Section) -> String,
    remedy: &str,
) -> Result<(), SpliceError> {
    let text = read(file)?;
    let right = replaced(file, &text, content)?;
    if text == right {
        return Ok(());
    }
    let mut lines = text.lines().zip(right.lines());
    let first = lines.position(|(found, expected)| found != expected);
    let line = first.unwrap_or_else(|| text.lines().count().min(right.lines().count()));
    let shown = |text: &str| {
        let line = text.lines().nth(line).unwrap_or("the end of the file");
        line.chars().take(120).collect()
    };
    Err(SpliceError::Stale {
        file: file.to_owned(),
        line: line + 1,
        found: shown(&text),
        expected: shown(&right),
        remedy: remedy.to_owned(),
    })
}

/// The whole text with its sections replaced, in the file's own line ends.
fn replaced(
    file: &Path,
    text: &str,
    content: impl Fn(Section) -> String,
) -> Result<String, SpliceError> {
    let there = Section::ALL.into_iter().filter(|one| one.is_in(text));
    let mut there = Vec::from_iter(there);
    if there.is_empty() {
        // The error says what belongs into a file that has none.
        there.push(Section::Report);
    }
    there
        .into_iter()
        .try_fold(text.to_owned(), |text, section| {
            one_replaced(file, &text, section, &content(section))
        })
}

fn one_replaced(
    file: &Path,
    text: &str,
    section: Section,
    content: &str,
) -> Result<String, SpliceError> {
    let [begin, end] = section.markers();
    let begin = only_line(file, text, section, begin)?;
    let end = only_line(file, text, section, end)?;
    if end.start < begin.end {
        let file = file.to_owned();
        return Err(SpliceError::Reversed { file, section });
    }
    let line_end = if text[..begin.end].ends_with("\r\n") {
        "\r\n"
    } else {
        "\n"
    };
    let mut new = text[..begin.end].to_owned();
    for line in content.lines() {
        new.push_str(line);
        new.push_str(line_end);
    }
    new.push_str(&text[end.start..]);
    Ok(new)
}

/// Where the one line that is `marker` stands, its line end included.
fn only_line(
    file: &Path,
    text: &str,
    section: Section,
    marker: &'static str,
) -> Result<std::ops::Range<usize>, SpliceError> {
    let mut at = 0;
    let mut found = Vec::new();
    for (number, line) in text.split_inclusive('\n').enumerate() {
        if line.trim() == marker {
            found.push((number + 1, at..at + line.len()));
        }
        at += line.len();
    }
    match &found[..] {
        [(_, range)] => Ok(range.clone()),
        [] => Err(SpliceError::NoMarker {
            file: file.to_owned(),
            section,
            marker,
        }),
        _ => {
            let lines: Vec<String> = found.iter().map(|(number, _)| number.to_string()).collect();
            Err(SpliceError::Doubled {
                file: file.to_owned(),
                marker,
                times: found.len(),
                lines: lines.join(", "),
            })
        }
    }
}

fn read(file: &Path) -> Result<String, SpliceError> {
    fs::read_to_string(file).map_err(failed("read", file))
}

fn failed(what: &'static str, file: &Path) -> impl FnOnce(io::Error) -> SpliceError {
    let file = file.to_owned();
    move |source| SpliceError::Io { what, file, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEGIN: &str = "<!-- trapbench:begin -->";
    const END: &str = "<!-- trapbench:end -->";
    const SCREEN: [&str; 2] = [
        "<!-- trapbench:screen:begin -->",
        "<!-- trapbench:screen:end -->",
    ];

    fn content(section: Section) -> String {
        match section {
            Section::Report => "one\ntwo\n".to_owned(),
            Section::Screen => "seen\n".to_owned(),
        }
    }

    fn new(text: &str) -> Result<String, String> {
        let new = replaced(Path::new("README.md"), text, content);
        new.map_err(|error| error.to_string())
    }

    #[test]
    fn the_section_is_replaced_and_nothing_else() {
        let text = format!("head `{BEGIN}`\n{BEGIN}\nold\n{END}\ntail");
        let right = format!("head `{BEGIN}`\n{BEGIN}\none\ntwo\n{END}\ntail");
        assert_eq!(new(&text).unwrap(), right);
        assert_eq!(new(&right).unwrap(), right);
        let windows = format!("{BEGIN}\r\n{END}\r\n");
        assert_eq!(
            new(&windows).unwrap(),
            format!("{BEGIN}\r\none\r\ntwo\r\n{END}\r\n")
        );
    }

    #[test]
    fn a_file_may_show_the_screen_too_or_alone() {
        let [begin, end] = SCREEN;
        let alone = format!("{begin}\nold\n{end}\n");
        let right = format!("{begin}\nseen\n{end}\n");
        assert_eq!(new(&alone).unwrap(), right);
        let both = format!("{alone}between\n{BEGIN}\n{END}\n");
        let right = format!("{right}between\n{BEGIN}\none\ntwo\n{END}\n");
        assert_eq!(new(&both).unwrap(), right);
    }

    #[test]
    fn markers_that_are_not_there_once_each_are_refused() {
        let [begin, end] = SCREEN;
        for (text, words) in [
            (
                "nothing".to_owned(),
                "has no line `<!-- trapbench:begin -->`",
            ),
            (format!("{BEGIN}\n"), "has no line `<!-- trapbench:end -->`"),
            (
                format!("{BEGIN}\n{END}\n{BEGIN}\n"),
                "2 times, in lines 1, 3",
            ),
            (format!("{END}\n{BEGIN}\n"), "change their places"),
            (
                format!("{BEGIN}\n{END}\n{begin}\n"),
                "has no line `<!-- trapbench:screen:end -->`",
            ),
            (format!("{end}\n{begin}\n"), "screen:end -->` above"),
        ] {
            let error = new(&text).unwrap_err();
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn a_file_is_replaced_as_a_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("README.md");
        fs::write(&file, format!("a\n{BEGIN}\n{END}\n")).unwrap();
        let stale = check(&file, content, "run it").unwrap_err().to_string();
        assert!(
            stale.contains("line 3") && stale.contains("`one` belongs; run it"),
            "{stale}"
        );
        assert!(splice(&file, content).unwrap());
        assert!(!splice(&file, content).unwrap());
        check(&file, content, "").unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
