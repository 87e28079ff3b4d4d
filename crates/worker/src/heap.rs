//! The heap of a thread whose calls are counted: one that has served nobody yet, and without holes.

use std::fs;
use std::hint::black_box;
use std::mem::ManuallyDrop;
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

/// Takes every hole of the calling thread's heap, of whatever size, and leaves its untouched end at
/// one and the same place in a page. Whoever asks for memory then is served as in any other process,
/// whatever was taken and given back before, and in whatever order: that is luck, and decided over
/// 1.6 % of the instructions of a traced raise.
///
/// What is taken is never given back, or it would be a larger hole. The heap must be new.
pub fn settle() {
    // Larger than any hole of a new heap, so that it is from the end. All that lies above the
    // highest of the heap is from there, too; what another thread's heap has lent is not.
    let mut highest = take(65_528);
    let mut blocks = 0..MOST_BLOCKS;
    for size in [32_760, 16_376, 8_184].into_iter().chain(sizes()) {
        while blocks.next().is_some() {
            let at = take(size);
            if at > highest && at / HEAP == highest / HEAP {
                highest = at;
                break;
            }
        }
    }
    // The end has never as much left, so that by the second it has grown by what it needed.
    take(LARGE);
    let end = take(LARGE) + LARGE;
    let to_page = PAGE - end % PAGE;
    take((to_page + PAGE - LEFT) / 16 * 16 - 8);
}

/// Every size that glibc has a list of its own for, and more.
fn sizes() -> impl Iterator<Item = usize> {
    (24..=4088).rev().step_by(16)
}

fn take(size: usize) -> usize {
    let block = ManuallyDrop::new(Vec::<u8>::with_capacity(size));
    black_box(block.as_ptr()).addr()
}

/// Many times what a new heap has of sizes and holes; another allocator may have no end to find.
const MOST_BLOCKS: usize = 4096;

/// What glibc maps for a thread's heap, and aligns to.
const HEAP: usize = 64 << 20;

/// Just less than what glibc maps by itself.
const LARGE: usize = 120_008;

const PAGE: usize = 4096;

/// What is left of the end up to the next page: no more than a call needs, so that it grows.
const LEFT: usize = 1024;

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
