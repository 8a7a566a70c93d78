//! What an evaluation says.
//!
//! Must not know: how it came to that.

use std::{fmt, sync::Arc};

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

/// Why a flag has this value.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Reason {
    Static,
    TargetingMatch,
    Default,
    Disabled,
    Error,
}

/// What is wrong, in the words of the OpenFeature specification.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ErrorCode {
    FlagNotFound,
    ParseError,
    TypeMismatch,
    General,
    TargetingKeyMissing,
    InvalidContext,
}

/// The type that a caller expects of a flag.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Boolean,
    String,
    Number,
    Object,
}

/// One flag's answer. Cheap to clone: all of it is shared with the definitions.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Evaluation {
    /// None: the caller's own default holds.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "inner")]
    pub value: Option<Arc<Value>>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "text")]
    pub variant: Option<Arc<str>>,
    pub reason: Reason,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_code: Option<ErrorCode>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "text")]
    pub error_message: Option<Arc<str>>,
    /// The set's metadata, and the flag's own over it.
    #[serde(serialize_with = "shared")]
    pub flag_metadata: Arc<Map<String, Value>>,
}

fn inner<S: Serializer>(value: &Option<Arc<Value>>, to: S) -> Result<S::Ok, S::Error> {
    value.as_deref().serialize(to)
}

fn text<S: Serializer>(text: &Option<Arc<str>>, to: S) -> Result<S::Ok, S::Error> {
    text.as_deref().serialize(to)
}

fn shared<S: Serializer>(map: &Arc<Map<String, Value>>, to: S) -> Result<S::Ok, S::Error> {
    map.as_ref().serialize(to)
}

impl Kind {
    /// The type of a value; a list and null are objects, as in JavaScript.
    pub const fn of(value: &Value) -> Self {
        match value {
            Value::Bool(_) => Self::Boolean,
            Value::String(_) => Self::String,
            Value::Number(_) => Self::Number,
            _ => Self::Object,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Boolean => "boolean",
            Self::String => "string",
            Self::Number => "number",
            Self::Object => "object",
        })
    }
}

impl Evaluation {
    pub(crate) fn failed(code: ErrorCode, said: Arc<str>, metadata: &Arc<Map<String, Value>>) -> Self {
        Self {
            value: None,
            variant: None,
            reason: Reason::Error,
            error_code: Some(code),
            error_message: Some(said),
            flag_metadata: metadata.clone(),
        }
    }

    /// Only a value of this type; another one is a mismatch.
    #[must_use]
    pub fn expecting(self, key: &str, kind: Kind) -> Self {
        match self.value.as_deref().map(Kind::of) {
            Some(got) if got != kind => Self::failed(
                ErrorCode::TypeMismatch,
                format!("Evaluated type of the flag {key} does not match. Expected {kind}, got {got}").into(),
                &self.flag_metadata,
            ),
            _ => self,
        }
    }

    /// Whether the value is what an application takes as on.
    pub fn is_on(&self) -> bool {
        match self.value.as_deref() {
            None | Some(Value::Null) => false,
            Some(Value::Bool(on)) => *on,
            Some(Value::String(text)) => !matches!(text.to_ascii_lowercase().as_str(), "" | "off" | "false" | "0"),
            Some(Value::Number(number)) => number.as_f64() != Some(0.0),
            Some(_) => true,
        }
    }
}
