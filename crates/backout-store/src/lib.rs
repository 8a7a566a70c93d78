//! Where the journals of runs lie, and who may go on with a run.
//!
//! A journal is only ever added to, and what was added is durable before the call returns. A lease with a fencing token
//! keeps two executors apart: a record under an older token than the newest one is refused, however late it arrives.
//! Two stores behave alike: SQLite in a file beside the plan, and PostgreSQL for several machines.
//!
//! Must not know: what a run does, or what follows an event.

mod change;
mod error;
mod outbox;
mod postgres;
mod shared;
mod sqlite;

use std::path::Path;
use std::time::Duration;

use backout_plan::ConnectionSettings;
use backout_runbook::chain::Head;
use backout_runbook::{Event, Record};
use jiff::Timestamp;
use serde::Serialize;

pub use change::{Change, NewChange};
pub use error::StoreError;
pub use outbox::{NewMessage, OutMessage, OutState};
pub use shared::{Document, Incoming, Seat, Taken};

pub type Result<T> = std::result::Result<T, StoreError>;

/// The right to go on with a run, for a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    pub run: String,
    pub holder: String,
    /// Greater than that of every lease before.
    pub fence: u64,
    pub until: Timestamp,
}

/// A run in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    pub run: String,
    /// `rollback`, `release`.
    pub procedure: String,
    pub target: Option<String>,
    pub opened: Timestamp,
    pub opener: String,
    /// When its last record was written.
    pub changed: Timestamp,
    pub records: u64,
    /// As the last writer found it: `running`, `stopped`, `succeeded`. The journal decides.
    pub phase: String,
    /// Who is at work on it now.
    pub holder: Option<String>,
}

/// Who holds a run, and until when without a sign of life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    pub holder: String,
    pub until: Timestamp,
}

/// What is known of a run beside its journal, for lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    pub procedure: String,
    pub target: Option<String>,
}

/// As whom a record is written.
#[derive(Debug, Clone, Copy)]
pub enum Author<'a> {
    /// The executor, who holds the run.
    Holder(&'a Lease),
    /// Somebody who answers, pauses or notes something while another one executes.
    Person(&'a str),
}

/// A place for journals.
#[derive(Debug)]
pub struct Store(Kind);

#[derive(Debug)]
enum Kind {
    Sqlite(sqlite::Sqlite),
    Postgres(Box<postgres::Postgres>),
}

macro_rules! each {
    ($store:expr, $one:ident => $call:expr) => {
        match &$store.0 {
            Kind::Sqlite($one) => $call.await,
            Kind::Postgres($one) => $call.await,
        }
    };
}

impl Store {
    /// The store in a file, which is made with its folder where it is not there.
    ///
    /// # Errors
    /// Where the file cannot be opened, or holds what this version does not know.
    pub async fn file(path: &Path) -> Result<Self> {
        Ok(Self(Kind::Sqlite(sqlite::Sqlite::open(path).await?)))
    }

    /// The store on a server, in the schema `backout_runs`, which is made where it is not there.
    ///
    /// # Errors
    /// Where the server cannot be reached, or holds what this version does not know.
    pub async fn server(settings: &ConnectionSettings) -> Result<Self> {
        Ok(Self(Kind::Postgres(Box::new(postgres::Postgres::open(settings).await?))))
    }

    /// What messages call it: a path, or `host:port/database`.
    pub fn name(&self) -> String {
        match &self.0 {
            Kind::Sqlite(store) => store.name(),
            Kind::Postgres(store) => store.name(),
        }
    }

    /// Opens a run with its first record, and holds it from then on.
    ///
    /// # Errors
    /// [`StoreError::Exists`] where there is such a run.
    pub async fn open(
        &self,
        run: &str,
        label: &Label,
        holder: &str,
        by: &str,
        for_: Duration,
        event: &Event,
    ) -> Result<(Lease, Record)> {
        each!(self, store => store.open_run(run, label, holder, by, for_, event))
    }

    /// Holds a run that nobody holds, or whose holder has let its time pass, or is `gone` as the caller knows.
    ///
    /// # Errors
    /// [`StoreError::Held`], [`StoreError::Unknown`].
    pub async fn hold(&self, run: &str, holder: &str, for_: Duration, gone: Option<&str>) -> Result<Lease> {
        each!(self, store => store.hold(run, holder, for_, gone))
    }

    /// Holds it for longer.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] where somebody else holds it by now.
    pub async fn renew(&self, lease: &Lease, for_: Duration) -> Result<Lease> {
        each!(self, store => store.renew(lease, for_))
    }

    /// Lets go of it. A run that is held by somebody else by now is left alone.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn release(&self, lease: &Lease) -> Result<()> {
        each!(self, store => store.release(lease))
    }

    /// Who holds it now, by the store's clock.
    ///
    /// # Errors
    /// [`StoreError::Unknown`].
    pub async fn held(&self, run: &str) -> Result<Option<Held>> {
        each!(self, store => store.held(run))
    }

    /// Adds a record behind `head`, durably. `phase` is for lists.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] where the lease is not the newest one, [`StoreError::Moved`] where another record came
    /// first: whoever writes reads that one, decides again and tries again.
    pub async fn append(
        &self,
        run: &str,
        author: Author<'_>,
        by: &str,
        head: &Head,
        phase: &str,
        event: &Event,
    ) -> Result<Record> {
        each!(self, store => store.append(run, author, by, head, phase, event))
    }

    /// The whole journal, with the end that the store has kept apart from it.
    ///
    /// # Errors
    /// [`StoreError::Unknown`].
    pub async fn read(&self, run: &str) -> Result<(Vec<Record>, Head)> {
        each!(self, store => store.read(run))
    }

    /// The records behind the first so many.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn after(&self, run: &str, seq: u64) -> Result<Vec<Record>> {
        each!(self, store => store.after(run, seq))
    }

    /// The newest runs, the newest first.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn list(&self, limit: u32) -> Result<Vec<Summary>> {
        each!(self, store => store.list(limit))
    }

    /// Keeps something for a run that is in no journal: a sealed value, a report.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn keep(&self, run: &str, name: &str, bytes: &[u8]) -> Result<()> {
        each!(self, store => store.keep(run, name, bytes))
    }

    /// What was kept.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn kept(&self, run: &str, name: &str) -> Result<Option<Vec<u8>>> {
        each!(self, store => store.kept(run, name))
    }

    /// Writes down what is about to be changed outside, durably, and gives it the next version. Nothing of it is ever
    /// changed or left out.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn change(&self, by: &str, change: &NewChange) -> Result<u64> {
        each!(self, store => store.change(by, change))
    }

    /// Notes, once, what came of a change.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn changed(&self, version: u64, facts: &str) -> Result<()> {
        each!(self, store => store.changed(version, facts))
    }

    /// All changes, the oldest first; those of one place where it is named.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn changes(&self, place: Option<&str>) -> Result<Vec<Change>> {
        each!(self, store => store.changes(place))
    }

    /// A document, as it was written last.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn document(&self, name: &str) -> Result<Option<Document>> {
        each!(self, store => store.document(name))
    }

    /// All documents whose names begin so.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn documents(&self, prefix: &str) -> Result<Vec<(String, Document)>> {
        each!(self, store => store.documents(prefix))
    }

    /// Writes a document over the version that was read, or a new one over nothing; gives its new version.
    ///
    /// # Errors
    /// [`StoreError::Changed`] where somebody else wrote it meanwhile.
    pub async fn put(&self, name: &str, expected: Option<u64>, body: &[u8]) -> Result<u64> {
        each!(self, store => store.put(name, expected, body))
    }

    /// Keeps what arrived, durably and all at once: which of them were new.
    ///
    /// # Errors
    /// Where the store cannot be written. Then none is kept.
    pub async fn receive(&self, messages: Vec<Incoming>) -> Result<Vec<bool>> {
        each!(self, store => store.receive(messages))
    }

    /// What arrived after the first so many, the oldest first; of one source where it is named. No more than `limit`, and
    /// not many bytes at once: there is more until nothing is given.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn inbox(&self, source: Option<&str>, after: u64, limit: u32) -> Result<Vec<Taken>> {
        each!(self, store => store.inbox(source, after, limit))
    }

    /// Forgets what is older and was read up to this number: how many.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn forget(&self, before: Timestamp, up_to: u64) -> Result<u64> {
        each!(self, store => store.forget(before, up_to))
    }

    /// Takes a seat, or keeps it for longer; nothing while somebody else has it.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn sit(&self, name: &str, holder: &str, for_: Duration) -> Result<Option<Seat>> {
        each!(self, store => store.sit(name, holder, for_))
    }

    /// Leaves it, so that nobody need wait for its time to pass.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn leave(&self, seat: &Seat) -> Result<()> {
        each!(self, store => store.leave(seat))
    }

    /// Who has it now.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn seated(&self, name: &str) -> Result<Option<Held>> {
        each!(self, store => store.seated(name))
    }
}

/// The outbox.
impl Store {
    /// Puts messages there, durably and all at once: which of them were new. A second copy of a key changes nothing.
    ///
    /// # Errors
    /// Where the store cannot be written. Then none is there.
    pub async fn post(&self, messages: &[NewMessage]) -> Result<Vec<bool>> {
        each!(self, store => store.post(messages))
    }

    /// The oldest message of a channel that may go: it is due at `now`, nobody else is sending it, no older one of its
    /// thread waits or is being sent, and no other one of its thread is being sent. What is held, dead or dropped keeps
    /// nobody waiting, and no thread waits for another one. It is the holder's for so long by the store's clock; to its own
    /// holder it is given again, and after that time to anybody, with one attempt more.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn claim(
        &self,
        channel: &str,
        holder: &str,
        for_: Duration,
        now: Timestamp,
    ) -> Result<Option<OutMessage>> {
        each!(self, store => store.claim(channel, holder, for_, now))
    }

    /// Notes that it arrived, with what the channel keeps for the rest of its thread. A holder whose time has passed may do
    /// so as long as nobody else has claimed it.
    ///
    /// # Errors
    /// [`StoreError::Changed`] where it is not the holder's any more.
    pub async fn sent(&self, seq: u64, holder: &str, known: &[u8]) -> Result<()> {
        each!(self, store => store.sent(seq, holder, known))
    }

    /// Lets it wait for another attempt. `why` is shown to people.
    ///
    /// # Errors
    /// [`StoreError::Changed`] where it is not the holder's any more.
    pub async fn put_off(&self, seq: u64, holder: &str, until: Timestamp, why: &str) -> Result<()> {
        each!(self, store => store.put_off(seq, holder, until, why))
    }

    /// Gives it up, until somebody revives it.
    ///
    /// # Errors
    /// [`StoreError::Changed`] where it is not the holder's any more.
    pub async fn dead(&self, seq: u64, holder: &str, why: &str) -> Result<()> {
        each!(self, store => store.dead(seq, holder, why))
    }

    /// Lets a held message go. It keeps its place: a younger one of its thread that has not gone yet waits for it.
    ///
    /// # Errors
    /// [`StoreError::UnknownMessage`], [`StoreError::MessageIs`] where it is not held.
    pub async fn approve_message(&self, key: &str, by: &str) -> Result<()> {
        each!(self, store => store.approve_message(key, by))
    }

    /// Keeps a message from going out that is held, waits or is dead, or whose holder has let its time pass.
    ///
    /// # Errors
    /// [`StoreError::UnknownMessage`], [`StoreError::MessageIs`] where it is gone, or somebody is sending it.
    pub async fn drop_message(&self, key: &str, by: &str, why: &str) -> Result<()> {
        each!(self, store => store.drop_message(key, by, why))
    }

    /// Lets a dead message be tried again, at once. Its attempts stay: one of them may have arrived.
    ///
    /// # Errors
    /// [`StoreError::UnknownMessage`], [`StoreError::MessageIs`] where it is not dead.
    pub async fn revive(&self, key: &str) -> Result<()> {
        each!(self, store => store.revive(key))
    }

    /// The message of a key.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn message(&self, key: &str) -> Result<Option<OutMessage>> {
        each!(self, store => store.message(key))
    }

    /// The newest so many messages, the oldest of them first; those of one incident where it is named.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn outbox(&self, incident: Option<&str>, limit: u32) -> Result<Vec<OutMessage>> {
        each!(self, store => store.outbox(incident, limit))
    }

    /// What the channel told of the message of a thread that arrived last.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn thread_state(&self, channel: &str, thread: &str) -> Result<Option<Vec<u8>>> {
        each!(self, store => store.thread_state(channel, thread))
    }
}
