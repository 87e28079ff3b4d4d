//! The same added work, judged by Criterion: a baseline that is saved, and runs against it.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Instant;

use anyhow::{Context, bail};
use regex::Regex;

use super::{Instrument, Planned, SLOWDOWNS, on, percent};
use crate::record::metric::Costs;
use crate::record::qualification::{INSTRUMENT, Trial, TrialRow};
use crate::record::ruling::Found;
use crate::record::{BuildFacts, Header};
use crate::verdict::judge::{Judgement, Verdict};
use crate::verdict::{Estimate, Interval};
use trapbench_worker::case::Case;

/// Slows down every case that `cargo bench` times, by this fraction; no closing pass follows.
pub const SLOWDOWN_VARIABLE: &str = "TRAPBENCH_SLOWDOWN";

/// What Criterion leaves alone unless it is told otherwise.
const NOISE_THRESHOLD: f64 = 0.01;

/// Of one run; a baseline and a comparison take two.
const WARM_UP: f64 = 1.0;
const MEASUREMENT: f64 = 4.0;

/// Saves a baseline of the dozen cases, and compares them with it: as they are, and slowed down.
///
/// # Errors
/// When `cargo bench` fails in `checkout`, or says something else than it should.
pub fn beside_criterion(
    instrument: &Instrument,
    checkout: &Path,
    features: &[&str],
    planned: Planned,
    stop: &AtomicBool,
) -> anyhow::Result<Option<Trial>> {
    let started = Header::now();
    let began = Instant::now();
    let backend = &instrument.backends[planned.number as usize % instrument.backends.len()];
    let cases = on(backend);
    let bench = |baseline: &str, slowdown: f64| run(checkout, features, &cases, baseline, slowdown);
    bench("--save-baseline", 0.0)?;
    let mut rows = Vec::new();
    for nominal in std::iter::once(0.0).chain(SLOWDOWNS) {
        if stop.load(Relaxed) {
            return Ok(None);
        }
        let text = bench("--baseline", nominal)?;
        for case in &cases {
            let judgement = judgement(&text, case)
                .with_context(|| format!("Criterion says nothing of {case}"))?;
            rows.push(TrialRow {
                case: case.clone(),
                side: percent(nominal),
                nominal,
                achieved: None,
                costs: Costs::of(planned.experiment.metric(), [("base", None)]),
                found: Found {
                    judgement: Some(judgement),
                    not_judged: None,
                    screening: Vec::new(),
                    confirmation: None,
                },
            });
        }
    }
    Ok(Some(Trial {
        experiment: planned.experiment,
        number: planned.number,
        instrument: INSTRUMENT,
        started,
        seconds: began.elapsed().as_secs_f64(),
        seconds_per_case: 2.0 * (WARM_UP + MEASUREMENT),
        margin: NOISE_THRESHOLD,
        machine: instrument.machine.clone(),
        build: BuildFacts::of_this_build(),
        versions: instrument.versions.clone(),
        relinks: 1,
        rows,
        failures: Vec::new(),
    }))
}

/// What Criterion prints with its own defaults for samples and resamples.
fn run(
    checkout: &Path,
    features: &[&str],
    cases: &[Case],
    baseline: &str,
    slowdown: f64,
) -> anyhow::Result<String> {
    let ids = cases.iter().map(|case| regex::escape(&case.to_string()));
    let filter = format!("^({})$", Vec::from_iter(ids).join("|"));
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .current_dir(checkout)
        .args(["bench", "--quiet", "--locked", "--no-default-features"])
        .args(["--features", &features.join(","), "--", &filter])
        .args([baseline, "qualify", "--noplot", "--color", "never"])
        .args(["--warm-up-time", &WARM_UP.to_string()])
        .args(["--measurement-time", &MEASUREMENT.to_string()])
        .args(["--sample-size", "100", "--nresamples", "100000"])
        .env(SLOWDOWN_VARIABLE, slowdown.to_string())
        .stdin(Stdio::null())
        .output()
        .context("cannot start cargo bench")?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        bail!("cargo bench failed ({}): {words}", output.status);
    }
    String::from_utf8(output.stdout).context("Criterion does not print UTF-8")
}

/// Reads what Criterion says of one case: the change with its interval, and its verdict.
fn judgement(text: &str, case: &Case) -> Option<Judgement> {
    // The id stands at the start of a line, alone where it is long.
    let id = regex::escape(&case.to_string());
    let start = Regex::new(&format!(r"(?m)^{id}\s")).ok()?.find(text)?;
    let rest = &text[start.start()..];
    let change = Regex::new(r"change: +\[([-+−\d.]+)% ([-+−\d.]+)% ([-+−\d.]+)%\]").ok()?;
    let found = change.captures(rest)?;
    let number = |at: usize| found[at].replace('−', "-").parse::<f64>().ok();
    let ratio = |at| Some(1.0 + number(at)? / 100.0);
    let words = &rest[found.get(0)?.end()..];
    let verdicts = [
        ("Performance has regressed", Verdict::Slower),
        ("Performance has improved", Verdict::Faster),
        ("Change within noise threshold", Verdict::Same),
        ("No change in performance detected", Verdict::Same),
    ];
    let places = verdicts
        .iter()
        .filter_map(|(said, verdict)| Some((words.find(said)?, *verdict)));
    let (_, verdict) = places.min_by_key(|(place, _)| *place)?;
    Some(Judgement {
        ratio: Estimate {
            value: ratio(2)?,
            interval: Interval {
                low: ratio(1)?,
                high: ratio(3)?,
            },
        },
        verdict,
        smallest_visible_change: NOISE_THRESHOLD,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &str = "\
depth/raise/exit/wasmer-cranelift/1
                        time:   [5.1 µs 5.2 µs 5.3 µs]
                        change: [−0.5000% +0.2500% +1.0000%] (p = 0.60 > 0.05)
                        No change in performance detected.
Found 3 outliers among 100 measurements (3.00%)
depth/raise/exit/wasmer-cranelift/16
                        time:   [5.1 µs 5.2 µs 5.3 µs]
                        change: [+10.000% +12.500% +15.000%] (p = 0.00 < 0.05)
                        Performance has regressed.
";

    #[test]
    fn what_criterion_says_is_read_case_by_case() {
        let said = |id: &str| judgement(SAID, &id.parse().unwrap());
        let one = said("depth/raise/exit/wasmer-cranelift/1").unwrap();
        assert_eq!(one.verdict, Verdict::Same);
        assert!((one.ratio.interval.low - 0.995).abs() < 1e-12);
        let other = said("depth/raise/exit/wasmer-cranelift/16").unwrap();
        assert_eq!(other.verdict, Verdict::Slower);
        assert!((other.ratio.value - 1.125).abs() < 1e-12);
        assert_eq!(said("depth/raise/exit/wasmer-cranelift/4"), None);
    }
}
