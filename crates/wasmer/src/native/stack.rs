//! What the frames take of a stack, and how many of them are on it.

use std::cell::Cell;

use anyhow::bail;

use super::frames::{Call, Way};
use trapbench_worker::backend::RuntimeFailure;

/// What the frames may take of a stack, as guests may in wasmer; a thread's has twice as much.
pub const ROOM: usize = 1 << 20;

/// What is kept of it for the host under the last frame, and for whoever walks the stack there.
const FOOT: usize = 64 << 10;

/// Native frames that are too many do not trap: they take the process down.
///
/// # Errors
/// When `depth + 1` frames of so many bytes do not fit [`ROOM`].
pub fn check_room(depth: u32, frame: usize) -> Result<(), RuntimeFailure> {
    let frames = u64::from(depth) + 1;
    if frames.saturating_mul(frame as u64) > (ROOM - FOOT) as u64 {
        bail!(
            "it is too deep for the guest's stack (1 MiB, and a frame takes {frame} bytes of it); \
             --depths names others"
        );
    }
    Ok(())
}

/// How many frames of `function` are on the stack.
pub fn live(function: *const ()) -> usize {
    let mut frames = 0;
    backtrace::trace(|frame| {
        frames += usize::from(frame.symbol_address().cast_const().cast() == function);
        true
    });
    frames
}

/// How many bytes of the stack a frame takes: the compiler decides it, so the host of a shallow
/// and of a deeper call looks where it stands.
pub fn frame(way: &mut impl Way) -> usize {
    const DEEPER: u32 = 64;
    let [shallow, deep] = [0, DEEPER].map(|depth| {
        let place = Cell::new(0);
        let look = || {
            place.set(stack_pointer());
            false
        };
        way.call(Call {
            wants_to_stop: &look,
            completed: &Cell::new(0),
            depth,
        });
        place.get()
    });
    deep.abs_diff(shallow).div_ceil(DEEPER as usize)
}

#[inline(never)]
fn stack_pointer() -> usize {
    let mark = 0u8;
    &raw const mark as usize
}
