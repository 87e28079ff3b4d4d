//! JSON files that know whether they were changed, and that exist whole or not at all.
//!
//! The last line of a sealed file, before the closing brace, is the SHA-256 of every byte
//! above it; so the check needs no notion of equal JSON, and a shell can do it.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::whole_file;

const LABEL: &str = ",\n  \"checksum\": \"";
const CLOSE: &str = "\"\n}\n";
const HEX: usize = 64;

/// `value` as readable JSON; it must be a struct or map that is not empty.
pub fn sealed(value: &impl Serialize) -> Vec<u8> {
    let text = serde_json::to_string_pretty(value).expect("a record's JSON has text keys");
    let body = text
        .strip_suffix("\n}")
        .expect("sealed JSON is a map with entries");
    format!("{body}{LABEL}{}{CLOSE}", sha256(&[body.as_bytes()])).into_bytes()
}

/// Whether the bytes are those that were sealed.
pub fn is_intact(bytes: &[u8]) -> bool {
    let tail_len = LABEL.len() + HEX + CLOSE.len();
    let Some(at) = bytes.len().checked_sub(tail_len) else {
        return false;
    };
    let (body, tail) = bytes.split_at(at);
    tail == format!("{LABEL}{}{CLOSE}", sha256(&[body])).as_bytes()
}

/// The SHA-256 of all parts in a row, as 64 hexadecimal digits.
pub fn sha256(parts: &[&[u8]]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    hex::encode(hasher.finalize())
}

/// A file that appears whole or not at all, and is there after a power cut.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    whole_file::write(path, bytes)?;
    sync_folder(path.parent().unwrap_or(Path::new(".")))
}

pub fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes new names durable, where a folder can be opened at all.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn a_sealed_file_is_json_and_any_changed_byte_shows() {
        let bytes = sealed(&BTreeMap::from([("schema", 1), ("rounds", 20)]));
        let json: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(json["rounds"], 20);
        assert!(is_intact(&bytes));
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut damaged = bytes.clone();
                damaged[at] ^= 1 << bit;
                assert!(!is_intact(&damaged), "byte {at}, bit {bit}");
            }
            assert!(!is_intact(&bytes[..at]), "cut at {at}");
        }
    }

    #[test]
    fn the_seal_is_the_one_that_sha256sum_computes() {
        assert_eq!(
            sha256(&[b"a", b"bc"]),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
