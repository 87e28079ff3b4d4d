//! A noisy machine whose true costs are known.
//!
//! One slice takes `cost × placement × clock × jitter × outlier × neighbour × burst`; a turn
//! times every case twice, in a random order and the same mirrored (A B … B A), and gives both
//! slices. Each source of noise is one that was seen on real machines, at about the size that was
//! seen, and can be set alone.
//!
//! **The truth is what the quiet machine would give**: every factor 1.

use rand::Rng;
use rand::seq::SliceRandom;

use super::surroundings::Surroundings;
pub(super) use super::surroundings::normal;

/// How the machine disturbs what it times. Sizes on the log scale are standard deviations, so
/// 0.02 is 2 %.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Machine {
    /// Log size of code placement: drawn once per process and case, and no number of turns
    /// averages it away.
    pub placement: f64,
    /// Log size of what differs from slice to slice.
    pub jitter: f64,
    /// Log size of the clock's wandering, which is shared by all cases at one moment.
    pub drift: f64,
    /// Log size of the steady part of that: from the start of a turn to its middle, and as much
    /// again to its end.
    pub trend: f64,
    /// Share of slices that something interrupts.
    pub outliers: f64,
    /// Share of the time in which a neighbour is busy on the hardware that is shared with it.
    pub contention: f64,
    /// Share of turns in which a case that is [`TrueCost::bursty`] takes 2 to 10 times as long.
    pub bursts: f64,
}

/// What a case truly costs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrueCost {
    /// ns per call on the quiet machine.
    pub ns: f64,
    /// Whether [`Machine::bursts`] hit it, and [`Machine::contention`] hits it harder: the noise
    /// that only one arm has.
    pub bursty: bool,
}

/// How much is measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SimulatedPlan {
    pub processes: usize,
    /// Turns per process.
    pub turns: usize,
    /// Seconds between the end of a process and the start of the next.
    pub pause: f64,
}

/// What one process measured: `[case][turn]`, the slices there and back in ns per call, aligned
/// over cases.
pub type Process = Vec<Vec<[f64; 2]>>;

/// A slice, as `slice` makes them.
const SLICE_SECONDS: f64 = 0.0015;
/// The life of a process: its turns are spread over it, other cases run in between.
const PROCESS_SECONDS: f64 = 3.0;
/// The least an interruption adds, as a share of the slice, and how heavy its tail is. Below 2
/// the tail has no variance: no number of turns makes a mean of such slices settle.
const OUTLIER_LEAST: f64 = 0.05;
const OUTLIER_TAIL: f64 = 1.5;
impl Machine {
    /// The least noise that was ever seen: 0.5 % between processes, 0.5 % between slices.
    pub const QUIET: Machine = Machine {
        placement: 0.005,
        jitter: 0.005,
        drift: 0.0,
        trend: 0.0,
        outliers: 0.0,
        contention: 0.0,
        bursts: 0.0,
    };

    /// A clock that wanders, and little else.
    pub const DRIFTING: Machine = Machine::QUIET.with_drift();

    /// A busy neighbour, as on most rented machines.
    pub const CONTENDED: Machine = Machine::QUIET.with_contention();

    /// Each source of noise alone, and all together.
    pub const SCENARIOS: [(&str, Machine); 7] = [
        ("quiet", Machine::QUIET),
        ("drift", Machine::DRIFTING),
        ("placement", Machine::QUIET.with_placement()),
        ("heavy tails", Machine::QUIET.with_outliers()),
        ("contention", Machine::CONTENDED),
        ("bursts on one arm", Machine::QUIET.with_bursts()),
        ("all together", Machine::WORST),
    ];

    /// Everything at once; interruptions are contention's own.
    pub const WORST: Machine = Machine::QUIET
        .with_drift()
        .with_placement()
        .with_contention()
        .with_bursts();

    /// Four standard deviations from slow to fast: half as much again.
    const fn with_drift(self) -> Machine {
        Machine {
            drift: 0.1,
            trend: 0.01,
            ..self
        }
    }

    const fn with_placement(self) -> Machine {
        Machine {
            placement: 0.02,
            ..self
        }
    }

    const fn with_outliers(self) -> Machine {
        Machine {
            outliers: 0.05,
            ..self
        }
    }

    /// The calm stretches have hits too: 17 and 20 % of their slices took over 6 % more, in the
    /// median 11 %, in one of ten 35 %.
    const fn with_contention(self) -> Machine {
        Machine {
            contention: 0.2,
            outliers: 0.18,
            ..self
        }
    }

    const fn with_bursts(self) -> Machine {
        Machine {
            bursts: 0.04,
            ..self
        }
    }

    /// Measures every case in `plan.processes` processes, one after the other.
    pub fn run(self, costs: &[TrueCost], plan: SimulatedPlan, rng: &mut impl Rng) -> Vec<Process> {
        let mut around = Surroundings::new(self.drift, self.contention, rng);
        (0..plan.processes)
            .map(|_| {
                let process = self.process(costs, plan.turns, &mut around, rng);
                around.advance(plan.pause, rng);
                process
            })
            .collect()
    }

    fn process(
        self,
        costs: &[TrueCost],
        turns: usize,
        around: &mut Surroundings,
        rng: &mut impl Rng,
    ) -> Process {
        let placed: Vec<f64> = costs
            .iter()
            .map(|cost| cost.ns * (self.placement * normal(rng)).exp())
            .collect();
        let middle = costs.len() as f64;
        let mut order: Vec<usize> = (0..costs.len()).collect();
        let mut process = vec![Vec::with_capacity(turns); costs.len()];
        for _ in 0..turns {
            around.advance(PROCESS_SECONDS / turns as f64, rng);
            let bursts: Vec<f64> = costs.iter().map(|&cost| self.burst(cost, rng)).collect();
            let trend = if self.trend > 0.0 {
                self.trend * normal(rng)
            } else {
                0.0
            };
            // The mirrored order cancels a steady trend in the mean of both slices; bends stay.
            order.shuffle(rng);
            let there = order.iter().map(|&case| (case, 0));
            let back = order.iter().rev().map(|&case| (case, 1));
            let mut slices = vec![[0.0; 2]; costs.len()];
            for (position, (case, way)) in there.chain(back).enumerate() {
                around.advance(SLICE_SECONDS, rng);
                let moved = trend * (position as f64 + 0.5 - middle) / middle;
                slices[case][way] = placed[case]
                    * bursts[case]
                    * moved.exp()
                    * self.slice(rng)
                    * around.slowdown(costs[case].bursty, rng);
            }
            for (samples, slices) in process.iter_mut().zip(slices) {
                samples.push(slices);
            }
        }
        process
    }

    fn slice(self, rng: &mut impl Rng) -> f64 {
        let jitter = (self.jitter * normal(rng)).exp();
        if self.outliers > 0.0 && rng.random_bool(self.outliers) {
            // Pareto's law, by inversion: least × u^(−1/tail).
            let excess = OUTLIER_LEAST * (1.0 - rng.random::<f64>()).powf(-1.0 / OUTLIER_TAIL);
            jitter * (1.0 + excess)
        } else {
            jitter
        }
    }

    fn burst(self, cost: TrueCost, rng: &mut impl Rng) -> f64 {
        if cost.bursty && rng.random_bool(self.bursts) {
            rng.random_range(2.0..10.0)
        } else {
            1.0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand::rngs::SmallRng;

    const SILENT: Machine = Machine {
        placement: 0.0,
        jitter: 0.0,
        ..Machine::QUIET
    };
    const PLAN: SimulatedPlan = SimulatedPlan {
        processes: 3,
        turns: 40,
        pause: 0.0,
    };
    const COSTS: [TrueCost; 2] = [
        TrueCost {
            ns: 100.0,
            bursty: true,
        },
        TrueCost {
            ns: 250.0,
            bursty: false,
        },
    ];

    fn mean([there, back]: &[f64; 2]) -> f64 {
        (there + back) / 2.0
    }

    fn run(machine: Machine, seed: u64) -> Vec<Process> {
        machine.run(&COSTS, PLAN, &mut SmallRng::seed_from_u64(seed))
    }

    #[test]
    fn without_noise_every_turn_is_the_true_cost() {
        let expected = vec![vec![[100.0; 2]; 40], vec![[250.0; 2]; 40]];
        assert_eq!(run(SILENT, 1), vec![expected; 3]);
    }

    #[test]
    fn a_seed_names_a_run() {
        assert_eq!(run(Machine::WORST, 7), run(Machine::WORST, 7));
        assert_ne!(run(Machine::WORST, 7), run(Machine::WORST, 8));
    }

    #[test]
    fn placement_stays_for_the_life_of_a_process() {
        let processes = run(
            Machine {
                placement: 0.02,
                ..SILENT
            },
            1,
        );
        for process in &processes {
            let first = process[0][0];
            assert!(process[0].iter().all(|&slices| slices == [first[0]; 2]));
        }
        assert_ne!(processes[0][0][0], processes[1][0][0]);
    }

    #[test]
    fn drift_moves_the_cases_of_a_turn_together() {
        let drifting = Machine {
            drift: 0.1,
            ..SILENT
        };
        let mut costs = Vec::new();
        for process in run(drifting, 1) {
            for (a, b) in process[0].iter().zip(&process[1]) {
                let (a, b) = (mean(a), mean(b));
                assert!((b / a / 2.5 - 1.0).abs() < 0.02, "{a} {b}");
                costs.push(a);
            }
        }
        let slowest = costs.iter().copied().fold(0.0, f64::max);
        let fastest = costs.iter().copied().fold(f64::INFINITY, f64::min);
        assert!(slowest / fastest > 1.2, "{fastest} .. {slowest}");
    }

    #[test]
    fn a_trend_within_turns_reaches_costs_but_not_their_ratio() {
        let trending = Machine {
            trend: Machine::DRIFTING.trend,
            ..SILENT
        };
        for process in run(trending, 1) {
            for (a, b) in process[0].iter().zip(&process[1]) {
                let (a, b) = (mean(a), mean(b));
                // B A after A B leaves a quarter of the square of the trend, here some 0.03².
                assert!((b / a / 2.5 - 1.0).abs() < 0.001, "{a} {b}");
            }
            // It goes through nothing in the middle of the turn, so the mean of both ends is true.
            let off = |slices: &[f64; 2]| (mean(slices) / 100.0 - 1.0).abs();
            assert!(process[0].iter().all(|slices| off(slices) < 0.001));
            assert!(process[0].iter().all(|[there, back]| there != back));
        }
    }

    #[test]
    fn the_cases_of_a_turn_take_turns_at_being_first() {
        let trending = Machine {
            trend: Machine::DRIFTING.trend,
            ..SILENT
        };
        // Who is first is last too, so a steady trend parts its slices most.
        let apart = |[there, back]: &[f64; 2]| (there / back).ln().abs();
        let process = &run(trending, 1)[0];
        let firsts = process[0].iter().zip(&process[1]);
        let firsts = firsts.filter(|(a, b)| apart(a) > apart(b)).count();
        assert!((10..=30).contains(&firsts), "{firsts}");
    }

    #[test]
    fn a_pause_lets_the_clock_forget() {
        // Neighbouring processes share their clock, distant ones do not: the correlation of the
        // last turn of one with the first of the next, over many.
        let correlation = |pause| {
            let plan = SimulatedPlan {
                processes: 400,
                turns: 2,
                pause,
            };
            let drifting = Machine {
                drift: 0.1,
                ..SILENT
            };
            let run = drifting.run(&COSTS, plan, &mut SmallRng::seed_from_u64(1));
            let logs = |turn: usize| run.iter().map(move |p| (mean(&p[0][turn]) / 100.0).ln());
            let products: f64 = logs(1).zip(logs(0).skip(1)).map(|(a, b)| a * b).sum();
            products / logs(0).map(|a| a * a).sum::<f64>()
        };
        assert!(correlation(0.0) > 0.3);
        assert!(correlation(60.0) < 0.2);
    }

    #[test]
    fn bursts_hit_only_the_bursty() {
        let bursting = Machine {
            bursts: 0.2,
            ..SILENT
        };
        for process in run(bursting, 1) {
            let slow = process[0].iter().filter(|slices| slices[0] >= 200.0);
            let exact = process[0].iter().filter(|slices| slices[0] == 100.0);
            let (slow, exact) = (slow.count(), exact.count());
            assert!(slow > 0 && slow + exact == 40);
            assert!(process[0].iter().all(|[there, back]| there == back));
            assert!(process[1].iter().all(|&slices| slices == [250.0; 2]));
        }
    }

    #[test]
    fn outliers_only_ever_slow() {
        let interrupted = Machine {
            outliers: 0.1,
            ..SILENT
        };
        let slices = run(interrupted, 1).concat().concat().concat();
        let slower = slices.iter().filter(|&&ns| ns != 100.0 && ns != 250.0);
        assert!(slower.count() > 10);
        assert!(slices.iter().all(|&ns| ns >= 100.0));
    }

    #[test]
    fn contention_slows_about_the_share_of_slices_that_the_records_show() {
        let contended = Machine {
            contention: Machine::CONTENDED.contention,
            outliers: Machine::CONTENDED.outliers,
            ..SILENT
        };
        let plan = SimulatedPlan {
            processes: 60,
            ..PLAN
        };
        let run = contended.run(&COSTS, plan, &mut SmallRng::seed_from_u64(1));
        let slices: Vec<f64> = run.iter().flat_map(|p| p[1].concat()).collect();
        // 20 and 32 % in the records.
        let slow = slices.iter().filter(|&&ns| ns > 1.1 * 250.0).count() as f64;
        let share = slow / slices.len() as f64;
        assert!((0.2..0.32).contains(&share), "{share}");
        assert!(slices.iter().all(|&ns| ns >= 250.0));
    }
}
