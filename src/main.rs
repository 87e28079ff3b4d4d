use std::process::ExitCode;

fn main() -> ExitCode {
    trapbench::cli::main()
}
