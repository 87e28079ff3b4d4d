//! Where a call's instructions go: functions sorted into the groups that a runtime engineer
//! thinks in. Pure functions over names and numbers.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::RegexSet;

/// Functions that serve one purpose.
pub struct Group {
    pub name: &'static str,
    /// Regular expressions over names as [`crate::metric::instructions::Profile`] has them.
    patterns: &'static [&'static str],
}

/// The groups, in the order in which they are shown. A function belongs to the first that has a
/// pattern for it; what no pattern knows is [`OTHER`].
///
/// A name says what a function is, not for whom it works: the allocator's part of a backtrace is
/// the allocator's.
pub const GROUPS: [Group; 10] = [
    Group {
        name: "guest code",
        // In no file, so nothing but an address; or native.
        patterns: &["^0x[0-9a-f]+$", "native::frames::descend"],
    },
    Group {
        name: "unwinder",
        patterns: &[
            "^_Unwind_",
            "^libgcc_s",
            "^_dl_find_object",
            "^(__)?dl_iterate_phdr",
            // Reads the augmentation string of each frame's unwind information.
            "^__strlen_",
            "rust_panic",
            "begin_panic",
            "resume_unwind",
            "panic_unwind",
            "__rust_(start_panic|panic_cleanup)",
            "rust_eh_personality",
        ],
    },
    Group {
        name: "backtrace bookkeeping",
        patterns: &["^<?backtrace::", "^<?std::backtrace"],
    },
    Group {
        name: "frame-info lookup",
        patterns: &[
            "frame_info",
            "get_trace_and_trapcode",
            r"btree::map::BTreeMap<.*>::range$",
            "SpecFromIterNested",
            // The name of each of the guest's functions, looked up and copied.
            "wasmer_types::module::ModuleInfo",
            "^core::hash::|core::hash::sip",
            "String as core::clone::Clone",
        ],
    },
    Group {
        name: "locks",
        patterns: &[
            "pthread_mutex",
            "pthread_rwlock",
            "::RwLock",
            "::Mutex",
            "lll_lock",
        ],
    },
    Group {
        name: "allocator",
        patterns: &[
            "malloc",
            "^free$",
            "^(_int_)?(free|realloc|calloc|memalign)",
            "^__libc_(free|calloc|realloc|memalign)",
            "^__rustc::__r",
            "^unlink_chunk",
            "^alloc_perturb$",
            "^tcache_",
            "alloc::raw_vec",
            "into_boxed_slice",
        ],
    },
    Group {
        name: "host function and error",
        patterns: &[
            "gen_fn_callback",
            "early_exit",
            "RuntimeError",
            "wasmer_vm::trap::trap::",
            "(backend|worker)::host::",
        ],
    },
    Group {
        name: "stack switching",
        patterns: &[
            "corosensei",
            "traphandlers",
            "wasmer_call_trampoline",
            "^stack_(init|call)_trampoline",
            // What a coroutine runs, and where the one that runs is noted.
            "FnOnce::call_once",
            r"thread::local::LocalKey<T>::with",
        ],
    },
    Group {
        name: "downcast and drop",
        patterns: &[
            "drop_in_place",
            "::drop$",
            "::drop_slow",
            "downcast",
            "Error::type_id",
        ],
    },
    Group {
        name: "entering the guest",
        patterns: &[
            "typed_func::TypedFunction",
            "entities::store",
            "trapbench::backend::",
            "trapbench::slice",
            "trapbench_wasmer::",
            "trapbench_worker::slice",
        ],
    },
];

/// What no pattern knows.
pub const OTHER: &str = "other";

/// Every name that a part may have, in the order in which they are shown.
pub fn names() -> impl Iterator<Item = &'static str> + Clone {
    GROUPS.iter().map(|group| group.name).chain([OTHER])
}

/// What one group takes of a call.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    pub group: &'static str,
    pub instructions: f64,
    /// What matched, the dearest first.
    pub functions: Vec<(String, f64)>,
}

/// The group that a function belongs to.
pub fn group_of(function: &str) -> &'static str {
    static SETS: LazyLock<Vec<RegexSet>> = LazyLock::new(|| {
        let set = |group: &Group| RegexSet::new(group.patterns).expect("they are tested");
        GROUPS.iter().map(set).collect()
    });
    let place = SETS.iter().position(|set| set.is_match(function));
    place.map_or(OTHER, |place| GROUPS[place].name)
}

/// Every group that takes anything, in the order of [`GROUPS`], [`OTHER`] last. Together they
/// are the whole.
pub fn parts(functions: &BTreeMap<&str, f64>) -> Vec<Part> {
    let mut by_group: BTreeMap<&str, Vec<(String, f64)>> = BTreeMap::new();
    for (&name, &cost) in functions {
        let group = by_group.entry(group_of(name)).or_default();
        group.push((name.to_owned(), cost));
    }
    let part = |group| {
        let mut functions = by_group.remove(group)?;
        functions.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        Some(Part {
            group,
            instructions: functions.iter().map(|(_, cost)| cost).sum(),
            functions,
        })
    };
    names().filter_map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn functions_that_a_raise_meets_are_in_their_groups() {
        for (function, group) in [
            ("0x000000000709b120", "guest code"),
            ("_Unwind_Find_FDE", "unwinder"),
            ("libgcc_s.so.1 0x14c40", "unwinder"),
            ("_dl_find_object", "unwinder"),
            ("__rustc::__rust_start_panic", "unwinder"),
            ("trapbench::backend::native::frames::descend", "guest code"),
            ("trapbench_wasmer::native::frames::descend", "guest code"),
            (
                "trapbench_worker::host::Host::asked",
                "host function and error",
            ),
            (
                "backtrace::capture::Backtrace::create",
                "backtrace bookkeeping",
            ),
            (
                "wasmer_compiler::engine::trap::frame_info::GlobalFrameInfo::lookup_frame_info",
                "frame-info lookup",
            ),
            ("__pthread_mutex_unlock_usercnt", "locks"),
            ("_int_malloc", "allocator"),
            ("malloc_consolidate", "allocator"),
            ("alloc_perturb", "allocator"),
            ("alloc::raw_vec::RawVecInner<A>::finish_grow", "allocator"),
            (
                "wasmer::backend::sys::entities::function::gen_fn_callback_s0_no_env::func_wrapper",
                "host function and error",
            ),
            (
                "corosensei::coroutine::on_stack::wrapper",
                "stack switching",
            ),
            (
                "wasmer_vm::trap::traphandlers::catch_traps",
                "stack switching",
            ),
            (
                "core::ptr::drop_in_place<backtrace::capture::Backtrace>",
                "downcast and drop",
            ),
            (
                "wasmer::utils::native::typed_func::TypedFunction<(A1,A2),Rets>::call",
                "entering the guest",
            ),
            ("qsort", OTHER),
        ] {
            assert_eq!(group_of(function), group, "{function}");
        }
    }

    proptest! {
        #[test]
        fn the_parts_are_the_whole(
            functions in prop::collection::btree_map(
                "(_Unwind_|malloc|0x|corosensei::|[a-z]{1,3})[a-f0-9]{0,4}", 0..100_000i32, 0..40)
        ) {
            let functions: BTreeMap<&str, f64> =
                functions.iter().map(|(name, &cost)| (name.as_str(), f64::from(cost))).collect();
            let parts = parts(&functions);
            let whole: f64 = functions.values().sum();
            let sum: f64 = parts.iter().map(|part| part.instructions).sum();
            prop_assert_eq!(sum, whole);
            let named: usize = parts.iter().map(|part| part.functions.len()).sum();
            prop_assert_eq!(named, functions.len());
        }
    }
}
