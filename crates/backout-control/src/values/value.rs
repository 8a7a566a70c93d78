//! What is there under a name, and what shall be there.
//!
//! Must not know: where that is.

/// What a place has under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Current {
    Absent,
    Value {
        text: String,
        /// The provider's word for the kind of variable.
        of_type: Option<String>,
    },
    /// It is there, and its value is not given away.
    Unreadable {
        of_type: String,
        /// Changes with every change.
        state: String,
    },
}

impl Current {
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Value { text, .. } => Some(text),
            _ => None,
        }
    }

    pub(super) fn of_type(&self) -> Option<String> {
        match self {
            Self::Absent => None,
            Self::Value { of_type, .. } => of_type.clone(),
            Self::Unreadable { of_type, .. } => Some(of_type.clone()),
        }
    }
}

/// What a place shall have under a name.
#[derive(Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Nothing: it is taken out.
    pub text: Option<String>,
    pub of_type: Option<String>,
}

impl Wanted {
    pub fn value(text: impl Into<String>) -> Self {
        Self { text: Some(text.into()), of_type: None }
    }

    pub fn nothing() -> Self {
        Self { text: None, of_type: None }
    }
}

impl std::fmt::Debug for Wanted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.text.is_some() { "a value" } else { "nothing" })
    }
}
