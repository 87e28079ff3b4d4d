//! At which depth between two measured ones does a difference cross 0?
//!
//! The difference D is taken as straight between neighbouring measured depths. The interval holds
//! every depth of the bracket at which the interpolated D is not resolved from 0: the test is
//! inverted point by point, so its level is that of each test. Between two neighbours this is
//! Fieller's interval for g0 / (g0 − g1), and because both ends are resolved it lies inside the
//! bracket by itself. Where unresolved depths lie between, the same rule runs through all their
//! segments, and the interval is as wide as the doubt is.
//!
//! Fieller (1954), "Some problems in interval estimation".

use super::fieller::Fieller;
use super::{Estimate, Interval, Unusable};

/// The crossing between the first and the last of `depths`, whose D are resolved and of opposite
/// sign; those in between are not resolved.
pub(super) fn crossing(
    depths: &[u32],
    columns: &[Vec<f64>],
    level: f64,
) -> Result<Estimate, Unusable> {
    let mut zeros = Vec::new();
    let mut doubtful = Vec::new();
    for (depth, g) in depths.windows(2).zip(columns.windows(2)) {
        let (start, length) = (f64::from(depth[0]), f64::from(depth[1] - depth[0]));
        let at = |share: f64| start + share * length;
        // D at a share x of the way is g0 − x (g0 − g1): x is Fieller's ratio.
        let fall: Vec<f64> = g[0].iter().zip(&g[1]).map(|(g0, g1)| g0 - g1).collect();
        let line = Fieller::new(&g[0], &fall, level)?;
        let (here, there) = (line.num, line.num - line.den);
        if (here > 0.0) != (there > 0.0) {
            zeros.push(at(here / (here - there)));
        }
        // Where doubt begins or ends on this segment. It begins after the first depth and ends
        // before the last, for both are resolved, so the outermost of these span it all.
        if let Some((low, high)) = line.roots() {
            let on_segment = |share: &f64| (0.0..=1.0).contains(share);
            doubtful.extend([low, high].into_iter().filter(on_segment).map(at));
        }
    }
    // The centres change sign an odd number of times between opposite signs. Mostly once; if
    // more often, they wander around 0 and the middle change has as many on either side.
    let value = zeros[zeros.len() / 2];
    Ok(Estimate {
        value,
        interval: Interval {
            low: doubtful.iter().copied().fold(value, f64::min),
            high: doubtful.iter().copied().fold(value, f64::max),
        },
    })
}
