//! Templates that are refused, hostile values, and what the shipped messages say with the figures of the runbooks that they
//! come from.

use std::collections::BTreeSet;

use backout_plan::plan::{self, PlanOccasion};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::*;

const START: Moment = Moment { on: PlanOccasion::RunStarted, affected: false };
const USER: Moment = Moment { on: PlanOccasion::Resolved, affected: true };

fn shown(text: &Text) -> String {
    text.0
        .iter()
        .map(|span| match span {
            Span::Markup(text) | Span::Value(text) => text.as_str(),
        })
        .collect()
}

fn moments() -> impl Iterator<Item = Moment> {
    PlanOccasion::ALL.into_iter().flat_map(|on| [false, true].map(|affected| Moment { on, affected }))
}

/// The moment for which one is shipped.
fn moment_of(one: &Shipped) -> Moment {
    let on = PlanOccasion::ALL.into_iter().find(|on| on.name() == one.on);
    Moment { on: on.unwrap(), affected: one.name.starts_with("user-") }
}

fn said(name: &str, facts: &Facts, texts: &[(&str, &str)]) -> String {
    let one = shipped(name).unwrap();
    let known: Vec<(&str, bool)> =
        one.texts.iter().map(|(name, _)| (*name, texts.iter().any(|(given, _)| given == name))).collect();
    let given = texts.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    let read =
        |source| Template::read(source, moment_of(one), &known).unwrap_or_else(|wrong| panic!("{name}: {wrong:#?}"));
    format!(
        "{}\n{}",
        shown(&read(one.subject).render(facts, &given).unwrap()),
        shown(&read(one.text).render(facts, &given).unwrap())
    )
}

/// The variables of a value, as the table names them, with what each is.
fn leaves(value: &Value, name: &str, all: &mut Vec<(String, Value)>) {
    let known = variable(name);
    match value {
        Value::Object(parts) => {
            for (part, value) in parts {
                leaves(value, &if name.is_empty() { part.clone() } else { format!("{name}.{part}") }, all);
            }
        }
        Value::Array(items) if known.is_some_and(|one| one.kind == Kind::Records) => {
            all.push((name.to_owned(), value.clone()));
            items.iter().for_each(|item| leaves(item, &format!("{name}[]"), all));
        }
        _ => all.push((name.to_owned(), value.clone())),
    }
}

#[test]
fn the_table_is_what_the_facts_hold() {
    let mut all = Vec::new();
    leaves(&serde_json::to_value(Facts::example()).unwrap(), "", &mut all);
    let held: BTreeSet<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(held, VARIABLES.iter().map(|one| one.name).collect(), "each once, and no other one");
    assert_eq!(VARIABLES.len(), held.len());
    for (name, value) in &all {
        let one = variable(name).unwrap();
        let is_so = match one.kind {
            Kind::Text => value.is_string(),
            Kind::Word(words) => value.as_str().is_some_and(|word| words.contains(&word)),
            Kind::Number => value.is_number(),
            Kind::Time => value.as_str().is_some_and(|time| time.parse::<Timestamp>().is_ok()),
            Kind::Truth => value.is_boolean(),
            Kind::Texts | Kind::Records => value.as_array().is_some_and(|items| !items.is_empty()),
        };
        assert!(is_so, "{name}: {value}");
    }
    for moment in moments() {
        let mut all = Vec::new();
        leaves(&serde_json::to_value(Facts::least_of(moment)).unwrap(), "", &mut all);
        for (name, value) in &all {
            // Where a group is not there, none of its parts is.
            let Some(one) = variable(name) else { panic!("{name}") };
            let is_there = one.need == Need::Always && one.only.is_none_or(|only| only.is(moment));
            assert_eq!(!value.is_null(), is_there, "{name} {moment:?}");
        }
    }
    for one in VARIABLES {
        if let Need::With(other) = one.need {
            assert_eq!(variable(other).map(|one| one.need), Some(Need::Optional), "{}", one.name);
        }
    }
    let names: Vec<&str> = [plan::PlanSeverity::Minor, plan::PlanSeverity::Major, plan::PlanSeverity::Critical]
        .map(plan::PlanSeverity::name)
        .to_vec();
    assert_eq!(names, variables::SEVERITIES);
    for measure in variables::MEASURES {
        serde_json::from_value::<plan::PlanMeasure>((*measure).into()).unwrap();
    }
}

#[test]
fn every_filter_makes_what_its_example_says() {
    for filter in filters::FILTERS {
        let (example, becomes) = filter.example;
        let on = if example.starts_with("duty") { PlanOccasion::Overdue } else { PlanOccasion::Opened };
        let moment = Moment { on, affected: false };
        let source = match filter.name {
            "default" => format!("{{{{ {example} }}}}"),
            _ => format!(
                "{{% if trigger.name is known and run.id is known and affected.users is known and started is known %}}{{{{ {example} }}}}{{% endif %}}"
            ),
        };
        let read = Template::read(&source, moment, &[]).unwrap_or_else(|wrong| panic!("{example}: {wrong:?}"));
        assert_eq!(shown(&read.render(&Facts::example_of(moment), &BTreeMap::new()).unwrap()), becomes, "{example}");
    }
}

/// A template; then the line, the column, what is wrong, and what was probably meant.
type Slip = (&'static str, usize, usize, &'static str, Option<&'static str>);

const SLIPS: &[Slip] = &[
    ("{{ incident.tilte }}", 1, 4, "no variable incident.tilte", Some("incident.title")),
    ("a\n\n  {{ tagret }}", 3, 6, "no variable tagret", Some("target")),
    ("{{ incident }}", 1, 4, "no variable incident", None),
    ("{{ trigger.limit.x }}", 1, 4, "no variable trigger.limit.x", Some("trigger.limit")),
    ("{% if false %}{{ incidnet.id }}{% endif %}", 1, 18, "no variable", Some("incident.id")),
    ("{% for step in run.steps %}\n{{ step.nmae }}{% endfor %}", 2, 4, "no variable step.nmae", Some("step.name")),
    ("{% for a in actions %}{{ loop.idx }}{% endfor %}", 1, 26, "loop.idx", Some("loop.index")),
    ("{% for a in actions %}{% endfor %}{{ a.name }}", 1, 38, "no variable a.name", Some("way.name")),
    ("{% if run.steps %}{% set x = 1 %}{% endif %}{{ x }}", 1, 48, "no variable x", None),
    ("{{ run.steps.name }}", 1, 4, "no variable run.steps.name", None),
    ("{{ run.steps[0].name }}", 1, 7, "parts are named", None),
    ("{{ run.steps }}", 1, 1, "a list cannot be shown", None),
    ("{{ 1 > 0 }}", 1, 1, "cannot be shown", None),
    ("{{ target }}", 1, 4, "target may be missing", None),
    ("{{ target|upper }}", 1, 4, "target may be missing", None),
    ("{{ lost.rows }}", 1, 4, "lost.rows may be missing", None),
    ("{% if lost.rows == 0 %}x{% endif %}", 1, 7, "lost.rows may be missing", None),
    ("{% if lost.rows %}x{% endif %}", 1, 7, "is not 0", None),
    ("{% if not affected.exact %}x{% endif %}", 1, 11, "is not 0 and not false", None),
    ("{% if lost.rows is known %}{% else %}{{ lost.rows }}{% endif %}", 1, 41, "may be missing", None),
    ("{% if lost.rows is known or target is known %}{{ target }}{% endif %}", 1, 50, "may be missing", None),
    ("{% if trigger.name is known %}{{ value.now }}{% endif %}", 1, 34, "value.now may be missing", None),
    ("{% for step in run.steps %}{{ step.took_minutes }}{% endfor %}", 1, 31, "step.took_minutes may be", None),
    (
        "{% for a in run.steps if a.ended is known %}{% endfor %}{% for a in run.steps %}{{ a.ended }}{% endfor %}",
        1,
        84,
        "a.ended may be missing",
        None,
    ),
    ("{{ target|default(people.lead) }}", 1, 19, "people.lead may be missing", None),
    ("{{ user.rows }}", 1, 4, "user.rows is there only with audience = \"affected\"", None),
    ("{{ duty.name }}", 1, 4, "duty.name is there only with on = \"overdue\"", None),
    ("{{ texts.product }}", 1, 4, "no variable texts.product", None),
    ("{{ incident.title|uper }}", 1, 19, "no filter \"uper\"", Some("upper")),
    ("{{ incident.title|safe }}", 1, 19, "no filter \"safe\"", None),
    ("{{ incident.title|minutes }}", 1, 4, "a text is nothing for the filter minutes", None),
    ("{{ aware|percent }}", 1, 4, "a time is nothing for the filter percent", None),
    ("{{ aware|utc(5) }}", 1, 14, "a number is no argument of the filter utc", None),
    ("{{ aware|utc(\"%Q%\") }}", 1, 0, "", None),
    ("{{ incident.title|plural }}", 1, 4, "", None),
    ("{% if incident.title is odd %}{% endif %}", 1, 25, "no test \"odd\"", None),
    ("{% if incident.severity == \"hgih\" %}x{% endif %}", 1, 28, "it is never \"hgih\"", None),
    ("{% if incident.severity == \"critcal\" %}x{% endif %}", 1, 28, "never \"critcal\"", Some("critical")),
    ("{% if incident.status in [\"open\", \"closed\"] %}x{% endif %}", 1, 35, "never \"closed\"", None),
    ("{% if incident.title > \"a\" %}x{% endif %}", 1, 24, "not more or less", None),
    ("{% if incident.title == 1 %}x{% endif %}", 1, 25, "a text is never a number", None),
    ("{% if aware == none %}x{% endif %}", 1, 16, "nothing is no value", None),
    ("{{ incident.title ~ incident.id }}", 1, 4, "not joined here", None),
    ("{{ incident.title + incident.id }}", 1, 4, "a text is no number", None),
    ("{{ incident.title * 9 }}", 1, 4, "a text is no number", None),
    ("{{ 1 / (run.steps|length) }}", 1, 19, "divided by a number that stands", None),
    ("{{ 2 ** 9 }}", 1, 4, "no powers", None),
    ("{{ range(9) }}", 1, 4, "calls no functions", None),
    ("{{ incident.title.upper() }}", 1, 18, "calls no functions", None),
    ("{% for x in [1, 2] %}{% endfor %}", 1, 13, "is one of texts", None),
    ("{% for x in incident.title %}{% endfor %}", 1, 13, "a text is no list", None),
    ("{% for a, b in actions %}{% endfor %}", 1, 8, "one name", None),
    ("{% for run in actions %}{% endfor %}", 1, 8, "the name of something else", None),
    ("{% set incident = 1 %}", 1, 8, "the name of something else", None),
    ("{% set x %}a{% endset %}", 1, 4, "no {% set %} with a body", None),
    ("{% filter upper %}a{% endfilter %}", 1, 4, "no {% filter %}", None),
    ("{% autoescape true %}a{% endautoescape %}", 1, 4, "no {% autoescape %}", None),
    ("{% include \"/etc/passwd\" %}", 1, 0, "", None),
    ("{% import \"x\" as y %}", 1, 0, "", None),
    ("{% extends \"x\" %}", 1, 0, "", None),
    ("{% macro x() %}{% endmacro %}", 1, 0, "", None),
    ("{% block x %}{% endblock %}", 1, 0, "", None),
    ("a\n{% if %}", 2, 0, "", None),
    ("a\nb {{ incident.id", 2, 0, "", None),
    ("{{ \"a\" if incident.url }}", 1, 1, "needs an else", None),
    ("{{ 1 if incident.url else \"a\" }}", 1, 1, "a number or a text", None),
    ("a\n\u{fdd0}", 2, 0, "a character that no text has", None),
];

#[test]
fn what_cannot_be_made_at_any_time_is_refused() {
    let mut failed = Vec::new();
    for (source, line, column, said, suggestion) in SLIPS {
        let Err(found) = Template::read(source, START, &[]) else {
            failed.push(format!("{source} is read"));
            continue;
        };
        let first = &found[0];
        let is_so = (first.line, first.suggestion.as_deref()) == (*line, *suggestion)
            && (*column == 0 || first.column == *column)
            && first.said.contains(said);
        if !is_so {
            failed.push(format!("{source}: {first:?}"));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert_eq!(Template::read("{{ a }}\n{{ b }}\n{{ c }}", START, &[]).unwrap_err().len(), 3, "all at once");
    assert!(Template::read(&"x".repeat(65 << 10), START, &[]).is_err());
}

#[test]
fn what_may_be_missing_is_asked_for() {
    let texts = [("product", true), ("cause", false)];
    for source in [
        "{% if target is known %}{{ target }}{% endif %}",
        "{% if target %}{{ target }}{% endif %}",
        "{% if target is not known %}?{% else %}{{ target }}{% endif %}",
        "{% if not target %}?{% else %}{{ target }}{% endif %}",
        "{% if lost.rows is known and lost.rows > 0 %}{{ lost.rows }}{% endif %}",
        "{% if lost.rows is not known or lost.rows == 0 %}?{% else %}{{ lost.rows }}{% endif %}",
        "{% if trigger.limit is known %}{{ trigger.value|measured(trigger.measure) }}{% endif %}",
        "{{ target if target is known else incident.id }}",
        "{{ target|default(incident.id)|upper }} {{ lost.rows|default(\"?\") }} {{ lost.rows|default(0) + 1 }}",
        "{% for s in run.steps if s.ended is known %}{{ loop.index }}/{{ s.ended|utc(\"%H\") }}{% else %}none{% endfor %}",
        "{% for l in timeline[-5:] %}{{ l.text }}{% endfor %}{{ timeline|length }}",
        "{% set rows = lost.rows|default(0) %}{{ rows|plural(\"row\", \"rows\") }}",
        "{% with x = incident.id %}{{ x }}{% endwith %}",
        "{{ texts.product }}{{ texts.cause|default(\"unknown\") }}",
        "{% if incident.severity in [\"major\", \"critical\"] %}!{% endif %}",
        "{% raw %}{{ this }}{% endraw %}{# and this #}",
        "{% if aware < now %}{{ (run.steps|length) * 2 - 1 }}{% endif %}",
    ] {
        let read = Template::read(source, START, &texts).unwrap_or_else(|wrong| panic!("{source}: {wrong:?}"));
        let given = BTreeMap::from([("product".to_owned(), "Shop".to_owned())]);
        read.render(&Facts::example_of(START), &given).unwrap();
        read.render(&Facts::least_of(START), &given).unwrap();
    }
}

/// Values that mean something to a channel, a terminal, the engine or us.
const HOSTILE: &[&str] = &[
    "<!channel> HOSTILE <https://evil.example|click>",
    "**HOSTILE** _x_ `y` [a](https://evil.example)\n# HOSTILE\n- HOSTILE",
    "{{ incident.id }}{% for x in timeline %}HOSTILE{% endfor %}",
    "HOSTILE\r\nBcc: everybody@example.com\r\n\r\n<script>alert(1)</script>",
    "\u{fdd1}HOSTILE\u{fdd0}",
    "\u{fdd1}\u{fdd1}HOSTILE\u{fdd0}\u{fdd0}\u{fdd1}HOSTILE",
    "\u{fdd0}HOSTILE",
    "HOSTILE\u{fdd1}",
    "\u{202e}HOSTILE\u{0}\u{1b}[2J\u{2028}HOSTILE",
];

/// Puts a text in the place of each of a kind.
fn poisoned(value: &mut Value, name: &str, with: &str, words: bool) {
    match value {
        Value::Object(parts) => {
            for (part, value) in parts {
                poisoned(value, &if name.is_empty() { part.clone() } else { format!("{name}.{part}") }, with, words);
            }
        }
        Value::Array(items) => {
            let inner = if variable(name).is_some_and(|one| one.kind == Kind::Texts) {
                name.to_owned()
            } else {
                format!("{name}[]")
            };
            items.iter_mut().for_each(|item| poisoned(item, &inner, with, words));
        }
        Value::String(text) => {
            // Words too: whoever fills them in may be wrong.
            match variable(name).map(|one| one.kind) {
                Some(Kind::Time) => {}
                Some(Kind::Word(_)) if !words => {}
                _ => *text = with.to_owned(),
            }
        }
        _ => {}
    }
}

/// Everything that a message can show.
fn everything(moment: Moment) -> String {
    let mut source = String::new();
    for one in VARIABLES.iter().filter(|one| one.only.is_none_or(|only| only.is(moment))) {
        let name = match one.name.split_once("[].") {
            Some((list, part)) => {
                source.push_str(&format!("{{% for one in {list} %}}"));
                format!("one.{part}")
            }
            None => one.name.to_owned(),
        };
        let shown = match one.kind {
            Kind::Text | Kind::Word(_) => format!("{{{{ {name} }}}} {{{{ {name}|upper }}}}"),
            Kind::Number | Kind::Time => format!("{{{{ {name} }}}}"),
            Kind::Truth => format!("{{{{ \"yes\" if {name} else \"no\" }}}}"),
            Kind::Texts => {
                format!("{{{{ {name}|join(\" & \") }}}}{{% for text in {name} %}}{{{{ text }}}}{{% endfor %}}")
            }
            Kind::Records => String::new(),
        };
        match one.need {
            Need::Always => source.push_str(&shown),
            _ => source.push_str(&format!("{{% if {name} is known %}}{shown}{{% endif %}}")),
        }
        source.push_str(if one.name.contains("[].") { "{% endfor %}\n" } else { "\n" });
    }
    source
}

type Known = Vec<(&'static str, bool)>;

#[test]
fn no_value_is_ever_markup() {
    let mut templates: Vec<(Moment, String, Known)> =
        moments().map(|moment| (moment, everything(moment), Vec::new())).collect();
    for one in SHIPPED {
        let texts: Vec<(&str, bool)> = one.texts.iter().map(|(name, _)| (*name, false)).collect();
        templates.push((moment_of(one), one.text.to_owned(), texts.clone()));
        templates.push((moment_of(one), one.subject.to_owned(), texts));
    }
    for (moment, source, texts) in &templates {
        let read = Template::read(source, *moment, texts).unwrap_or_else(|wrong| panic!("{source}: {wrong:?}"));
        for hostile in HOSTILE {
            let mut facts = serde_json::to_value(Facts::example_of(*moment)).unwrap();
            poisoned(&mut facts, "", hostile, true);
            let given = texts.iter().map(|(name, _)| ((*name).to_owned(), Some((*hostile).to_owned()))).collect();
            let Text(spans) = read.render_seen(facts, &given).unwrap();
            for span in &spans {
                match span {
                    Span::Markup(text) => {
                        assert!(!text.contains("HOSTILE") && !text.contains("evil"), "{source}: {text}")
                    }
                    Span::Value(text) => assert!(
                        !text.contains(['\u{fdd0}', '\u{fdd1}', '\n', '\r', '\u{1b}', '\u{202e}', '\0', '\u{2028}']),
                        "{text:?}"
                    ),
                }
            }
        }
        // All markup is the template's own: it is the same whatever the values are.
        let markup = |with: &str| -> Vec<Span> {
            let mut facts = serde_json::to_value(Facts::example_of(*moment)).unwrap();
            poisoned(&mut facts, "", with, false);
            let given = texts.iter().map(|(name, _)| ((*name).to_owned(), Some(with.to_owned()))).collect();
            let Text(spans) = read.render_seen(facts, &given).unwrap();
            spans.into_iter().filter(|span| matches!(span, Span::Markup(_))).collect()
        };
        for hostile in HOSTILE {
            assert_eq!(markup(hostile), markup("x"), "{source}");
        }
    }
}

/// What comes out of these is the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % most
    }
}

const PARTS: &[&str] = &[
    "{{ ",
    " }}",
    "{% if ",
    " %}",
    "{% endif %}",
    "{% else %}",
    "{% for x in ",
    "{% endfor %}",
    "run.steps",
    "timeline",
    "x",
    "x.name",
    "x.ended",
    "x.text",
    " is known",
    " is not known",
    " and ",
    " or ",
    "not ",
    "target",
    "lost.rows",
    "trigger.value",
    "|measured(trigger.measure)",
    "|default(\"?\")",
    "|utc",
    "|upper",
    " == ",
    " > ",
    "0",
    "\"a\"",
    "incident.title",
    "aware",
    "value.now",
    "|minutes",
    "(",
    ")",
    "\n",
    "**text** ",
    "\u{fdd0}",
    "{# ",
    " #}",
    "{{",
    "{% set y = ",
    "y",
    "loop.index",
    "[",
    "]",
    ", ",
    " in ",
    " + ",
    " if ",
    " else ",
    "é",
    "{%- ",
    " -%}",
];

/// Whole ones, so that more than syntax is tried.
const WHOLE: &[&str] = &[
    "{{ target }}",
    "{{ lost.rows }}",
    "{{ aware|utc(\"%H:%M\") }}",
    "{% if lost.rows is known %}",
    "{% endif %}",
    "{% if target is known or lost.rows is known %}",
    "{% else %}",
    "{% for x in run.steps %}",
    "{% endfor %}",
    "{% if x.ended is known and lost.rows is known %}",
    "{{ x.ended|utc }}",
    "{{ x.name }}",
    "{{ trigger.value }}",
    "{% if not trigger.value is known %}",
    "{% if trigger.name and target %}",
    "{{ trigger.name }}",
    "text\n",
    "{% for x in timeline if lost.rows is known %}",
    "{{ x.took_minutes|default(0)|minutes }}",
    "{{ value.trend }}",
];

/// Whatever a template is made of: it is refused, or it can be made, whatever is known.
#[test]
fn templates_at_random_are_refused_or_made() {
    let mut dice = Dice(7);
    let (mut made, mut refused) = (0, 0);
    let mut facts = vec![Facts::example_of(START), Facts::least_of(START)];
    for part in 0..8 {
        let mut all = Facts::least_of(START);
        let example = Facts::example_of(START);
        match part {
            0 => all.lost = example.lost,
            1 => all.trigger = example.trigger,
            2 => all.reading = example.reading,
            3 => all.run = example.run,
            4 => all.target = example.target,
            5 => all.timeline = example.timeline,
            6 => all = Facts { lost: all.lost, ..example },
            _ => all = Facts { trigger: None, target: None, ..example },
        }
        facts.push(all);
    }
    for round in 0..4_000 {
        let of: &[&str] = if round % 2 == 0 { WHOLE } else { PARTS };
        let length = 1 + dice.roll(12);
        let source: String = (0..length).map(|_| of[dice.roll(of.len())]).collect();
        match Template::read(&source, START, &[]) {
            Ok(read) => {
                made += 1;
                for facts in &facts {
                    read.render(facts, &BTreeMap::new()).unwrap_or_else(|wrong| panic!("{source}: {wrong:?}"));
                }
            }
            Err(found) => {
                refused += 1;
                assert!(found.iter().all(|wrong| wrong.line > 0 && !wrong.said.is_empty()), "{source}: {found:?}");
            }
        }
    }
    assert!(made > 100 && refused > 1_000, "{made} {refused}");
}

#[test]
fn what_has_no_end_ends() {
    let line = |n: i64| Line {
        time: Timestamp::UNIX_EPOCH + SignedDuration::from_secs(n),
        kind: "note".to_owned(),
        who: None,
        text: "x".repeat(5_000),
    };
    let facts = Facts { timeline: (0..10_000).map(line).collect(), ..Facts::example_of(START) };
    let read = |source| Template::read(source, START, &[]).unwrap();
    let render = |source| read(source).render(&facts, &BTreeMap::new()).unwrap_err();
    let loops =
        "{% for a in timeline %}{% for b in timeline %}{% for c in timeline %}{% endfor %}{% endfor %}{% endfor %}";
    let started = std::time::Instant::now();
    assert_eq!(render(loops).said, "it takes too many steps");
    let wrong = render("a\n{% for a in timeline %}{{ a.text }}{% endfor %}");
    assert_eq!(wrong.said, "the message is longer than 128 kB");
    assert!(started.elapsed().as_secs() < 10);
    let all = read("{% for a in timeline[-3:] %}{{ a.text }}{% endfor %}").render(&facts, &BTreeMap::new()).unwrap();
    assert_eq!(all.0.len(), 3);
    assert_eq!(all.0[0], Span::Value(format!("{}…", "x".repeat(2_000))), "a value is cut");
}

fn at(time: &str) -> Timestamp {
    format!("2026-01-07T{time}:00Z").parse().unwrap()
}

/// The incident of the runbook for a rollback of the release.
fn release() -> Facts {
    let all = Facts::example();
    let step = |name: &str, status: &str, ended: Option<&str>| Step {
        name: name.to_owned(),
        status: status.to_owned(),
        took_minutes: ended.map(|_| 1.0),
        ended: ended.map(at),
    };
    Facts {
        target: None,
        incident: Incident { url: None, ..all.incident.clone() },
        trigger: all.trigger.clone().map(|trigger| Trigger { held_minutes: 0.0, ..trigger }),
        way: Way { name: Some("A".into()), text: Some("feature flags off, deploy".into()), eta_minutes: Some(5.0) },
        people: People { on_call: Some("@engineer-name".into()), ..People::default() },
        run: Run {
            steps: vec![step("feature flags off", "done", Some("14:24")), step("deploy", "begun", None)],
            ..all.run.clone()
        },
        ..all
    }
}

#[test]
fn the_messages_of_a_rollback_have_its_figures() {
    let started = said("rollback-started", &release(), &[]);
    assert_eq!(
        started,
        "Rollback in progress: Error rate\n\
         🚨 **ROLLBACK IN PROGRESS**\n\
         **Trigger:** Error rate > 5 %\n\
         **Time:** 2026-01-07 14:23 UTC\n\
         **Method:** A: feature flags off, deploy\n\
         **On-call:** @engineer-name\n\
         **Severity:** critical\n\n\
         **Current status:**\n\
         - feature flags off: done\n\
         - deploy: begun\n\
         - Error rate: 8.3 % → 2.1 % (falling)\n\
         - Affected users: 47\n\
         - Writes stopped for: 0 min\n\n\
         **Next updates:** every 10 min in this thread\n\
         **ETA:** 5 min\n\n\
         React with ✅ when you see this message."
    );
    let mut done = release();
    done.run.steps = Facts::example().run.steps;
    done.reading = Some(Reading { now: 0.002, trend: "steady".into(), at: at("14:27") });
    done.actions[0].due = "2026-01-08T10:00:00Z".parse().unwrap();
    let complete = said("rollback-complete", &done, &[("impact", "redirected to legacy UI")]);
    assert_eq!(
        complete,
        "Rollback complete: Error rate\n\
         ✅ **ROLLBACK COMPLETE**\n\n\
         **Resolution time:** 4 min (way A: feature flags off, deploy)\n\
         **Error rate now:** 0.2 %\n\
         **User impact:** redirected to legacy UI\n\
         **Affected users:** 47\n\
         **Data loss:** none, as counted\n\n\
         **Next steps:**\n\
         1. post-mortem: Anna, by 2026-01-08 10:00 UTC\n"
    );
    let page = said("status-page", &done, &[("impact", "Users redirected to legacy interface")]);
    assert_eq!(
        page,
        "Error rate\n\
         **Started:** 2026-01-07 14:23 UTC\n\
         **Duration:** 4 min\n\n\
         **Timeline:**\n\
         - **14:23 UTC** - Error rate: 8.3 %\n\
         - **14:24 UTC** - flags off: done\n\
         - **14:25 UTC** - deploy: done\n\
         - **14:27 UTC** - Error rate: 0.2 %\n\n\
         **Impact:**\n\
         - Users redirected to legacy interface\n\
         - No data was lost, as counted\n\n\
         We keep watching and will say when it is over.\n"
    );
}

#[test]
fn the_message_of_a_migration_that_is_taken_back_has_its_figures() {
    let all = Facts::example();
    let facts = Facts {
        target: None,
        affected: Some(Affected { users: 34, rows: 120, exact: false }),
        run: Run {
            next: vec![
                Next { name: "Epic 1 verification".into(), budget_minutes: 5.0 },
                Next { name: "writes on".into(), budget_minutes: 1.0 },
            ],
            ..all.run.clone()
        },
        ..all
    };
    assert_eq!(
        said("migration-rollback-started", &facts, &[]),
        "Migration rollback initiated: Error rate\n\
         🚨 **MIGRATION ROLLBACK INITIATED**\n\n\
         **Time:** 2026-01-07 14:23 UTC\n\
         **Trigger:** Error rate > 5 % for 7 min\n\
         **Action:** C: flags off, deploy, undo in place\n\
         **Status:** running\n\n\
         **Current metrics:**\n\
         - Error rate: 8.3 % → 2.1 % (falling)\n\
         - Affected users: at least 34\n\
         - Writes stopped for: 0 min\n\n\
         **Next steps:**\n\
         1. Epic 1 verification (at most 5 min)\n\
         2. writes on (at most 1 min)\n\n\
         **Updates:** this thread, every 10 min"
    );
}

#[test]
fn the_mails_to_users_say_what_was_counted_and_no_more() {
    let facts = Facts { incident: Incident { url: None, ..Facts::example().incident }, ..Facts::example_of(USER) };
    let update = said("user-update", &facts, &[("product", "MeetSolis"), ("records", "client records")]);
    for part in [
        "MeetSolis: a data visibility issue was resolved\n",
        "Hello Berta,\n",
        "- Between 14:05 and 14:27 UTC on 2026-01-07, records of some users could be seen by others.\n",
        "- Affected: 47 users, 312 records.\n",
        "- 12 of your client records could be seen by others.\n",
        "- No data was lost, as counted.\n",
        "MeetSolis Team",
    ] {
        assert!(update.contains(part), "{part}: {update}");
    }
    let security = said("user-security", &facts, &[("product", "MeetSolis"), ("records", "client records")]);
    for part in [
        "12 of your client records could temporarily be seen by other users. We have ended this 22 min after it began.\n",
        "- clients: 12 records\n",
        "on 2026-01-07 between 14:05 and 14:27 UTC.\n",
    ] {
        assert!(security.contains(part), "{part}: {security}");
    }
    // What nobody has counted is promised nowhere.
    let mails = [
        update,
        security,
        said("user-update", &Facts::least_of(USER), &[]),
        said("user-security", &Facts::least_of(USER), &[]),
    ];
    for mail in &mails {
        let small = mail.to_lowercase();
        for promise in ["password", "contact info", "transcript", "payment", "not compromised", "no action required"] {
            assert!(!small.contains(promise), "{promise}: {mail}");
        }
    }
    assert!(!mails[2].contains("lost") && mails[2].contains("Since when is not known"), "{}", mails[2]);
}

const PLAN: &str = "version = 1\n[targets.p]\n[[channel]]\nname = \"c\"\nto.slack = {}\n";

fn read_plan(messages: &str, files: &[(&str, &str)]) -> Result<Vec<Message>, String> {
    let plan =
        Plan::parse("conf/backout.toml", &format!("{PLAN}{messages}")).unwrap_or_else(|errors| panic!("{errors}"));
    let file = |path: &Path| {
        let found = files.iter().find(|(name, _)| Path::new(name) == path);
        found.map(|(_, text)| (*text).to_owned()).ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    };
    Message::of_plan(&plan, &file).map_err(|errors| errors.to_string())
}

#[test]
fn the_messages_of_a_plan() {
    let messages = "[[message]]\nname = \"a\"\non = \"opened\"\nto = [\"c\"]\nsubject = \"<{{ incident.title }}>\"\n\
        text = \"\"\"\n{{ texts.who }}: {{ incident.id }}\"\"\"\ntexts = { who = \"*ops*\" }\n\
        [[message]]\nname = \"b\"\non = \"opened\"\nto = [\"c\"]\nfile = \"m/b.md\"\nlanguage = \"de\"\n\
        [[message]]\nname = \"d\"\non = \"run-ended\"\nto = [\"c\"]\ntemplate = \"rollback-complete\"\n\
        texts = { cause = \"a typo\" }\n";
    let all = read_plan(messages, &[("conf/m/b.de.md", "Vorfall {{ incident.id }}")]).unwrap();
    let facts = Facts::example_of(Moment { on: PlanOccasion::Opened, affected: false });
    let said: Vec<Said> = all.iter().map(|one| one.said(&facts).unwrap()).collect();
    assert_eq!(said[0].subject, "<Error rate>");
    let value = |text: &str| Span::Value(text.to_owned());
    assert_eq!(said[0].text.0, [value("*ops*"), Span::Markup(": ".to_owned()), value("2026-01-07-1")]);
    assert_eq!((said[1].subject.as_str(), shown(&said[1].text)), ("", "Vorfall 2026-01-07-1".to_owned()));
    assert!(shown(&said[2].text).contains("**Root cause:** a typo\n"));
    assert_eq!(all.iter().map(|one| one.number).collect::<Vec<_>>(), [0, 1, 2]);
}

#[test]
fn what_is_wrong_with_a_template_is_said_where_it_stands() {
    let message = |more: &str| format!("[[message]]\nname = \"a\"\non = \"opened\"\nto = [\"c\"]\n{more}\n");
    let file = [("conf/m.md", "a\n  {{ incident.tilte }}\n{{ target }}")];
    for (more, problem) in [
        (
            "file = \"m.md\"",
            "conf/m.md:2:6: there is no variable incident.tilte (did you mean \"incident.title\"?)\nconf/m.md:3:4: target may be missing",
        ),
        ("file = \"n.md\"", "conf/backout.toml:10:1: message \"a\": conf/n.md cannot be read"),
        ("file = \"m.md\"\nlanguage = \"fr\"", "conf/backout.toml:10:1: message \"a\": conf/m.fr.md cannot be read"),
        (
            "text = \"\"\"\n\n{{ tagret }}\"\"\"",
            "conf/backout.toml:10:1: message \"a\": line 2 of the text: there is no variable tagret (did you mean \"target\"?)",
        ),
        (
            "subject = \"{{ duty.name }}\"\ntext = \"x\"",
            "conf/backout.toml:10:1: message \"a\": duty.name is there only with on = \"overdue\"",
        ),
        (
            "template = \"rollback-strated\"",
            "no template \"rollback-strated\" is shipped (did you mean \"rollback-started\"?)",
        ),
        ("template = \"user-update\"", "line 1 of the template: user.name is there only with audience = \"affected\""),
        ("template = \"rollback-started\"\nlanguage = \"de\"", "11:1: message \"a\": what is shipped is in English"),
        (
            "template = \"rollback-complete\"\ntexts = { casue = \"x\" }",
            "11:11: message \"a\": the template has no texts.casue (did you mean \"cause\"?)",
        ),
        ("text = \"x\"\ntexts = { y = \"x\" }", "11:11: message \"a\": the template has no texts.y"),
    ] {
        let errors = read_plan(&message(more), &file).expect_err(more);
        assert!(errors.contains(problem), "{more}:\n{errors}\n{problem}");
    }
}

#[test]
fn the_documentation_has_the_tables_and_its_example_is_a_plan() {
    let page = include_str!("../../../../docs/messages.md");
    for table in [channel_table(), filter_table(), table(), shipped_table()] {
        assert!(page.contains(&table), "docs/messages.md must hold this table:\n{table}");
    }
    let example = page.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let plan = Plan::parse("docs/messages.md", &format!("version = 1\n[targets.p]\n{example}"));
    let plan = plan.unwrap_or_else(|errors| panic!("{errors}"));
    let messages = of_plan(&plan).unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(messages.len(), 3);
    let update = shown(&messages[1].said(&Facts::example_of(START)).unwrap().text);
    assert_eq!(update, "**Error rate:** 2.1 % (falling)\n- flags off: done\n- deploy: done\n");
}
