//! What goes on around the timed code, whether anything is timed or not.

use std::f64::consts::TAU;

use rand::Rng;

/// How long the clock remembers: machines were seen to drift "over seconds".
const DRIFT_SECONDS: f64 = 2.0;
/// A neighbour, fitted to 14 800 slices of 1.5 ms that two runs recorded on a shared machine of 2
/// cores. In 13 and 31 % of the half-turns of 18 slices he was busy; between one round and the
/// next, some 0.15 s later, the share of slowed slices correlates by 0.26 and 0.48, two rounds
/// later by no more than 0.06.
const CONTENTION_SECONDS: f64 = 0.15;
/// Of the slices of a busy half-turn 81 and 84 % took over 6 % more than a quiet one.
const CONTENTION_HITS: f64 = 0.82;
/// What these took more, flat between the ends: 8 to 71 % (5 and 95 % quantiles), a raise 9 to
/// 105 %.
const CONTENTION_LEAST: f64 = 0.05;
const CONTENTION_MOST: f64 = 0.75;
const CONTENTION_MOST_BURSTY: f64 = 1.0;

/// A clock that wanders and a neighbour who comes and goes.
pub(super) struct Surroundings {
    clock: Clock,
    neighbour: Neighbour,
}

impl Surroundings {
    /// `drift` and `contention` as in `Machine`.
    pub(super) fn new(drift: f64, contention: f64, rng: &mut impl Rng) -> Surroundings {
        Surroundings {
            clock: Clock::new(drift, rng),
            neighbour: Neighbour::new(contention, rng),
        }
    }

    pub(super) fn advance(&mut self, seconds: f64, rng: &mut impl Rng) {
        self.clock.advance(seconds, rng);
        self.neighbour.advance(seconds, rng);
    }

    /// How many times longer than on the quiet machine a slice takes now.
    pub(super) fn slowdown(&self, bursty: bool, rng: &mut impl Rng) -> f64 {
        self.clock.log.exp() * self.neighbour.slowdown(bursty, rng)
    }
}

/// A standard normal number: Box & Muller (1958), "A note on the generation of random normal
/// deviates".
pub(super) fn normal(rng: &mut impl Rng) -> f64 {
    let radius = (-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt();
    radius * (TAU * rng.random::<f64>()).cos()
}

/// The machine's speed as everybody sees it: a random walk that is drawn back to its usual value.
///
/// Uhlenbeck & Ornstein (1930), "On the theory of the Brownian motion": over a time t the log
/// keeps e^(−t/τ) of itself and takes up fresh noise for the rest.
struct Clock {
    log: f64,
    drift: f64,
}

impl Clock {
    fn new(drift: f64, rng: &mut impl Rng) -> Clock {
        Clock {
            log: drift * normal(rng),
            drift,
        }
    }

    fn advance(&mut self, seconds: f64, rng: &mut impl Rng) {
        if self.drift > 0.0 {
            let kept = (-seconds / DRIFT_SECONDS).exp();
            self.log = kept * self.log + self.drift * (1.0 - kept * kept).sqrt() * normal(rng);
        }
    }
}

/// Somebody else on the same hardware, busy or not, who forgets since when: the random telegraph
/// signal, whose chance of being busy returns to its share with one time constant.
struct Neighbour {
    share: f64,
    busy: bool,
}

impl Neighbour {
    fn new(share: f64, rng: &mut impl Rng) -> Neighbour {
        Neighbour {
            share,
            busy: share > 0.0 && rng.random_bool(share),
        }
    }

    fn advance(&mut self, seconds: f64, rng: &mut impl Rng) {
        if self.share > 0.0 {
            let kept = (-seconds / (CONTENTION_SECONDS * (1.0 - self.share))).exp();
            let now = f64::from(u8::from(self.busy));
            self.busy = rng.random_bool(self.share + kept * (now - self.share));
        }
    }

    fn slowdown(&self, bursty: bool, rng: &mut impl Rng) -> f64 {
        let most = if bursty {
            CONTENTION_MOST_BURSTY
        } else {
            CONTENTION_MOST
        };
        if self.busy && rng.random_bool(CONTENTION_HITS) {
            1.0 + rng.random_range(CONTENTION_LEAST..most)
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

    const STEP: f64 = 0.01;

    fn busy_or_not(share: f64, steps: usize) -> Vec<bool> {
        let mut rng = SmallRng::seed_from_u64(1);
        let mut neighbour = Neighbour::new(share, &mut rng);
        (0..steps)
            .map(|_| {
                neighbour.advance(STEP, &mut rng);
                neighbour.busy
            })
            .collect()
    }

    #[test]
    fn the_neighbour_is_busy_for_its_share_and_for_as_long_as_was_seen() {
        let states = busy_or_not(0.2, 300_000);
        let busy = states.iter().filter(|&&busy| busy).count() as f64;
        let visits = states.windows(2).filter(|pair| !pair[0] && pair[1]).count() as f64;
        assert!((busy / 300_000.0 - 0.2).abs() < 0.02, "{busy}");
        // A look every 10 ms misses the shortest visits and gaps: 7 % longer, at least.
        let length = STEP * busy / visits;
        assert!((0.15..0.17).contains(&length), "{length}");
        assert!(!busy_or_not(0.0, 1_000).contains(&true));
    }

    #[test]
    fn a_busy_neighbour_hits_most_slices_and_a_raise_harder() {
        let mut rng = SmallRng::seed_from_u64(1);
        let busy = Neighbour {
            share: 0.2,
            busy: true,
        };
        for (bursty, most) in [(false, CONTENTION_MOST), (true, CONTENTION_MOST_BURSTY)] {
            let slices: Vec<f64> = (0..10_000)
                .map(|_| busy.slowdown(bursty, &mut rng))
                .collect();
            let hits = slices.iter().filter(|&&slice| slice > 1.0).count() as f64;
            assert!((hits / 10_000.0 - CONTENTION_HITS).abs() < 0.02);
            let slowest = slices.iter().copied().fold(0.0, f64::max);
            assert!((0.99..=1.0).contains(&(slowest / (1.0 + most))));
        }
        let gone = Neighbour {
            busy: false,
            ..busy
        };
        assert_eq!(gone.slowdown(true, &mut rng), 1.0);
    }
}
