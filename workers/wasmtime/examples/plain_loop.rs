//! What raising costs, and what returning a sentinel costs, without the suite: on wasmtime's
//! Cranelift, as wasmtime sets itself up. Nothing of trapbench's code is used; read it and run it:
//!
//! ```text
//! env -u RUST_BACKTRACE cargo run --release --example plain_loop
//! ```
//!
//! With RUST_BACKTRACE each error takes a trace of the host's stack as well, which takes longer
//! than all the rest.

use std::time::Instant;

use wasmtime::{Engine, Linker, Module, Result, Store, Val};

#[derive(Debug)]
struct ExitCode(i32);

impl std::fmt::Display for ExitCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl std::error::Error for ExitCode {}

fn early_exit() -> Result<()> {
    Err(ExitCode(1).into())
}

fn should_exit() -> i32 {
    -1
}

fn main() -> Result<()> {
    let wat = include_str!("../../../fixtures/early_exit.wat");
    let engine = Engine::default();
    let module = Module::new(&engine, wat::parse_str(wat)?)?;
    let mut linker = Linker::new(&engine);
    linker.func_wrap("env", "early_exit", early_exit)?;
    linker.func_wrap("env", "should_exit", should_exit)?;
    let mut store = Store::new(&engine, ());
    let instance = linker.instantiate(&mut store, &module)?;
    let run = instance.get_typed_func::<(i32, i32), i32>(&mut store, "run")?;
    let run_sentinel = instance.get_typed_func::<(i32, i32), i32>(&mut store, "run_sentinel")?;
    let depth = instance.get_global(&mut store, "depth").unwrap();

    for frames in [0, 16] {
        depth.set(&mut store, Val::I32(frames))?;
        let (mut raises, mut sentinels) = (Vec::new(), Vec::new());
        for _ in 0..301 {
            raises.push(ns_per_call(500, || {
                let error = run.call(&mut store, (1, 7)).unwrap_err();
                assert_eq!(error.downcast::<ExitCode>().unwrap().0, 1);
            }));
            sentinels.push(ns_per_call(10_000, || {
                assert_eq!(run_sentinel.call(&mut store, (1, 7)).unwrap(), -1);
            }));
        }
        let (raise, sentinel) = (median(raises), median(sentinels));
        println!("depth {frames}: raise {raise:.1} ns, sentinel {sentinel:.1} ns");
    }
    Ok(())
}

fn ns_per_call(calls: u32, mut call: impl FnMut()) -> f64 {
    (0..calls / 10).for_each(|_| call());
    let start = Instant::now();
    (0..calls).for_each(|_| call());
    start.elapsed().as_nanos() as f64 / f64::from(calls)
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
