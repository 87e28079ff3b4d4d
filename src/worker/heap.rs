//! Which heap a thread has: one that has served nobody yet, or that of a thread that has ended.

use std::fs;
use std::ops::Range;

/// What of the address space is mapped.
pub struct Mapped(Vec<Range<usize>>);

impl Mapped {
    /// Nothing, where the system does not tell.
    pub fn now() -> Mapped {
        let maps = fs::read_to_string("/proc/self/maps").unwrap_or_default();
        Mapped(maps.lines().filter_map(range).collect())
    }

    pub fn has(&self, address: usize) -> bool {
        self.0.iter().any(|range| range.contains(&address))
    }
}

/// Where the calling thread's heap lies: an address in it. glibc maps a heap for a thread when it
/// first takes memory, unless one that has ended has left its own.
pub fn address() -> usize {
    // Nothing as large is kept for the thread that gives it back, whoever's it was.
    let taken = Vec::<u8>::with_capacity(5000);
    taken.as_ptr().addr()
}

/// Of a line that begins `5566a000-5566b000 r--p …`.
fn range(line: &str) -> Option<Range<usize>> {
    let (range, _) = line.split_once(' ')?;
    let (start, end) = range.split_once('-')?;
    let address = |text| usize::from_str_radix(text, 16).ok();
    Some(address(start)?..address(end)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_map_is_a_range() {
        let line = "7f0c4c000000-7f0c4c021000 rw-p 00000000 00:00 0 ";
        assert_eq!(range(line), Some(0x7f0c_4c00_0000..0x7f0c_4c02_1000));
        assert_eq!(range(""), None);
        assert_eq!(range("7f0c4c000000 rw-p"), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn what_is_there_is_mapped() {
        let here = Box::new(0_u8);
        let mapped = Mapped::now();
        assert!(mapped.has(std::ptr::from_ref(here.as_ref()).addr()));
        assert!(!mapped.has(0));
    }
}
