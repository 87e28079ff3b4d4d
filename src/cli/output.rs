use std::io::{self, IsTerminal, Write, stderr, stdout};
use std::path::Path;

use anyhow::Context;

use crate::whole_file;

/// Prints an answer: for people on a terminal, for programs in a pipe. There the remarks, which
/// the screen has in it, go to standard error: a figure must not lose what casts doubt on it.
///
/// # Errors
/// When standard output is closed.
pub fn print(
    screen: impl FnOnce() -> String,
    lines: impl FnOnce() -> String,
    remarks: &[String],
) -> io::Result<()> {
    let mut out = stdout().lock();
    if out.is_terminal() {
        return write!(out, "{}", screen());
    }
    write!(out, "{}", lines())?;
    let mut err = stderr().lock();
    for remark in remarks {
        writeln!(err, "{remark}")?;
    }
    Ok(())
}

/// Writes a file that was asked for, whole or not at all.
///
/// # Errors
/// The system's, and which file it was.
pub fn write(file: &Path, text: impl AsRef<[u8]>) -> anyhow::Result<()> {
    whole_file::write(file, text.as_ref())
        .with_context(|| format!("could not write {}", file.display()))
}
