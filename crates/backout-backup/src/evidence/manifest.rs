//! What an export says of itself. Nothing of a row is in it.
//!
//! Must not know: how its files are made or read.

use backout_plan::identity::TargetIdentity;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::EvidenceError;
use crate::signing::Signature;

/// The format that is written and read.
const FORMAT: u32 = 1;
pub const MANIFEST: &str = "manifest.json";
pub const SIGNATURE: &str = "manifest.sig";

/// Everything about one export.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    pub backout_evidence: u32,
    pub id: String,
    /// When the snapshot was taken, by the server's clock.
    pub at: Timestamp,
    pub ended: Timestamp,
    /// Position in the write-ahead log at the snapshot, where the server tells it.
    pub lsn: Option<String>,
    pub target: Option<String>,
    pub identity: Option<TargetIdentity>,
    /// `host:port/database`.
    pub endpoint: String,
    pub role: String,
    pub server: String,
    /// Who exported it, on which machine.
    pub by: String,
    pub taken_by: String,
    /// The step of a run that did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<String>,
    /// How NULL is told from an empty text, and all else about the files' form.
    pub form: String,
    pub parts: Vec<Part>,
    /// Who can read it, as age recipients; empty where it is not encrypted.
    #[serde(default)]
    pub recipients: Vec<String>,
    /// Who signed it, which is no part of it.
    #[serde(skip)]
    pub signature: Signature,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    pub file: String,
    /// Not flattened: unknown fields would pass then.
    pub content: Content,
    pub columns: Vec<Column>,
    pub rows: u64,
    /// Bytes of the file, and its SHA-256, in hexadecimal digits.
    pub bytes: u64,
    pub sha256: String,
    /// The same of what is in it, where it is encrypted.
    pub plain_bytes: u64,
    pub plain_sha256: String,
}

/// Whose rows they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Content {
    Table { schema: String, name: String },
    View { schema: String, name: String },
    Query { name: String, sql: String },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    pub name: String,
    /// As `format_type` writes it.
    #[serde(rename = "type")]
    pub data_type: String,
    /// Computed by the server: not imported.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub generated: bool,
}

/// About the form of all files.
pub(super) const FORM: &str = "CSV by COPY with a header, in UTF-8; NULL is nothing between commas, an empty text is \"\"; \
     times in UTC, dates by ISO 8601, bytea in hexadecimal digits";

impl Evidence {
    pub const FORMAT: u32 = FORMAT;

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }

    pub(super) fn parse(id: &str, bytes: &[u8], signature: Signature) -> Result<Self, EvidenceError> {
        let damaged = |why: String| EvidenceError::Refused(format!("the manifest of evidence {id} is damaged: {why}"));
        let value: serde_json::Value = serde_json::from_slice(bytes).map_err(|error| damaged(error.to_string()))?;
        if value["backout_evidence"] != FORMAT {
            let found = &value["backout_evidence"];
            return Err(EvidenceError::Refused(format!(
                "evidence {id} has format {found}, and this version of Backout reads {FORMAT}"
            )));
        }
        let parsed: Self = serde_json::from_slice(bytes).map_err(|error| damaged(error.to_string()))?;
        if parsed.id != id {
            return Err(damaged(format!("it is that of {}", parsed.id)));
        }
        // A file's name is joined to the folder's.
        if let Some(part) =
            parsed.parts.iter().find(|part| part.file.contains(['/', '\\']) || part.file.starts_with('.'))
        {
            return Err(damaged(format!("{:?} is no name of a file of it", part.file)));
        }
        Ok(Self { signature, ..parsed })
    }

    pub fn rows(&self) -> u64 {
        self.parts.iter().map(|part| part.rows).sum()
    }

    pub fn bytes(&self) -> u64 {
        self.parts.iter().map(|part| part.bytes).sum()
    }
}

impl Content {
    /// As it is written in SQL; a query by its name.
    pub fn named(&self) -> String {
        match self {
            Self::Table { schema, name } | Self::View { schema, name } => backout_schema::qualified(schema, name),
            Self::Query { name, .. } => name.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_lead_elsewhere_are_damage() {
        let at = Timestamp::UNIX_EPOCH;
        let part = |file: &str| Part {
            file: file.to_owned(),
            content: Content::Table { schema: "public".to_owned(), name: "a".to_owned() },
            columns: vec![Column { name: "x".to_owned(), data_type: "integer".to_owned(), generated: false }],
            rows: 1,
            bytes: 1,
            sha256: String::new(),
            plain_bytes: 1,
            plain_sha256: String::new(),
        };
        let whole = |file: &str| Evidence {
            backout_evidence: FORMAT,
            id: "a".to_owned(),
            at,
            ended: at,
            lsn: None,
            target: None,
            identity: None,
            endpoint: String::new(),
            role: String::new(),
            server: String::new(),
            by: String::new(),
            taken_by: String::new(),
            mark: None,
            form: FORM.to_owned(),
            parts: vec![part(file)],
            recipients: Vec::new(),
            signature: Signature::NotSigned,
        };
        let read = |id: &str, file: &str| Evidence::parse(id, &whole(file).to_bytes(), Signature::NotSigned);
        assert_eq!(read("a", "001-a.csv").unwrap(), whole("001-a.csv"));
        for (id, file) in [("a", "../x.csv"), ("a", "/etc/x"), ("a", ".x"), ("b", "001-a.csv")] {
            assert!(read(id, file).is_err(), "{id} {file}");
        }
        let later = String::from_utf8(whole("x").to_bytes())
            .unwrap()
            .replace("\"backout_evidence\": 1", "\"backout_evidence\": 2");
        assert!(
            Evidence::parse("a", later.as_bytes(), Signature::NotSigned).unwrap_err().to_string().contains("format 2")
        );
    }
}
