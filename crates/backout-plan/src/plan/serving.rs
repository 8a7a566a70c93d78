//! What `backout serve` answers: `[serve]`, and the routes that `[[gate]]` closes while a flag is off.
//!
//! It must not know how requests are taken, or which flags there are.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::flaw::Flaw;
use super::places::Places;
use super::problem::PlanError;
use super::read::{Extra, Reader, Section};
use super::watching::{each, read};
use super::{KeySource, Plan, Span};
use crate::visible::is_plain;

/// What is answered where a flag is off and the gate does not say.
const OFF: u16 = 503;

/// Where and how requests are answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PlanServe {
    /// An address of this machine with its port, or `unix:PATH`.
    #[schemars(length(min = 1))]
    pub listen: String,
    /// The certificate and those that lead to its authority, in PEM; relative to the plan file.
    pub tls_cert: Option<PathBuf>,
    /// Its secret key: a file, relative to the plan file, or `env:NAME` for a variable that holds it.
    pub tls_key: Option<KeySource>,
    /// The file of flags, as flagd has it; relative to the plan file.
    pub flags: Option<PathBuf>,
    /// Whether sources that speak by themselves are listened to.
    pub hooks: bool,
    /// How old the newest backup becomes before the process that leads takes another one, proves it, and removes those
    /// that no rule keeps.
    pub backup_every: Option<Span>,
    /// Whether it rehearses what is pending where no certificate counts any more.
    pub rehearse: bool,
    /// Whether it removes from the archive what is past its time.
    pub purge: bool,
    #[serde(skip)]
    #[schemars(skip)]
    places: Places,
}

/// A part of the application that is there only while its flag is on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanGate {
    /// The path of a request, or the folder that it is in. Each once.
    #[schemars(length(min = 1))]
    pub route: String,
    /// The name of the flag.
    #[schemars(length(min = 1))]
    pub flag: String,
    /// What is answered while the flag is off: 503 where neither this nor `redirect` is said.
    #[serde(default)]
    #[schemars(range(min = 400, max = 599))]
    pub otherwise: Option<u16>,
    /// Where else people are sent while it is off.
    #[serde(default)]
    pub redirect: Option<String>,
    #[serde(skip)]
    #[schemars(skip)]
    places: Places,
}

impl Default for PlanServe {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:7300".to_owned(),
            tls_cert: None,
            tls_key: None,
            flags: None,
            hooks: true,
            backup_every: None,
            rehearse: false,
            purge: false,
            places: Places::default(),
        }
    }
}

impl PlanServe {
    /// The path of the Unix socket, if it is one.
    pub fn socket(&self) -> Option<&Path> {
        self.listen.strip_prefix("unix:").map(Path::new)
    }
}

impl PlanGate {
    /// What is answered while the flag is off, where nobody is sent elsewhere.
    pub fn status(&self) -> u16 {
        self.otherwise.unwrap_or(OFF)
    }

    /// Whether a path, as a request has it, is behind this gate: the route itself, or what lies below it.
    pub fn covers(&self, path: &str) -> bool {
        let route = folder(&self.route);
        path.strip_prefix(route).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']))
    }
}

/// `/a/` and `/a` are one route.
fn folder(route: &str) -> &str {
    route.trim_end_matches('/')
}

impl Plan {
    /// What is wrong with `[serve]`, as a problem of the file at the key that it is about.
    pub fn serve_problem(&self, flaw: &Flaw) -> PlanError {
        self.problem_at(self.serve.places.find(&flaw.path), "[serve]".to_owned(), flaw)
    }

    /// The same of a gate.
    pub fn gate_problem(&self, gate: &PlanGate, flaw: &Flaw) -> PlanError {
        self.problem_at(gate.places.find(&flaw.path), format!("gate {:?}", gate.route), flaw)
    }
}

pub(super) fn serve(reader: &mut Reader<'_>, root: &mut Section<'_, '_>, home: &Path) -> PlanServe {
    let Some(value) = root.ask("serve") else { return PlanServe::default() };
    let Some((mut serve, places)) = read::<PlanServe>(reader, value, "serve") else { return PlanServe::default() };
    serve.places = places;
    let mut found = Vec::new();
    serve.flaws(&mut |flaw| found.push(flaw));
    for flaw in found {
        say(reader, &serve.places, flaw);
    }
    for file in [&mut serve.tls_cert, &mut serve.flags].into_iter().flatten() {
        *file = home.join(&*file);
    }
    serve
}

pub(super) fn gates(reader: &mut Reader<'_>, root: &mut Section<'_, '_>) -> Vec<PlanGate> {
    let gates = each(reader, root, "gate", |one: &mut PlanGate, places| one.places = places);
    for (number, gate) in gates.iter().enumerate() {
        let mut found = Vec::new();
        gate.flaws(&mut |flaw| found.push(flaw));
        if gates.iter().take(number).any(|other| folder(&other.route) == folder(&gate.route)) {
            let said = format!("two gates have the route {:?}", gate.route);
            found.push(Flaw::at(&["route"], said).value(&*gate.route).hint("one flag decides: take one of them out"));
        }
        for flaw in found {
            say(reader, &gate.places, flaw);
        }
    }
    gates
}

fn say(reader: &mut Reader<'_>, places: &Places, flaw: Flaw) {
    let (line, column) = places.find(&flaw.path);
    let Flaw { said, value, suggestion, hint, .. } = flaw;
    reader.problem_in(line, column, said, Extra { value, suggestion, hint });
}

impl PlanServe {
    fn flaws(&self, say: &mut dyn FnMut(Flaw)) {
        let listen = self.listen.as_str();
        let is_place = match self.socket() {
            Some(path) => !path.as_os_str().is_empty(),
            None => listen.parse::<SocketAddr>().is_ok(),
        };
        if !is_place {
            let said = format!("serve.listen: {listen:?} is no address with a port and no Unix socket");
            let flaw = Flaw::at(&["listen"], said).value(listen);
            say(match meant(listen) {
                Some(meant) => Flaw { suggestion: Some(meant), ..flaw },
                None => flaw.hint("write for example 127.0.0.1:7300, or unix:backout.sock"),
            });
        }
        for (key, file) in [("tls_cert", &self.tls_cert), ("flags", &self.flags)] {
            if file.as_ref().is_some_and(|file| file.as_os_str().is_empty()) {
                say(Flaw::at(&[key], format!("serve.{key} is empty")).value(""));
            }
        }
        if self.backup_every.is_some_and(|every| every.duration().is_zero()) {
            let flaw = Flaw::at(&["backup_every"], "serve.backup_every is 0").value("0");
            say(flaw.hint("write for example 1d, or take it out: then nobody takes backups by itself"));
        }
        match &self.tls_key {
            Some(KeySource::Env(name)) if name.is_empty() => {
                let said = "serve.tls_key does not name an environment variable";
                say(Flaw::at(&["tls_key"], said).hint("write for example env:BACKOUT_TLS_KEY"));
            }
            // Not repeated: whoever has written the key itself here must not find it in a log.
            Some(KeySource::File(file)) if file.to_string_lossy().contains("-----BEGIN") => {
                let said = "serve.tls_key holds a secret key";
                let hint = "put it into a file or a variable, and write the file or env:NAME here; whoever could read \
                            this file has seen the key, so make another one";
                say(Flaw::at(&["tls_key"], said).hint(hint));
            }
            Some(KeySource::File(file)) if file.as_os_str().is_empty() => {
                say(Flaw::at(&["tls_key"], "serve.tls_key is empty").value(""));
            }
            _ => {}
        }
        let given = match (&self.tls_cert, &self.tls_key) {
            (Some(_), None) => Some(("tls_cert", "tls_key")),
            (None, Some(_)) => Some(("tls_key", "tls_cert")),
            (Some(_), Some(_)) if is_place && self.socket().is_some() => {
                let said = "serve.tls_cert has no effect on a Unix socket";
                say(Flaw::at(&["tls_cert"], said).value("tls_cert").hint("take tls_cert and tls_key out"));
                None
            }
            _ => None,
        };
        if let Some((there, missing)) = given {
            let said = format!("serve.{there} is given, but serve.{missing} is missing");
            say(Flaw::at(&[there], said).value(there).hint("TLS needs both"));
        }
    }
}

/// What was probably meant by a place that is none.
fn meant(listen: &str) -> Option<String> {
    let loopback = |port: &str| port.parse::<u16>().ok().map(|port| format!("127.0.0.1:{port}"));
    match listen.rsplit_once(':') {
        Some(("" | "localhost", port)) => loopback(port),
        Some(("*", port)) => port.parse::<u16>().ok().map(|port| format!("0.0.0.0:{port}")),
        Some(_) => None,
        None if listen.starts_with('/') => Some(format!("unix:{listen}")),
        None => loopback(listen),
    }
}

impl PlanGate {
    fn flaws(&self, say: &mut dyn FnMut(Flaw)) {
        let Self { route, flag, otherwise, redirect, .. } = self;
        if !route.starts_with('/') || route.contains(['?', '#', '*']) || !is_plain(route) {
            let flaw = Flaw::at(&["route"], format!("{route:?} is no route")).value(route);
            let bare = !route.is_empty() && route.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c));
            say(match bare {
                true => Flaw { suggestion: Some(format!("/{route}")), ..flaw },
                false => flaw.hint("write how the path begins, such as /api/clients: all below it is meant as well"),
            });
        }
        if flag.trim().is_empty() || !is_plain(flag) {
            say(Flaw::at(&["flag"], format!("{flag:?} cannot be the name of a flag")).value(flag));
        }
        if let Some(status) = otherwise.filter(|status| !(400..600).contains(status)) {
            let said = format!("gate {route:?}: {status} does not say that something is not there");
            say(Flaw::at(&["otherwise"], said).value(status.to_string()).hint("write a status from 400 to 599"));
        }
        let Some(to) = redirect else { return };
        if otherwise.is_some() {
            let said = format!("gate {route:?} has both a status (otherwise) and a redirect");
            say(Flaw::at(&["redirect"], said).value(to).hint("take one of them out"));
        }
        let is_path = to.starts_with('/') && !to.starts_with("//");
        let is_address = to.starts_with("https://") || to.starts_with("http://");
        if !(is_path || is_address) || !is_plain(to) {
            let said = format!("gate {route:?}: nobody can be sent to {to:?}");
            say(Flaw::at(&["redirect"], said).value(to).hint("write a path such as /soon, or a whole address"));
        } else if is_path && self.covers(to) {
            let said = format!("gate {route:?}: {to:?} is behind the same gate, so people would be sent there forever");
            say(Flaw::at(&["redirect"], said).value(to));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::plan::tests::with;

    const SERVED: &str = "[serve]\nlisten = \"127.0.0.1:7300\"\ntls_cert = \"tls/cert.pem\"\ntls_key = \"env:TLS_KEY\"\n\
        flags = \"flags.json\"\nhooks = false\n[[gate]]\nroute = \"/api/clients\"\nflag = \"client-cards\"\n\
        [[gate]]\nroute = \"/clients\"\nflag = \"client-cards\"\nredirect = \"/dashboard\"";

    #[test]
    fn what_is_served() {
        let plan = Plan::parse("conf/backout.toml", &with(SERVED)).unwrap();
        assert_eq!(plan.serve.listen, "127.0.0.1:7300");
        assert_eq!(plan.serve.tls_cert.as_deref(), Some(Path::new("conf/tls/cert.pem")));
        assert_eq!(plan.serve.flags.as_deref(), Some(Path::new("conf/flags.json")));
        assert_eq!((plan.serve.hooks, &plan.serve.tls_key), (false, &Some(KeySource::Env("TLS_KEY".into()))));
        let [api, page] = plan.gates.as_slice() else { panic!("{:?}", plan.gates) };
        assert_eq!((api.status(), api.redirect.as_deref()), (503, None));
        assert_eq!(page.redirect.as_deref(), Some("/dashboard"));
        for (path, is_behind) in [
            ("/api/clients", true),
            ("/api/clients/7?x=1", true),
            ("/api/clients?x=1", true),
            ("/api/clientship", false),
            ("/api", false),
            ("/clients", false),
        ] {
            assert_eq!(api.covers(path), is_behind, "{path}");
        }
        let problem = plan.gate_problem(page, &Flaw::at(&["flag"], "there is no such flag"));
        assert_eq!((problem.line, problem.column), (14, 1));
        assert_eq!(plan.serve_problem(&Flaw::at(&["flags"], "no")).line, 7);

        let bare = Plan::parse("backout.toml", &with("")).unwrap();
        assert_eq!((bare.serve, bare.gates.len()), (PlanServe::default(), 0));
        let socket = Plan::parse("backout.toml", &with("[serve]\nlisten = \"unix:run/backout.sock\"")).unwrap();
        assert_eq!(socket.serve.socket(), Some(Path::new("run/backout.sock")));
    }

    /// What is written, and instead of it; then the line, the value and the suggestion of the problem.
    type Slip = (&'static str, &'static str, usize, Option<&'static str>, Option<&'static str>);

    #[test]
    fn what_cannot_be_served_is_named() {
        let listen = "listen = \"127.0.0.1:7300\"";
        let slips: &[Slip] = &[
            (listen, "listen = \"localhost:7300\"", 4, Some("localhost:7300"), Some("127.0.0.1:7300")),
            (listen, "listen = \"7300\"", 4, Some("7300"), Some("127.0.0.1:7300")),
            (listen, "listen = \"*:80\"", 4, Some("*:80"), Some("0.0.0.0:80")),
            (listen, "listen = \"/run/b.sock\"", 4, Some("/run/b.sock"), Some("unix:/run/b.sock")),
            (listen, "listen = \"example.com:1\"", 4, Some("example.com:1"), None),
            (listen, "listen = \"127.0.0.1:70000\"", 4, Some("127.0.0.1:70000"), None),
            (listen, "listen = \"unix:\"", 4, Some("unix:"), None),
            (listen, "listen = \"unix:x\"", 5, Some("tls_cert"), None),
            (listen, "listne = \"unix:x\"", 4, Some("listne"), Some("listen")),
            ("tls_cert = \"tls/cert.pem\"\n", "", 5, Some("tls_key"), None),
            ("tls_key = \"env:TLS_KEY\"\n", "", 5, Some("tls_cert"), None),
            ("env:TLS_KEY", "env:", 6, None, None),
            ("env:TLS_KEY", "-----BEGIN PRIVATE KEY----- hush", 6, None, None),
            ("flags.json", "", 7, Some(""), None),
            ("hooks = false", "backup_every = \"0\"", 8, Some("0"), None),
            ("hooks = false", "hooks = \"no\"", 8, Some("serve.hooks"), None),
            ("[serve]", "[[serve]]", 3, None, None),
            ("route = \"/api/clients\"", "route = \"api/clients\"", 10, Some("api/clients"), Some("/api/clients")),
            ("route = \"/api/clients\"", "route = \"/api/*\"", 10, Some("/api/*"), None),
            ("route = \"/api/clients\"", "route = \"/clients/\"", 13, Some("/clients"), None),
            ("flag = \"client-cards\"\n[[gate]]", "[[gate]]", 9, Some("gate"), None),
            ("flag = \"client-cards\"\n[[gate]]", "flag = \"\"\n[[gate]]", 11, Some(""), None),
            ("redirect = \"/dashboard\"", "redirect = \"/x\"\notherwise = 503", 15, Some("/x"), None),
            ("redirect = \"/dashboard\"", "redirect = \"/clients/soon\"", 15, Some("/clients/soon"), None),
            ("redirect = \"/dashboard\"", "redirect = \"//evil.example\"", 15, Some("//evil.example"), None),
            ("redirect = \"/dashboard\"", "redirect = \"javascript:1\"", 15, Some("javascript:1"), None),
            ("redirect = \"/dashboard\"", "otherwise = 200", 15, Some("200"), None),
            ("redirect = \"/dashboard\"", "otherwise = \"503\"", 15, Some("gate.otherwise"), None),
        ];
        for (was, is, line, value, suggestion) in slips {
            assert!(SERVED.contains(was), "{was}");
            let errors = Plan::parse("backout.toml", &with(&SERVED.replacen(was, is, 1))).unwrap_err();
            let [error] = errors.0.as_slice() else { panic!("{is}: {errors}") };
            let found = (error.line, error.value.as_deref(), error.suggestion.as_deref());
            assert_eq!(found, (*line, *value, *suggestion), "{is}: {error}");
            assert!(!format!("{error:?}").contains("hush"), "{error}");
        }
    }
}
