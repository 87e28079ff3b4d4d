//! Markdown's own: text that stays text, code, links, and tables.

use crate::report::phrase::{Phrase, Piece};
use crate::report::table::{Cell, Edge, Table};

pub fn table(table: &Table) -> String {
    let heads = table.columns.iter().map(|column| in_cell(&column.head));
    let sides = table.columns.iter().map(|column| match column.side {
        Edge::Left => "---",
        Edge::Right => "---:",
    });
    let rows = table
        .rows
        .iter()
        .map(|row| line(row.cells.iter().map(cell)));
    let rule = format!("|{}|", Vec::from_iter(sides).join("|"));
    let lines = [line(heads), rule].into_iter().chain(rows);
    Vec::from_iter(lines).join("\n")
}

pub fn phrase(phrase: &Phrase) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Plain(text) => escaped(text),
        Piece::Code(text) => code(text),
        Piece::Stressed(text) => format!("**{}**", escaped(text)),
    };
    phrase.0.iter().map(piece).collect()
}

pub fn list(items: impl IntoIterator<Item = String>) -> String {
    let items = items.into_iter().map(|item| format!("- {item}"));
    Vec::from_iter(items).join("\n")
}

fn line(cells: impl Iterator<Item = String>) -> String {
    format!("| {} |", Vec::from_iter(cells).join(" | "))
}

fn cell(cell: &Cell) -> String {
    match cell {
        Cell::Gap => "—".to_owned(),
        Cell::Blank => String::new(),
        Cell::Words(words) => in_cell(words),
        Cell::Verdict { text, .. } => escaped(text),
        Cell::Figure(figure) => {
            let aside = figure.aside.iter().map(|aside| format!(" {aside}"));
            let text = escaped(&figure.marked());
            std::iter::once(text).chain(aside).collect()
        }
    }
}

/// A bar would end the cell, in code too.
fn in_cell(words: &Phrase) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Code(text) => code(text).replace('|', "\\|"),
        _ => phrase(&Phrase(vec![piece.clone()])),
    };
    words.0.iter().map(piece).collect()
}

/// As text: what Markdown or HTML would take for markup gets a backslash.
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' => escaped.push(' '),
            _ => {
                if "\\`*_[]<>|&#~$@".contains(c) {
                    escaped.push('\\');
                }
                escaped.push(c);
            }
        }
    }
    escaped
}

/// As code: within longer backticks than it holds.
pub fn code(text: &str) -> String {
    let text = text.replace(['\n', '\r'], " ");
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let ticks = "`".repeat(longest + 1);
    let air = if longest > 0 { " " } else { "" };
    format!("{ticks}{air}{text}{air}{ticks}")
}

/// As a block of code, of lines that are to stay as they are.
pub fn fenced(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(3.max(longest + 1));
    format!("{fence}text\n{}\n{fence}\n", text.trim_end())
}

/// As the target of a link.
pub fn target(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./~".contains(&byte);
    let byte = |byte: u8| match plain(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    path.bytes().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_markup_stays_text() {
        assert_eq!(escaped("a|b <script>*"), r"a\|b \<script\>\*");
        assert_eq!(code("a`|b"), "`` a`|b ``");
        assert_eq!(in_cell(&Phrase::code("a|b")), r"`a\|b`");
        assert_eq!(code("<script>"), "`<script>`");
        assert_eq!(target("a b/(c).svg"), "a%20b/%28c%29.svg");
    }
}
