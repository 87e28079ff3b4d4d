//! A record as one HTML page that needs nothing else: no network, no font, no second file.
//!
//! The templates escape whatever is put into them; nothing from a record is ever put into the
//! style or the script, which are fixed texts. Without the script the page says everything; it
//! sorts, filters and shows figures under the pointer.
//!
//! From the top of the page down: [`first_screen`], [`figures`], [`anatomy`], [`two_by_two`], [`turns`],
//! [`provenance`]. Pages of their own: [`comparison`], and [`ruling`], which is a comparison with a
//! conclusion.

mod anatomy;
mod comparison;
mod figures;
mod first_screen;
mod frame;
mod provenance;
mod ruling;
mod table;
mod turns;
mod two_by_two;
mod unbroken;

use maud::html;

use super::answers::Answers;
use super::chart::{Palette, charts};
use super::gaps::gaps;
use super::notes::remarks;
use super::samples::Samples;
use super::spread::Spread;
use crate::record::Record;
use crate::record::anatomy::Anatomy;

pub use comparison::comparison;
pub use ruling::ruling;

/// The page of a record, which goes by `name`; `anatomy` is of the same machine.
pub fn record(record: &Record, name: &str, anatomy: Option<&Anatomy>) -> String {
    let samples = Samples::of(&record.turns);
    let answers = Answers::of(&samples, &record.header);
    let palette = Palette::of(answers.backends.iter().map(|backend| &backend.backend));
    let missing = gaps(record, &samples);
    let remarks = remarks(record);
    let spreads = Spread::of_cases(&record.turns);
    let body = html! {
        (first_screen::first_screen(record, &answers, &palette, missing.len() + remarks.len()))
        @for chart in charts(&answers, &palette) {
            (figures::figures(&chart, &palette))
        }
        (figures::added(&answers, &palette))
        @if let Some(anatomy) = anatomy { (anatomy::anatomy(anatomy, &palette)) }
        (two_by_two::two_by_two(&answers, &palette))
        (turns::turns(&spreads, &palette))
        (provenance::notes(&missing, &remarks))
        (provenance::provenance(record))
    };
    let title = format!("trapbench: {name}");
    frame::frame(
        &title,
        &first_screen::depth_rules(&answers),
        "a 95 % interval over processes",
        body,
    )
}
