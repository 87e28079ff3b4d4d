//! The headline ratio without the suite: what raising costs over returning a sentinel, sixteen
//! frames deep, on wasmer's Cranelift. Nothing of trapbench's code is used; read it and run it:
//!
//! ```text
//! cargo run --release -p trapbench-wasmer --features cranelift --example plain_loop
//! ```

use std::time::Instant;

use wasmer::sys::EngineBuilder;
use wasmer::{Function, Instance, Module, Store, TypedFunction, Value, imports};
use wasmer_compiler_cranelift::Cranelift;

#[derive(Debug)]
struct ExitCode(u32);

impl std::fmt::Display for ExitCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl std::error::Error for ExitCode {}

fn early_exit() -> Result<(), ExitCode> {
    Err(ExitCode(1))
}

fn should_exit() -> i32 {
    -1
}

/// A raise walks the host's stack, so the ratio is of no use without its height: a thread of its
/// own keeps it short, and two frames more make it as high as in the suite's workers (their
/// `hello` says 8). Try others.
fn main() {
    std::thread::spawn(|| under(1, measure)).join().unwrap();
}

#[inline(never)]
fn under(frames: u32, inner: fn()) {
    match frames {
        0 => inner(),
        _ => under(frames - 1, inner),
    }
    std::hint::black_box(frames);
}

fn measure() {
    let wat = include_str!("../../../fixtures/early_exit.wat");
    let mut store = Store::new(EngineBuilder::new(Cranelift::new()).engine());
    let module = Module::new(&store, wat::parse_str(wat).unwrap()).unwrap();
    let imports = imports! { "env" => {
        "early_exit" => Function::new_typed(&mut store, early_exit),
        "should_exit" => Function::new_typed(&mut store, should_exit),
    } };
    let instance = Instance::new(&mut store, &module, &imports).unwrap();
    let depth = instance.exports.get_global("depth").unwrap();
    depth.set(&mut store, Value::I32(16)).unwrap();
    type Run = TypedFunction<(i32, i32), i32>;
    let run: Run = instance.exports.get_typed_function(&store, "run").unwrap();
    let run_sentinel: Run = instance
        .exports
        .get_typed_function(&store, "run_sentinel")
        .unwrap();

    let mut ratios = Vec::new();
    for _ in 0..1_000 {
        let raise = ns_per_call(300, || {
            let error = run.call(&mut store, 1, 7).unwrap_err();
            assert_eq!(error.downcast::<ExitCode>().unwrap().0, 1);
        });
        let sentinel = ns_per_call(9_000, || {
            assert_eq!(run_sentinel.call(&mut store, 1, 7).unwrap(), -1);
        });
        ratios.push(raise / sentinel);
    }
    ratios.sort_by(f64::total_cmp);
    println!("raise over sentinel at depth 16: {:.1}", ratios[500]);
}

fn ns_per_call(calls: u32, mut call: impl FnMut()) -> f64 {
    (0..calls / 10).for_each(|_| call());
    let start = Instant::now();
    (0..calls).for_each(|_| call());
    start.elapsed().as_nanos() as f64 / f64::from(calls)
}
