//! Where a line of text must not break.

/// A figure stays on one line with its interval, its unit and its own digits.
pub fn unbroken(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let glued = |at: usize| {
        let before = at.checked_sub(1).and_then(|at| chars.get(at));
        let is_digit = before.is_some_and(char::is_ascii_digit);
        let after: String = chars[at + 1..].iter().take(3).collect();
        let goes_on = after.starts_with(|c: char| c.is_ascii_digit() || c == '±' || c == '%');
        is_digit
            && (goes_on
                || ["ns", "µs", "ms"]
                    .iter()
                    .any(|unit| after.starts_with(unit)))
    };
    let glue = |(at, &c): (usize, &char)| if c == ' ' && glued(at) { '\u{a0}' } else { c };
    chars.iter().enumerate().map(glue).collect()
}

#[cfg(test)]
mod tests {
    use super::unbroken;

    #[test]
    fn figures_hold_together_and_words_do_not() {
        let text = unbroken("1 run in 2 000 exits (1 500 to 3 000), 5430 ±41 ns, 2 %");
        let expected = "1 run in 2~000 exits (1~500 to 3~000), 5430~±41~ns, 2~%";
        assert_eq!(text, expected.replace('~', "\u{a0}"));
    }
}
