//! Host-trap overhead in WebAssembly runtimes: what it costs when a host function stops a
//! guest by raising an error, against returning a sentinel that the guest tests.
//!
//! What runs under the clock is not here: `trapbench_worker` has the cases, the fixture, the timing
//! loop and the verification, and `trapbench_wasmer` has wasmer's compilers and native frames.
//!
//! Each module has one idea, and arrows point one way, from the bottom of this list to its top
//! (`tests/trapbench/house.rs` sees to it):
//!
//! - `source_files`: the files of a folder, in an order that does not depend on the file system.
//! - [`whole_file`]: files that are written whole or not at all.
//! - [`verdict`]: estimators and decisions, pure functions over numbers.
//! - [`record`]: what is kept of a run: schema, environment, samples.
//! - [`roster`]: the participants: workers, their builds, how they start, what they say of themselves.
//! - [`measure`]: the scheduler: arms, turns, order, respawn, progress.
//! - [`metric`]: what is compared of a call: time, instructions; peers behind one trait.
//! - [`anatomy`]: functions sorted into groups.
//! - [`gate`]: a base and others held against each other in two looks.
//! - [`qualify`]: comparisons whose answer is known, to prove the gate.
//! - [`arms`]: executables that have to be built first: other releases, revisions, relinks.
//! - [`report`]: what people read, pure functions of samples.
//! - [`cli`]: the commands, a file each.
//!
//! There are two ways to time, and one set of cases. Criterion's benches time a case for a
//! while, then the next. Whatever subtracts, divides or judges takes slices of 1.5 ms in
//! balanced turns instead, because machines drift by tens of percent between one case and the
//! next. Both ask the same workers.

pub mod anatomy;
pub mod arms;
pub mod cli;
pub mod gate;
pub mod measure;
pub mod metric;
pub mod qualify;
pub mod record;
pub mod report;
pub mod roster;
mod source_files;
pub mod verdict;
pub mod whole_file;
