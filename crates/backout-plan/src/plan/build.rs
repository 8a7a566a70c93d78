//! From the text of `backout.toml` to a [`Plan`], with everything that is wrong or contradicts itself.
//!
//! It must not stop at the first problem, and must never repeat a connection string that it could not read: there may
//! be a password in it.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use toml::de::DeTable;

use super::criteria::criteria;
use super::impact::impact;
use super::personal::personal;
use super::places::{self, Unfilled};
use super::problem::{PlanError, PlanErrors};
use super::read::{At, Choice, Extra, Reader, Section};
use super::retry::retry;
use super::rollouts::rollouts;
use super::serving::{gates, serve};
use super::telling::{Telling, telling};
use super::watching::{Watching, watching};
use super::ways::{release, ways};
use super::{
    Backup, BackupDemand, CaptureDepth, Check, Demand, KeySource, Level, Migrate, Migrations, PatternError, Plan,
    Protect, RehearsalPlace, Rehearse, RunStore, Size, SizeError, Source, Span, SpanError, TablePattern, Target,
    TargetUrl,
};
use crate::connection::ConnectionSettings;
use crate::signer::{SECRET, Signer, SignerError};

impl Choice for Demand {
    const ALL: &'static [(&'static str, Self)] =
        &[("full", Self::Full), ("sampled", Self::Sampled), ("schema", Self::Schema), ("none", Self::None)];
}

impl Choice for BackupDemand {
    const ALL: &'static [(&'static str, Self)] = &[("proven", Self::Proven), ("none", Self::None)];
}

impl Choice for CaptureDepth {
    const ALL: &'static [(&'static str, Self)] =
        &[("keys", Self::Keys), ("images", Self::Images), ("slot", Self::Slot)];
}

impl Choice for Level {
    const ALL: &'static [(&'static str, Self)] =
        &[("full", Self::Full), ("sampled", Self::Sampled), ("schema", Self::Schema)];
}

impl Choice for RehearsalPlace {
    const ALL: &'static [(&'static str, Self)] =
        &[("sandbox", Self::Sandbox), ("same-server", Self::SameServer), ("url", Self::Url)];
}

/// PostgreSQL keeps timeouts as milliseconds in 32 bits.
const LONGEST_TIMEOUT: Span = Span::from_millis(i32::MAX as u64);

pub(super) fn parse(file: &str, text: &str) -> Result<Plan, PlanErrors> {
    let (document, syntax) = DeTable::parse_recoverable(text);
    let mut reader = Reader::new(file, text);
    let mut root = reader.root(&document);
    let version = version(&mut reader, &mut root);
    let targets = targets(&mut reader, &mut root, Path::new(file).parent().unwrap_or(Path::new("")));
    let (migrations, layout_at) = migrations(&mut reader, &mut root);
    let protect = protect(&mut reader, &mut root);
    let (migrate, age_at) = migrate(&mut reader, &mut root);
    let (rehearse, level_at) = rehearse(&mut reader, &mut root, &targets);
    let backup = backup(&mut reader, &mut root);
    let checks = checks(&mut reader, &mut root);
    let criteria = criteria(&mut reader, &mut root);
    let store = store(&mut reader, &mut root);
    let ways = ways(&mut reader, &mut root);
    let release = release(&mut reader, &mut root);
    let impact = impact(&mut reader, &mut root);
    let retry = retry(&mut reader, &mut root);
    let Watching { sources, triggers, watch, branches } = watching(&mut reader, &mut root, &ways);
    let serve = serve(&mut reader, &mut root, Path::new(file).parent().unwrap_or(Path::new("")));
    let gates = gates(&mut reader, &mut root);
    let Telling { channels, messages, duties, people, incident } = telling(&mut reader, &mut root, &ways, &impact);
    let rollouts = rollouts(&mut reader, &mut root, serve.flags.is_some());
    let personal = personal(&mut reader, &mut root);
    reader.finish(&root);
    let unfilled = unfilled(&reader, &document);

    let plan = Plan {
        version,
        targets: targets.iter().map(|(name, target)| (name.clone(), target.value.clone())).collect(),
        migrations,
        protect,
        migrate,
        rehearse,
        backup,
        checks,
        criteria,
        store,
        ways,
        release,
        impact,
        retry,
        sources,
        triggers,
        watch,
        decide: branches,
        serve,
        gates,
        channels,
        messages,
        duties,
        people,
        incident,
        rollouts,
        personal,
        source: Source { file: file.to_owned(), layout: layout_at.map_or((1, 1), |at| reader.place(at)), unfilled },
    };
    across_sections(&mut reader, &plan, age_at, level_at);

    if syntax.is_empty() && reader.is_clean() {
        return Ok(plan);
    }
    Err(PlanErrors(with_syntax(file, text, &syntax, reader)))
}

/// What is still to be filled in.
fn unfilled(reader: &Reader<'_>, document: &toml::Spanned<DeTable<'_>>) -> Vec<Unfilled> {
    let mut found = Vec::new();
    for (_, value) in document.get_ref().iter() {
        places::unfilled(reader, value.get_ref(), value.span().start, &mut found);
    }
    found.sort_by_key(|one| (one.line, one.column));
    found
}

/// Beside a syntax error, what the recovering parser made of the rest is only partly true: a problem on the same line
/// is most likely an echo, and something missing may be missing because it could not be read.
fn with_syntax(file: &str, text: &str, syntax: &[toml::de::Error], reader: Reader<'_>) -> Vec<PlanError> {
    if syntax.is_empty() {
        return reader.into_problems();
    }
    let mut places = Reader::new(file, text);
    for error in syntax {
        let at = error.span().unwrap_or(0..0);
        places.problem(&at, error.message().replace('\n', ", "), Extra::default());
    }
    let mut problems = places.into_problems();
    // One slip makes the parser complain several times about one line.
    problems.dedup_by_key(|problem| problem.line);
    let mut broken: Vec<usize> = problems.iter().map(|problem| problem.line).collect();
    // After a broken header, the keys up to the next one stand in the wrong section.
    let is_header = |line: &str| line.trim_start().starts_with('[');
    let mut inside = false;
    for (number, line) in (1..).zip(text.lines()) {
        inside = if is_header(line) { broken.contains(&number) } else { inside };
        if inside {
            broken.push(number);
        }
    }
    problems.extend(reader.into_problems().into_iter().filter(|p| p.value.is_some() && !broken.contains(&p.line)));
    problems.sort_by_key(|problem| (problem.line, problem.column));
    problems
}

fn version(reader: &mut Reader<'_>, root: &mut Section<'_, '_>) -> u32 {
    let Some(value) = root.ask("version") else {
        let hint = "write version = 1 in the first line";
        reader.problem(&(0..0), "version is missing", Extra::default().hint(hint));
        return 1;
    };
    let written = value.get_ref().as_integer().map(|i| (i.as_str() == "1", i.to_string()));
    match written {
        Some((true, _)) => {}
        Some((false, other)) => {
            let hint = "this program reads version 1";
            reader.problem(
                &value.span(),
                format!("version {other} of the plan file is not known"),
                Extra::value(other).hint(hint),
            );
        }
        None => {
            let extra = Extra::value(value.get_ref().type_str()).hint("write version = 1");
            reader.problem(&value.span(), "version must be the whole number 1", extra);
        }
    }
    1
}

fn targets(reader: &mut Reader<'_>, root: &mut Section<'_, '_>, folder: &Path) -> BTreeMap<String, At<Target>> {
    let mut targets = BTreeMap::new();
    let example = "write at least [targets.production]";
    let present = root.ask("targets").is_some();
    let Some(section) = reader.section(root, "targets") else {
        if !present {
            reader.problem(&(0..0), "no target is given", Extra::default().hint(example));
        }
        return targets;
    };
    let mut literal: Vec<(String, String)> = Vec::new();
    for (name, value) in section.entries() {
        if name.value.is_empty()
            || !name.value.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
            || name.value.starts_with('-')
        {
            let hint = "use letters, digits, '-', '_' and '.': it is typed on the command line";
            let extra = Extra::value(name.value.clone()).hint(hint);
            reader.problem(&name.at, format!("{:?} cannot be a target's name", name.value), extra);
        }
        let Some(mut target) = reader.as_section(value, format!("targets.{}", name.value)) else { continue };
        let url = url(reader, &mut target, "url");
        let ca_file = reader.filled(&mut target, "ca_file").map(|path| folder.join(path.value));
        let certificate = reader.choice(&mut target, "certificate").map(|c| c.value);
        reader.finish(&target);
        if let Some(At { value: (TargetUrl::Literal(_), Some(endpoint)), at }) = &url {
            match literal.iter().find(|(_, other)| other == endpoint) {
                Some((other, _)) => {
                    let message =
                        format!("targets.{} and targets.{other} are the same database, {endpoint}", name.value);
                    reader.problem(at, message, Extra::value(endpoint.clone()));
                }
                None => literal.push((name.value.clone(), endpoint.clone())),
            }
        }
        let url = url.map(|url| url.value.0);
        let model = Target { name: name.value.clone(), url, ca_file, certificate };
        targets.insert(name.value, At { value: model, at: target.at });
    }
    if section.entries().next().is_none() {
        reader.problem(&section.at, "no target is given", Extra::value("targets").hint(example));
    }
    targets
}

/// A connection string or `env:NAME`; with the endpoint where it is known.
fn url(
    reader: &mut Reader<'_>,
    section: &mut Section<'_, '_>,
    key: &'static str,
) -> Option<At<(TargetUrl, Option<String>)>> {
    let text = reader.filled(section, key)?;
    let path = section.dotted(key);
    match TargetUrl::from(text.value.clone()) {
        TargetUrl::Env(name) => {
            if !is_variable(&name) {
                let hint = "write env: and the name of an environment variable, as in env:DATABASE_URL";
                let message = format!("{path} does not name an environment variable");
                reader.problem(&text.at, message, Extra::default().hint(hint));
                return None;
            }
            Some(At { value: (TargetUrl::Env(name), None), at: text.at })
        }
        TargetUrl::Literal(literal) => match literal.parse::<ConnectionSettings>() {
            Ok(settings) if settings.password.is_some() => {
                let hint = "take it out and give it as PGPASSWORD or in ~/.pgpass, or put the whole string into a \
                            variable and write env:NAME here";
                reader.problem(&text.at, format!("{path} contains a password"), Extra::default().hint(hint));
                None
            }
            Ok(settings) => Some(At { value: (TargetUrl::Literal(literal), Some(settings.endpoint())), at: text.at }),
            Err(error) => {
                // A bare DATABASE_URL is a variable's name for which `env:` was forgotten. Anything else may hold a
                // password, so it is not shown.
                let is_name = literal.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
                let extra = Extra::default().suggest(is_name.then(|| format!("env:{literal}")));
                reader.problem(&text.at, format!("{path}: {error}"), extra);
                None
            }
        },
    }
}

fn is_variable(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn migrations(reader: &mut Reader<'_>, root: &mut Section<'_, '_>) -> (Migrations, Option<usize>) {
    let mut model = Migrations::default();
    let Some(mut section) = reader.section(root, "migrations") else { return (model, None) };
    if let Some(dir) = reader.filled(&mut section, "dir") {
        model.dir = dir.value;
    }
    let layout = reader.filled(&mut section, "layout");
    reader.finish(&section);
    let at = layout.as_ref().map(|layout| layout.at.start);
    model.layout = layout.map(|layout| layout.value);
    (model, at)
}

fn protect(reader: &mut Reader<'_>, root: &mut Section<'_, '_>) -> Protect {
    let mut model = Protect::default();
    let Some(mut section) = reader.section(root, "protect") else { return model };
    for text in reader.strings(&mut section, "tables") {
        let pattern: Option<At<TablePattern>> = reader.parse_text(&text, "protect.tables", PatternError::suggestion);
        let Some(pattern) = pattern else { continue };
        if model.tables.contains(&pattern.value) {
            let message = format!("protect.tables names {} twice", pattern.value);
            reader.problem(&text.at, message, Extra::value(text.value));
        } else {
            model.tables.push(pattern.value);
        }
    }
    if let Some(rows) = reader.number(&mut section, "max_deleted_rows", i64::MAX as u64) {
        model.max_deleted_rows = rows.value;
    }
    reader.finish(&section);
    model
}

/// Also tells where the certificates' maximum age stands.
fn migrate(reader: &mut Reader<'_>, root: &mut Section<'_, '_>) -> (Migrate, Option<Range<usize>>) {
    let mut model = Migrate::default();
    let Some(mut section) = reader.section(root, "migrate") else { return (model, None) };
    let mut span =
        |section: &mut Section<'_, '_>, key| -> Option<At<Span>> { reader.parsed(section, key, SpanError::suggestion) };
    let lock_timeout = span(&mut section, "lock_timeout");
    let lock_budget = span(&mut section, "lock_budget");
    let statement_timeout = span(&mut section, "statement_timeout");
    let max_age = span(&mut section, "certificate_max_age");
    let keep_archive = span(&mut section, "keep_archive");
    let rebuild_below: Option<At<Size>> = reader.parsed(&mut section, "rebuild_below", SizeError::suggestion);
    let hide_above: Option<At<Size>> = reader.parsed(&mut section, "hide_above", SizeError::suggestion);
    let retries = reader.number(&mut section, "lock_retries", 1_000_000);
    let certificate = reader.choice(&mut section, "certificate");
    let backup = reader.choice(&mut section, "backup");
    let backup_age: Option<At<Span>> = reader.parsed(&mut section, "backup_max_age", SpanError::suggestion);
    reader.finish(&section);

    model.lock_timeout = lock_timeout.as_ref().map_or(model.lock_timeout, |s| s.value);
    model.lock_budget = lock_budget.as_ref().map(|s| s.value);
    model.statement_timeout = statement_timeout.as_ref().map_or(model.statement_timeout, |s| s.value);
    model.certificate_max_age = max_age.as_ref().map_or(model.certificate_max_age, |s| s.value);
    model.keep_archive = keep_archive.as_ref().map_or(model.keep_archive, |s| s.value);
    model.rebuild_below = rebuild_below.map_or(model.rebuild_below, |s| s.value);
    model.hide_above = hide_above.map(|s| s.value);
    model.backup = backup.map_or(model.backup, |b: At<BackupDemand>| b.value);
    if let Some(age) = &backup_age {
        if age.value.is_zero() && model.backup == BackupDemand::Proven {
            let hint = "no backup could ever be young enough; write an age such as 1h, or backup = \"none\"";
            reader.problem(&age.at, "migrate.backup_max_age is 0", Extra::value("0").hint(hint));
        }
        model.backup_max_age = age.value;
    }
    model.certificate = certificate.map_or(model.certificate, |c: At<Demand>| c.value);
    if let Some(retries) = retries {
        model.lock_retries = u32::try_from(retries.value).unwrap_or(u32::MAX);
    }

    lock_and_statement_timeout(reader, &model, lock_timeout.as_ref(), statement_timeout.as_ref());
    if let Some(budget) = &lock_budget
        && budget.value < model.lock_timeout
    {
        let message = format!(
            "migrate.lock_budget ({}) is shorter than one attempt, migrate.lock_timeout ({})",
            budget.value, model.lock_timeout
        );
        reader.problem(&budget.at, message, Extra::value(budget.value.to_string()));
    }
    if let Some(keep) = &keep_archive
        && keep.value.is_zero()
    {
        let hint = "an undo could bring nothing back; to keep single tables out of the archive, migrate with \
                    --no-archive TABLE";
        reader.problem(&keep.at, "migrate.keep_archive is 0", Extra::value("0").hint(hint));
    }
    (model, max_age.map(|age| age.at))
}

/// What PostgreSQL makes of the two limits, and of one beside the other; each as it is written, where it is.
fn lock_and_statement_timeout(
    reader: &mut Reader<'_>,
    model: &Migrate,
    lock_timeout: Option<&At<Span>>,
    statement_timeout: Option<&At<Span>>,
) {
    for (key, written) in [("lock_timeout", lock_timeout), ("statement_timeout", statement_timeout)] {
        if let Some(written) = written
            && written.value > LONGEST_TIMEOUT
        {
            let message = format!("migrate.{key} is longer than PostgreSQL's limit of 24 days");
            reader.problem(&written.at, message, Extra::value(written.value.to_string()));
        }
    }
    if let Some(written) = lock_timeout
        && written.value.is_zero()
    {
        let hint = "0 means no limit to PostgreSQL: everybody would queue behind the migration; 500ms is a good start";
        reader.problem(&written.at, "migrate.lock_timeout is 0", Extra::value("0").hint(hint));
    }
    if !model.statement_timeout.is_zero()
        && model.lock_timeout > model.statement_timeout
        && let Some(at) = lock_timeout.or(statement_timeout).map(|s| &s.at)
    {
        let message = format!(
            "migrate.lock_timeout ({}) is longer than migrate.statement_timeout ({})",
            model.lock_timeout, model.statement_timeout
        );
        let hint = "waiting for a lock is part of the statement's time, so the lock's limit would never be reached";
        reader.problem(at, message, Extra::value(model.lock_timeout.to_string()).hint(hint));
    }
}

/// Also tells where the level stands, if it is written.
fn rehearse(
    reader: &mut Reader<'_>,
    root: &mut Section<'_, '_>,
    targets: &BTreeMap<String, At<Target>>,
) -> (Rehearse, Option<Range<usize>>) {
    let mut model = Rehearse::default();
    let Some(mut section) = reader.section(root, "rehearse") else { return (model, None) };
    let level: Option<At<Level>> = reader.choice(&mut section, "level");
    let sample: Option<At<Size>> = reader.parsed(&mut section, "sample", SizeError::suggestion);
    let has_place = section.ask("where").is_some();
    let place: Option<At<RehearsalPlace>> = reader.choice(&mut section, "where");
    let has_url = section.ask("sandbox_url").is_some();
    let sandbox = url(reader, &mut section, "sandbox_url");
    reader.finish(&section);

    model.level = level.as_ref().map_or(model.level, |l| l.value);
    if let Some(sample) = &sample
        && sample.value == Size::ZERO
    {
        let extra = Extra::value("0").hint("write for example 256MB, or level = \"schema\" for no rows at all");
        reader.problem(&sample.at, "rehearse.sample is 0", extra);
    }
    model.sample = sample.map_or(model.sample, |s| s.value);
    model.place = place.as_ref().map_or(model.place, |p| p.value);
    if let Some(place) = &place
        && place.value == RehearsalPlace::Url
        && !has_url
    {
        let extra = Extra::value("url").hint("write for example sandbox_url = \"env:SANDBOX_URL\"");
        reader.problem(&place.at, "rehearse.where is \"url\", but rehearse.sandbox_url is missing", extra);
    }
    if let Some(sandbox) = &sandbox {
        // A place that could not be read has been reported already.
        if model.place != RehearsalPlace::Url && (place.is_some() || !has_place) {
            let message = format!("rehearse.sandbox_url has no effect while rehearse.where is \"{}\"", model.place);
            let extra = Extra::value("sandbox_url").hint("write where = \"url\", or take sandbox_url out");
            reader.problem(&sandbox.at, message, extra);
        }
        let (source, endpoint) = &sandbox.value;
        let same = targets.values().find(|target| match &target.value.url {
            Some(TargetUrl::Literal(other)) => {
                endpoint.is_some() && other.parse::<ConnectionSettings>().ok().map(|o| o.endpoint()) == *endpoint
            }
            other => other.as_ref() == Some(source),
        });
        if let Some(target) = same {
            let message = format!("rehearse.sandbox_url is the database of targets.{}", target.value.name);
            let extra = Extra::value("sandbox_url").hint("a rehearsal there would be the real thing; use another");
            reader.problem(&sandbox.at, message, extra);
        }
    }
    model.sandbox_url = sandbox.map(|sandbox| sandbox.value.0);
    (model, level.map(|level| level.at))
}

fn backup(reader: &mut Reader<'_>, root: &mut Section<'_, '_>) -> Backup {
    let mut model = Backup::default();
    let Some(mut section) = reader.section(root, "backup") else { return model };
    let to = reader.filled(&mut section, "to");
    let endpoint = reader.filled(&mut section, "endpoint");
    let region = reader.filled(&mut section, "region");
    model.encrypt_to = recipients(reader, &mut section, "backup");
    signatures(reader, &mut section, &mut model);
    let jobs = reader.number(&mut section, "jobs", 64);
    let capture: Option<At<CaptureDepth>> = reader.choice(&mut section, "capture");
    let keep: Option<At<Span>> = reader.parsed(&mut section, "keep", SpanError::suggestion);
    let mut number =
        |key| reader.number(&mut section, key, 100_000).map(|n| u32::try_from(n.value).unwrap_or(u32::MAX));
    model.keep_last = number("keep_last").unwrap_or(model.keep_last);
    model.keep_daily = number("keep_daily").unwrap_or(model.keep_daily);
    model.keep_weekly = number("keep_weekly").unwrap_or(model.keep_weekly);
    model.keep_monthly = number("keep_monthly").unwrap_or(model.keep_monthly);
    reader.finish(&section);
    model.keep = keep.map_or(model.keep, |span| span.value);
    model.capture = capture.map_or(model.capture, |depth| depth.value);
    if let Some(to) = to {
        let bucket = to.value.strip_prefix("s3://").map(|rest| !rest.is_empty() && !rest.starts_with('/'));
        if bucket == Some(false) || (bucket.is_none() && to.value.contains("://") && !to.value.starts_with("file://")) {
            let extra = Extra::value(to.value.clone()).hint("write a folder, or s3://BUCKET/PREFIX");
            reader.problem(&to.at, format!("{:?} is not a place for backups", to.value), extra);
        }
        model.to = to.value;
    }
    if let Some(endpoint) = endpoint {
        if !endpoint.value.starts_with("https://") && !endpoint.value.starts_with("http://") {
            let extra = Extra::value(endpoint.value.clone()).hint("write for example https://s3.example.com");
            reader.problem(&endpoint.at, format!("{:?} is not the address of an S3 server", endpoint.value), extra);
        }
        if !model.to.starts_with("s3://") {
            let extra = Extra::value(endpoint.value.clone()).hint("write to = \"s3://BUCKET/PREFIX\", or take it out");
            reader.problem(&endpoint.at, "backup.endpoint has no effect while backup.to is a folder", extra);
        }
        model.endpoint = Some(endpoint.value);
    }
    model.region = region.map(|region| region.value);
    if let Some(jobs) = jobs {
        if jobs.value == 0 {
            reader.problem(&jobs.at, "backup.jobs is 0: nobody would do the work", Extra::value("0"));
        }
        model.jobs = u32::try_from(jobs.value).unwrap_or(1).max(1);
    }
    model
}

fn not_a_signer(reader: &mut Reader<'_>, at: &Range<usize>, error: SignerError) {
    let hint = "`backout backup keygen FILE` makes a key and prints its public half, which begins with backout-sign:";
    reader.problem(at, format!("backup.signed_by: {error}"), Extra::default().hint(hint));
}

/// Who must sign, and with what is signed. Nothing that is wrong is repeated: it may be a secret.
fn signatures(reader: &mut Reader<'_>, section: &mut Section<'_, '_>, model: &mut Backup) {
    let alone = section.ask("signed_by").filter(|value| value.get_ref().as_str().is_some_and(|t| t.contains(SECRET)));
    if let Some(value) = alone {
        not_a_signer(reader, &value.span(), SignerError::Secret);
    } else {
        for text in reader.strings(section, "signed_by") {
            match text.value.parse::<Signer>() {
                Ok(signer) if model.signed_by.contains(&signer) => {
                    reader.problem(&text.at, "backup.signed_by names this key twice", Extra::default());
                }
                Ok(signer) => model.signed_by.push(signer),
                Err(error) => not_a_signer(reader, &text.at, error),
            }
        }
    }
    let Some(text) = reader.filled(section, "sign_with") else { return };
    if text.value.contains(SECRET) {
        let hint = "put it into a file or a variable, and write the file or env:NAME here; whoever could read this file \
                    has seen the key, so make another one";
        reader.problem(&text.at, "backup.sign_with holds a secret key", Extra::default().hint(hint));
        return;
    }
    if text.value.parse::<Signer>().is_ok() {
        let hint = "write the file of the secret key, or env:NAME; the public one belongs to signed_by";
        reader.problem(&text.at, "backup.sign_with is a public key", Extra::value(text.value).hint(hint));
        return;
    }
    let source = KeySource::from(text.value);
    if matches!(&source, KeySource::Env(name) if !is_variable(name)) {
        let hint = "write env: and the name of an environment variable, as in env:BACKOUT_SIGNING_KEY";
        let message = "backup.sign_with does not name an environment variable";
        reader.problem(&text.at, message, Extra::default().hint(hint));
        return;
    }
    model.sign_with = Some(source);
}

/// Who can read what is encrypted.
fn recipients(reader: &mut Reader<'_>, section: &mut Section<'_, '_>, name: &str) -> Vec<String> {
    let mut recipients = Vec::new();
    for recipient in reader.strings(section, "encrypt_to") {
        if !recipient.value.starts_with("age1") {
            // It may be the secret half, which is not repeated.
            let extra =
                Extra::default().hint("recipients begin with age1; `age-keygen -y FILE` prints that of an identity");
            let message = format!("{name}.encrypt_to holds something that is not an age recipient");
            reader.problem(&recipient.at, message, extra);
        }
        recipients.push(recipient.value);
    }
    recipients
}

fn store(reader: &mut Reader<'_>, root: &mut Section<'_, '_>) -> RunStore {
    let mut model = RunStore::default();
    let Some(mut section) = reader.section(root, "store") else { return model };
    let file = reader.filled(&mut section, "file");
    let url = reader.filled(&mut section, "url");
    model.encrypt_to = recipients(reader, &mut section, "store");
    reader.finish(&section);
    if let (Some(file), Some(_)) = (&file, &url) {
        let extra = Extra::value(file.value.clone()).hint("take one of the two out");
        reader.problem(&file.at, "store.file has no effect while store.url is given", extra);
    }
    model.url = url.and_then(|url| match url.value.strip_prefix("env:") {
        Some(name) => Some(TargetUrl::Env(name.to_owned())),
        None => {
            // There may be a password in it, so it is not repeated.
            let extra = Extra::default().hint("write for example url = \"env:BACKOUT_STORE_URL\"");
            reader.problem(&url.at, "store.url must name a variable", extra);
            None
        }
    });
    if let Some(file) = file {
        model.file = file.value;
    }
    model
}

fn checks(reader: &mut Reader<'_>, root: &mut Section<'_, '_>) -> Vec<Check> {
    let mut checks: Vec<Check> = Vec::new();
    for mut section in reader.sections(root, "checks") {
        let mut required = |key| {
            if section.ask(key).is_none() {
                reader.problem(&section.at, format!("a check needs a {key}"), Extra::default());
            }
            reader.filled(&mut section, key)
        };
        let name = required("name");
        let sql = required("sql");
        reader.finish(&section);
        if let Some(name) = &name
            && checks.iter().any(|check| check.name == name.value)
        {
            let extra = Extra::value(name.value.clone()).hint("the name is how a failure is reported");
            reader.problem(&name.at, format!("two checks are called {:?}", name.value), extra);
        }
        if let (Some(name), Some(sql)) = (name, sql) {
            checks.push(Check { name: name.value, sql: sql.value });
        }
    }
    checks
}

/// Contradictions between sections.
fn across_sections(reader: &mut Reader<'_>, plan: &Plan, age_at: Option<Range<usize>>, level_at: Option<Range<usize>>) {
    let demanding = |plan: &Plan| plan.targets.values().find(|t| plan.demand(t) != Demand::None).cloned();
    if let Some(at) = age_at
        && plan.migrate.certificate_max_age.is_zero()
        && let Some(target) = demanding(plan)
    {
        let message = format!(
            "migrate.certificate_max_age is 0, while targets.{} demands a certificate ({})",
            target.name,
            plan.demand(&target)
        );
        let hint = "no certificate could ever be young enough; write an age such as 7d, or certificate = \"none\"";
        reader.problem(&at, message, Extra::value("0").hint(hint));
    }
    // One demanding target among others may be served by `rehearse --level`; if all are out of reach, the setting is
    // a mistake.
    if let Some(at) = level_at
        && !plan.targets.is_empty()
        && plan.targets.values().all(|target| !plan.rehearse.level.satisfies(plan.demand(target)))
    {
        let message = format!(
            "rehearse.level is \"{}\", which is less than every target demands (\"{}\")",
            plan.rehearse.level, plan.migrate.certificate
        );
        let hint = "no rehearsal would ever be enough; raise the level or lower certificate";
        reader.problem(&at, message, Extra::value(plan.rehearse.level.to_string()).hint(hint));
    }
}
