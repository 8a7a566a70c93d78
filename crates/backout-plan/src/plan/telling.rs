//! Who is told what and when, and what is owed by when: `[[channel]]`, `[[message]]`, `[[duty]]`, `[people]` and
//! `[incident]`.
//!
//! It must not know what kinds of channel there are, or what a template may say; whoever does checks that by
//! [`Plan::validate_channels`] and [`Plan::message_problem`].

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::flaw::Flaw;
use super::places::Places;
use super::problem::{PlanError, PlanErrors};
use super::read::{Extra, Reader, Section};
use super::watching::{called, each, names, read, unknown};
use super::{Impact, Plan, PlanWay, Span};
use crate::visible::is_plain;

/// The kind of channel that writes to people by their address.
const MAIL: &str = "mail";

/// Where messages go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanChannel {
    /// Each name once.
    #[schemars(length(min = 1))]
    pub name: String,
    /// One kind and what it needs.
    pub to: Value,
    #[serde(skip)]
    #[schemars(skip)]
    places: Places,
}

/// What is said, when and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanMessage {
    /// Each name once.
    #[schemars(length(min = 1))]
    pub name: String,
    pub on: PlanOccasion,
    /// How often, with `on = "every"`.
    #[serde(default)]
    pub every: Option<Span>,
    /// Names of channels.
    #[schemars(length(min = 1))]
    pub to: Vec<String>,
    /// A template on one line. What is shipped has its own.
    #[serde(default)]
    pub subject: Option<String>,
    /// One of these three: the template itself,
    #[serde(default)]
    pub text: Option<String>,
    /// its file, relative to the plan file,
    #[serde(default)]
    pub file: Option<PathBuf>,
    /// or the name of one that is shipped.
    #[serde(default)]
    pub template: Option<String>,
    /// What the template calls `texts.NAME`: what no figure says.
    #[serde(default)]
    pub texts: BTreeMap<String, String>,
    /// `messages/mail.md` is read as `messages/mail.de.md`.
    #[serde(default)]
    pub language: Option<String>,
    /// Whether it waits until somebody approves it.
    #[serde(default)]
    pub approve: bool,
    #[serde(default)]
    pub audience: PlanAudience,
    /// All that is given must hold; else it is not sent.
    #[serde(default)]
    pub when: PlanCondition,
    #[serde(skip)]
    #[schemars(skip)]
    places: Places,
}

/// What a message follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PlanOccasion {
    /// An incident begins.
    Opened,
    RunStarted,
    /// Time has passed, while the incident is open and its way back is not over.
    Every,
    /// One way did not suffice, and the next has begun.
    WayChanged,
    /// A run has reached its end as it should.
    RunEnded,
    /// A run has come to an end as it should not.
    Failed,
    Resolved,
    /// A run waits for an approval.
    Asked,
    /// A duty was not done in its time.
    Overdue,
}

/// Who reads a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PlanAudience {
    /// Whoever reads the channel.
    #[default]
    Channel,
    /// Each user whose rows were exposed, one message each.
    Affected,
}

/// When a message or a duty is one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PlanCondition {
    /// Whether somebody's rows were exposed.
    pub exposed: Option<bool>,
    /// One of these ways is gone.
    pub way: Vec<String>,
    /// One of these.
    pub severity: Vec<PlanSeverity>,
}

/// How bad an incident is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PlanSeverity {
    Minor,
    Major,
    Critical,
}

/// What is owed within a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanDuty {
    /// Each name once.
    #[schemars(length(min = 1))]
    pub name: String,
    /// How long there is for it.
    pub within: Span,
    /// From when on.
    #[serde(default)]
    pub of: PlanBeginning,
    /// All that is given must hold; else it is not owed.
    #[serde(default)]
    pub when: PlanCondition,
    /// What it must contain, for whoever does it.
    #[serde(default)]
    pub checklist: Vec<String>,
    /// The message by which it is done.
    #[serde(default)]
    pub notice: Option<String>,
    #[serde(skip)]
    #[schemars(skip)]
    places: Places,
}

/// From when on the time of a duty runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PlanBeginning {
    /// Somebody knew of it.
    #[default]
    Aware,
}

/// Whom to call, as it stands on the reference card and in messages.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PlanPeople {
    pub on_call: Option<String>,
    pub phone: Option<String>,
    /// Who is next.
    pub escalation: Option<String>,
    /// Who decides.
    pub lead: Option<String>,
    #[serde(skip)]
    #[schemars(skip)]
    places: Places,
}

/// What is said of every incident.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PlanIncident {
    /// Where people read about it; `{id}` stands for the incident's name.
    pub url: Option<String>,
    #[serde(skip)]
    #[schemars(skip)]
    places: Places,
}

impl PlanChannel {
    /// The kind of channel, where exactly one is given.
    pub fn kind(&self) -> Option<&str> {
        let kinds = self.to.as_object()?;
        kinds.keys().next().filter(|_| kinds.len() == 1).map(String::as_str)
    }
}

impl PlanOccasion {
    pub const ALL: [Self; 9] = [
        Self::Opened,
        Self::RunStarted,
        Self::Every,
        Self::WayChanged,
        Self::RunEnded,
        Self::Failed,
        Self::Resolved,
        Self::Asked,
        Self::Overdue,
    ];

    /// As the plan has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::RunStarted => "run-started",
            Self::Every => "every",
            Self::WayChanged => "way-changed",
            Self::RunEnded => "run-ended",
            Self::Failed => "failed",
            Self::Resolved => "resolved",
            Self::Asked => "asked",
            Self::Overdue => "overdue",
        }
    }
}

impl PlanSeverity {
    /// As the plan has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Minor => "minor",
            Self::Major => "major",
            Self::Critical => "critical",
        }
    }
}

impl PlanMessage {
    /// Its file, where it has one: that of its language, in the folder of the plan file.
    pub fn path(&self, folder: &Path) -> Option<PathBuf> {
        let file = folder.join(self.file.as_ref()?);
        let Some(language) = &self.language else { return Some(file) };
        let last = file.extension().unwrap_or_default().to_string_lossy().into_owned();
        Some(file.with_extension(if last.is_empty() { language.clone() } else { format!("{language}.{last}") }))
    }
}

impl PlanIncident {
    /// Where people read about this one.
    pub fn url_of(&self, id: &str) -> Option<String> {
        self.url.as_ref().map(|url| url.replace("{id}", id))
    }
}

impl Plan {
    /// Checks where each channel goes against what kinds there are.
    ///
    /// # Errors
    /// A problem for each that `check` objects to, at the key that is wrong.
    pub fn validate_channels(&self, check: &dyn Fn(&Value) -> Result<(), Flaw>) -> Result<(), PlanErrors> {
        let problem = |one: &PlanChannel| Some(self.channel_problem(one, &check(&one.to).err()?.under(&["to"])));
        let problems: Vec<PlanError> = self.channels.iter().filter_map(problem).collect();
        if problems.is_empty() { Ok(()) } else { Err(PlanErrors(problems)) }
    }

    /// What is wrong with a channel, as a problem of the file at the key that it is about.
    pub fn channel_problem(&self, channel: &PlanChannel, flaw: &Flaw) -> PlanError {
        self.problem_at(channel.places.find(&flaw.path), format!("channel {:?}", channel.name), flaw)
    }

    /// The same of a message.
    pub fn message_problem(&self, message: &PlanMessage, flaw: &Flaw) -> PlanError {
        self.problem_at(message.places.find(&flaw.path), format!("message {:?}", message.name), flaw)
    }

    /// The same of a duty.
    pub fn duty_problem(&self, duty: &PlanDuty, flaw: &Flaw) -> PlanError {
        self.problem_at(duty.places.find(&flaw.path), format!("duty {:?}", duty.name), flaw)
    }
}

/// All of it, as it is in the file.
#[derive(Debug, Default)]
pub(super) struct Telling {
    pub(super) channels: Vec<PlanChannel>,
    pub(super) messages: Vec<PlanMessage>,
    pub(super) duties: Vec<PlanDuty>,
    pub(super) people: PlanPeople,
    pub(super) incident: PlanIncident,
}

pub(super) fn telling(
    reader: &mut Reader<'_>,
    root: &mut Section<'_, '_>,
    ways: &[PlanWay],
    impact: &Impact,
) -> Telling {
    let mut this = Telling {
        channels: each(reader, root, "channel", |one: &mut PlanChannel, places| one.places = places),
        messages: each(reader, root, "message", |one: &mut PlanMessage, places| one.places = places),
        duties: each(reader, root, "duty", |one: &mut PlanDuty, places| one.places = places),
        ..Telling::default()
    };
    if let Some(value) = root.ask("people")
        && let Some((mut people, places)) = read::<PlanPeople>(reader, value, "people")
    {
        people.places = places;
        this.people = people;
    }
    if let Some(value) = root.ask("incident")
        && let Some((mut incident, places)) = read::<PlanIncident>(reader, value, "incident")
    {
        incident.places = places;
        this.incident = incident;
    }
    let mut found = Vec::new();
    names("channel", this.channels.iter().map(|one| (&*one.name, &one.places)), &mut found);
    names("message", this.messages.iter().map(|one| (&*one.name, &one.places)), &mut found);
    names("duty", this.duties.iter().map(|one| (&*one.name, &one.places)), &mut found);
    // Whoever cannot be read is there all the same, and has been reported.
    let channels = called(root, "channel");
    let messages = called(root, "message");
    let duties = called(root, "duty");
    let mut known_ways: Vec<&str> = ways.iter().map(|way| way.name.as_str()).collect();
    if known_ways.is_empty() {
        // The way that every target has.
        known_ways.push("U");
    }
    for channel in &this.channels {
        channel.flaws(&mut |flaw| found.push((channel.places.find(&flaw.path), flaw)));
    }
    for message in &this.messages {
        let mut say = |flaw: Flaw| found.push((message.places.find(&flaw.path), flaw));
        message.flaws(&mut say);
        message.targets(&channels, &this.channels, impact, &mut say);
        message.when.flaws(&known_ways, &mut say);
        if message.on == PlanOccasion::Overdue && duties.is_empty() {
            let said = format!("message {:?}: nothing is ever overdue, since the plan has no duty", message.name);
            say(Flaw::at(&["on"], said).value("overdue").hint("write [[duty]], or take the message out"));
        }
    }
    for duty in &this.duties {
        let mut say = |flaw: Flaw| found.push((duty.places.find(&flaw.path), flaw));
        duty.flaws(&messages, &mut say);
        duty.when.flaws(&known_ways, &mut say);
    }
    this.people.flaws(&mut |flaw| found.push((this.people.places.find(&flaw.path), flaw)));
    this.incident.flaws(&mut |flaw| found.push((this.incident.places.find(&flaw.path), flaw)));
    for ((line, column), flaw) in found {
        let Flaw { said, value, suggestion, hint, .. } = flaw;
        reader.problem_in(line, column, said, Extra { value, suggestion, hint });
    }
    this
}

impl PlanChannel {
    fn flaws(&self, say: &mut dyn FnMut(Flaw)) {
        if self.kind().is_none() {
            let said = format!("channel {:?}: to needs one kind and what it needs", self.name);
            let hint = "write for example to.slack = { token = \"env:SLACK_TOKEN\", channel = \"#incidents\" }";
            say(Flaw::at(&["to"], said).hint(hint));
        }
    }
}

impl PlanMessage {
    fn flaws(&self, say: &mut dyn FnMut(Flaw)) {
        let own = |said: &str| format!("message {:?}: {said}", self.name);
        let given: Vec<&str> =
            [("text", self.text.is_some()), ("file", self.file.is_some()), ("template", self.template.is_some())]
                .into_iter()
                .filter_map(|(key, is_given)| is_given.then_some(key))
                .collect();
        match given.as_slice() {
            [_] => {}
            [] => say(Flaw::at(&[], own("it says nothing")).hint("write text, file or template")),
            several => {
                let said = own(&format!("it has {} texts: {}", several.len(), several.join(", ")));
                say(Flaw::at(&[several[1]], said).value(several[1]).hint("write one of them"));
            }
        }
        let file = self.file.as_ref().map(|file| file.to_string_lossy());
        let texts = [
            ("text", self.text.as_deref()),
            ("file", file.as_deref()),
            ("template", self.template.as_deref()),
            ("subject", self.subject.as_deref()),
        ];
        for (key, text) in texts {
            if let Some(text) = text.filter(|text| text.trim().is_empty()) {
                say(Flaw::at(&[key], own(&format!("{key} is empty"))).value(text));
            }
        }
        if let Some(subject) = self.subject.as_deref().filter(|subject| !is_plain(subject)) {
            say(Flaw::at(&["subject"], own("a subject is one line")).value(subject));
        }
        for name in self.texts.keys().filter(|name| !is_name(name)) {
            let said = own(&format!("{name:?} cannot be the name of a text"));
            let flaw = Flaw::at(&["texts", name], said).value(name);
            say(flaw.hint("use letters, digits and '_': templates say texts.NAME"));
        }
        if let Some(language) = self.language.as_deref() {
            let is_one = !language.is_empty() && language.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
            if !is_one {
                let flaw = Flaw::at(&["language"], own(&format!("{language:?} is no language"))).value(language);
                say(flaw.hint("write for example de, or pt-BR: it is part of the file's name"));
            } else if self.text.is_some() {
                let said = own("language has no effect on a text that stands in the plan");
                say(Flaw::at(&["language"], said).value(language).hint("write file, or take language out"));
            }
        }
        match (self.on, self.every) {
            (PlanOccasion::Every, None) => {
                let hint = "write for example every = \"10m\"";
                say(Flaw::at(&["on"], own("on is \"every\", but every is missing")).value("every").hint(hint));
            }
            (PlanOccasion::Every, Some(every)) if every.is_zero() => {
                say(Flaw::at(&["every"], own("every is 0")).value("0"));
            }
            (PlanOccasion::Every, Some(_)) | (_, None) => {}
            (on, Some(every)) => {
                let said = own(&format!("every has no effect while on is {:?}", on.name()));
                let hint = "write on = \"every\", or take every out";
                say(Flaw::at(&["every"], said).value(every.to_string()).hint(hint));
            }
        }
    }

    /// Where it goes, and whether it can.
    fn targets(&self, known: &[&str], channels: &[PlanChannel], impact: &Impact, say: &mut dyn FnMut(Flaw)) {
        let own = |said: &str| format!("message {:?}: {said}", self.name);
        if self.to.is_empty() {
            say(Flaw::at(&["to"], own("to names no channel")));
        }
        for (number, name) in self.to.iter().enumerate() {
            let at = number.to_string();
            if !known.contains(&name.as_str()) {
                say(unknown(&["to", &at], "channel", name, known));
            }
            if self.to[..number].contains(name) {
                say(Flaw::at(&["to", &at], own(&format!("it goes to {name:?} twice"))).value(name));
            }
            let Some(kind) = channels.iter().find(|channel| channel.name == *name).and_then(PlanChannel::kind) else {
                continue;
            };
            if self.audience == PlanAudience::Affected && kind != MAIL {
                let said = own(&format!("{name:?} is no channel of kind {MAIL:?}, so no user has an address there"));
                say(Flaw::at(&["to", &at], said).value(name));
            }
            if kind == MAIL && self.subject.is_none() && self.template.is_none() {
                let said = own(&format!("{name:?} is a channel of kind {MAIL:?}, and a mail needs a subject"));
                say(Flaw::at(&[], said).hint("write subject = \"…\""));
            }
        }
        if self.audience == PlanAudience::Affected && impact.addresses.is_empty() {
            let said = own("nobody says who the affected users are");
            let hint = "write [impact] with addresses = \"SELECT id, email, name FROM …\"";
            say(Flaw::at(&["audience"], said).value("affected").hint(hint));
        }
    }
}

/// Whether templates can say it.
fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

impl PlanCondition {
    fn flaws(&self, ways: &[&str], say: &mut dyn FnMut(Flaw)) {
        for (number, way) in self.way.iter().enumerate() {
            if !ways.contains(&way.as_str()) {
                say(unknown(&["when", "way", &number.to_string()], "way", way, ways));
            }
        }
    }
}

impl PlanDuty {
    fn flaws(&self, messages: &[&str], say: &mut dyn FnMut(Flaw)) {
        let own = |said: &str| format!("duty {:?}: {said}", self.name);
        if self.within.is_zero() {
            say(Flaw::at(&["within"], own("within is 0: it would be overdue at once")).value("0"));
        }
        if let Some(notice) = self.notice.as_deref().filter(|notice| !messages.contains(notice)) {
            say(unknown(&["notice"], "message", notice, messages));
        }
        for (number, item) in self.checklist.iter().enumerate() {
            let at = number.to_string();
            if item.trim().is_empty() || !is_plain(item) {
                say(Flaw::at(&["checklist", &at], own("an item of the checklist is one line of text")).value(item));
            }
            if self.checklist[..number].contains(item) {
                say(Flaw::at(&["checklist", &at], own(&format!("{item:?} is on the checklist twice"))).value(item));
            }
        }
    }
}

impl PlanPeople {
    fn flaws(&self, say: &mut dyn FnMut(Flaw)) {
        let all = [
            ("on_call", &self.on_call),
            ("phone", &self.phone),
            ("escalation", &self.escalation),
            ("lead", &self.lead),
        ];
        for (key, text) in all {
            if let Some(text) = text.as_deref().filter(|text| text.trim().is_empty() || !is_plain(text)) {
                say(Flaw::at(&[key], format!("people.{key} is one line of text")).value(text));
            }
        }
    }
}

impl PlanIncident {
    fn flaws(&self, say: &mut dyn FnMut(Flaw)) {
        let Some(url) = self.url.as_deref() else { return };
        let is_address = url.starts_with("https://") || url.starts_with("http://");
        if !is_address || !is_plain(url) || url.contains(char::is_whitespace) {
            let flaw = Flaw::at(&["url"], format!("incident.url: {url:?} is no address")).value(url);
            say(flaw.hint("write for example https://backout.example.com/incidents/{id}"));
        } else if !url.contains("{id}") {
            let said = "incident.url is the same for every incident";
            say(Flaw::at(&["url"], said).value(url).hint("write {id} where the incident's name belongs"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::schema_json;

    const TOLD: &str = r##"version = 1
[targets.p]
[[way]]
name = "C"
[[way.step]]
name = "s"
do = "notify"
[impact]
on = [{ name = "public.notes" }]
addresses = "SELECT id, email, name FROM users"
[[channel]]
name = "incidents"
to.slack = { token = "env:SLACK_TOKEN", channel = "#incidents" }
[[channel]]
name = "users"
to.mail = { server = "env:SMTP" }
[[message]]
name = "started"
on = "opened"
to = ["incidents"]
template = "rollback-started"
texts = { product = "Shop" }
[[message]]
name = "update"
on = "every"
every = "10m"
to = ["incidents", "users"]
subject = "{{ incident.title }}"
file = "messages/update.md"
language = "de"
when = { exposed = true, way = ["C"], severity = ["major", "critical"] }
[[message]]
name = "mail"
on = "resolved"
to = ["users"]
subject = "What has happened"
text = "Hello {{ user.name }}"
audience = "affected"
approve = true
[[duty]]
name = "authority"
within = "72h"
when = { exposed = true }
checklist = ["nature of the breach", "contact point"]
notice = "update"
[people]
on_call = "Anna"
phone = "+49 30 1"
[incident]
url = "https://backout.example.com/incidents/{id}"
"##;

    #[test]
    fn who_is_told_what() {
        let plan = Plan::parse("conf/backout.toml", TOLD).unwrap_or_else(|errors| panic!("{errors}"));
        assert_eq!(plan.channels.iter().map(PlanChannel::kind).collect::<Vec<_>>(), [Some("slack"), Some("mail")]);
        let [started, update, mail] = plan.messages.as_slice() else { panic!("{:?}", plan.messages) };
        assert_eq!((started.on, started.template.as_deref()), (PlanOccasion::Opened, Some("rollback-started")));
        assert_eq!((update.on, update.every), (PlanOccasion::Every, Some(Span::from_secs(600))));
        assert_eq!(update.path(&plan.folder()).unwrap(), Path::new("conf/messages/update.de.md"));
        assert_eq!(update.when.severity, [PlanSeverity::Major, PlanSeverity::Critical]);
        assert_eq!((mail.audience, mail.approve, mail.path(Path::new(""))), (PlanAudience::Affected, true, None));
        let [duty] = plan.duties.as_slice() else { panic!("{:?}", plan.duties) };
        assert_eq!((duty.of, duty.checklist.len(), duty.notice.as_deref()), (PlanBeginning::Aware, 2, Some("update")));
        assert_eq!(plan.people.on_call.as_deref(), Some("Anna"));
        let url = plan.incident.url_of("2026-01-07-1").unwrap();
        assert_eq!(url, "https://backout.example.com/incidents/2026-01-07-1");
        let errors = plan.validate_channels(&|_| Err(Flaw::at(&["slack", "channel"], "no"))).unwrap_err();
        assert_eq!((errors.0[0].line, errors.0[0].column), (13, 41));
        assert_eq!(errors.0[0].message, "channel \"incidents\": no");
        assert_eq!(plan.message_problem(mail, &Flaw::at(&["text"], "no")).line, 37);
        assert_eq!(plan.duty_problem(duty, &Flaw::at(&["checklist", "1"], "no")).column, 38);
        let names: Vec<&str> = PlanOccasion::ALL.iter().map(|on| on.name()).collect();
        assert_eq!(serde_json::to_value(PlanOccasion::ALL).unwrap(), serde_json::json!(names));
    }

    /// What is written, and instead of it; then the line, the value and the suggestion of the problem.
    type Slip = (&'static str, &'static str, usize, Option<&'static str>, Option<&'static str>);

    #[test]
    fn what_cannot_be_told_is_named() {
        let slips: &[Slip] = &[
            ("to = [\"incidents\"]", "to = [\"incident\"]", 20, Some("incident"), Some("incidents")),
            ("to = [\"incidents\"]", "to = []", 20, None, None),
            ("to = [\"incidents\"]", "to = [\"incidents\", \"incidents\"]", 20, Some("incidents"), None),
            ("to = [\"incidents\"]", "to = \"incidents\"", 20, Some("message.to"), None),
            ("to.slack = { token = \"env:SLACK_TOKEN\", channel = \"#incidents\" }", "to = {}", 13, None, None),
            ("name = \"users\"\n", "name = \"incidents\"\n", 15, Some("incidents"), None),
            ("template = \"rollback-started\"", "", 17, None, None),
            ("template = \"rollback-started\"", "template = \"x\"\ntext = \"y\"", 21, Some("template"), None),
            ("template = \"rollback-started\"", "tempalte = \"x\"", 21, Some("tempalte"), Some("template")),
            ("template = \"rollback-started\"", "text = \" \"", 21, Some(" "), None),
            ("{ product = \"Shop\" }", "{ \"the product\" = \"Shop\" }", 22, Some("the product"), None),
            ("on = \"opened\"", "on = \"open\"", 19, Some("open"), Some("opened")),
            ("on = \"opened\"", "on = \"opened\"\nevery = \"5m\"", 20, Some("5m"), None),
            ("every = \"10m\"\n", "", 25, Some("every"), None),
            ("every = \"10m\"", "every = \"0\"", 26, Some("0"), None),
            ("subject = \"{{ incident.title }}\"\n", "", 23, None, None),
            ("subject = \"{{ incident.title }}\"", "subject = \"a\\nBcc: b\"", 28, Some("a\nBcc: b"), None),
            ("language = \"de\"", "language = \"../de\"", 30, Some("../de"), None),
            ("file = \"messages/update.md\"", "text = \"x\"", 30, Some("de"), None),
            ("way = [\"C\"]", "way = [\"D\"]", 31, Some("D"), Some("C")),
            ("[\"major\", \"critical\"]", "[\"major\", \"critcal\"]", 31, Some("critcal"), Some("critical")),
            ("to.mail = ", "to.teams = ", 35, Some("users"), None),
            ("addresses = \"SELECT id, email, name FROM users\"", "", 38, Some("affected"), None),
            ("within = \"72h\"", "within = \"0\"", 42, Some("0"), None),
            ("notice = \"update\"", "notice = \"updates\"", 45, Some("updates"), Some("update")),
            ("\"contact point\"]", "\"nature of the breach\"]", 44, Some("nature of the breach"), None),
            ("\"contact point\"]", "\"\"]", 44, Some(""), None),
            ("on_call = \"Anna\"", "on_cal = \"Anna\"", 47, Some("on_cal"), Some("on_call")),
            ("phone = \"+49 30 1\"", "phone = \"\"", 48, Some(""), None),
            ("incidents/{id}", "incidents", 50, Some("https://backout.example.com/incidents"), None),
            ("https://backout", "javascript:backout", 50, Some("javascript:backout.example.com/incidents/{id}"), None),
        ];
        for (was, is, line, value, suggestion) in slips {
            assert!(TOLD.contains(was), "{was}");
            let errors = Plan::parse("backout.toml", &TOLD.replacen(was, is, 1)).unwrap_err();
            let error = &errors.0[0];
            let found = (error.line, error.value.as_deref(), error.suggestion.as_deref());
            assert_eq!(found, (*line, *value, *suggestion), "{is}: {errors}");
        }
        let two = TOLD.replace("name = \"mail\"", "name = \"update\"");
        assert!(Plan::parse("backout.toml", &two).unwrap_err().to_string().contains("two of [[message]] are called"));
        let bare = "version = 1\n[targets.p]\n[[channel]]\nname = \"c\"\nto.slack = {}\n[[message]]\nname = \"m\"\n\
                    on = \"overdue\"\nto = [\"c\"]\ntext = \"x\"\n";
        assert!(Plan::parse("p", bare).unwrap_err().to_string().contains("the plan has no duty"));
    }

    #[test]
    fn the_documentation_explains_every_key() {
        let page = include_str!("../../../../docs/plan.md");
        let schema = schema_json();
        for (name, section) in [
            ("PlanChannel", "channel"),
            ("PlanMessage", "message"),
            ("PlanCondition", "message.when"),
            ("PlanDuty", "duty"),
            ("PlanPeople", "people"),
            ("PlanIncident", "incident"),
        ] {
            assert_eq!(schema["$defs"][name]["additionalProperties"], false, "{name}");
            for key in schema["$defs"][name]["properties"].as_object().unwrap().keys() {
                let row = format!("| `{section}.{key}` |");
                assert!(page.lines().any(|line| line.starts_with(&row)), "docs/plan.md has no row for {section}.{key}");
            }
        }
    }

    /// Nothing of it changes what a rehearsal has shown.
    #[test]
    fn no_certificate_depends_on_what_is_told() {
        let bare = Plan::parse("backout.toml", "version = 1\n[targets.p]\n").unwrap();
        assert_eq!(Plan::parse("backout.toml", TOLD).unwrap().hash_of_matter(), bare.hash_of_matter());
    }
}
