//! What must hold before a case is timed holds for every case; and where it does not, that is
//! noticed.

use trapbench_worker::backend::{Aftermath, Ending, Guest, Program, RuntimeFailure};
use trapbench_worker::case::{Case, NATIVE, Outcome, Strategy};
use trapbench_worker::fixture::Fixture;
use trapbench_worker::slice::{self, Slice};
use trapbench_worker::verify;
use trapbench_worker::{Stretch, TimingThread};

use crate::command::{backends, changed_fixture};

#[test]
fn every_case_of_every_backend_is_verified_and_can_be_timed() {
    // Series, and the values of the axes depth, host-stack, threads, throughput and modules.
    let with_wasm = backends().into_iter();
    let with_wasm = with_wasm.map(|backend| (backend, 8 * (8 + 3 + 6 + 6 + 5)));
    for (backend, count) in with_wasm.chain([(NATIVE, 6 * (8 + 6 + 6))]) {
        let thread = TimingThread::start(&trapbench_wasmer::SLOTS, Fixture::shared());
        let id = backend.parse().unwrap();
        let offer = trapbench_wasmer::open(&id).unwrap().offer();
        let mut cases = offer.cases(&id, None);
        assert_eq!(cases.len(), count);
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

#[test]
fn a_case_is_not_timed_before_it_is_verified() {
    let thread = TimingThread::start(&trapbench_wasmer::SLOTS, Fixture::shared());
    let case: Case = format!("depth/raise/exit/{}/0", backends()[0])
        .parse()
        .unwrap();
    let refusal = thread
        .ask(move |workbench| workbench.time(&case, Stretch::timed(0, 1)))
        .unwrap_err();
    assert!(refusal.to_string().contains("has not been prepared"));
}

/// Says why each backend refuses a case of a changed fixture.
fn refusals(changes: &[(&str, &str)], series: &str, depth: u32) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let module = changed_fixture(folder.path(), changes);
    let refusal = |backend: &&str| {
        let thread = TimingThread::start(
            &trapbench_wasmer::SLOTS,
            Fixture::from_file(&module).unwrap(),
        );
        let case: Case = format!("depth/{series}/{backend}/{depth}").parse().unwrap();
        let prepared = thread.ask(move |workbench| workbench.prepare(&case));
        prepared.map_or_else(|refusal| refusal.to_string(), |_| "verified".to_owned())
    };
    backends().iter().map(refusal).collect()
}

fn all_say(refusals: &[String], words: &str) {
    assert!(!refusals.is_empty());
    for refusal in refusals {
        assert!(refusal.contains(words), "`{words}` is not in: {refusal}");
    }
}

#[test]
fn a_frame_that_was_optimised_away_is_noticed() {
    // As an optimiser does that turns the recursion into a loop: one frame, whatever the depth.
    let looping = [("(if (local.get $depth)", "(if (i32.const 0)")];
    let words = "called with 2 guest frames live, not 5";
    all_say(&refusals(&looping, "raise/exit", 4), words);
    all_say(&refusals(&looping, "raise/complete", 4), words);
    // The sentinel's entry is another function, and still whole.
    all_say(&refusals(&looping, "sentinel/exit", 4), "verified");
    all_say(&refusals(&looping, "raise/exit", 1), "verified");
}

#[test]
fn a_host_that_is_called_twice_is_noticed() {
    let twice = [(
        "(call $early_exit)",
        "(call $early_exit) (call $early_exit)",
    )];
    all_say(
        &refusals(&twice, "raise/complete", 0),
        "called 2 times in 1 calls",
    );
    let twice = [(
        "(call $should_exit)",
        "(i32.or (call $should_exit) (call $should_exit))",
    )];
    all_say(
        &refusals(&twice, "sentinel/exit", 0),
        "called 2 times in 1 calls",
    );
}

#[test]
fn a_wrong_error_is_noticed() {
    // The host is called and stops the guest; when it lets it go on, the guest traps by itself.
    let trap = [("(call $early_exit)", "(call $early_exit) unreachable")];
    let words = "should have returned 8, but failed: RuntimeError: unreachable";
    all_say(&refusals(&trap, "raise/complete", 0), words);
    // A trap in place of the host's error.
    let trap = [("(call $early_exit)", "unreachable")];
    all_say(&refusals(&trap, "raise/exit", 0), "unreachable");
    // A sentinel that is not the agreed one.
    let other = [(
        "(then (return (local.get $sum)))))\n      (else",
        "(then (return (i32.const -2)))))\n      (else",
    )];
    all_say(
        &refusals(&other, "sentinel/exit", 1),
        "returned -2, but it should have returned -1",
    );
}

#[test]
fn code_that_runs_behind_an_exit_is_noticed() {
    let early = [(
        "(call $early_exit)",
        "(global.set $completed (i32.const 1)) (call $early_exit)",
    )];
    let words = "`completed` is 1 after an exiting call, not 0";
    for raise in ["raise/exit", "raise-prebuilt/exit", "raise-traced/exit"] {
        all_say(&refusals(&early, raise, 0), words);
    }
    all_say(&refusals(&early, "raise/complete", 0), "verified");
}

#[test]
fn code_that_does_not_run_behind_a_completion_is_noticed() {
    let never = [("(global.set $completed (i32.const 1))", "")];
    let words = "`completed` is 0 after a completing call, not 1";
    all_say(&refusals(&never, "raise/complete", 0), words);
}

/// A guest that does as it is told, to see what the checks make of it.
struct Puppet {
    ending: Result<Ending, &'static str>,
    traces: Aftermath,
    good: u64,
    frames: usize,
}

impl Puppet {
    fn faultless() -> Puppet {
        Puppet {
            ending: Ok(Ending::Exited(1)),
            traces: Aftermath {
                host_calls: 1,
                completed: 0,
                depth: 0,
            },
            good: 1,
            frames: 1,
        }
    }
}

impl Guest for Puppet {
    fn set(&mut self, _: Outcome, _: u32) -> Result<(), RuntimeFailure> {
        Ok(())
    }

    fn call(&mut self) -> Result<Ending, RuntimeFailure> {
        self.ending.map_err(RuntimeFailure::msg)
    }

    fn slice(&mut self, iterations: u64, _: Ending) -> Slice {
        Slice {
            good: self.good,
            ..slice::time(iterations, || true)
        }
    }

    fn aftermath(&mut self) -> Aftermath {
        self.traces
    }
}

impl Program for Puppet {
    fn guest(&self, _: Strategy) -> Result<Box<dyn Guest>, RuntimeFailure> {
        Ok(Box::new(Puppet::faultless()))
    }

    fn count_frames(&self, _: Strategy, _: u32) -> Result<usize, RuntimeFailure> {
        Ok(self.frames)
    }
}

fn an_exit() -> Case {
    "depth/raise/exit/puppet/0".parse().unwrap()
}

#[test]
fn each_check_passes_what_is_right_and_stops_what_is_wrong() {
    let call = |puppet: &mut Puppet| verify::call(puppet, &an_exit()).map_err(|e| e.to_string());
    assert_eq!(call(&mut Puppet::faultless()), Ok(()));
    let wrong = [
        (Ok(Ending::Exited(2)), "exited with code 2"),
        (Ok(Ending::Returned(8)), "returned 8"),
        (Err("out of memory"), "failed: out of memory"),
    ];
    for (ending, words) in wrong {
        let mut puppet = Puppet {
            ending,
            ..Puppet::faultless()
        };
        let error = call(&mut puppet).unwrap_err();
        assert!(error.contains(words), "{error}");
    }
    for frames in [0, 2] {
        let puppet = Puppet {
            frames,
            ..Puppet::faultless()
        };
        assert!(verify::frames(&puppet, Strategy::Raise, 0).is_err());
    }
    assert!(verify::frames(&Puppet::faultless(), Strategy::Raise, 0).is_ok());
}

#[test]
fn a_slice_is_void_when_one_call_was_not_as_it_should_be() {
    let check = |mut puppet: Puppet, calls| {
        let slice = puppet.slice(10, Ending::Exited(1));
        verify::slice(&slice, &mut puppet, &an_exit(), calls).map_err(|e| e.to_string())
    };
    let after = |good, host_calls| Puppet {
        good,
        traces: Aftermath {
            host_calls,
            completed: 0,
            depth: 0,
        },
        ..Puppet::faultless()
    };
    assert_eq!(check(after(10, 11), 11), Ok(()));
    let error = check(after(9, 11), 11).unwrap_err();
    assert!(error.contains("1 of 10 timed calls"), "{error}");
    let error = check(after(10, 12), 11).unwrap_err();
    assert!(error.contains("called 12 times in 11 calls"), "{error}");
}

#[test]
fn a_module_under_the_old_contract_is_measured_without_what_it_lacks() {
    let old = [("(export \"run_unreachable\") ", "")];
    let words = "the guest has no export `run_unreachable`";
    all_say(&refusals(&old, "unreachable/exit", 4), words);
    all_say(&refusals(&old, "raise/exit", 4), "verified");
    all_say(&refusals(&old, "sentinel/exit", 4), "verified");
}

#[test]
fn a_trap_of_another_kind_is_noticed() {
    let division = [(
        "(then (unreachable))",
        "(then (drop (i32.div_s (i32.const 1) (i32.const 0))))",
    )];
    let words = "should have trapped at an `unreachable`, but failed: ";
    all_say(&refusals(&division, "unreachable/exit", 0), words);
    all_say(&refusals(&division, "unreachable/complete", 0), "verified");
}

/// What comes of timing a few calls of each of these cases, one after the other on one thread.
fn timed(ids: &[&str]) -> Vec<String> {
    let thread = TimingThread::start(&trapbench_wasmer::SLOTS, Fixture::shared());
    let time = |id: &&str| {
        let case: Case = id.replace("BACKEND", backends()[0]).parse().unwrap();
        let timed = thread.ask(move |workbench| {
            workbench.prepare(&case)?;
            workbench.time(&case, Stretch::timed(1, 2))
        });
        timed.map_or_else(|refusal| refusal.to_string(), |_| "timed".to_owned())
    };
    ids.iter().map(time).collect()
}

#[test]
fn other_threads_are_as_many_as_a_machine_may_have_cores() {
    let said = timed(&[
        "threads/raise/exit/BACKEND/256",
        "throughput/unreachable/exit/BACKEND/3",
        "threads/raise/exit/BACKEND/257",
    ]);
    assert_eq!(said[..2], ["timed"; 2]);
    assert!(said[2].contains("wants 257 other threads: more than 256"));
}

#[test]
fn a_process_never_has_fewer_modules_than_it_has_registered() {
    let said = timed(&[
        "modules/raise/exit/BACKEND/3",
        "modules/sentinel/exit/BACKEND/3",
        "depth/raise/exit/BACKEND/0",
        "modules/raise/exit/BACKEND/5",
        "modules/raise/exit/BACKEND/3",
    ]);
    assert_eq!([&said[0], &said[1], &said[3]], ["timed"; 3]);
    assert!(said[2].ends_with("wants 1 modules registered: this process has 3 for good"));
    assert!(said[4].ends_with("wants 3 modules registered: this process has 5 for good"));
}
