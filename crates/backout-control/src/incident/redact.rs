//! Takes out of a record what nobody outside may read: secrets, connection strings, values of columns that the plan calls
//! personal, and whatever looks like somebody's e-mail address. Those who acted keep their names.
//!
//! Must not know: what a field means.

use backout_plan::plan::PersonalColumn;
use backout_plan::secret::REDACTED;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::failure::Refusal;
use crate::outside::secrets::Redactor;
use crate::{Env, Result};

/// What stands in the place of a personal value.
pub const PERSONAL: &str = "[personal]";
/// What stands in the place of an address.
pub const ADDRESS: &str = "[e-mail]";

/// Fields that name who acted or must act.
const OURS: [&str; 5] = ["by", "who", "owner", "opener", "opened_by"];
/// Schemes whose addresses are connection strings.
const CONNECTIONS: [&str; 10] =
    ["postgres", "postgresql", "mysql", "redis", "rediss", "mongodb", "mongodb+srv", "amqp", "amqps", "smtp"];
/// Words before a value that nobody may read.
const SECRETS: [&str; 9] =
    ["password", "passwd", "pwd", "secret", "token", "api_key", "apikey", "access_key", "private_key"];

/// What is taken out.
#[derive(Debug, Clone, Default)]
pub struct Masks {
    redactor: Redactor,
    columns: Vec<String>,
}

impl Masks {
    /// What the plan names, and what these actions do.
    pub fn of<'v>(env: &'v Env, actions: impl IntoIterator<Item = &'v Value>) -> Self {
        let plan = env.plan.as_deref();
        let named = plan.into_iter().flat_map(|plan| {
            let steps = plan.ways.iter().flat_map(|way| &way.steps).map(|step| &step.with);
            let sources = plan.sources.iter().map(|source| &source.ask);
            steps.chain(sources).chain(plan.channels.iter().map(|channel| &channel.to))
        });
        let columns = plan.map(|plan| plan.personal.columns.as_slice()).unwrap_or_default();
        Self::new(Redactor::of(env, named.chain(actions)), columns)
    }

    pub(super) fn new(redactor: Redactor, columns: &[PersonalColumn]) -> Self {
        let mut names: Vec<String> = columns.iter().map(|column| column.column.to_ascii_lowercase()).collect();
        names.sort();
        names.dedup();
        Self { redactor, columns: names }
    }

    /// The same value with all of it taken out.
    ///
    /// # Errors
    /// Never, where the value can be read as it was written.
    pub fn taken_out<T: Serialize + DeserializeOwned>(&self, value: &T) -> Result<T> {
        let failed = |error: serde_json::Error| Refusal::failed(format!("a record cannot be redacted: {error}"), None);
        let whole = serde_json::to_value(value).map_err(failed)?;
        Ok(serde_json::from_value(self.value(whole, false)).map_err(failed)?)
    }

    fn value(&self, value: Value, ours: bool) -> Value {
        match value {
            Value::String(text) if ours => Value::String(self.secrets(&text)),
            Value::String(text) => Value::String(self.text(&text)),
            Value::Array(all) => all.into_iter().map(|one| self.value(one, ours)).collect(),
            Value::Object(all) => {
                let one = |(name, one): (String, Value)| {
                    let shown = self.value(one, OURS.contains(&name.as_str()));
                    (name, shown)
                };
                all.into_iter().map(one).collect()
            }
            other => other,
        }
    }

    /// A text of others.
    pub fn text(&self, text: &str) -> String {
        let text = self.secrets(text);
        addresses(&self.personal(&text))
    }

    /// Secrets alone.
    fn secrets(&self, text: &str) -> String {
        named_secrets(&connections(&self.redactor.text(text)))
    }

    fn personal(&self, text: &str) -> String {
        let text = self.keys(&rows(text));
        self.columns.iter().fold(text, |text, column| valued(&text, column, PERSONAL, &['_']))
    }

    /// `Key (email)=(a@b.c) already exists.`, as PostgreSQL says it.
    fn keys(&self, text: &str) -> String {
        let (mut shown, mut rest) = (String::with_capacity(text.len()), text);
        while let Some(at) = rest.find(")=(") {
            let before = &rest[..at];
            let names = before.rfind('(').map_or("", |open| &before[open + 1..]);
            let is_personal =
                names.split(',').any(|name| self.columns.contains(&name.trim().trim_matches('"').to_ascii_lowercase()));
            let values = &rest[at + 3..];
            let end = end_of_values(values);
            shown.push_str(&rest[..at + 3]);
            shown.push_str(if is_personal { PERSONAL } else { &values[..end] });
            rest = &values[end..];
        }
        shown + rest
    }
}

/// Up to the bracket that closes the values: the last one before the end of what PostgreSQL says of them.
fn end_of_values(values: &str) -> usize {
    let line = values.find('\n').unwrap_or(values.len());
    let known = [") already exists", ") is not present", ") is still referenced", ") conflicts with"];
    let known = known.iter().filter_map(|end| values[..line].find(end)).min();
    known.or_else(|| values[..line].rfind(')')).unwrap_or(line)
}

/// `Failing row contains (1, a@b.c).`: nobody can tell which of these is of which column.
fn rows(text: &str) -> String {
    const BEFORE: &str = "row contains (";
    let (mut shown, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find(BEFORE) {
        let values = &rest[at + BEFORE.len()..];
        let line = values.find('\n').unwrap_or(values.len());
        let end = values[..line].rfind(')').unwrap_or(line);
        shown.push_str(&rest[..at + BEFORE.len()]);
        shown.push_str(PERSONAL);
        rest = &values[end..];
    }
    shown + rest
}

/// The value behind a name and `=` or `:`, as in `email = 'a@b.c'` and `"email":"a@b.c"`. A name does not begin behind a
/// letter, a digit or one of `joined`.
fn valued(text: &str, name: &str, mask: &str, joined: &[char]) -> String {
    let is_part = |one: char| one.is_alphanumeric() || one == '_';
    let is_joined = |one: char| one.is_alphanumeric() || joined.contains(&one);
    // Letters whose lower case has another length would move what stands behind them.
    let lower: String = text.chars().map(|one| one.to_ascii_lowercase()).collect();
    let (mut shown, mut from) = (String::with_capacity(text.len()), 0);
    let mut look = 0;
    while let Some(at) = lower[look..].find(name).map(|at| at + look) {
        look = at + name.len();
        let is_word = !lower[..at].ends_with(is_joined) && !lower[look..].starts_with(is_part);
        let Some((begin, end)) = is_word.then(|| value_behind(&text[look..])).flatten() else { continue };
        shown.push_str(&text[from..look + begin]);
        shown.push_str(mask);
        from = look + end;
        look = from;
    }
    shown + &text[from..]
}

/// Where the value begins and ends in what stands behind a name.
fn value_behind(text: &str) -> Option<(usize, usize)> {
    let skip = |text: &str| text.len() - text.trim_start_matches([' ', '\t']).len();
    // Text that was quoted once more has its own quotes behind backslashes.
    let slashes = |text: &str| text.len() - text.trim_start_matches('\\').len();
    let mut at = slashes(text);
    at = if text[at..].starts_with(['"', '\'', '`']) { at + 1 } else { 0 };
    at += skip(&text[at..]);
    let sign = [":=", "=>", "==", "=", ":"].into_iter().find(|sign| text[at..].starts_with(sign))?;
    at += sign.len();
    at += skip(&text[at..]);
    let value = &text[at..];
    let first = value.chars().next()?;
    if first.is_whitespace() || value.starts_with("//") || value.starts_with(PERSONAL) || value.starts_with(REDACTED) {
        return None;
    }
    let depth = slashes(value);
    if let Some(quote) = value[depth..].chars().next().filter(|one| "\"'".contains(*one)) {
        let inside = &value[depth + 1..];
        // One with more of them belongs to the value.
        let before = |end: usize| end - inside[..end].trim_end_matches('\\').len();
        let end = inside.match_indices(quote).find(|(end, _)| before(*end) <= depth);
        let end = end.map_or(inside.len(), |(end, _)| end - before(end));
        return Some((at + depth + 1, at + depth + 1 + end));
    }
    let end = value.find(|one: char| one.is_whitespace() || ",;)}]&".contains(one)).unwrap_or(value.len());
    (end > 0).then_some((at, at + end))
}

/// `password=…` and the like, and what is sent as `Bearer …`.
fn named_secrets(text: &str) -> String {
    let text = SECRETS.iter().fold(text.to_owned(), |text, name| valued(&text, name, REDACTED, &[]));
    let (mut shown, mut rest) = (String::with_capacity(text.len()), text.as_str());
    while let Some(at) = rest.find("Bearer ").map(|at| at + "Bearer ".len()) {
        let value = &rest[at..];
        let end = value.find(|one: char| one.is_whitespace() || "\"',".contains(one)).unwrap_or(value.len());
        shown.push_str(&rest[..at]);
        shown.push_str(REDACTED);
        rest = &value[end..];
    }
    shown + rest
}

/// Addresses of servers with whoever connects: of databases as a whole, of others the part before the `@`.
fn connections(text: &str) -> String {
    let (mut shown, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find("://") {
        let scheme_at = rest[..at].rfind(|one: char| !one.is_ascii_alphanumeric() && !"+-.".contains(one));
        let scheme_at = scheme_at.map_or(0, |at| at + rest[at..].chars().next().map_or(1, char::len_utf8));
        let scheme = rest[scheme_at..at].to_ascii_lowercase();
        let behind = &rest[at + 3..];
        let end = behind.find(|one: char| one.is_whitespace() || "\"'`<>".contains(one)).unwrap_or(behind.len());
        if CONNECTIONS.contains(&scheme.as_str()) {
            shown.push_str(&rest[..scheme_at]);
            shown.push_str(REDACTED);
        } else {
            let authority = behind[..end].find(['/', '?', '#']).unwrap_or(end);
            shown.push_str(&rest[..at + 3]);
            match behind[..authority].rfind('@') {
                Some(host) => {
                    shown.push_str(REDACTED);
                    shown.push_str(&behind[host..end]);
                }
                None => shown.push_str(&behind[..end]),
            }
        }
        rest = &behind[end..];
    }
    shown + rest
}

/// Whatever looks like an e-mail address.
fn addresses(text: &str) -> String {
    let is_local = |one: char| one.is_alphanumeric() || "._%+-'/=?^{|}~!#$&*`".contains(one);
    let is_domain = |one: char| one.is_alphanumeric() || "-.".contains(one);
    let (mut shown, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find('@') {
        let (before, behind) = (&rest[..at], &rest[at + 1..]);
        let local = before.len() - before.trim_end_matches(is_local).len();
        let end = behind.find(|one: char| !is_domain(one)).unwrap_or(behind.len());
        let domain = behind[..end].trim_end_matches(['.', '-']);
        let is_one = local > 0 && domain.trim_start_matches(['.', '-']).contains('.');
        if is_one {
            // What cannot begin an address is none of it.
            let begin = before.len() - local;
            let begin = begin + (local - before[begin..].trim_start_matches(['\'', '`', '=', '.', '/']).len());
            shown.push_str(&before[..begin]);
            shown.push_str(ADDRESS);
            rest = &behind[domain.len()..];
        } else {
            shown.push_str(&rest[..=at]);
            rest = behind;
        }
    }
    shown + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masks() -> Masks {
        let column = |text: &str| text.parse::<PersonalColumn>().unwrap();
        Masks::new(Redactor::default(), &[column("public.users.email"), column("public.users.phone")])
    }

    #[test]
    fn nothing_personal_is_left() {
        for (text, shown) in [
            ("Key (email)=(a@b.c) already exists.", "Key (email)=([personal]) already exists."),
            ("Key (id, \"phone\")=(1, +49 (0)1) already exists", "Key (id, \"phone\")=([personal]) already exists"),
            ("Key (id)=(1) is not present", "Key (id)=(1) is not present"),
            ("Failing row contains (1, Anna (x), null).\nmore", "Failing row contains ([personal]).\nmore"),
            ("UPDATE users SET email = 'x y' WHERE id = 1", "UPDATE users SET email = '[personal]' WHERE id = 1"),
            ("{\"phone\":\"+49\",\"id\":1}", "{\"phone\":\"[personal]\",\"id\":1}"),
            (r#"{\"phone\":\"+49 1\",\"id\":1}"#, r#"{\"phone\":\"[personal]\",\"id\":1}"#),
            (r#"{"phone":"a\"b c","id":1}"#, r#"{"phone":"[personal]","id":1}"#),
            (r#"x \"{\\\"email\\\": \\\"b \\\\\\\"c\\\"}\" y"#, r#"x \"{\\\"email\\\": \\\"[personal]\\\"}\" y"#),
            ("phone: 'it", "phone: '[personal]"),
            ("PHONE=+491 e", "PHONE=[personal] e"),
            ("emails: 3, my_email: 4", "emails: 3, my_email: 4"),
            ("column public.users.email is gone", "column public.users.email is gone"),
            ("told anna.b+c@mail.example.com, and <x@y.io>.", "told [e-mail], and <[e-mail]>."),
            ("größe@übung.de ist es", "[e-mail] ist es"),
            ("by anna@laptop; @here a@b", "by anna@laptop; @here a@b"),
            ("'o@p.de' = x", "'[e-mail]' = x"),
            ("mailto:o@p.de", "mailto:[e-mail]"),
        ] {
            assert_eq!(masks().text(text), shown);
        }
    }

    #[test]
    fn no_secret_is_left() {
        for (text, shown) in [
            ("at postgres://u:p@h:5432/d?x=1 now", "at [redacted] now"),
            ("\"postgresql://h/d\"", "\"[redacted]\""),
            ("https://u:p@h/x?a=b", "https://[redacted]@h/x?a=b"),
            ("https://h/x@y", "https://h/x@y"),
            ("host=h password=p'x user=u", "host=h password=[redacted] user=u"),
            ("Authorization: Bearer abc.def, x", "Authorization: Bearer [redacted], x"),
            ("{\"token\": \"abc\"}", "{\"token\": \"[redacted]\"}"),
            ("ä://x", "ä://x"),
            ("DB_PASSWORD=x, tokens: 3", "DB_PASSWORD=[redacted], tokens: 3"),
        ] {
            assert_eq!(masks().text(text), shown);
        }
        // Twice is as once.
        let once = masks().text("password=x email=y a@b.de postgres://x");
        assert_eq!(masks().text(&once), once);
    }

    #[test]
    fn who_acted_keeps_the_name() {
        let value = serde_json::json!({ "by": "a@b.de", "text": "a@b.de", "inner": [{ "owner": "c@d.de" }] });
        let taken: Value = masks().taken_out(&value).unwrap();
        assert_eq!(taken.to_string(), r#"{"by":"a@b.de","inner":[{"owner":"c@d.de"}],"text":"[e-mail]"}"#);
    }
}
