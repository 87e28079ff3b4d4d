//! In which order the cases of a turn are taken.

use rand::Rng;
use rand::seq::SliceRandom;

/// A balanced turn over `n` arms: a random order, then the same backwards (A B C C B A).
///
/// Each arm is taken twice, and the mean place of its two slices is the same for all: a drift
/// that is linear over the turn moves every arm alike and cancels in each difference and ratio.
pub fn balanced(n: usize, rng: &mut impl Rng) -> Vec<usize> {
    let mut order = shuffled(n, rng);
    order.extend_from_within(..);
    order[n..].reverse();
    order
}

/// All of `0..n` in random order.
pub fn shuffled(n: usize, rng: &mut impl Rng) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n).collect();
    order.shuffle(rng);
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    proptest! {
        #[test]
        fn a_linear_drift_moves_every_arm_alike(n in 1usize..40, seed in any::<u64>()) {
            let order = balanced(n, &mut StdRng::seed_from_u64(seed));
            for arm in 0..n {
                let places: Vec<usize> =
                    (0..order.len()).filter(|&place| order[place] == arm).collect();
                prop_assert_eq!(places.len(), 2);
                prop_assert_eq!(places[0] + places[1], 2 * n - 1);
            }
        }
    }

    #[test]
    fn orders_differ_between_turns() {
        let mut rng = StdRng::seed_from_u64(1);
        assert_ne!(balanced(12, &mut rng), balanced(12, &mut rng));
    }
}
