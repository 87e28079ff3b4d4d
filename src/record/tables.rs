//! A record's tables as bytes: found, unpacked, and taken off from the front.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use super::refusal::{RecordError, damaged};
use super::{PACKED_TURNS_FILE, TURNS_FILE};

/// A whole table, its head still in front.
pub struct StoredTable {
    file: PathBuf,
    bytes: Vec<u8>,
    head: usize,
}

/// What is left of a table.
pub struct Tail<'a> {
    pub file: &'a Path,
    pub rest: &'a [u8],
}

impl StoredTable {
    /// The plain table, where both it and the packed one are there: the chain tells
    /// whether it is the right one.
    ///
    /// `head` is that of the record's schema.
    pub fn read_turns(folder: &Path, head: &str) -> Result<StoredTable, RecordError> {
        let packed = folder.join(PACKED_TURNS_FILE);
        if folder.join(TURNS_FILE).exists() || !packed.exists() {
            return StoredTable::read(folder.join(TURNS_FILE), head);
        }
        let mut bytes = Vec::new();
        let unpack = |file: File| MultiGzDecoder::new(file).read_to_end(&mut bytes);
        // Packed after the run, as a whole: a packed file that ends short is damage.
        if let Err(error) = File::open(&packed).and_then(unpack) {
            return Err(damaged(
                packed,
                None,
                format!("it does not unpack: {error}"),
            ));
        }
        StoredTable::of(packed, bytes, head)
    }

    pub fn read(file: PathBuf, head: &str) -> Result<StoredTable, RecordError> {
        match read(&file)? {
            Some(bytes) => StoredTable::of(file, bytes, head),
            None => Err(RecordError::Missing { file }),
        }
    }

    /// The head was on the disk before the folder had a name: no kill can tear it.
    fn of(file: PathBuf, bytes: Vec<u8>, head: &str) -> Result<StoredTable, RecordError> {
        if bytes.starts_with(head.as_bytes()) {
            let head = head.len();
            return Ok(StoredTable { file, bytes, head });
        }
        let columns = head.lines().next().unwrap_or_default();
        let what = if bytes.starts_with(format!("{columns}\r").as_bytes()) {
            "its line ends were changed, as an editor does, or git without `* -text`"
        } else {
            "its head is not the one written for this record"
        };
        Err(damaged(file, None, what))
    }

    pub fn rows(&self) -> Tail<'_> {
        Tail {
            file: &self.file,
            rest: &self.bytes[self.head..],
        }
    }
}

impl<'a> Tail<'a> {
    /// `None` if the table ends before.
    pub fn take(&mut self, bytes: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(bytes)?;
        self.rest = rest;
        Some(taken)
    }

    /// The next complete line, without its end.
    pub fn line(&mut self) -> Option<&'a [u8]> {
        let length = self.rest.iter().position(|&byte| byte == b'\n')?;
        self.take(length + 1).map(|line| &line[..length])
    }

    pub fn name(&self) -> String {
        let name = self.file.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }
}

/// `None` if there is no such file.
pub fn read(file: &Path) -> Result<Option<Vec<u8>>, RecordError> {
    match fs::read(file) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => {
            let file = file.to_owned();
            Err(RecordError::Unreadable { file, source })
        }
    }
}
