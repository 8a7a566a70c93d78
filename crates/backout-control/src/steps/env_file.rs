//! Sets variables in an `.env` file. Lines that it does not change stay as they are, to the byte.
//!
//! Must not know: who reads the file.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::{Value, json};

use super::shared::files;
use super::{Boxed, Context, Kind, Settled, Trouble, secrets};
use crate::Result;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EnvFile {
    /// Relative to the plan.
    #[serde(default = "dot_env")]
    file: PathBuf,
    /// Each variable and its value; `env:NAME` is looked up.
    #[serde(default)]
    set: BTreeMap<String, String>,
    #[serde(default)]
    unset: Vec<String>,
}

fn dot_env() -> PathBuf {
    PathBuf::from(".env")
}

impl EnvFile {
    fn path(&self, context: &Context<'_>) -> PathBuf {
        context.env.folder().join(&self.file)
    }

    fn wanted(&self, context: &Context<'_>) -> std::result::Result<BTreeMap<String, String>, Trouble> {
        let value = |(name, value): (&String, &String)| Ok((name.clone(), secrets::resolved(context.env, value)?));
        self.set.iter().map(value).collect()
    }

    /// The file as it is and as it shall be.
    fn change(&self, context: &Context<'_>) -> std::result::Result<(String, String), Trouble> {
        let text = files::read(&self.path(context))?;
        let changed = changed(&text, &self.wanted(context)?, &self.unset);
        Ok((text, changed))
    }
}

/// The variable that a line sets.
fn name_of(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let line = line.strip_prefix("export ").unwrap_or(line);
    let (name, _) = line.split_once('=')?;
    let name = name.trim_end();
    (!name.is_empty() && !name.starts_with('#')).then_some(name)
}

fn changed(text: &str, set: &BTreeMap<String, String>, unset: &[String]) -> String {
    let mut left = set.clone();
    let mut changed = String::new();
    for line in text.split_inclusive('\n') {
        match name_of(line) {
            Some(name) if unset.iter().any(|gone| gone == name) => {}
            // The last one counts where there are several, so all get the value.
            Some(name) if set.contains_key(name) => {
                left.remove(name);
                changed.push_str(&format!("{name}={}\n", quoted(&set[name])));
            }
            _ => changed.push_str(line),
        }
    }
    if !changed.is_empty() && !changed.ends_with('\n') && !left.is_empty() {
        changed.push('\n');
    }
    left.iter().for_each(|(name, value)| changed.push_str(&format!("{name}={}\n", quoted(value))));
    changed
}

fn quoted(value: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_./:@,+%".contains(&b);
    if value.bytes().all(plain) {
        return value.to_owned();
    }
    let escaped = value.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n").replace('$', r"\$");
    format!("\"{escaped}\"")
}

impl Kind for EnvFile {
    fn preview<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Result<Vec<String>>> {
        Box::pin(async move {
            let file = self.path(context).display().to_string();
            let set = self.set.iter().map(|(name, value)| format!("{file}: {name}={value}"));
            let unset = self.unset.iter().map(|name| format!("{file}: {name} is taken out"));
            Ok(set.chain(unset).collect())
        })
    }

    fn act<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, std::result::Result<Value, Trouble>> {
        Box::pin(async move {
            // What the file was may hold secrets, so it is kept nowhere else.
            let (_, changed) = self.change(context)?;
            files::replace(&self.path(context), &changed)?;
            let names: Vec<&String> = self.set.keys().collect();
            Ok(json!({ "file": self.file, "set": names, "unset": self.unset }))
        })
    }

    fn settle<'a>(&'a self, context: &'a Context<'a>) -> Boxed<'a, Result<Settled>> {
        Box::pin(async move {
            Ok(match self.change(context) {
                Ok((text, changed)) if text == changed => Settled::Done(json!({ "file": self.file })),
                Ok(_) => Settled::NotBegun,
                Err(trouble) => Settled::Failed(trouble),
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_lines_stay() {
        let set = BTreeMap::from([("A".to_owned(), "1".to_owned()), ("N".to_owned(), "a b".to_owned())]);
        let check = |text: &str, expected: &str| {
            let once = changed(text, &set, &["GONE".to_owned()]);
            assert_eq!(once, expected);
            assert_eq!(changed(&once, &set, &["GONE".to_owned()]), once, "twice is once");
        };
        check("", "A=1\nN=\"a b\"\n");
        check("# A=0\nexport A=0\nGONE=x\nB = 2", "# A=0\nA=1\nB = 2\nN=\"a b\"\n");
        check("A=0\r\nA=3\nN=\n", "A=1\nA=1\nN=\"a b\"\n");
    }
}
