//! Tells somebody: appends a line to a file, or sends a document to an address.
//!
//! Must not know: what happened; that stands in the journal.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::{Value, json};

use super::http::Http;
use super::{Boxed, Context, Kind, Settled, Trouble};
use crate::Result;
use crate::mistake::{Look, Mistake};
use crate::outside::http::address;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Notify {
    /// What is said. The run, the way and the target are added.
    message: String,
    /// Relative to the plan.
    #[serde(default)]
    file: Option<PathBuf>,
    /// An address that takes a POST; `env:NAME` is looked up.
    #[serde(default)]
    webhook: Option<String>,
}

impl Notify {
    fn document(&self, context: &Context<'_>) -> Value {
        let state = &context.journal.state;
        json!({
            // Whoever gets it twice knows it by this.
            "id": context.mark(),
            "run": context.journal.run,
            "procedure": state.procedure.name,
            "way": state.current().name,
            "target": context.env.named(),
            "message": self.message,
            "at": jiff::Timestamp::now().to_string(),
        })
    }

    fn is_in_file(&self, context: &Context<'_>) -> bool {
        let Some(file) = &self.file else { return false };
        let text = fs::read_to_string(context.env.folder().join(file)).unwrap_or_default();
        let id = json!(context.mark());
        text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()).any(|line| line["id"] == id)
    }
}

impl Kind for Notify {
    fn preview<'a>(&'a self, _: &'a Context<'a>) -> Boxed<'a, Result<Vec<String>>> {
        Box::pin(async move {
            let file = self.file.iter().map(|file| file.display().to_string());
            let to: Vec<String> = file.chain(self.webhook.clone()).collect();
            Ok(vec![format!(
                "tell {}: {}",
                if to.is_empty() { "the journal".to_owned() } else { to.join(", ") },
                self.message
            )])
        })
    }

    fn mistakes<'a>(&'a self, look: &'a Look<'a>) -> Boxed<'a, Vec<Mistake>> {
        Box::pin(async move {
            let file = self.file.as_ref().and_then(|file| look.folder_of(&["file"], file));
            let webhook = self.webhook.as_ref().and_then(|to| address(look.env, &["webhook"], to));
            file.into_iter().chain(webhook).collect()
        })
    }

    fn act<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, std::result::Result<Value, Trouble>> {
        Box::pin(async move {
            let document = self.document(context);
            if let Some(file) = self.file.as_ref().filter(|_| !self.is_in_file(context)) {
                let path = context.env.folder().join(file);
                let failed = |error: std::io::Error| Trouble::new(format!("{}: {error}", path.display()), true);
                let mut open = fs::OpenOptions::new().create(true).append(true).open(&path).map_err(failed)?;
                open.write_all(format!("{document}\n").as_bytes()).map_err(failed)?;
                open.sync_all().map_err(failed)?;
            }
            if let Some(webhook) = &self.webhook {
                Http::post(webhook, document.clone()).send(context).await?;
            }
            Ok(document)
        })
    }

    fn settle<'a>(&'a self, _: &'a Context<'a>) -> Boxed<'a, Result<Settled>> {
        // Said twice is better than never; both carry the same id.
        Box::pin(async { Ok(Settled::NotBegun) })
    }
}
