//! The backends of this executable, which is a worker like any other.

use trapbench_wasmer::SLOTS;
use trapbench_worker::case::BackendId;

/// The name of this executable among the workers.
pub const OWN: &str = "trapbench";

/// The backends that are compiled in.
pub fn compiled_in() -> Vec<BackendId> {
    let there = SLOTS.iter().filter(|slot| slot.is_compiled_in());
    there.map(|slot| slot.id()).collect()
}

/// Those of them that execute WebAssembly.
pub fn executing_wasm() -> Vec<BackendId> {
    let mut backends = compiled_in();
    backends.retain(|id| {
        let backend = trapbench_wasmer::open(id);
        backend.is_ok_and(|backend| backend.offer().executes_wasm())
    });
    backends
}

/// The backends that are not compiled in, each with what would change that.
pub fn missing() -> Vec<String> {
    SLOTS
        .iter()
        .filter(|slot| !slot.is_compiled_in())
        .map(|slot| format!("{} is not compiled in; it needs {}", slot.id, slot.remedy()))
        .collect()
}
