//! The host's stack under a call. In wasmer a raise walks it, so its height is an axis, and
//! every timing thread says how high its own is.

/// What Rust gives a thread unless RUST_MIN_STACK says otherwise: native guests may take half of
/// it, and are refused what is more.
pub const SIZE: usize = 2 << 20;

/// Host frames from the caller of this function down to the start of its thread.
#[inline(never)]
pub fn height() -> usize {
    let mark = 0u8;
    let here = &raw const mark as usize;
    let mut frames = 0;
    backtrace::trace(|frame| {
        // The walk begins inside the unwinder's own frames, and a frame's sp is where it ends:
        // below `here` is this function and what it called. Some systems close the walk with a
        // frame that is nowhere.
        frames += usize::from(frame.sp() as usize > here && !frame.ip().is_null());
        true
    });
    frames
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::hint::black_box;

    #[inline(never)]
    fn deeper(frames: u32) -> usize {
        black_box(match frames {
            0 => height(),
            _ => deeper(frames - 1),
        })
    }

    #[test]
    fn every_frame_is_counted() {
        let bare = deeper(0);
        for frames in [1, 16, 64, 300] {
            assert_eq!(deeper(frames), bare + frames as usize);
        }
    }
}
