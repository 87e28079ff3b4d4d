use textwrap::core::Word;
use textwrap::{Options, WordSeparator, WordSplitter, wrap};

/// What documents are read at.
const WIDTH: usize = 99;

/// Paragraphs and list items in lines that a document can have. Not for comments on pull requests,
/// in which each end of a line is one. Rows of tables and links to charts stay lines, and code stays
/// in one piece, so that it can be copied.
pub fn wrapped(markdown: &str) -> String {
    let mut text = String::with_capacity(markdown.len());
    for line in markdown.lines() {
        if line.starts_with(['|', '!']) {
            text.push_str(line);
        } else {
            let indent = if line.starts_with("- ") { "  " } else { "" };
            let options = Options::new(WIDTH)
                .subsequent_indent(indent)
                .break_words(false)
                .word_separator(WordSeparator::Custom(words))
                .word_splitter(WordSplitter::NoHyphenation);
            text.push_str(&wrap(line, options).join("\n"));
        }
        text.push('\n');
    }
    text
}

/// What stands between spaces, but for those within code.
fn words(line: &str) -> Box<dyn Iterator<Item = Word<'_>> + '_> {
    let mut is_code = false;
    let parts = line.split_inclusive(move |c| {
        is_code ^= c == '`';
        c == ' ' && !is_code
    });
    Box::new(parts.map(Word::from))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rows_charts_and_code_stay_in_one_piece() {
        let wide = "x".repeat(120);
        let rows = format!("| {wide} | {wide} |\n![{wide} {wide}](a.svg)\n");
        assert_eq!(wrapped(&rows), rows);
        let code = format!("`{}`", "word ".repeat(30).trim_end());
        assert!(wrapped(&format!("Made by {code}, today.")).contains(&code));
        let item = format!("- {}", "word ".repeat(30).trim_end());
        let lines = wrapped(&item);
        assert!(lines.lines().all(|line| line.len() <= WIDTH), "{lines}");
        let mut more = lines.lines().skip(1);
        assert!(more.all(|line| line.starts_with("  word")), "{lines}");
    }

    proptest! {
        #[test]
        fn no_word_is_lost_or_moved(text in "[a-z`*(±| ]{0,300}") {
            let words = |text: &str| {
                let words = text.split_whitespace().map(str::to_owned);
                words.collect::<Vec<_>>()
            };
            prop_assert_eq!(words(&wrapped(&text)), words(&text));
        }
    }
}
