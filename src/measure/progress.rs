use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

const STEPS: u64 = 1000;

/// A bar with the time that is left, on a terminal; nothing in a pipe.
pub struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// `doing` is said in front of the bar.
    pub fn start(doing: &'static str) -> Progress {
        let bar = ProgressBar::new(STEPS).with_prefix(doing);
        let style = ProgressStyle::with_template("{prefix} {wide_bar} {percent} %, {eta} left");
        bar.set_style(style.expect("the template is well-formed"));
        bar.enable_steady_tick(Duration::from_millis(500));
        Progress { bar }
    }

    /// The share that is done, from 0 to 1.
    pub fn at(&self, share: f64) {
        self.bar.set_position((share * STEPS as f64) as u64);
    }
}

/// However the work ended, what is printed next has the line to itself.
impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
