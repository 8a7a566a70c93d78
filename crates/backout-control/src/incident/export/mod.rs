//! An incident as a document: laid out once, written as Markdown, HTML, PDF, or as it is in JSON.
//!
//! Must not know: where what stands in it comes from.

mod browser;
mod html;
mod layout;
mod markdown;
mod postmortem;

use jiff::Timestamp;

use super::Record;
use crate::failure::Refusal;
use crate::{Env, Result};

/// How it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Markdown,
    Html,
    Json,
    Pdf,
}

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Content {
    /// All that is known.
    #[default]
    Record,
    /// The draft of a post-mortem: what people go on writing.
    Postmortem,
}

/// The bytes of a file.
///
/// # Errors
/// For a PDF, where no browser is there, or it does not print.
pub async fn write(env: &Env, record: &Record, content: Content, format: Format) -> Result<Vec<u8>> {
    match format {
        Format::Markdown => Ok(markdown(record, content).into_bytes()),
        Format::Html => Ok(html(record, content).into_bytes()),
        Format::Json => json(record).map(String::into_bytes),
        Format::Pdf => browser::printed(env, &html(record, content)).await,
    }
}

pub fn markdown(record: &Record, content: Content) -> String {
    markdown::written(&document(record, content))
}

/// A document of its own: it asks for nothing, and runs nothing.
pub fn html(record: &Record, content: Content) -> String {
    html::written(&document(record, content))
}

/// # Errors
/// Never, for what was read.
pub fn json(record: &Record) -> Result<String> {
    let failed = |error: serde_json::Error| Refusal::failed(format!("the record cannot be written: {error}"), None);
    Ok(serde_json::to_string_pretty(record).map_err(failed)? + "\n")
}

fn document(record: &Record, content: Content) -> Document {
    match content {
        Content::Record => layout::of(record),
        Content::Postmortem => postmortem::of(record),
    }
}

/// A document before it is written: all texts in it are data.
#[derive(Debug)]
struct Document {
    title: String,
    blocks: Vec<Block>,
}

#[derive(Debug)]
enum Block {
    /// A part of the document.
    Heading(String),
    /// A part of that.
    Subheading(String),
    Paragraph(String),
    /// Names with what they are.
    Facts(Vec<(String, Cell)>),
    List(Vec<String>),
    Table {
        caption: String,
        head: Vec<&'static str>,
        rows: Vec<Vec<Cell>>,
        /// Whether a cell needs its column's name beside it, where there is no room for columns. The lines of a long table
        /// say by themselves what they are.
        named: bool,
    },
    /// What a person is to write here.
    Blank(String),
}

#[derive(Debug, Clone)]
enum Cell {
    Text(String),
    Time(Timestamp),
    Toned(Tone, String),
    /// A hash or a name that must be copied to the letter.
    Code(String),
}

/// Beside a word that says the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tone {
    Good,
    Warn,
    Bad,
    Quiet,
}

impl Cell {
    fn is_empty(&self) -> bool {
        match self {
            Self::Text(said) | Self::Toned(_, said) | Self::Code(said) => said.is_empty(),
            Self::Time(_) => false,
        }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Timestamp> for Cell {
    fn from(at: Timestamp) -> Self {
        Self::Time(at)
    }
}
