//! How a call of the guest ends.

use std::fmt;

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The entry returned this value.
    Returned(i32),
    /// The host raised an `ExitCode` with this code, and it arrived.
    Exited(i32),
    /// The guest executed `unreachable`, and the runtime's own error for that arrived.
    Trapped,
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ending::Returned(value) => write!(f, "returned {value}"),
            Ending::Exited(code) => write!(f, "exited with code {code}"),
            Ending::Trapped => f.write_str("trapped at an `unreachable`"),
        }
    }
}
