//! Password files (`~/.pgpass`): `host:port:database:user:password` on each line.
//!
//! It must not read the file, and must not judge its permissions: the caller has the file in hand.

use super::{Host, SOCKET_DIRS};
use crate::secret::Secret;

/// The password of the first line that fits, as libpq chooses it. A socket in a default folder is `localhost`, in
/// another it is that folder. `None` for database or user fits only `*`.
pub fn password_for(text: &str, host: &Host, database: Option<&str>, user: Option<&str>) -> Option<Secret> {
    let place = match host {
        Host::Tcp { host, .. } => host.clone(),
        Host::Socket { path, .. } if SOCKET_DIRS.iter().any(|dir| path.as_os_str() == *dir) => "localhost".to_owned(),
        Host::Socket { path, .. } => path.to_string_lossy().into_owned(),
    };
    let port = host.port().to_string();
    text.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let fields = fields(line);
        let [h, p, d, u, password] = fields.as_slice() else { return None };
        let fits = |field: &Field, value: Option<&str>| field.is_any || value == Some(field.text.as_str());
        (fits(h, Some(&place)) && fits(p, Some(&port)) && fits(d, database) && fits(u, user))
            .then(|| Secret::new(password.text.clone()))
    })
}

struct Field {
    text: String,
    /// `*`, unescaped.
    is_any: bool,
}

/// Splits at `:`; `\:` and `\\` are the characters themselves. After the password, a further `:` ends it, as in libpq.
fn fields(line: &str) -> Vec<Field> {
    let mut fields = Vec::new();
    let mut text = String::new();
    let mut escaped = false;
    let mut chars = line.chars();
    loop {
        match chars.next() {
            Some('\\') => {
                escaped = true;
                text.extend(chars.next());
            }
            Some(c) if c != ':' => text.push(c),
            end => {
                let is_any = text == "*" && !escaped;
                fields.push(Field { text: std::mem::take(&mut text), is_any });
                escaped = false;
                if end.is_none() || fields.len() == 5 {
                    return fields;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chooses_the_line_that_libpq_would() {
        let tcp = |host: &str, port| Host::Tcp { host: host.to_owned(), port };
        let socket = |path: &str| Host::Socket { path: path.into(), port: 5432 };
        let file = "\
# db:5432:app:me:comment
broken line
db:5432:app:me:first
db:5432:app:me:second
db:*:*:me:any\\:data\\\\base
\\*:5432:app:star:never
::1:5432:app:me:never
\\:\\:1:5432:app:me:six
localhost:5432:app:me:local
/srv/pg:5432:app:me:folder
*:*:*:*:last:rest
";
        for (host, database, user, expected) in [
            (tcp("db", 5432), Some("app"), Some("me"), "first"),
            (tcp("db", 5433), Some("app"), Some("me"), "any:data\\base"),
            (tcp("db", 5432), None, Some("me"), "any:data\\base"),
            (tcp("::1", 5432), Some("app"), Some("me"), "six"),
            (tcp("localhost", 5432), Some("app"), Some("me"), "local"),
            (socket("/var/run/postgresql"), Some("app"), Some("me"), "local"),
            (socket("/tmp"), Some("app"), Some("me"), "local"),
            (socket("/srv/pg"), Some("app"), Some("me"), "folder"),
            (tcp("elsewhere", 5432), Some("app"), Some("star"), "last"),
            (tcp("db", 5432), Some("app"), None, "last"),
        ] {
            let found = password_for(file, &host, database, user);
            assert_eq!(found.as_ref().map(Secret::expose), Some(expected), "{host} {database:?} {user:?}");
        }
        assert_eq!(password_for("db:5432:app:me:x", &tcp("db", 5432), Some("app"), Some("you")), None);
    }
}
