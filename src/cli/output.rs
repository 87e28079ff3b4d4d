use std::io::{self, IsTerminal, Write, stderr, stdout};

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
