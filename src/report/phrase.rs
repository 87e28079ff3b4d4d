//! Text in pieces: what is stressed and what is a name, so that every format marks the same words.

/// A piece of a sentence or of a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    Plain(String),
    /// What a program would read: an id, a name of the vocabulary, a command.
    Code(String),
    Stressed(String),
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Phrase(pub Vec<Piece>);

impl Phrase {
    pub fn code(text: impl Into<String>) -> Phrase {
        Phrase(vec![Piece::Code(text.into())])
    }

    pub fn plain(mut self, text: impl Into<String>) -> Phrase {
        self.0.push(Piece::Plain(text.into()));
        self
    }

    pub fn stressed(mut self, text: impl Into<String>) -> Phrase {
        self.0.push(Piece::Stressed(text.into()));
        self
    }

    pub fn and(mut self, other: Phrase) -> Phrase {
        self.0.extend(other.0);
        self
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text alone.
    pub fn text(&self) -> String {
        let text = |piece: &Piece| match piece {
            Piece::Plain(text) | Piece::Code(text) | Piece::Stressed(text) => text.clone(),
        };
        self.0.iter().map(text).collect()
    }
}

impl<T: Into<String>> From<T> for Phrase {
    fn from(text: T) -> Phrase {
        Phrase::default().plain(text)
    }
}
