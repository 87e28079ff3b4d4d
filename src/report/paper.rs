//! A terminal's page: lines of text, headings that are bold where it can show that, and tables.

use comfy_table::{CellAlignment, Table as Grid, presets};

use super::table::{Cell, Edge, Table, TableRow};

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

    /// Tables one under the other, with their columns in line and their rows under their heads.
    pub fn tables(&mut self, tables: &[Table]) {
        self.grid(tables, "  ");
    }

    pub fn table(&mut self, table: &Table) {
        self.grid(std::slice::from_ref(table), "");
    }

    fn grid(&mut self, tables: &[Table], indent: &str) {
        let Some(first) = tables.first() else {
            return;
        };
        let asides = Asides::of(tables);
        let mut grid = Grid::new();
        grid.load_preset(presets::NOTHING);
        for table in tables {
            grid.add_row(table.columns.iter().map(|column| column.head.text()));
            for row in &table.rows {
                grid.add_row(texts(row, indent, &asides));
            }
        }
        // Tables that stand in line are of one kind; the longest has a column for each of theirs.
        let longest = tables.iter().map(|table| &table.columns);
        let longest = longest.max_by_key(|columns| columns.len());
        let sides = longest.unwrap_or(&first.columns).iter();
        for (column, side) in grid.column_iter_mut().zip(sides.map(|column| column.side)) {
            column.set_cell_alignment(match side {
                Edge::Left => CellAlignment::Left,
                Edge::Right => CellAlignment::Right,
            });
        }
        self.line(&grid.trim_fmt());
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

/// How wide what stands beside the figures is, column by column.
struct Asides(Vec<usize>);

impl Asides {
    fn of(tables: &[Table]) -> Asides {
        let mut widths = Vec::new();
        let rows = tables.iter().flat_map(|table| &table.rows);
        for (at, cell) in rows.flat_map(|row| row.cells.iter().enumerate()) {
            if widths.len() <= at {
                widths.resize(at + 1, 0);
            }
            widths[at] = widths[at].max(aside(cell).chars().count());
        }
        Asides(widths)
    }

    /// The figures stay in line where some have something beside them.
    fn beside(&self, at: usize, cell: &Cell) -> String {
        match self.0[at] {
            0 => String::new(),
            width => format!(" {:<width$}", aside(cell)),
        }
    }
}

fn aside(cell: &Cell) -> &str {
    match cell {
        Cell::Figure(figure) => figure.aside.as_deref().unwrap_or_default(),
        _ => "",
    }
}

fn texts(row: &TableRow, indent: &str, asides: &Asides) -> Vec<String> {
    let text = |(at, cell): (usize, &Cell)| {
        let text = match cell {
            Cell::Gap => "—".to_owned(),
            Cell::Blank => String::new(),
            Cell::Words(words) => words.text(),
            Cell::Verdict { text, .. } => text.clone(),
            Cell::Figure(figure) => figure.marked(),
        };
        let indent = if at == 0 { indent } else { "" };
        format!("{indent}{text}{}", asides.beside(at, cell))
    };
    row.cells.iter().enumerate().map(text).collect()
}
