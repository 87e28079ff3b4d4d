//! Host-trap overhead in WebAssembly runtimes: what it costs when a host function stops a
//! guest by raising an error, against returning a sentinel that the guest tests.
//!
//! Each module has one idea; arrows point one way, from the bottom of this list to its top:
//!
//! - [`case`]: what is measured, and the ids: axis, strategy, outcome, backend, value.
//! - [`fixture`]: the guest, its names, its expected results; users' own modules.
//! - [`placement`]: where the guest's code lies within its page.
//! - [`slice`]: the timing loop, the only stopwatch.
//! - [`host_stack`]: the host's frames under a call.
//! - [`backend`]: what executes the guest; one file each, behind one trait.
//! - [`whole_file`]: files that are written whole or not at all.
//! - [`verify`]: what must hold before a case is timed, and after each slice.
//! - [`worker`]: what times slices on request, on a thread or in a process of its own.
//! - [`verdict`]: estimators and decisions, pure functions over numbers.
//! - [`record`]: what is kept of a run: schema, environment, samples.
//! - [`measure`]: the scheduler: arms, turns, order, respawn, progress.
//! - [`count`]: instructions in place of time, under callgrind.
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
pub mod backend;
pub mod case;
pub mod cli;
pub mod count;
pub mod fixture;
pub mod gate;
pub mod host_stack;
pub mod measure;
pub mod placement;
pub mod qualify;
pub mod record;
pub mod report;
pub mod slice;
pub mod verdict;
pub mod verify;
pub mod whole_file;
pub mod worker;
