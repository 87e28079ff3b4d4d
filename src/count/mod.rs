//! Instructions per call. A worker runs under Valgrind's callgrind and is asked as any worker is;
//! what callgrind counted between the worker's marks is read from the files that it leaves.
//!
//! Wall time says how long a call takes, today and here. Instructions say whether anything
//! changed at all: they repeat to the digit, on a busy machine too. They do not see
//! contention, caches, branch prediction, and what the kernel does.

mod counter;
mod profile;
mod run;

pub use counter::{Count, Counter, Detail, Missing, valgrind_version};
pub use profile::Profile;
pub use run::{Counts, count};
