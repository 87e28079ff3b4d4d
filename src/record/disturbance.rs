//! What else the machine did during a run, in sentences.

use std::fs;

use serde::{Deserialize, Serialize};

/// The machine at one moment; counters since it was started, times in seconds.
///
/// Every field is optional: what the system does not tell disturbs nobody.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MachineState {
    pub cores: Option<u32>,
    /// All cores' time, idle or not.
    pub total_s: Option<f64>,
    /// All cores' time in which something ran here.
    pub busy_s: Option<f64>,
    /// The time that this machine wanted and its hypervisor gave to another.
    pub steal_s: Option<f64>,
    /// The CPU time of this process and of all its children that were waited for.
    pub own_s: Option<f64>,
    /// The load average over one minute.
    pub load1: Option<f64>,
    /// Threads that run or could, this one included.
    pub runnable: Option<u32>,
    /// How often a core slowed down for heat.
    pub throttled: Option<u64>,
    /// The mean over all cores.
    pub mhz: Option<f64>,
}

/// A tenth of a core is what a quiet system's own services use.
const OTHERS_ABOVE_CORES: f64 = 0.1;
const STEAL_ABOVE_SHARE: f64 = 0.01;
const SLOWER_CLOCK_ABOVE_SHARE: f64 = 0.1;
/// The kernel counts in ticks of 10 ms: shares of less time than this are noise.
const SHORTEST_S: f64 = 1.0;

/// What disturbed a run between two states, strongest reason first; empty if nothing did.
pub fn disturbances(before: &MachineState, after: &MachineState) -> Vec<String> {
    let notes = [
        steal(before, after),
        others(before, after),
        throttled(before, after),
        slower_clock(before, after),
    ];
    notes.into_iter().flatten().collect()
}

fn steal(before: &MachineState, after: &MachineState) -> Option<String> {
    let stolen = grown(before.steal_s, after.steal_s)?;
    let wanted = stolen + grown(before.busy_s, after.busy_s)?;
    let share = stolen / wanted;
    (wanted >= SHORTEST_S && share > STEAL_ABOVE_SHARE).then(|| {
        format!(
            "the hypervisor stole {:.1} % of the CPU time",
            100.0 * share
        )
    })
}

fn others(before: &MachineState, after: &MachineState) -> Option<String> {
    let wall = grown(before.total_s, after.total_s)? / f64::from(after.cores?.max(1));
    let busy = grown(before.busy_s, after.busy_s)?;
    let cores = (busy - grown(before.own_s, after.own_s)?) / wall;
    (wall >= SHORTEST_S && cores > OTHERS_ABOVE_CORES)
        .then(|| format!("other processes used {cores:.1} of a core"))
}

fn throttled(before: &MachineState, after: &MachineState) -> Option<String> {
    match after.throttled?.checked_sub(before.throttled?)? {
        0 => None,
        1 => Some("the CPU slowed down for heat once".to_owned()),
        times => Some(format!("the CPU slowed down for heat {times} times")),
    }
}

/// A rise is what a governor does with an idle machine; a fall during a run is not.
fn slower_clock(before: &MachineState, after: &MachineState) -> Option<String> {
    let (from, to) = (before.mhz?, after.mhz?);
    (to < from * (1.0 - SLOWER_CLOCK_ABOVE_SHARE))
        .then(|| format!("the CPU's clock fell from {from:.0} to {to:.0} MHz"))
}

/// A counter that fell belongs to another boot or another core: it says nothing.
fn grown(before: Option<f64>, after: Option<f64>) -> Option<f64> {
    let by = after? - before?;
    (by >= 0.0).then_some(by)
}

impl MachineState {
    pub fn now() -> MachineState {
        let stat = read("/proc/stat").unwrap_or_default();
        let times = Times::of(&stat);
        MachineState {
            cores: cores(&stat),
            total_s: times.as_ref().map(|times| times.total),
            busy_s: times.as_ref().map(|times| times.busy),
            steal_s: times.as_ref().map(|times| times.steal),
            own_s: read("/proc/self/stat").as_deref().and_then(own_s),
            load1: read("/proc/loadavg").and_then(|text| text.split(' ').next()?.parse().ok()),
            runnable: number_after(&stat, "procs_running "),
            throttled: sum_over_cores("thermal_throttle/core_throttle_count")
                .map(|(sum, _)| sum as u64),
            mhz: sum_over_cores("cpufreq/scaling_cur_freq")
                .map(|(khz, cores)| (khz / cores / 1000.0).round()),
        }
    }
}

/// `USER_HZ`: what Linux shows to programs is in hundredths on every machine in use.
const TICKS_PER_SECOND: f64 = 100.0;

/// The line `cpu` of `/proc/stat`: user nice system idle iowait irq softirq steal, then
/// guests' times, which are in user already.
struct Times {
    total: f64,
    busy: f64,
    steal: f64,
}

impl Times {
    fn of(stat: &str) -> Option<Times> {
        let line = stat.lines().find_map(|line| line.strip_prefix("cpu "))?;
        let ticks: Vec<f64> = line
            .split_whitespace()
            .map_while(|n| n.parse().ok())
            .collect();
        let [user, nice, system, idle, iowait, irq, softirq, steal, ..] = ticks[..] else {
            return None;
        };
        let busy = user + nice + system + irq + softirq;
        Some(Times {
            total: (busy + idle + iowait + steal) / TICKS_PER_SECOND,
            busy: busy / TICKS_PER_SECOND,
            steal: steal / TICKS_PER_SECOND,
        })
    }
}

fn cores(stat: &str) -> Option<u32> {
    let is_core = |line: &&str| line.starts_with("cpu") && !line.starts_with("cpu ");
    let cores = stat.lines().filter(is_core).count();
    u32::try_from(cores).ok().filter(|&cores| cores > 0)
}

/// utime, stime, cutime, cstime: fields 14 to 17, of which 3 is the first behind the
/// name's bracket; the name itself may hold anything.
fn own_s(stat: &str) -> Option<f64> {
    let fields = stat.rsplit_once(") ")?.1.split(' ');
    let ticks: Vec<f64> = fields
        .skip(11)
        .take(4)
        .map_while(|n| n.parse().ok())
        .collect();
    (ticks.len() == 4).then(|| ticks.iter().sum::<f64>() / TICKS_PER_SECOND)
}

fn number_after(text: &str, label: &str) -> Option<u32> {
    text.lines()
        .find_map(|line| line.strip_prefix(label))?
        .trim()
        .parse()
        .ok()
}

/// The sum of one number of every core, and how many cores tell it.
fn sum_over_cores(file: &str) -> Option<(f64, f64)> {
    let cores = fs::read_dir("/sys/devices/system/cpu").ok()?.flatten();
    let numbers: Vec<f64> = cores
        .filter_map(|core| {
            fs::read_to_string(core.path().join(file))
                .ok()?
                .trim()
                .parse()
                .ok()
        })
        .collect();
    (!numbers.is_empty()).then(|| (numbers.iter().sum(), numbers.len() as f64))
}

fn read(path: &str) -> Option<String> {
    fs::read_to_string(path).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten quiet seconds on two cores, of which the run used one.
    fn quiet() -> (MachineState, MachineState) {
        let before = MachineState {
            cores: Some(2),
            total_s: Some(100.0),
            busy_s: Some(40.0),
            steal_s: Some(1.0),
            own_s: Some(0.0),
            load1: Some(0.2),
            runnable: Some(1),
            throttled: Some(5),
            mhz: Some(3000.0),
        };
        let after = MachineState {
            total_s: Some(120.0),
            busy_s: Some(50.0),
            own_s: Some(9.5),
            load1: Some(1.1),
            ..before.clone()
        };
        (before, after)
    }

    fn said(change: impl FnOnce(&mut MachineState, &mut MachineState)) -> Vec<String> {
        let (mut before, mut after) = quiet();
        change(&mut before, &mut after);
        disturbances(&before, &after)
    }

    #[test]
    fn a_quiet_run_says_nothing_and_neither_does_an_unknown_machine() {
        assert_eq!(said(|_, _| ()), [""; 0]);
        assert_eq!(said(|before, _| *before = MachineState::default()), [""; 0]);
        assert_eq!(said(|_, after| *after = MachineState::default()), [""; 0]);
    }

    #[test]
    fn a_busy_other_core_is_said() {
        let notes = said(|_, after| after.busy_s = Some(57.5));
        assert_eq!(notes, ["other processes used 0.8 of a core"]);
    }

    #[test]
    fn stolen_time_is_a_share_of_the_time_that_was_wanted() {
        let notes = said(|_, after| after.steal_s = Some(1.32));
        assert_eq!(notes, ["the hypervisor stole 3.1 % of the CPU time"]);
        assert_eq!(said(|_, after| after.steal_s = Some(1.05)), [""; 0]);
    }

    #[test]
    fn heat_and_a_slower_clock_are_said() {
        let notes = said(|_, after| {
            after.throttled = Some(17);
            after.mhz = Some(2600.0);
        });
        assert_eq!(
            notes,
            [
                "the CPU slowed down for heat 12 times",
                "the CPU's clock fell from 3000 to 2600 MHz"
            ]
        );
        let calm = said(|_, after| (after.throttled, after.mhz) = (Some(5), Some(4200.0)));
        assert_eq!(calm, [""; 0]);
    }

    #[test]
    fn counters_that_fell_or_hardly_moved_say_nothing() {
        assert_eq!(said(|_, after| after.busy_s = Some(3.0)), [""; 0]);
        assert_eq!(said(|_, after| after.throttled = Some(0)), [""; 0]);
        let short = said(|_, after| {
            (after.total_s, after.busy_s, after.own_s) = (Some(100.4), Some(40.4), Some(0.0));
            after.steal_s = Some(1.2);
        });
        assert_eq!(short, [""; 0]);
    }

    #[test]
    fn the_counters_of_linux_are_read_as_it_writes_them() {
        let stat =
            "cpu  40505 0 6756 43943 783 10 154 260 7 0\ncpu0 1 0\ncpu1 2 0\nprocs_running 3\n";
        let times = Times::of(stat).unwrap();
        assert_eq!(
            (times.busy, times.steal, times.total),
            (474.25, 2.6, 924.11)
        );
        assert_eq!(cores(stat), Some(2));
        assert_eq!(number_after(stat, "procs_running "), Some(3));
        let own = "7 (a) b) R 1 7 7 0 -1 4194304 90 0 0 0 150 50 20 5 20 0 1 0 5 1 1";
        assert_eq!(own_s(own), Some(2.25));
        assert!(Times::of("cpu  1 2 3").is_none() && own_s("").is_none() && cores("").is_none());
    }
}
