use textwrap::{Options, WordSeparator, WordSplitter, wrap};

/// What documents are read at.
const WIDTH: usize = 99;

/// Paragraphs and list items in lines that a document can have. Not for comments on pull requests,
/// in which each end of a line is one. Rows of tables and links to charts stay lines.
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
                .word_separator(WordSeparator::AsciiSpace)
                .word_splitter(WordSplitter::NoHyphenation);
            text.push_str(&wrap(line, options).join("\n"));
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rows_and_charts_stay_lines() {
        let wide = "x".repeat(120);
        let rows = format!("| {wide} | {wide} |\n![{wide} {wide}](a.svg)\n");
        assert_eq!(wrapped(&rows), rows);
        let item = format!("- {}", "word ".repeat(30).trim_end());
        let lines = wrapped(&item);
        assert!(lines.lines().all(|line| line.len() <= WIDTH), "{lines}");
        assert!(lines.lines().skip(1).all(|line| line.starts_with("  word")));
    }

    proptest! {
        #[test]
        fn no_word_is_lost_or_moved(text in "[a-z`*(±| ]{0,300}") {
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            prop_assert_eq!(words(&wrapped(&text)), words(&text));
        }
    }
}
