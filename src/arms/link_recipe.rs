//! The command that links an arm, as rustc printed it.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

/// A linker's command with a place for the output and for more arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkRecipe {
    variables: Vec<(String, String)>,
    program: String,
    /// But for the output.
    arguments: Vec<String>,
}

impl LinkRecipe {
    /// Parses what `--print link-args` prints: variables in front, then the program and its
    /// arguments, each as a quoted Rust string. Nothing where it is something else.
    pub fn parse(line: &str) -> Option<LinkRecipe> {
        let mut variables = Vec::new();
        let mut words = Vec::new();
        let mut rest = line.trim();
        while !rest.is_empty() {
            let (name, quoted) = rest.split_at(rest.find('"')?);
            let (word, after) = unquoted(quoted)?;
            match name.strip_suffix('=') {
                Some(name) if words.is_empty() => variables.push((name.to_owned(), word)),
                None if name.is_empty() => words.push(word),
                _ => return None,
            }
            rest = after.trim_start();
        }
        let output = words.iter().position(|word| word == "-o")?;
        if output == 0 || output + 1 == words.len() {
            return None;
        }
        words.drain(output..output + 2);
        let program = words.remove(0);
        Some(LinkRecipe {
            variables,
            program,
            arguments: words,
        })
    }

    /// The command that links to `output`, with further arguments.
    pub fn command(&self, output: &Path, more: &[String]) -> Command {
        let mut command = Command::new(&self.program);
        let variables = self.variables.iter().map(|(name, value)| (name, value));
        command.envs(variables).args(&self.arguments).args(more);
        command.args([OsString::from("-o"), output.into()]);
        command
    }
}

/// The string at the start of `text`, its escapes resolved, and what follows it.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let mut word = String::new();
    let mut characters = text.char_indices().skip(1);
    loop {
        match characters.next()? {
            (at, '"') => return Some((word, &text[at + 1..])),
            (_, '\\') => match characters.next()?.1 {
                'n' => word.push('\n'),
                't' => word.push('\t'),
                'r' => word.push('\r'),
                '0' => word.push('\0'),
                'u' => {
                    let code: String = characters
                        .by_ref()
                        .map(|(_, c)| c)
                        .skip(1)
                        .take_while(|&c| c != '}')
                        .collect();
                    word.push(u32::from_str_radix(&code, 16).ok()?.try_into().ok()?);
                }
                other => word.push(other),
            },
            (_, other) => word.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_command_is_taken_apart_and_its_output_replaced() {
        let line = r#"LC_ALL="C" PATH="/a:/b" "cc" "-m64" "a b.o" "-o" "/old" "-pie""#;
        let recipe = LinkRecipe::parse(line).unwrap();
        let command = recipe.command(Path::new("/new"), &["-s".to_owned()]);
        assert_eq!(command.get_program(), "cc");
        let arguments: Vec<_> = command.get_args().collect();
        assert_eq!(arguments, ["-m64", "a b.o", "-pie", "-s", "-o", "/new"]);
        let variables: Vec<_> = command.get_envs().map(|(name, _)| name).collect();
        assert_eq!(variables, ["LC_ALL", "PATH"]);
    }

    #[test]
    fn what_is_no_link_command_is_not_taken_for_one() {
        for line in [
            "",
            "cc -o x",
            r#""cc" "-m64""#,
            r#""cc" "-o""#,
            r#""-o" "x""#,
            r#""cc" "-o" "x"#,
            r#""cc" A="b" "-o" "x""#,
        ] {
            assert_eq!(LinkRecipe::parse(line), None, "{line}");
        }
    }

    proptest! {
        #[test]
        fn every_argument_survives_its_quotes(argument in any::<String>()) {
            let line = format!("{:?} {argument:?} \"-o\" \"x\"", "cc");
            let recipe = LinkRecipe::parse(&line).unwrap();
            prop_assert_eq!(recipe.arguments, [argument]);
        }
    }
}
