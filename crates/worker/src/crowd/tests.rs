use super::*;
use crate::backend::Aftermath;
use crate::case::Outcome;
use crate::slice;

/// Higher than any test thread's own stack.
const HIGH: usize = 40;

/// Guests that end every call as they must up to a number of calls, and no call after it.
struct Tiring(u64);

struct TiringGuest {
    left: u64,
    calls: u64,
    depth: u32,
}

impl Program for Tiring {
    fn guest(&self, _: Strategy) -> Result<Box<dyn Guest>, RuntimeFailure> {
        Ok(Box::new(TiringGuest {
            left: self.0,
            calls: 0,
            depth: 0,
        }))
    }

    fn count_frames(&self, _: Strategy, depth: u32) -> Result<usize, RuntimeFailure> {
        Ok(depth as usize + 1)
    }
}

impl Guest for TiringGuest {
    fn set(&mut self, _: Outcome, depth: u32) -> Result<(), RuntimeFailure> {
        self.calls = 0;
        self.depth = depth;
        Ok(())
    }

    fn call(&mut self) -> Result<Ending, RuntimeFailure> {
        self.calls += 1;
        let is_tired = self.left == 0;
        self.left = self.left.saturating_sub(1);
        Ok(match is_tired {
            true => Ending::Returned(0),
            false => Ending::Exited(1),
        })
    }

    fn slice(&mut self, iterations: u64, expected: Ending) -> Slice {
        slice::time(iterations, || self.call().is_ok_and(|one| one == expected))
    }

    fn aftermath(&mut self) -> Aftermath {
        Aftermath {
            host_calls: self.calls,
            completed: 0,
            depth: self.depth,
        }
    }
}

fn raise() -> Case {
    "threads/raise/exit/tiring/3".parse().unwrap()
}

#[test]
fn all_are_at_work_until_they_are_stopped() {
    let mut crowd = Crowd::new(Arc::new(Tiring(u64::MAX)));
    let at_work = crowd.start(&raise(), 3, 5, HIGH).unwrap();
    assert!(at_work.calls() >= 3 * 5);
    assert!(at_work.stop().is_ok());
    let of_none = crowd.start(&raise(), 0, 5, HIGH).unwrap();
    assert_eq!(of_none.calls(), 0);
}

#[test]
fn a_bad_call_on_any_thread_is_told_and_the_next_case_is_as_good_as_any() {
    let mut crowd = Crowd::new(Arc::new(Tiring(0)));
    assert!(crowd.start(&raise(), 2, 5, HIGH).is_err());
    let mut crowd = Crowd::new(Arc::new(Tiring(100_000)));
    let at_work = crowd.start(&raise(), 2, 7, HIGH).unwrap();
    while at_work.calls() < 2 * 100_000 {
        thread::yield_now();
    }
    let told = at_work.stop().unwrap_err().to_string();
    assert!(told.contains("did not end as they should"), "{told}");
    assert!(crowd.start(&raise(), 2, 7, HIGH).is_err());
}

#[test]
fn a_crowd_that_is_dropped_at_work_comes_to_rest() {
    let mut crowd = Crowd::new(Arc::new(Tiring(u64::MAX)));
    drop(crowd.start(&raise(), 2, 5, HIGH).unwrap());
    assert!(crowd.start(&raise(), 2, 5, HIGH).unwrap().stop().is_ok());
}

/// Guests that tell from how high they are called, or panic.
struct Telling(Option<Arc<AtomicU64>>);

impl Program for Telling {
    fn guest(&self, _: Strategy) -> Result<Box<dyn Guest>, RuntimeFailure> {
        Ok(Box::new(TellingGuest {
            height: self.0.clone(),
            calls: 0,
        }))
    }

    fn count_frames(&self, _: Strategy, depth: u32) -> Result<usize, RuntimeFailure> {
        Ok(depth as usize + 1)
    }
}

struct TellingGuest {
    height: Option<Arc<AtomicU64>>,
    calls: u64,
}

impl Guest for TellingGuest {
    fn set(&mut self, _: Outcome, _: u32) -> Result<(), RuntimeFailure> {
        self.calls = 0;
        Ok(())
    }

    fn call(&mut self) -> Result<Ending, RuntimeFailure> {
        self.calls += 1;
        Ok(Ending::Exited(1))
    }

    fn slice(&mut self, iterations: u64, _: Ending) -> Slice {
        slice::time(iterations, || {
            let height = self.height.as_ref().expect("this one panics");
            height.store(host_stack::height() as u64, Relaxed);
            self.calls += 1;
            true
        })
    }

    fn aftermath(&mut self) -> Aftermath {
        Aftermath {
            host_calls: self.calls,
            completed: 0,
            depth: 16,
        }
    }
}

#[test]
fn all_are_called_from_as_high_as_the_measured_one() {
    let height = Arc::new(AtomicU64::new(0));
    let mut crowd = Crowd::new(Arc::new(Telling(Some(height.clone()))));
    for high in [30, HIGH] {
        crowd.start(&raise(), 1, 5, high).unwrap().stop().unwrap();
        assert_eq!(height.load(Relaxed), high as u64);
    }
    let low = crowd.start(&raise(), 1, 5, 1).err().unwrap().to_string();
    assert!(low.contains("host frames under its calls"), "{low}");
}

#[test]
fn nobody_waits_for_a_thread_that_has_panicked() {
    let mut crowd = Crowd::new(Arc::new(Telling(None)));
    for _ in 0..2 {
        let told = crowd.start(&raise(), 1, 5, HIGH).err().unwrap().to_string();
        assert!(told.contains("has died"), "{told}");
    }
}
