//! What a raise costs when the process has compiled other modules too, which is why a worker
//! compiles one and why its frames are counted without the help of a second:
//!
//! ```text
//! cargo run --release -p trapbench-wasmer --features cranelift --example loaded_modules
//! ```

use trapbench_worker::case::{Outcome, Strategy};
use trapbench_worker::fixture::Fixture;

const ITERATIONS: u64 = 500;

fn main() -> anyhow::Result<()> {
    std::thread::spawn(measure).join().expect("no panic")
}

fn measure() -> anyhow::Result<()> {
    let fixture = Fixture::shared();
    let backend = trapbench_wasmer::open(&"wasmer-cranelift".parse().expect("a known id"))?;
    let mut guest = backend.load(&fixture)?.guest(Strategy::Raise)?;
    guest.set(Outcome::Exit, 16)?;
    let mut others = Vec::new();
    for loaded in [0, 4, 16, 64, 256] {
        while others.len() < loaded {
            others.push(backend.load(&fixture)?.guest(Strategy::Raise)?);
        }
        let expected = Strategy::Raise.exit().ending();
        let slices = (0..101).map(|_| guest.slice(ITERATIONS, expected));
        let mut costs =
            Vec::from_iter(slices.map(|slice| slice.elapsed.as_nanos() as u64 / ITERATIONS));
        costs.sort_unstable();
        println!(
            "{loaded:>4} other modules: a raise takes {} ns",
            costs[costs.len() / 2]
        );
    }
    Ok(())
}
