//! Whether a worker refuses what it must refuse. It is fed the shared guest, which it must time,
//! and guests that are broken in one way each, none of which it may time.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use trapbench_worker::case::{Axis, Case};
use trapbench_worker::fixture::{Fixture, WAT};

use super::arm::Arm;
use super::child::Trouble;
use super::participant::Participant;
use super::{GuestFile, Setup, Worker};

/// A way in which a guest can be broken.
pub struct Breach {
    /// What it does, in words: *the host is called twice*.
    pub what: &'static str,
    /// The check that finds it, where a worker may say that it cannot make it.
    pub check: Option<&'static str>,
    /// What is replaced in the shared guest: the first place of each.
    changes: &'static [(&'static str, &'static str)],
    /// The series in which it shows, and the least depth.
    series: &'static str,
    depth: u32,
}

/// What became of one breach, or of the sound guest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The worker did what it must; of a breach these are the words with which it refused.
    Well(String),
    /// It says that it cannot make this check.
    Unverified,
    /// It offers no case in which the breach would show.
    NotFed,
    /// It did not, in words.
    Wrong(String),
}

/// How the first frame of a call goes on to the second.
const DESCENDS: &str = "(call $descend (local.get $a) (local.get $b)
            (i32.sub (global.get $depth) (i32.const 1)))";
const DESCENDS_TESTING: &str = "(call $descend_sentinel (local.get $a) (local.get $b)
            (i32.sub (global.get $depth) (i32.const 1)))";

/// How any other frame goes on to the next, and how it does where the last one is left out. Depths
/// 0 and 1 are then as they should be.
const GOES_ON: &str = "(if (local.get $depth)
      (then
        (local.set $sum
          (call $descend (";
const GOES_ON_BUT_FOR_THE_LAST: &str = "(if (i32.gt_u (local.get $depth) (i32.const 1))
      (then
        (local.set $sum
          (call $descend (";
const GOES_ON_TESTING: &str = "(if (local.get $depth)
      (then
        (local.set $sum
          (call $descend_sentinel (";
const GOES_ON_TESTING_BUT_FOR_THE_LAST: &str = "(if (i32.gt_u (local.get $depth) (i32.const 1))
      (then
        (local.set $sum
          (call $descend_sentinel (";

const GOES_ON_TO_TRAP: &str = "(if (local.get $depth)
      (then
        (local.set $sum
          (call $descend_unreachable (";
const GOES_ON_TO_TRAP_BUT_FOR_THE_LAST: &str = "(if (i32.gt_u (local.get $depth) (i32.const 1))
      (then
        (local.set $sum
          (call $descend_unreachable (";
const ASKS_TO_TRAP: &str = "(if (i32.lt_s (call $should_exit) (i32.const 0))";

/// Every way, each shown by a raise and by a sentinel where both can have it.
pub const BREACHES: [Breach; 15] = [
    Breach {
        what: "a raise has a frame too few",
        check: Some("frames"),
        changes: &[(GOES_ON, GOES_ON_BUT_FOR_THE_LAST)],
        series: "raise/exit",
        depth: 2,
    },
    Breach {
        what: "a sentinel has a frame too few",
        check: Some("frames"),
        changes: &[(GOES_ON_TESTING, GOES_ON_TESTING_BUT_FOR_THE_LAST)],
        series: "sentinel/exit",
        depth: 2,
    },
    Breach {
        what: "a trap has a frame too few",
        check: Some("frames"),
        changes: &[(GOES_ON_TO_TRAP, GOES_ON_TO_TRAP_BUT_FOR_THE_LAST)],
        series: "unreachable/exit",
        depth: 2,
    },
    Breach {
        what: "the guest traps without asking the host",
        check: None,
        changes: &[(ASKS_TO_TRAP, "(if (i32.const 1)")],
        series: "unreachable/exit",
        depth: 0,
    },
    Breach {
        what: "the guest traps by a division in place of `unreachable`",
        check: None,
        changes: &[(
            "(then (unreachable))",
            "(then (drop (i32.div_s (i32.const 1) (i32.const 0))))",
        )],
        series: "unreachable/exit",
        depth: 0,
    },
    Breach {
        what: "the host is called twice by a completing call",
        check: None,
        changes: &[(
            "(call $early_exit)",
            "(call $early_exit) (call $early_exit)",
        )],
        series: "raise/complete",
        depth: 0,
    },
    Breach {
        what: "the host is called twice by a call that is stopped by sentinel",
        check: None,
        changes: &[(
            "(call $should_exit)",
            "(i32.or (call $should_exit) (call $should_exit))",
        )],
        series: "sentinel/exit",
        depth: 0,
    },
    Breach {
        what: "a completing call returns another sum",
        check: None,
        changes: &[("(i32.add (local.get $a) (local.get $b))", "(i32.const 9)")],
        series: "raise/complete",
        depth: 0,
    },
    Breach {
        what: "a call that is to be stopped by raise returns",
        check: None,
        changes: &[("(call $early_exit)", "")],
        series: "raise/exit",
        depth: 0,
    },
    Breach {
        what: "the guest traps by itself in place of the host",
        check: None,
        changes: &[("(call $early_exit)", "(unreachable)")],
        series: "raise/exit",
        depth: 0,
    },
    Breach {
        what: "another sentinel is returned",
        check: None,
        changes: &[(
            "(local.set $sum (call $should_exit))
        (if (i32.lt_s (local.get $sum) (i32.const 0))
          (then (return (local.get $sum))))",
            "(local.set $sum (call $should_exit))
        (if (i32.lt_s (local.get $sum) (i32.const 0))
          (then (return (i32.const -2))))",
        )],
        series: "sentinel/exit",
        depth: 0,
    },
    Breach {
        what: "code runs that lies behind a raise",
        check: None,
        changes: &[(
            "(call $early_exit)",
            "(global.set $completed (i32.const 1)) (call $early_exit)",
        )],
        series: "raise/exit",
        depth: 0,
    },
    Breach {
        what: "code does not run that lies behind a completion",
        check: None,
        changes: &[("(global.set $completed (i32.const 1))", "")],
        series: "raise/complete",
        depth: 0,
    },
    Breach {
        what: "a raise leaves the global `depth` dirty",
        check: None,
        changes: &[(
            DESCENDS,
            "(call $descend (local.get $a) (local.get $b)
            (i32.sub (global.get $depth) (i32.const 1))
            (global.set $depth (i32.const 0)))",
        )],
        series: "raise/exit",
        depth: 2,
    },
    Breach {
        what: "a sentinel leaves the global `depth` dirty",
        check: None,
        changes: &[(
            DESCENDS_TESTING,
            "(call $descend_sentinel (local.get $a) (local.get $b)
            (i32.sub (global.get $depth) (i32.const 1))
            (global.set $depth (i32.const 0)))",
        )],
        series: "sentinel/exit",
        depth: 2,
    },
];

impl Breach {
    /// The guest that is broken so.
    pub fn guest(&self) -> Fixture {
        let mut text = WAT.to_owned();
        for (from, to) in self.changes {
            assert!(text.contains(from), "the fixture holds no `{from}`");
            text = text.replacen(from, to, 1);
        }
        Fixture::of_text(&text).expect("a broken guest keeps the contract's names and types")
    }

    /// The case in which it shows: at the least depth that is offered and deep enough. Nothing
    /// where the worker has no such case.
    fn case(&self, participant: &Participant) -> Option<Case> {
        let case = |value: u32| Case {
            series: self.series.parse().expect("the series are well-formed"),
            value: value.into(),
            axis: Axis::Depth,
            backend: participant.arm.backend.clone(),
        };
        let usual = participant.cases(None).into_iter();
        let usual = usual
            .filter(|case| case.axis == Axis::Depth)
            .map(|case| case.depth());
        let depths = std::iter::once(self.depth).chain(usual);
        let deep_enough = depths.filter(|&depth| depth >= self.depth);
        let offered = deep_enough.filter(|&depth| participant.offer.has(&case(depth)));
        offered.min().map(case)
    }

    /// Feeds it to the worker that `arm` starts for a guest; nothing where the worker has no case
    /// in which it shows.
    ///
    /// # Errors
    /// When the guest cannot be put into a file.
    pub fn feed(
        &self,
        participant: &Participant,
        arm: impl Fn(&GuestFile) -> std::io::Result<Arm>,
    ) -> std::io::Result<Option<Finding>> {
        let Some(case) = self.case(participant) else {
            return Ok(None);
        };
        let guest = GuestFile::of(&self.guest())?;
        let worker = start(&arm(&guest)?, &guest);
        let found = match worker.and_then(|mut worker| time(&mut worker, &case)) {
            Err(Trouble::Refused(words)) => Finding::Well(words),
            Err(Trouble::Lost(words)) => Finding::Wrong(words),
            Ok(())
                if self
                    .check
                    .is_some_and(|check| is_unverified(participant, check)) =>
            {
                Finding::Unverified
            }
            Ok(()) => Finding::Wrong("it was timed".to_owned()),
        };
        Ok(Some(found))
    }
}

fn is_unverified(participant: &Participant, check: &str) -> bool {
    let mut unverified = participant.hello.unverified.iter();
    unverified.any(|one| one == check)
}

/// Whether each of these cases of the sound guest is verified and timed. One process does all that
/// go into one, and another goes on where it is lost. After each `goes_on` is asked; fewer are told where it says no.
pub fn sound(
    participant: &Participant,
    guest: &GuestFile,
    cases: &[Case],
    mut goes_on: impl FnMut() -> bool,
) -> Vec<Finding> {
    let mut workers = BTreeMap::new();
    let mut found = Vec::new();
    for case in cases {
        let mut timed = || {
            let worker = match workers.entry(case.process()) {
                Entry::Occupied(worker) => worker.into_mut(),
                Entry::Vacant(none) => none.insert(start(&participant.arm, guest)?),
            };
            time(worker, case)
        };
        found.push(match timed() {
            Ok(()) => Finding::Well(String::new()),
            Err(trouble) => {
                if let Trouble::Lost(_) = trouble {
                    workers.remove(&case.process());
                }
                Finding::Wrong(trouble.to_string())
            }
        });
        if !goes_on() {
            break;
        }
    }
    found
}

fn start(arm: &Arm, guest: &GuestFile) -> Result<Worker, Trouble> {
    let mut worker = Worker::of_arm(arm)?;
    worker.hello(arm, guest.hash(), Setup::default())?;
    Ok(worker)
}

/// A case is prepared, and timed twice.
fn time(worker: &mut Worker, case: &Case) -> Result<(), Trouble> {
    worker.prepare(case)?;
    worker.time(case, 1, 3)?;
    worker.time(case, 0, 1).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_broken_guest_is_another_module_with_the_same_names() {
        let mut hashes = vec![Fixture::shared().hash().to_owned()];
        for breach in &BREACHES {
            hashes.push(breach.guest().hash().to_owned());
            assert!(
                breach
                    .series
                    .parse::<trapbench_worker::case::Series>()
                    .is_ok()
            );
        }
        let all = hashes.len();
        hashes.sort();
        hashes.dedup();
        assert_eq!(hashes.len(), all);
    }
}
