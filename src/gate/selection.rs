use trapbench_worker::case::Case;

/// What a gate looks at unless it is told otherwise: a dozen cases that cover what can regress.
///
/// The way into the guest and out of it (`complete` at 0), each kind of raise, the sentinel; what
/// grows with the guest's frames (16, 256), and what grows with the host's (`host-stack`). On
/// Cranelift, wasmer's default: what the compilers do not share is mostly the guest's own code.
const DEFAULT: [&str; 12] = [
    "depth/raise/exit/wasmer-cranelift/0",
    "depth/raise/exit/wasmer-cranelift/16",
    "depth/raise/exit/wasmer-cranelift/256",
    "depth/raise/complete/wasmer-cranelift/0",
    "depth/raise/complete/wasmer-cranelift/16",
    "depth/raise-prebuilt/exit/wasmer-cranelift/16",
    "depth/raise-traced/exit/wasmer-cranelift/16",
    "depth/sentinel/exit/wasmer-cranelift/0",
    "depth/sentinel/exit/wasmer-cranelift/16",
    "depth/sentinel/exit/wasmer-cranelift/256",
    "depth/sentinel/complete/wasmer-cranelift/16",
    "host-stack/raise/exit/wasmer-cranelift/64",
];

pub fn default_cases() -> Vec<Case> {
    DEFAULT
        .map(|id| id.parse().expect("the ids are well-formed"))
        .to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use trapbench_worker::case::BackendId;
    use trapbench_worker::offer::Offer;

    #[test]
    fn they_are_cases_of_the_suite_and_cover_every_series_that_old_bases_have() {
        let cases = default_cases();
        let backend: BackendId = "wasmer-cranelift".parse().unwrap();
        let offer = Offer::before_offers(&backend);
        let all = offer.cases(&backend, None);
        for case in &cases {
            assert!(all.contains(case), "{case}");
        }
        for series in offer.series() {
            assert!(cases.iter().any(|case| case.series == series), "{series}");
        }
    }
}
