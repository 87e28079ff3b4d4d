//! What differs between releases of wasmer, 6.0.1 to 7.4.2, as far as the suite meets it. The
//! build script reads the release from the lock file and says so by a `cfg`.
//!
//! All that the backends call is the same in these releases: engines, modules, typed functions,
//! `RuntimeError` with its downcasts, and the virtual machine's `Trap`.

// Releases before 6.1 take this symbol from the Rust compiler's own library, which no longer
// has it: they compile, and do not link. It is what the compiler's library had: touches each
// page of a frame of `rax` bytes, so that the guard page is met in turn. Guests call it in
// functions whose frame is larger than a page; the shared fixture has none.
#[cfg(all(wasmer_takes_probestack, target_arch = "x86_64", target_os = "linux"))]
std::arch::global_asm!(
    ".pushsection .text.__rust_probestack,\"ax\",@progbits",
    ".globl __rust_probestack",
    ".type __rust_probestack,@function",
    ".hidden __rust_probestack",
    "__rust_probestack:",
    ".cfi_startproc",
    "push rbp",
    ".cfi_adjust_cfa_offset 8",
    ".cfi_offset rbp, -16",
    "mov rbp, rsp",
    ".cfi_def_cfa_register rbp",
    "mov r11, rax",
    "cmp r11, 0x1000",
    "jna 3f",
    "2:",
    "sub rsp, 0x1000",
    "test qword ptr [rsp + 8], rsp",
    "sub r11, 0x1000",
    "cmp r11, 0x1000",
    "ja 2b",
    "3:",
    "sub rsp, r11",
    "test qword ptr [rsp + 8], rsp",
    "add rsp, rax",
    "leave",
    ".cfi_def_cfa rsp, 8",
    "ret",
    ".cfi_endproc",
    ".size __rust_probestack, . - __rust_probestack",
    ".popsection",
);
