//! Above which depth does raising win?
//!
//! With `D(depth) = R_exit − S_exit` in ns, the answer is the depth where D changes sign. It
//! stands between two *measured* depths whose signs are both resolved, the bracket; nothing is
//! extrapolated. Where exactly inside, and within what interval, is `crossing`'s to say.

use super::crossing::crossing;
use super::interval::student_interval;
use super::{Estimate, Unusable, Winner, check_depths, check_processes, column};

/// Where raising begins, or ceases, to win.
#[derive(Debug, Clone, PartialEq)]
pub enum BreakEven {
    At(Crossing),
    RaiseWinsAtEveryDepth,
    SentinelWinsAtEveryDepth,
    /// No change of sign is resolved, and some depths are not.
    NotResolved {
        /// The depths where D's interval contains 0.
        depths: Vec<u32>,
        /// Who wins at all the other measured depths; `None` when there is no other.
        elsewhere: Option<Winner>,
    },
    /// The resolved sign changes more than once: there is no one depth to name.
    SeveralCrossings {
        /// The resolved measured depths around each change, ascending.
        brackets: Vec<(u32, u32)>,
    },
}

/// The one resolved change of sign.
#[derive(Debug, Clone, PartialEq)]
pub struct Crossing {
    /// In guest frames above the first, interpolated, hence not a whole number.
    pub depth: Estimate,
    /// The nearest measured depths around it whose signs are resolved.
    pub bracket: (u32, u32),
    /// Who wins at depths greater than this one.
    pub above: Winner,
    /// Measured depths, inside the bracket or not, where D's interval contains 0.
    pub unresolved: Vec<u32>,
}

/// Looks for the depth at which D changes sign.
///
/// `depths` are strictly ascending; `processes[k][i]` is D of process k at `depths[i]`, in ns.
/// Each depth is resolved, or not, at `level` on its own.
///
/// # Errors
/// [`Unusable`], when the table is not one, or allows no interval.
pub fn break_even(
    depths: &[u32],
    processes: &[Vec<f64>],
    level: f64,
) -> Result<BreakEven, Unusable> {
    check_depths(depths)?;
    check_processes(processes, depths.len())?;
    let columns: Vec<Vec<f64>> = (0..depths.len()).map(|i| column(processes, i)).collect();
    let mut resolved = Vec::new();
    let mut unresolved = Vec::new();
    for (index, values) in columns.iter().enumerate() {
        let d = student_interval(values, level)?;
        if d.excludes_zero() {
            resolved.push((index, cheaper(d.value)));
        } else {
            unresolved.push(depths[index]);
        }
    }
    let changes: Vec<(usize, usize)> = resolved
        .windows(2)
        .filter(|pair| pair[0].1 != pair[1].1)
        .map(|pair| (pair[0].0, pair[1].0))
        .collect();
    Ok(match changes[..] {
        [(first, last)] => BreakEven::At(Crossing {
            depth: crossing(&depths[first..=last], &columns[first..=last], level)?,
            bracket: (depths[first], depths[last]),
            above: resolved[resolved.len() - 1].1,
            unresolved,
        }),
        [] if unresolved.is_empty() => match resolved[0].1 {
            Winner::Raise => BreakEven::RaiseWinsAtEveryDepth,
            Winner::Sentinel => BreakEven::SentinelWinsAtEveryDepth,
        },
        [] => BreakEven::NotResolved {
            depths: unresolved,
            elsewhere: resolved.first().map(|&(_, winner)| winner),
        },
        _ => BreakEven::SeveralCrossings {
            brackets: changes
                .iter()
                .map(|&(first, last)| (depths[first], depths[last]))
                .collect(),
        },
    })
}

/// D is what raising costs more.
fn cheaper(d: f64) -> Winner {
    if d > 0.0 {
        Winner::Sentinel
    } else {
        Winner::Raise
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::interval::ratio_of_means;
    use crate::verdict::{Interval, LEVEL};
    use proptest::prelude::*;

    /// Five processes around the centre of each depth: `(centre, resolved)`. A depth that is not
    /// resolved has a spread that hides any centre below 20.
    fn table(depths: &[(f64, bool)]) -> Vec<Vec<f64>> {
        const NOISE: [f64; 5] = [-1.0, 0.5, 1.0, -0.5, 0.0];
        // Turned by one from depth to depth, or every depth would move as one.
        (0..5)
            .map(|k| {
                depths
                    .iter()
                    .enumerate()
                    .map(|(i, &(centre, resolved))| {
                        centre + if resolved { 0.5 } else { 40.0 } * NOISE[(k + i) % 5]
                    })
                    .collect()
            })
            .collect()
    }

    fn answer(depths: &[u32], centres: &[(f64, bool)]) -> BreakEven {
        break_even(depths, &table(centres), LEVEL).unwrap()
    }

    fn crossing_of(depths: &[u32], centres: &[(f64, bool)]) -> Crossing {
        match answer(depths, centres) {
            BreakEven::At(crossing) => crossing,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_change_between_two_resolved_depths_is_interpolated() {
        let crossing = crossing_of(
            &[0, 10, 30, 90],
            &[(80.0, true), (30.0, true), (-10.0, true), (-90.0, true)],
        );
        assert!((crossing.depth.value - 25.0).abs() < 1e-9);
        assert_eq!(crossing.bracket, (10, 30));
        assert_eq!(crossing.above, Winner::Raise);
        assert!(crossing.unresolved.is_empty());
        assert!(crossing.depth.interval.low > 24.0 && crossing.depth.interval.high < 26.0);
        assert!(crossing.depth.half_width() > 0.01);
    }

    #[test]
    fn the_other_way_round_the_sentinel_wins_above() {
        let crossing = crossing_of(&[0, 10], &[(-10.0, true), (30.0, true)]);
        assert!((crossing.depth.value - 2.5).abs() < 1e-9);
        assert_eq!(crossing.above, Winner::Sentinel);
    }

    #[test]
    fn one_winner_at_every_depth() {
        assert_eq!(
            answer(&[0, 1, 4], &[(9.0, true), (8.0, true), (1.0, true)]),
            BreakEven::SentinelWinsAtEveryDepth
        );
        assert_eq!(
            answer(&[0, 1, 4], &[(-9.0, true), (-8.0, true), (-9.0, true)]),
            BreakEven::RaiseWinsAtEveryDepth
        );
    }

    #[test]
    fn doubt_at_the_end_is_not_a_crossing() {
        assert_eq!(
            answer(&[0, 1, 4], &[(9.0, true), (8.0, true), (-5.0, false)]),
            BreakEven::NotResolved {
                depths: vec![4],
                elsewhere: Some(Winner::Sentinel)
            }
        );
        assert_eq!(
            answer(&[0, 1, 4], &[(-9.0, true), (5.0, false), (-8.0, true)]),
            BreakEven::NotResolved {
                depths: vec![1],
                elsewhere: Some(Winner::Raise)
            }
        );
        assert_eq!(
            answer(&[3, 7], &[(5.0, false), (-5.0, false)]),
            BreakEven::NotResolved {
                depths: vec![3, 7],
                elsewhere: None
            }
        );
    }

    #[test]
    fn more_than_one_crossing_is_reported_as_such() {
        assert_eq!(
            answer(
                &[0, 1, 4, 16, 64],
                &[
                    (9.0, true),
                    (-9.0, true),
                    (1.0, false),
                    (8.0, true),
                    (-4.0, true)
                ]
            ),
            BreakEven::SeveralCrossings {
                brackets: vec![(0, 1), (1, 16), (16, 64)]
            }
        );
    }

    #[test]
    fn an_unresolved_depth_in_between_is_interpolated_but_not_trusted() {
        let centres = [(100.0, true), (5.0, false), (-100.0, true)];
        let crossing = crossing_of(&[0, 100, 200], &centres);
        // Between the measured centres around the change, 5 at 100 and −100 at 200.
        assert!((crossing.depth.value - (100.0 + 100.0 * 5.0 / 105.0)).abs() < 1e-9);
        assert_eq!(crossing.bracket, (0, 200));
        assert_eq!(crossing.unresolved, [100]);
        // The doubt at 100 reaches into both segments.
        let Interval { low, high } = crossing.depth.interval;
        assert!(0.0 < low && low < 90.0, "{low}");
        assert!(110.0 < high && high < 200.0, "{high}");
    }

    #[test]
    fn centres_that_wander_around_zero_give_the_middle_of_their_changes() {
        let crossing = crossing_of(
            &[0, 10, 20, 30],
            &[(50.0, true), (-5.0, false), (5.0, false), (-50.0, true)],
        );
        assert!((crossing.depth.value - 15.0).abs() < 1e-9);
        assert_eq!(crossing.bracket, (0, 30));
        let Interval { low, high } = crossing.depth.interval;
        assert!(low < 10.0 && high > 20.0);
    }

    #[test]
    fn doubt_outside_the_bracket_is_told() {
        let crossing = crossing_of(
            &[0, 1, 4, 16],
            &[(3.0, false), (9.0, true), (-9.0, true), (-3.0, false)],
        );
        assert_eq!(crossing.bracket, (1, 4));
        assert_eq!(crossing.unresolved, [0, 16]);
    }

    #[test]
    fn a_table_that_is_not_one_says_why() {
        let wrong = |depths: &[u32], processes: &[Vec<f64>]| {
            break_even(depths, processes, LEVEL).unwrap_err()
        };
        let good = vec![1.0, -1.0];
        assert_eq!(wrong(&[], &[]), Unusable::TooFewDepths { found: 0 });
        assert_eq!(wrong(&[0, 1], &[]), Unusable::TooFewProcesses { found: 0 });
        assert_eq!(
            wrong(&[1, 0], &[good.clone(), good.clone()]),
            Unusable::DepthsNotAscending
        );
        assert_eq!(
            wrong(&[0, 1], &[good.clone(), vec![]]),
            Unusable::Ragged {
                process: 1,
                found: 0,
                expected: 2
            }
        );
        assert_eq!(
            wrong(&[0, 1], &[vec![f64::NAN, 1.0], good.clone()]),
            Unusable::NotFinite { process: 0 }
        );
        assert_eq!(
            break_even(&[0, 1], &[good.clone(), good], f64::NAN),
            Err(Unusable::BadLevel)
        );
    }

    #[test]
    fn processes_without_spread_cross_at_one_point() {
        let exact = vec![30.0, -10.0];
        let BreakEven::At(crossing) = break_even(&[0, 40], &[exact.clone(), exact], LEVEL).unwrap()
        else {
            panic!("it crosses")
        };
        assert!((crossing.depth.value - 30.0).abs() < 1e-9);
        assert!(crossing.depth.half_width() < 1e-6);
        let zero = vec![0.0, 0.0];
        assert_eq!(
            break_even(&[0, 40], &[zero.clone(), zero], LEVEL),
            Ok(BreakEven::NotResolved {
                depths: vec![0, 40],
                elsewhere: None
            })
        );
    }

    fn processes() -> impl Strategy<Value = Vec<Vec<f64>>> {
        prop::collection::vec((-100.0..100.0, 0.0..60.0), 4).prop_flat_map(|depths| {
            let noise = prop::collection::vec(prop::collection::vec(-1.0..1.0, 4), 2..10);
            noise.prop_map(move |rows: Vec<Vec<f64>>| {
                rows.iter()
                    .map(|row| {
                        row.iter()
                            .zip(&depths)
                            .map(|(x, (c, s)): (&f64, &(f64, f64))| c + s * x)
                            .collect()
                    })
                    .collect()
            })
        })
    }

    const DEPTHS: [u32; 4] = [0, 1, 16, 256];

    proptest! {
        #[test]
        fn the_interval_contains_the_depth_and_stays_in_the_bracket(processes in processes()) {
            let BreakEven::At(crossing) = break_even(&DEPTHS, &processes, LEVEL).unwrap() else {
                return Ok(());
            };
            let (first, last) = crossing.bracket;
            let Interval { low, high } = crossing.depth.interval;
            prop_assert!(f64::from(first) <= low && high <= f64::from(last));
            prop_assert!(crossing.depth.interval.contains(crossing.depth.value));
            for depth in crossing.unresolved {
                let inside = first < depth && depth < last;
                prop_assert!(!inside || crossing.depth.interval.contains(f64::from(depth)));
            }
        }

        #[test]
        fn between_neighbours_the_interval_is_fiellers(
            g0 in prop::collection::vec(5.0..100.0, 3..12),
            shift in 5.0..100.0,
        ) {
            let processes: Vec<Vec<f64>> = g0.iter().rev().zip(&g0).map(|(a, b)| vec![*a, b / 2.0 - shift - 50.0]).collect();
            let Ok(BreakEven::At(crossing)) = break_even(&[0, 1], &processes, LEVEL) else {
                return Ok(());
            };
            let start = column(&processes, 0);
            let fall: Vec<f64> = processes.iter().map(|row| row[0] - row[1]).collect();
            let fieller = ratio_of_means(&start, &fall, LEVEL).unwrap();
            prop_assert!((crossing.depth.value - fieller.value).abs() < 1e-9);
            prop_assert!((crossing.depth.interval.low - fieller.interval.low).abs() < 1e-9);
            prop_assert!((crossing.depth.interval.high - fieller.interval.high).abs() < 1e-9);
        }

        #[test]
        fn swapping_the_strategies_moves_nothing_but_the_winner(processes in processes()) {
            let swapped: Vec<Vec<f64>> = processes
                .iter()
                .map(|row| row.iter().map(|d| -d).collect())
                .collect();
            let one = break_even(&DEPTHS, &processes, LEVEL).unwrap();
            match (one, break_even(&DEPTHS, &swapped, LEVEL).unwrap()) {
                (BreakEven::At(one), BreakEven::At(other)) => {
                    prop_assert!((one.depth.value - other.depth.value).abs() < 1e-9);
                    prop_assert_eq!(one.bracket, other.bracket);
                    prop_assert_ne!(one.above, other.above);
                }
                (BreakEven::RaiseWinsAtEveryDepth, other) => {
                    prop_assert_eq!(other, BreakEven::SentinelWinsAtEveryDepth);
                }
                (BreakEven::SentinelWinsAtEveryDepth, other) => {
                    prop_assert_eq!(other, BreakEven::RaiseWinsAtEveryDepth);
                }
                (BreakEven::NotResolved { depths: one, .. }, BreakEven::NotResolved { depths: other, .. }) => {
                    prop_assert_eq!(one, other);
                }
                (one, other) => prop_assert_eq!(one, other),
            }
        }
    }
}
