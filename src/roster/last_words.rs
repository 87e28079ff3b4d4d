use std::collections::VecDeque;
use std::io::Read;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How many bytes are kept.
const KEPT: usize = 2048;

/// The end of what a worker says on its standard error.
pub struct LastWords {
    tail: Arc<Mutex<VecDeque<u8>>>,
    listener: JoinHandle<()>,
}

impl LastWords {
    pub fn listen(mut errors: impl Read + Send + 'static) -> LastWords {
        let tail = Arc::new(Mutex::new(VecDeque::new()));
        let kept = tail.clone();
        let listener = std::thread::spawn(move || {
            let mut buffer = [0; 512];
            while let Ok(read @ 1..) = errors.read(&mut buffer) {
                let mut tail = kept.lock().expect("nobody panics holding it");
                tail.extend(&buffer[..read]);
                let excess = tail.len().saturating_sub(KEPT);
                tail.drain(..excess);
            }
        });
        LastWords { tail, listener }
    }

    /// What was said last, on one line. Called when the process has ended, so the pipe is about
    /// to close; but a grandchild may hold it open, and nobody waits for that one.
    pub fn heard(&self) -> String {
        let deadline = Instant::now() + Duration::from_millis(500);
        while !self.listener.is_finished() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(2));
        }
        let tail = self.tail.lock().expect("nobody panics holding it");
        let bytes: Vec<u8> = tail.iter().copied().collect();
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<&str> = text
            .lines()
            .map(str::trim)
            .filter(|l| !l.is_empty())
            .collect();
        lines.join(" | ")
    }
}
