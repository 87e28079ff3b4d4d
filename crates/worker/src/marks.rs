//! Where callgrind begins and ends to count: it is told the names of these functions, zeroes its
//! counts when the first is entered, and writes them out when the second is. Without it they are
//! calls of nothing.

use std::hint::black_box;

/// The name of [`from`] in the executable's table of symbols.
pub const FROM: &str = "trapbench_count_from";

/// The name of [`until`].
pub const UNTIL: &str = "trapbench_count_until";

/// What follows is counted.
#[unsafe(export_name = "trapbench_count_from")]
#[inline(never)]
pub extern "C" fn from() {
    // Functions that do the same may become one.
    black_box(FROM);
}

/// What came before, back to the other mark, was counted.
#[unsafe(export_name = "trapbench_count_until")]
#[inline(never)]
pub extern "C" fn until() {
    black_box(UNTIL);
}
