/// Lines of text with headings, which are bold where the terminal can show it.
pub struct Paper {
    text: String,
    bold: bool,
}

impl Paper {
    pub fn new(bold: bool) -> Paper {
        Paper {
            text: String::new(),
            bold,
        }
    }

    pub fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    pub fn heading(&mut self, heading: &str) {
        if self.bold {
            self.line(&format!("\x1b[1m{heading}\x1b[0m"));
        } else {
            self.line(heading);
        }
    }

    /// A heading behind an empty line.
    pub fn section(&mut self, heading: &str) {
        self.line("");
        self.heading(heading);
    }

    /// What a reader of the figures should know before believing them.
    pub fn remarks(&mut self, remarks: &[String]) {
        if !remarks.is_empty() {
            self.section("Mind");
            remarks.iter().for_each(|remark| self.line(remark));
        }
    }

    pub fn text(self) -> String {
        self.text
    }
}
