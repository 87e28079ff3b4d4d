//! The host's stack under a call. In wasmer a raise walks it, so its height is an axis, and
//! every timing thread says how high its own is.

use std::hint::black_box;

/// Calls `inner` with `frames` more host frames under it than a direct call has.
#[inline(never)]
pub fn under<R>(frames: u32, inner: &mut dyn FnMut() -> R) -> R {
    // Something is left to do behind the call, or it would be a jump and leave no frame.
    black_box(match frames {
        0 | 1 => inner(),
        _ => under(frames - 1, inner),
    })
}

/// Host frames from the caller of this function down to the start of its thread.
#[inline(never)]
pub fn height() -> usize {
    let mark = 0u8;
    let here = &raw const mark as usize;
    let mut frames = 0;
    backtrace::trace(|frame| {
        // The walk begins inside the unwinder's own frames, which are above this one.
        frames += usize::from(frame.sp() as usize > here);
        true
    });
    // This function's own frame is the first of those counted.
    frames - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_frame_asked_for_is_there() {
        let one = under(1, &mut height);
        for more in [1, 15, 63, 300] {
            assert_eq!(under(1 + more, &mut height), one + more as usize);
        }
    }
}
