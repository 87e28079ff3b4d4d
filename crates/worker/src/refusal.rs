use thiserror::Error;

use crate::backend::{Absent, RuntimeFailure};
use crate::case::{BackendId, Case};
use crate::fixture::Entry;
use crate::offer::{Offer, OfferLine, missing};
use crate::verify::Unverified;

/// Why the workbench does not do what it was asked.
#[derive(Debug, Error)]
pub enum Refusal {
    #[error(transparent)]
    Absent(#[from] Absent),
    #[error("{backend} does not load the fixture: {reason:#}")]
    Load {
        backend: BackendId,
        reason: RuntimeFailure,
    },
    #[error("{case}: {} does not offer it; it offers {offer}", case.backend)]
    NotOffered { case: Case, offer: String },
    #[error("{case}: {}", missing(*.entry))]
    Lacks { case: Case, entry: Entry },
    #[error("{case}: {reason}")]
    Unverified { case: Case, reason: Unverified },
    #[error("{case} wants {} modules registered: {reason:#}", case.place().modules)]
    Modules { case: Case, reason: RuntimeFailure },
    #[error("{case} wants {} other threads: {reason}", case.place().threads)]
    Threads { case: Case, reason: String },
    #[error("{case} wants {} more host frames: {reason}", case.place().host_frames)]
    HostFrames { case: Case, reason: String },
    #[error("{0} has not been prepared")]
    NotPrepared(Case),
}

impl Refusal {
    pub(super) fn not_offered(case: &Case, offer: &Offer) -> Refusal {
        let on = |line: OfferLine| format!("{} on the axis {}", line.series.join(", "), line.axis);
        let lines = Vec::from_iter(offer.lines().into_iter().map(on));
        Refusal::NotOffered {
            case: case.clone(),
            offer: lines.join("; "),
        }
    }
}
