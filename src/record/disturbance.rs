//! What else the machine did during a run, in sentences.

use super::MachineState;

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
}
