//! Rounds: look at the incidents, post what is due, send what may go; once, or again and again beside other work.
//!
//! Must not know: who wants rounds, or how anything is shown.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use backout_plan::plan::{PlanAudience, PlanMessage};
use backout_plan::{Finding, Plan};
use backout_postgres::failpoint;
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::sync::watch::{Receiver, Sender};
use tokio::time::{Instant, sleep, timeout};

use super::due::{self, Happened};
use super::facts::Known;
use super::{Round, affected, deliver, post};
use crate::event::Event;
use crate::incident::{self, Record};
use crate::ledger::{Own, What, own};
use crate::runs::Runs;
use crate::tell;
use crate::watch::state::{self, State};
use crate::{Env, Failure, Result};

/// How often is looked beside a way back.
const BESIDE: Duration = Duration::from_secs(1);
/// How long messages have to arrive once the work is done that they went out beside.
const LAST: Duration = Duration::from_secs(10);
/// How long one round has.
const ROUND: Duration = Duration::from_secs(60);
/// How long an incident is looked at behind its last entry: what is older is not told.
const RECENT: SignedDuration = SignedDuration::from_hours(25);
/// How long behind the last of its duties.
const OWED: SignedDuration = SignedDuration::from_hours(8 * 24);
/// How long what could not be found out about readers is left alone.
const RESTS: SignedDuration = SignedDuration::from_secs(60);
/// How many messages of an incident are looked at.
const MESSAGES: u32 = 10_000;
/// Where an incident keeps how many of those affected have no address.
const UNREACHED: &str = "unreached:";

/// Numbers those who send in this process: none takes a message for its own that another one is sending.
static SENDERS: AtomicU64 = AtomicU64::new(0);

/// How many of those who are affected could not be written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Unreached {
    unreached: usize,
    of: usize,
}

/// Whoever tells: with the plan's messages and channels, read once.
pub(super) struct Teller<'t> {
    env: &'t Env,
    runs: &'t Runs,
    plan: &'t Plan,
    messages: Vec<tell::Message>,
    channels: Vec<deliver::Open>,
    /// Channels that cannot be opened.
    shut: Vec<Finding>,
    holder: String,
    /// What is left alone until then.
    resting: BTreeMap<String, Timestamp>,
}

/// How far the work is that messages go out beside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    GoesOn,
    Over,
    /// And nothing more is posted.
    Posted,
}

impl<'t> Teller<'t> {
    /// Nothing where the plan tells nobody anything.
    ///
    /// # Errors
    /// Where the plan's messages cannot be any.
    pub(super) fn of(env: &'t Env, runs: &'t Runs) -> Result<Option<Self>> {
        let Some(plan) = env.plan.as_deref().filter(|plan| !plan.channels.is_empty()) else { return Ok(None) };
        let messages = tell::of_plan(plan)?;
        let (mut channels, mut shut) = (Vec::new(), Vec::new());
        for planned in &plan.channels {
            match deliver::Open::of(env, planned) {
                Ok(open) => channels.push(open),
                Err(failure) => shut.push(Finding::error("notify.channel", failure.sentence())),
            }
        }
        let holder = format!("{}~{}", runs.holder, SENDERS.fetch_add(1, Ordering::Relaxed));
        Ok(Some(Self { env, runs, plan, messages, channels, shut, holder, resting: BTreeMap::new() }))
    }

    /// Posts what is due: how many messages that are new.
    pub(super) async fn post(&mut self) -> Result<(usize, Vec<Finding>)> {
        let now = Timestamp::now();
        deliver::take_over(self.runs, now).await;
        let (mut posted, mut findings) = (0, Vec::new());
        if self.messages.is_empty() {
            return Ok((0, findings));
        }
        let watch = watched(self.env, self.runs).await;
        for own in looked_at(self.env, self.runs, now).await? {
            let record = incident::briefly(self.env, self.runs, &own).await?;
            let all = self.due(&record, now, &mut findings).await?;
            if all.is_empty() {
                continue;
            }
            let known = Known { plan: self.plan, record: &record, watch: watch.as_ref() };
            let (letters, unmade) = post::letters(&known, &self.messages, &all, now)?;
            findings.extend(unmade);
            failpoint!("notify.due");
            let new = self.runs.store.post(&letters).await?;
            failpoint!("notify.posted");
            posted += new.iter().filter(|new| **new).count();
        }
        Ok((posted, findings))
    }

    /// What is due and not in the outbox.
    async fn due(&mut self, record: &Record, now: Timestamp, findings: &mut Vec<Finding>) -> Result<Vec<due::Due>> {
        let known: BTreeSet<&str> = record.messages.iter().map(|message| message.key.as_str()).collect();
        let mut all = Vec::new();
        for one in due::happened(self.plan, record, now) {
            let Some(message) = self.plan.messages.get(one.message) else { continue };
            if due::why_not(message, &one, record, now).is_some() {
                continue;
            }
            let readers = match message.audience {
                PlanAudience::Channel => Vec::new(),
                PlanAudience::Affected => {
                    let begins = |base: &String| known.iter().any(|key| key.starts_with(&format!("{base}/")));
                    // All of them were posted at once, or none.
                    if bases(message, &one, record).iter().any(begins) {
                        continue;
                    }
                    self.readers(message, record, now, findings).await?
                }
            };
            let spread = due::spread(message, &one, record, &readers);
            all.extend(spread.into_iter().filter(|due| !known.contains(due.key.as_str())));
        }
        Ok(all)
    }

    /// Who is affected and can be written to. Whoever cannot is counted, said, and noted with the incident.
    async fn readers(
        &mut self,
        message: &PlanMessage,
        record: &Record,
        now: Timestamp,
        findings: &mut Vec<Finding>,
    ) -> Result<Vec<due::Reader>> {
        let name = format!("{UNREACHED}{}", message.name);
        let mark = format!("{}/{name}", record.id);
        if self.resting.get(&mark).is_some_and(|until| *until > now) {
            return Ok(Vec::new());
        }
        let before = unreached(self.runs, &record.id, &message.name).await?;
        if before.is_some_and(|before| before.unreached == before.of) {
            return Ok(Vec::new());
        }
        let found = match affected::readers(self.env, self.runs, record).await {
            Ok(found) => found,
            Err(failure) => {
                self.resting.insert(mark, now.checked_add(RESTS).unwrap_or(Timestamp::MAX));
                let said = format!("message {:?} of incident {}: {}", message.name, record.id, failure.sentence());
                findings.push(Finding::error("notify.affected", said));
                return Ok(Vec::new());
            }
        };
        if found.unreached > 0 {
            let count = Unreached { unreached: found.unreached, of: found.unreached + found.all.len() };
            let said = format!(
                "message {:?}: {} of {} affected users have no address and are not written to",
                message.name, count.unreached, count.of
            );
            if before != Some(count) {
                let body = serde_json::to_vec(&count).unwrap_or_default();
                self.runs.store.keep(&record.id, &name, &body).await?;
                let note = What::Note { text: said.clone() };
                own::add(self.runs, &record.id, |_| Ok(vec![note.clone()])).await?;
            }
            findings.push(Finding::error("notify.no-address", format!("incident {}: {said}", record.id)));
        }
        Ok(found.all)
    }

    /// Sends what may go, every channel by itself.
    pub(super) async fn send(&self, until: Instant) -> (usize, Vec<Finding>) {
        let all = self.channels.iter();
        let all = join_all(all.map(|open| deliver::channel(self.runs, &self.holder, open, &Timestamp::now, until)));
        let (mut sent, mut findings) = (0, self.shut.clone());
        for done in all.await {
            sent += done.sent;
            findings.extend(done.findings);
        }
        (sent, findings)
    }

    /// Notes duties as done whose notice has gone to all whom it was for.
    pub(super) async fn note_duties(&self) -> Result<()> {
        if self.plan.duties.iter().all(|duty| duty.notice.is_none()) {
            return Ok(());
        }
        for own in looked_at(self.env, self.runs, Timestamp::now()).await? {
            let record = incident::briefly(self.env, self.runs, &own).await?;
            for duty in record.duties.iter().filter(|duty| !duty.state.is_done()) {
                let Some(notice) = &duty.notice else { continue };
                if !has_gone(&record, notice) {
                    continue;
                }
                if unreached(self.runs, &record.id, notice).await?.is_some() {
                    continue;
                }
                let items = duty.checklist.iter().map(|item| item.item.clone()).collect();
                let done = What::DutyDone {
                    duty: duty.name.clone(),
                    items,
                    note: format!("message {notice:?} has been sent to all whom it is for"),
                };
                own::add(self.runs, &record.id, |own| {
                    Ok(if is_noted(own, &duty.name) { vec![] } else { vec![done.clone()] })
                })
                .await?;
            }
        }
        Ok(())
    }

    /// What is left in the outbox.
    pub(super) async fn count(&self, round: &mut Round) -> Result<()> {
        for one in self.runs.store.outbox(None, MESSAGES).await? {
            use backout_store::OutState;
            match one.state {
                OutState::Held => round.held += 1,
                OutState::Waiting | OutState::Sending { .. } => round.waiting += 1,
                OutState::Dead { why } => {
                    round.dead += 1;
                    let said =
                        format!("message {} to {:?} did not arrive: {why}", one.message.key, one.message.channel);
                    round.findings.push(Finding::error("notify.dead", said));
                }
                OutState::Sent | OutState::Dropped { .. } => {}
            }
        }
        Ok(())
    }

    /// Tells as long as the work goes on, and once more when it is over.
    async fn tell(&mut self, pace: Duration, stage: &Sender<Stage>) -> Round {
        let (env, runs, holder) = (self.env, self.runs, self.holder.clone());
        let channels = std::mem::take(&mut self.channels);
        let shut = std::mem::take(&mut self.shut);
        let said = std::sync::Mutex::new(BTreeSet::<String>::new());
        // Whatever repeats itself with each round is said once.
        let say = |findings: Vec<Finding>| {
            for finding in findings {
                let is_new = said.lock().is_ok_and(|mut said| said.insert(finding.title.clone()));
                if is_new {
                    env.say(Event::Said(finding));
                }
            }
        };
        say(shut);
        let sending = channels.iter().map(|open| {
            let (holder, say, mut seen) = (&holder, &say, stage.subscribe());
            async move {
                let mut sent = 0;
                loop {
                    let is_last = *seen.borrow() == Stage::Posted;
                    let done = deliver::channel(runs, holder, open, &Timestamp::now, Instant::now() + ROUND).await;
                    sent += done.sent;
                    say(done.findings);
                    if is_last {
                        return sent;
                    }
                    wait(&mut seen, pace).await;
                }
            }
        });
        let sending = join_all(sending);
        let mut seen = stage.subscribe();
        let posting = async {
            let mut posted = 0;
            loop {
                let is_last = *seen.borrow() >= Stage::Over;
                let done = self.post().await;
                let noted = self.note_duties().await;
                match done {
                    Ok((new, findings)) => {
                        posted += new;
                        say(findings);
                    }
                    Err(failure) => say(vec![away(&failure)]),
                }
                if let Err(failure) = noted {
                    say(vec![away(&failure)]);
                }
                if is_last {
                    stage.send_replace(Stage::Posted);
                    return posted;
                }
                wait(&mut seen, pace).await;
            }
        };
        let (posted, sent) = tokio::join!(posting, sending);
        Round { posted, sent: sent.into_iter().sum(), ..Round::default() }
    }
}

fn away(failure: &Failure) -> Finding {
    Finding::warning("notify.round", format!("nobody is told anything: {}", failure.sentence()))
}

/// So long, or until the stage changes.
async fn wait(seen: &mut Receiver<Stage>, pace: Duration) {
    tokio::select! {
        _ = seen.changed() => {}
        () = sleep(pace) => {}
    }
}

/// Without the part of the reader.
fn bases(message: &PlanMessage, one: &Happened, record: &Record) -> Vec<String> {
    message.to.iter().map(|channel| due::key(&record.id, &message.name, &one.occasion, channel)).collect()
}

/// Whether all that was posted of a message has arrived, and something was.
fn has_gone(record: &Record, message: &str) -> bool {
    let begins = format!("{}/", due::before_occasion(&record.id, message));
    let mut all = record.messages.iter().filter(|one| one.key.starts_with(&begins)).peekable();
    all.peek().is_some() && all.all(|one| one.state == "sent")
}

fn is_noted(own: &Own, duty: &str) -> bool {
    own.entries.iter().any(|entry| matches!(&entry.what, What::DutyDone { duty: of, .. } if of == duty))
}

async fn unreached(runs: &Runs, incident: &str, message: &str) -> Result<Option<Unreached>> {
    let kept = runs.store.kept(incident, &format!("{UNREACHED}{message}")).await?;
    Ok(kept.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
}

/// What the watch of the target wrote down last. Messages do without it.
pub(super) async fn watched(env: &Env, runs: &Runs) -> Option<State> {
    let target = env.claimed().ok()?;
    Some(state::read(runs, target).await.ok()??.state)
}

/// Incidents of the target of which something may be told now, the oldest first.
async fn looked_at(env: &Env, runs: &Runs, now: Timestamp) -> Result<Vec<Own>> {
    let target = env.named();
    let plan = env.plan.iter();
    let longest = plan.flat_map(|plan| &plan.duties).map(|duty| duty.within.duration()).max();
    let owed = longest.and_then(|longest| SignedDuration::try_from(longest).ok()).map(|longest| longest + OWED);
    let is_recent = |own: &Own| {
        let last = own.entries.last().map_or(own.opened, |entry| entry.at);
        let has_duties = owed.is_some_and(|owed| now.duration_since(own.opened) <= owed);
        own.is_open() || now.duration_since(last) <= RECENT || has_duties
    };
    let all = own::all(runs).await?;
    Ok(all.into_iter().filter(|own| own.target == target && is_recent(own)).collect())
}

/// One round.
pub(super) async fn once(env: &Env, runs: &Runs) -> Result<Round> {
    let Some(mut teller) = Teller::of(env, runs)? else { return Ok(Round::default()) };
    let (posted, mut findings) = teller.post().await?;
    let (sent, more) = teller.send(Instant::now() + ROUND).await;
    teller.note_duties().await?;
    findings.extend(more);
    let mut round = Round { posted, sent, findings, ..Round::default() };
    teller.count(&mut round).await?;
    Ok(round)
}

/// Does work, and tells beside it; then what is on its way has a moment.
pub(super) async fn beside<T>(env: &Env, runs: &Runs, work: impl Future<Output = T>) -> (T, Round) {
    let teller = match Teller::of(env, runs) {
        Ok(teller) => teller,
        Err(failure) => {
            env.say(Event::Said(away(&failure)));
            None
        }
    };
    let Some(mut teller) = teller else { return (work.await, Round::default()) };
    let stage = Sender::new(Stage::GoesOn);
    let (result, told) = {
        let telling = teller.tell(BESIDE, &stage);
        tokio::pin!(telling);
        tokio::pin!(work);
        let result = tokio::select! {
            biased;
            result = &mut work => result,
            // It ends only behind the work.
            _ = &mut telling => work.await,
        };
        stage.send_replace(Stage::Over);
        (result, timeout(LAST, telling).await.unwrap_or_default())
    };
    let mut round = told;
    if let Ok(counted) = timeout(BESIDE, teller.count(&mut round)).await
        && let Err(failure) = counted
    {
        env.say(Event::Said(away(&failure)));
    }
    (result, round)
}

/// Tells until `over` is done; what is then on its way has a moment.
pub(super) async fn endlessly(env: &Env, runs: &Runs, pace: Duration, over: impl Future<Output = ()>) -> Result<()> {
    let Some(mut teller) = Teller::of(env, runs)? else {
        over.await;
        return Ok(());
    };
    let stage = Sender::new(Stage::GoesOn);
    let telling = teller.tell(pace, &stage);
    tokio::pin!(telling);
    tokio::select! {
        _ = &mut telling => {}
        () = over => {
            stage.send_replace(Stage::Over);
            timeout(LAST, telling).await.ok();
        }
    }
    Ok(())
}
