//! The 2×2 of each backend and depth: raise or sentinel, stopped or not; and what follows.

use maud::{Markup, html};

use super::table::table;
use crate::report::answers::Answers;
use crate::report::chart::Palette;
use crate::report::tables::choice;

pub fn two_by_two(answers: &Answers, palette: &Palette) -> Markup {
    let costs = choice::two_by_two(answers);
    if costs.rows.is_empty() {
        return html! {};
    }
    html! {
        section id="two-by-two" {
            h2 { "Raise or sentinel, stopped or not" }
            p.reading {
                "Nanoseconds a call, ±95 %. Added is a stopped call minus a completing one of the same \
                 code. The tax is what the tests cost a call that nobody stops."
            }
            (table(&costs, palette))
        }
        section id="choice" {
            h2 { "When to raise, by depth" }
            p.reading {
                "At which share of early exits which way costs less in all. With rare exits the \
                 tests weigh more, on all the other calls, than a dearer way to stop."
            }
            (table(&choice::choices(answers), palette))
        }
    }
}
