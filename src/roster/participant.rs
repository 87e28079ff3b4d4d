use trapbench_worker::case::Case;
use trapbench_worker::offer::Offer;
use trapbench_worker::protocol::{Hello, Setup};

use super::arm::Arm;
use super::child::{Trouble, Worker};
use super::hello;
use crate::record::UnwinderFacts;

/// An arm that was started once and has said who it is. All that is planned goes by its words.
#[derive(Clone, Debug)]
pub struct Participant {
    pub arm: Arm,
    /// Who serves it: the name of a worker's folder, or of what was typed.
    pub worker: String,
    pub hello: Hello,
    /// What takes stacks down in its process; nothing where it has loaded none.
    pub unwinder: Option<UnwinderFacts>,
    pub offer: Offer,
    /// Names in its offer that are not known here, in words.
    pub unknown: Vec<String>,
}

impl Participant {
    /// Starts the arm once and hears its introduction. `fixture` is the hash of the guest that it
    /// must run.
    ///
    /// # Errors
    /// When it does not start, does not answer, or does not fit.
    pub fn meet(arm: Arm, worker: &str, fixture: &str) -> Result<Participant, Trouble> {
        let mut process = Worker::of_arm(&arm)?;
        let hello = process.hello(&arm, fixture, Setup::default())?;
        let unwinder = process.unwinder();
        drop(process);
        let (offer, unknown) = hello::offer(&hello);
        if offer.is_empty() {
            let unknown = match unknown.is_empty() {
                true => String::new(),
                false => format!(" (it names {})", unknown.join(", ")),
            };
            return Err(Trouble::Lost(format!(
                "the worker offers nothing that can be measured here{unknown}"
            )));
        }
        Ok(Participant {
            arm,
            worker: worker.to_owned(),
            hello,
            unwinder,
            offer,
            unknown,
        })
    }

    /// What it offers: on the axis of depth at `depths`, where they are given.
    pub fn cases(&self, depths: Option<&[u32]>) -> Vec<Case> {
        self.offer.cases(&self.arm.backend, depths)
    }
}
