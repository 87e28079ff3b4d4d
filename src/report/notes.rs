//! What a reader should know before believing the figures, each thing once.

use std::collections::HashMap;

use super::screen;
use crate::record::Record;

/// The screen's remarks; what is said again, as when a worker fails alike in every round, is
/// said once, with how often.
pub fn remarks(record: &Record) -> Vec<String> {
    let mut counted: Vec<(String, usize)> = Vec::new();
    let mut places = HashMap::new();
    for remark in screen::remarks(record) {
        let place = *places.entry(remark.clone()).or_insert(counted.len());
        match counted.get_mut(place) {
            Some((_, times)) => *times += 1,
            None => counted.push((remark, 1)),
        }
    }
    let said = |(remark, times): (String, usize)| match times {
        1 => remark,
        _ => format!("{remark} ({times} times)"),
    };
    counted.into_iter().map(said).collect()
}
