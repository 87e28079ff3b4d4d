//! Every backend does what it must in every case, and notices a guest that does not.

use trapbench_worker::case::{Case, DEPTHS};
use trapbench_worker::fixture::{Fixture, WAT};
use trapbench_worker::{Stretch, TimingThread, backend};

use crate::SLOTS;

#[test]
fn every_case_of_every_backend_is_verified_and_can_be_timed() {
    for slot in &SLOTS {
        let thread = TimingThread::start(&SLOTS, Fixture::shared());
        let offer = backend::open(&SLOTS, &slot.id()).unwrap().offer();
        let mut cases = offer.cases(&slot.id(), None);
        // Series, and the values of the axes depth, host-stack, threads, throughput and modules.
        assert_eq!(cases.len(), 6 * (DEPTHS.len() + 3 + 6 + 6 + 5));
        // What is registered stays registered.
        cases.sort_by_key(|case| case.place().modules);
        for case in cases {
            let id = case.to_string();
            let timed = thread.ask(move |workbench| {
                workbench.prepare(&case)?;
                workbench.time(&case, Stretch::timed(1, 2))
            });
            assert!(timed.is_ok(), "{id}: {}", timed.unwrap_err());
        }
    }
}

/// What each backend says when it is to prepare a case of the guest.
fn prepared(guest: &str, series: &str, depth: u32) -> Vec<String> {
    let prepared = |slot: &backend::Slot| {
        let case: Case = format!("depth/{series}/{}/{depth}", slot.id)
            .parse()
            .unwrap();
        let thread = TimingThread::start(&SLOTS, Fixture::of_text(guest).unwrap());
        let prepared = thread.ask(move |workbench| workbench.prepare(&case));
        prepared.map_or_else(|refusal| refusal.to_string(), |_| "verified".to_owned())
    };
    SLOTS.iter().map(prepared).collect()
}

fn all_say(said: &[String], words: &str) {
    for said in said {
        assert!(said.contains(words), "`{words}` is not in: {said}");
    }
}

#[test]
fn a_guest_with_a_frame_short_is_refused() {
    // As an optimiser does that puts the last frame into the one below.
    let short = WAT.replace(
        "(if (local.get $depth)",
        "(if (i32.gt_u (local.get $depth) (i32.const 1))",
    );
    for (depth, frames) in [(4, 4), (256, 256), (4096, 4096)] {
        let words = format!("called with {frames} guest frames live, not {}", depth + 1);
        all_say(&prepared(&short, "raise/exit", depth), &words);
        all_say(&prepared(&short, "sentinel/complete", depth), &words);
    }
    all_say(&prepared(&short, "raise/exit", 1), "verified");
}

#[test]
fn a_guest_that_is_too_deep_is_refused() {
    let words = "too deep for the guest's stack";
    all_say(&prepared(WAT, "raise/exit", 100_000), words);
}

#[test]
fn a_trap_in_place_of_the_error_is_refused() {
    let trap = WAT.replace("(call $early_exit)", "(call $early_exit) unreachable");
    let words = "should have returned 8, but failed: ";
    all_say(&prepared(&trap, "raise/complete", 0), words);
    all_say(&prepared(&trap, "raise/complete", 0), "unreachable");
    all_say(&prepared(&trap, "raise/exit", 0), "verified");
}

#[test]
fn the_caller_sees_the_frames_that_the_setting_leaves() {
    for slot in &SLOTS {
        let thread = TimingThread::start(&SLOTS, Fixture::shared());
        let seen = |series: &str, depth: u32| {
            let case: Case = format!("depth/{series}/{}/{depth}", slot.id)
                .parse()
                .unwrap();
            let seen = thread.ask(move |workbench| {
                workbench.prepare(&case)?;
                workbench.frames_seen(&case)
            });
            seen.unwrap()
        };
        // wasmtime's own limit is 20.
        let traced = !slot.id.ends_with("untraced");
        let limited = |frames: usize| Some(if traced { frames.min(20) } else { 0 });
        assert_eq!(seen("raise/exit", 0), limited(1));
        assert_eq!(seen("raise/exit", 4), limited(5));
        assert_eq!(seen("raise/exit", 64), limited(65));
        assert_eq!(seen("raise/complete", 4), None);
        assert_eq!(seen("sentinel/exit", 4), None);
    }
}
