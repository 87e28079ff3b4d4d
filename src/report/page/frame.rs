//! What is around every page: its head, style, script and foot.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::report::chart::STYLE;

/// The page's own promise, kept by the browser: nothing is fetched from anywhere.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; \
                      img-src data:; base-uri 'none'; form-action 'none'";

/// `rules` are styles that depend on the record; they are made of numbers alone. `within` is what
/// every ± is.
pub fn frame(title: &str, rules: &str, within: &str, body: Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                link rel="icon" href="data:,";
                title { (title) }
                style { (PreEscaped(STYLE)) (PreEscaped(include_str!("page.css"))) (PreEscaped(rules)) }
            }
            body {
                main { (body) }
                footer {
                    "Every ± is " (within) ". What the figures mean, how they \
                     come about and what they leave out is in METHODOLOGY.md of trapbench."
                }
                script { (PreEscaped(include_str!("page.js"))) }
            }
        }
    };
    page.into_string()
}
