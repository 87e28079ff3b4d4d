//! How busy the machine is and was since it was started.

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

impl MachineState {
    pub fn now() -> MachineState {
        MachineState {
            load1: load1(),
            throttled: sum_over_cores("thermal_throttle/core_throttle_count")
                .map(|(sum, _)| sum as u64),
            mhz: sum_over_cores("cpufreq/scaling_cur_freq")
                .map(|(khz, cores)| (khz / cores / 1000.0).round()),
            own_s: own_s(),
            ..of_the_kernel().unwrap_or_default()
        }
    }
}

/// What the kernel counts of all cores.
#[cfg(target_os = "linux")]
fn of_the_kernel() -> Option<MachineState> {
    use procfs::{CurrentSI, KernelStats};
    let stats = KernelStats::current().ok()?;
    let all = &stats.total;
    let (iowait, steal) = (all.iowait?, all.steal?);
    // Guests' times are in `user` already.
    let busy = all.user + all.nice + all.system + all.irq? + all.softirq?;
    Some(MachineState {
        cores: u32::try_from(stats.cpu_time.len())
            .ok()
            .filter(|&cores| cores > 0),
        total_s: Some(seconds(busy + all.idle + iowait + steal)),
        busy_s: Some(seconds(busy)),
        steal_s: Some(seconds(steal)),
        runnable: stats.procs_running,
        ..MachineState::default()
    })
}

#[cfg(target_os = "linux")]
fn own_s() -> Option<f64> {
    let own = procfs::process::Process::myself().ok()?.stat().ok()?;
    let of_children = u64::try_from(own.cutime + own.cstime).ok()?;
    Some(seconds(own.utime + own.stime + of_children))
}

#[cfg(target_os = "linux")]
fn seconds(ticks: u64) -> f64 {
    ticks as f64 / procfs::ticks_per_second() as f64
}

#[cfg(not(target_os = "linux"))]
fn of_the_kernel() -> Option<MachineState> {
    None
}

#[cfg(not(target_os = "linux"))]
fn own_s() -> Option<f64> {
    None
}

/// By hand: procfs has it in `f32`, and a record would show 2.1099999 for 2.11.
fn load1() -> Option<f64> {
    let text = fs::read_to_string("/proc/loadavg").ok()?;
    text.split(' ').next()?.parse().ok()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn linux_tells_how_busy_it_is_and_how_much_of_that_is_ours() {
        let state = MachineState::now();
        let (total, busy) = (state.total_s.unwrap(), state.busy_s.unwrap());
        assert!(total >= busy && busy >= state.own_s.unwrap());
        assert!(state.cores.unwrap() > 0 && state.load1.unwrap() >= 0.0);
        let later = MachineState::now();
        assert!(later.total_s.unwrap() >= total);
    }
}
