//! Where a case lies: a value on its own axis, and a coordinate on each.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A position on an axis, as it stands in an id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    Number(u32),
    Word(Box<str>),
}

/// A position on all axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Guest frames above the first.
    pub depth: u32,
    /// Host frames laid under the call on purpose.
    pub host_frames: u32,
    /// Other threads that do the same at the same time, each with an instance of its own.
    pub threads: u32,
    /// Modules that are registered in the process, the guest's own among them.
    pub modules: u32,
}

impl Value {
    /// Nothing where it is a word.
    pub fn number(&self) -> Option<u32> {
        match self {
            Value::Number(number) => Some(*number),
            Value::Word(_) => None,
        }
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Value {
        Value::Number(number)
    }
}

impl PartialEq<u32> for Value {
    fn eq(&self, number: &u32) -> bool {
        self.number() == Some(*number)
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Number(number) => write!(f, "{number}"),
            Value::Word(word) => f.write_str(word),
        }
    }
}
