//! One line of `rounds.csv` for each finished round, and the checksum that ties it to all
//! that came before.
//!
//! Two checks, since they answer two questions. `line` (CRC-32) says whether the line is
//! the one that was written *here*, in this record, behind its predecessor; only then can
//! the sizes it states be used to tell a file that ends short from one that was changed.
//! `chain` (SHA-256) says whether the rows are the ones that were written.

use std::fmt::Write as _;

use super::seal::sha256;

const COLUMNS: &str = "process,round,rows,row_bytes,errors,error_bytes,ended_s,line,chain\n";

/// The checksum of everything up to and including one round: 64 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain(String);

/// What `rounds.csv` says of a round.
#[derive(Clone, Debug, PartialEq)]
pub struct RoundLine {
    pub process: u32,
    pub round: u32,
    pub rows: usize,
    pub row_bytes: usize,
    pub errors: usize,
    pub error_bytes: usize,
    pub ended_s: f64,
}

/// A line as it stands in the file: what it says, and what it promises about the rows.
pub struct ChainLink {
    pub line: RoundLine,
    pub chain: Chain,
    fields: String,
}

impl Chain {
    /// Where the chain of a record begins: a round of one record fits into no other.
    pub fn of_header(record_json: &[u8]) -> Chain {
        Chain(sha256(&[record_json]))
    }

    /// What `rounds.csv` begins with: the columns, and the line before the first round,
    /// which ties the tables to their header even when no round was finished.
    pub fn head(&self) -> String {
        format!("{COLUMNS},,0,0,0,0,0.000,,{}\n", self.0)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Over the previous link, the line up to and including `line`, then the rows' bytes.
    fn next(&self, fields: &str, rows: &[u8], errors: &[u8]) -> Chain {
        let parts = [
            self.0.as_bytes(),
            b",",
            fields.as_bytes(),
            b"\n",
            rows,
            errors,
        ];
        Chain(sha256(&parts))
    }
}

impl RoundLine {
    /// The line's text, its end included, and the link for the next round.
    pub fn written(&self, previous: &Chain, rows: &[u8], errors: &[u8]) -> (String, Chain) {
        let mut fields = format!(
            "{},{},{},{},{},{},{:.3}",
            self.process,
            self.round,
            self.rows,
            self.row_bytes,
            self.errors,
            self.error_bytes,
            self.ended_s
        );
        let crc = line_crc(previous, &fields);
        write!(fields, ",{crc:08x}").expect("text grows");
        let chain = previous.next(&fields, rows, errors);
        (format!("{fields},{}\n", chain.0), chain)
    }
}

impl ChainLink {
    /// Reads a complete line, without its end; `None` if it is not what was written behind
    /// `previous`.
    pub fn read(text: &[u8], previous: &Chain) -> Option<ChainLink> {
        let (fields, chain) = std::str::from_utf8(text).ok()?.rsplit_once(',')?;
        let (numbers, crc) = fields.rsplit_once(',')?;
        if crc != format!("{:08x}", line_crc(previous, numbers)) {
            return None;
        }
        let parts: Vec<&str> = numbers.split(',').collect();
        let [
            process,
            round,
            rows,
            row_bytes,
            errors,
            error_bytes,
            ended_s,
        ] = parts[..]
        else {
            return None;
        };
        Some(ChainLink {
            line: RoundLine {
                process: process.parse().ok()?,
                round: round.parse().ok()?,
                rows: rows.parse().ok()?,
                row_bytes: row_bytes.parse().ok()?,
                errors: errors.parse().ok()?,
                error_bytes: error_bytes.parse().ok()?,
                ended_s: ended_s.parse().ok()?,
            },
            chain: Chain(chain.to_owned()),
            fields: fields.to_owned(),
        })
    }

    /// Whether these are the rows that the line was written for.
    pub fn holds(&self, previous: &Chain, rows: &[u8], errors: &[u8]) -> bool {
        previous.next(&self.fields, rows, errors) == self.chain
    }
}

fn line_crc(previous: &Chain, numbers: &str) -> u32 {
    crc32fast::hash(format!("{},{numbers}", previous.0).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written() -> (Chain, String) {
        let line = RoundLine {
            process: 1,
            round: 7,
            rows: 2,
            row_bytes: 9,
            errors: 1,
            error_bytes: 5,
            ended_s: 1.25,
        };
        let seed = Chain::of_header(b"{}");
        let (text, _) = line.written(&seed, b"two rows\n", b"one!\n");
        (seed, text)
    }

    #[test]
    fn a_line_holds_for_its_own_rows_behind_its_own_predecessor_only() {
        let (seed, text) = written();
        let text = text.trim_end().as_bytes();
        let link = ChainLink::read(text, &seed).unwrap();
        assert_eq!((link.line.round, link.line.ended_s), (7, 1.25));
        assert!(link.holds(&seed, b"two rows\n", b"one!\n"));
        assert!(!link.holds(&seed, b"two r0ws\n", b"one!\n"));
        assert!(!link.holds(&seed, b"two rows\n", b"one?\n"));
        assert!(ChainLink::read(text, &Chain::of_header(b"{ }")).is_none());
    }

    /// As `sha256sum` would have it, and as the documents of the format say.
    #[test]
    fn the_chain_is_over_the_previous_one_the_line_and_the_rows() {
        let (seed, text) = written();
        let (line, chain) = text.trim_end().rsplit_once(',').unwrap();
        assert!(line.starts_with("1,7,2,9,1,5,1.250,"));
        let all = format!("{},{line}\ntwo rows\none!\n", sha256(&[b"{}"]));
        assert_eq!(seed.as_str(), sha256(&[b"{}"]));
        assert_eq!(chain, sha256(&[all.as_bytes()]));
    }

    #[test]
    fn every_changed_bit_of_a_line_shows() {
        let (seed, text) = written();
        let text = text.trim_end().as_bytes();
        for at in 0..text.len() {
            for bit in 0..8 {
                let mut damaged = text.to_vec();
                damaged[at] ^= 1 << bit;
                let link = ChainLink::read(&damaged, &seed);
                let held = link.is_some_and(|link| link.holds(&seed, b"two rows\n", b"one!\n"));
                assert!(!held, "byte {at}, bit {bit}");
            }
        }
    }
}
