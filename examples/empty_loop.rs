//! What the timing loop itself costs, by timing nothing:
//!
//! ```text
//! cargo run --release --example empty_loop
//! ```

use std::hint::black_box;

use trapbench_worker::slice;

const ITERATIONS: u64 = 10_000_000;

fn main() {
    let costs = (0..101).map(|_| {
        let slice = slice::time(ITERATIONS, || black_box(true));
        slice.elapsed.as_nanos() as f64 / ITERATIONS as f64
    });
    let mut costs = Vec::from_iter(costs);
    costs.sort_by(f64::total_cmp);
    println!(
        "the loop costs {:.2} ns an iteration",
        costs[costs.len() / 2]
    );
}
