//! The host's stack under a call. In wasmer a raise walks it, so its height is an axis, and
//! every timing thread says how high its own is.

use std::hint::black_box;

/// Calls `inner` with `frames` more host frames under it than a call with 0 has.
#[inline(never)]
pub fn under<R>(frames: u32, inner: &mut dyn FnMut() -> R) -> R {
    if frames == 0 {
        return inner();
    }
    // Something is left to do behind the call, or it would be a jump and leave no frame.
    black_box(under(frames - 1, inner))
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
        let bare = under(0, &mut height);
        for frames in [1, 16, 64, 300] {
            assert_eq!(under(frames, &mut height), bare + frames as usize);
        }
    }
}
