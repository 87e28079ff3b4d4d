use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::{JoinHandle, available_parallelism};

use crate::roster::pin::tie_thread;

/// A neighbour on every core but one, for as long as this lives: half of the time it computes,
/// half of it streams through memory, as other people's work does.
pub struct Load {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

/// More than any cache that cores share here.
const WORDS: usize = 8 << 20;

impl Load {
    pub fn start(spared: Option<usize>) -> Load {
        let stop = Arc::new(AtomicBool::new(false));
        let cores = available_parallelism().map_or(1, usize::from);
        let others = (0..cores).filter(|&core| Some(core) != spared);
        let start = |core| {
            let stop = stop.clone();
            std::thread::spawn(move || {
                tie_thread(core);
                work(&stop);
            })
        };
        let threads = others.map(start).collect();
        Load { stop, threads }
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.stop.store(true, Relaxed);
        for thread in self.threads.drain(..) {
            // It has nothing to say, and cannot fail.
            let _ = thread.join();
        }
    }
}

fn work(stop: &AtomicBool) {
    let mut words = vec![1_u64; WORDS];
    let mut value = 1_u64;
    while !stop.load(Relaxed) {
        for _ in 0..10_000_000 {
            value = value.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
        }
        for word in &mut words {
            *word = word.wrapping_add(value);
        }
        black_box(&mut words);
    }
}
