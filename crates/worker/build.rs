//! Tells the package how it is optimised, which a worker says of itself.

fn main() {
    let level = std::env::var("OPT_LEVEL").unwrap_or_default();
    println!("cargo::rustc-env=TRAPBENCH_OPT_LEVEL={level}");
    println!("cargo::rerun-if-changed=build.rs");
}
