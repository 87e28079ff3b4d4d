use std::collections::BTreeMap;
use std::io::{self, BufRead, Write};

use crate::backend::{self, Absent, Slot};
use crate::case::{BackendId, Cores};
use crate::fixture::Fixture;
use crate::heap::{self, Mapped};
use crate::placement;
use crate::protocol::{Answer, Ask, EARLY_EXIT, Hello, PROTOCOL, Setup};
use crate::{Refusal, Stretch, TimingThread};

/// Answers the asks on `input` until it ends, for one backend of those in `slots`.
///
/// The fixture is laid where the first ask wants it, or anywhere. An ask that cannot be met is
/// answered with its reason; only a broken pipe ends the work.
///
/// # Errors
/// When the backend is not there, or when a pipe breaks.
pub fn serve(
    slots: &'static [Slot],
    backend: &BackendId,
    fixture: Fixture,
    input: impl BufRead,
    mut output: impl Write,
) -> anyhow::Result<()> {
    // Before anything is asked: a backend that is not there is a failure of the command.
    let hello = introduce(slots, backend, &fixture)?;
    let mut server = None;
    for line in input.lines() {
        let answer = match serde_json::from_str(&line?) {
            Ok(ask) => server
                .get_or_insert_with(|| Server::start(slots, &fixture, &hello, &ask))
                .answer(ask),
            Err(error) => Answer::Error {
                reason: format!("not understood: {error}; PROTOCOL.md has the asks"),
            },
        };
        writeln!(
            output,
            "{}",
            serde_json::to_string(&answer).map_err(io::Error::from)?
        )?;
        output.flush()?;
    }
    Ok(())
}

fn introduce(slots: &[Slot], backend: &BackendId, fixture: &Fixture) -> Result<Hello, Absent> {
    let opened = backend::open(slots, backend)?;
    let (offer, lacks) = opened.offer().of_guest(fixture);
    // Native frames run no guest of anybody's.
    let guest = offer
        .executes_wasm()
        .then(|| (EARLY_EXIT.to_owned(), fixture.hash().to_owned()));
    Ok(Hello {
        protocol: PROTOCOL,
        backend: backend.clone(),
        versions: opened.versions(),
        language: "Rust".to_owned(),
        clock: "native".to_owned(),
        own_threads: false,
        profile: profile(),
        host_frames: None,
        guests: BTreeMap::from_iter(guest),
        fixture: Some(fixture.hash().to_owned()),
        offer: offer.lines(),
        lacks,
        unverified: Vec::new(),
    })
}

/// A build that is less optimised than users' builds must not be taken for one.
fn profile() -> String {
    match env!("TRAPBENCH_OPT_LEVEL") {
        _ if cfg!(debug_assertions) => "debug".to_owned(),
        "3" => "release".to_owned(),
        level => format!("release at opt-level {level}"),
    }
}

/// How many threads are put aside for having a used heap. An allocator that is not glibc's may
/// give no thread a heap of its own, and Valgrind holds 500 threads.
const MOST_USED_HEAPS: usize = 200;

struct Server {
    thread: TimingThread,
    /// Those that have served their case, where each is to have a heap of its own. They stay until
    /// the end: a thread that ends leaves its heap to the next one.
    spent: Vec<TimingThread>,
    /// How many of those were put aside before they served any.
    used_heaps: usize,
    fresh_heaps: bool,
    hello: Hello,
}

impl Server {
    /// Sets up as the first ask wants it.
    fn start(slots: &'static [Slot], fixture: &Fixture, hello: &Hello, first: &Ask) -> Server {
        let setup = match first {
            Ask::Hello(setup) => *setup,
            _ => Setup::default(),
        };
        let placement = setup
            .placement
            .unwrap_or_else(|| rand::random_range(0..placement::MOST));
        let thread = TimingThread::start(slots, fixture.displaced(placement % placement::MOST));
        let host_frames = thread.ask(move |workbench| {
            if let Some(share) = setup.slowdown {
                workbench.slow_down(share);
            }
            workbench.host_frames(0)
        });
        let hello = Hello {
            host_frames: Some(host_frames),
            ..hello.clone()
        };
        Server {
            thread,
            spent: Vec::new(),
            used_heaps: 0,
            fresh_heaps: setup.fresh_heaps,
            hello,
        }
    }

    /// Puts the thread aside for one with the same program and a heap that has served nobody.
    ///
    /// A compiler's threads have ended and left theirs, full of holes, to the next that start;
    /// which of those gets which is luck. So threads are started and put aside until no used heap
    /// is left.
    fn take_a_fresh_heap(&mut self) -> Result<(), Refusal> {
        let backend = self.hello.backend.clone();
        self.thread.ask(move |workbench| workbench.load(&backend))?;
        loop {
            let mapped = Mapped::now();
            let successor = self.thread.successor();
            let last = std::mem::replace(&mut self.thread, successor);
            self.spent.push(last);
            let is_used = mapped.has(self.thread.ask(|_| heap::address()));
            if !is_used || self.used_heaps == MOST_USED_HEAPS {
                return Ok(());
            }
            self.used_heaps += 1;
        }
    }

    fn answer(&mut self, ask: Ask) -> Answer {
        let refused = |refusal: Refusal| Answer::Error {
            reason: refusal.to_string(),
        };
        if self.fresh_heaps
            && matches!(ask, Ask::Prepare { .. })
            && let Err(refusal) = self.take_a_fresh_heap()
        {
            return refused(refusal);
        }
        let Server { thread, hello, .. } = self;
        match ask {
            Ask::Hello(_) => Answer::Hello(Box::new(hello.clone())),
            Ask::Prepare { case } | Ask::Time { case, .. } | Ask::Count { case, .. }
                if case.backend != hello.backend =>
            {
                Answer::Error {
                    reason: format!("{case}: this worker runs {} alone", hello.backend),
                }
            }
            Ask::Time { iterations: 0, .. } | Ask::Count { iterations: 0, .. } => Answer::Error {
                reason: "0 iterations take nothing".to_owned(),
            },
            Ask::Count { case, .. } if case.axis.row().cores == Cores::All => Answer::Error {
                reason: format!(
                    "{case}: callgrind runs one thread at a time, and has nothing to say of this axis"
                ),
            },
            Ask::Prepare { case } => thread
                .ask(move |workbench| workbench.prepare(&case))
                .map_or_else(refused, |slowdown| Answer::Verified { slowdown }),
            Ask::Time {
                case,
                warmup,
                iterations,
            } => thread
                .ask(move |workbench| workbench.time(&case, Stretch::timed(warmup, iterations)))
                .map_or_else(refused, |elapsed| Answer::Time {
                    nanoseconds: u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX),
                }),
            Ask::Count {
                case,
                iterations,
                links,
            } => thread
                .ask(move |workbench| {
                    heap::settle();
                    workbench.time(&case, Stretch::counted(iterations, links))
                })
                .map_or_else(refused, |_| Answer::Counted),
        }
    }
}
