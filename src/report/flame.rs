//! A flame graph of one call: how wide a function is drawn is how many instructions it takes, its
//! callees within.

use anyhow::Context;
use inferno::flamegraph::{Options, from_lines};

/// Above this function stand the frames of the suite's own thread, which are no part of a call.
const STAGE: &str = "trapbench::worker::workbench::Workbench::time";

/// An SVG document. Each stack has the function itself first and its callers behind it, with
/// what it takes of a call, its callees apart.
///
/// # Errors
/// When there is nothing to draw.
pub fn graph<'a>(
    title: &str,
    stacks: impl Iterator<Item = (&'a [String], f64)>,
) -> anyhow::Result<String> {
    let lines = stacks.filter_map(|(stack, cost)| {
        let outermost = stack.iter().position(|frame| frame == STAGE);
        let own = &stack[..outermost.unwrap_or(stack.len())];
        let frames = own
            .iter()
            .rev()
            .map(|frame| frame.replace([';', ' '], "\u{a0}"));
        let cost = cost.round();
        (cost >= 1.0).then(|| format!("{} {cost}", Vec::from_iter(frames).join(";")))
    });
    let lines = Vec::from_iter(lines);
    let mut options = Options::default();
    options.title = title.to_owned();
    "instructions".clone_into(&mut options.count_name);
    // The same call gives the same drawing.
    options.deterministic = true;
    let mut svg = Vec::new();
    from_lines(&mut options, lines.iter().map(String::as_str), &mut svg)
        .context("no flame graph can be drawn")?;
    String::from_utf8(svg).context("a flame graph is text")
}
