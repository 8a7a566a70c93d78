//! Reads every object of backups and compares it with its checksum, and says who signed them.

use backout_backup::shelf::{self, Problem, State};
use backout_backup::signing::Signature;
use backout_backup::store::Store;
use serde::Serialize;

use crate::event::{Event, Progress, Work};
use crate::{Env, Result};

/// What came of one backup.
#[derive(Debug, Serialize)]
pub struct Verified {
    pub id: String,
    pub whole: bool,
    pub problems: Vec<Problem>,
    /// Who signed it; nobody knows of one that is damaged.
    pub signature: Option<Signature>,
    /// Its signature is what the plan demands, if it demands any.
    pub trusted: bool,
    /// Objects that were read, and their bytes.
    #[serde(skip)]
    pub objects: usize,
    #[serde(skip)]
    pub stored: u64,
}

/// Verifies one backup, or all of them.
#[tracing::instrument(name = "verify-backups", skip_all, fields(target = env.target_name()))]
pub async fn run(env: &Env, store: &Store, backup: Option<&str>) -> Result<Vec<Verified>> {
    let (mut whole, mut done) = (Vec::new(), Vec::new());
    match backup {
        Some(name) => whole.push(shelf::find(store, name, &|_| true).await?),
        None => {
            for standing in shelf::list(store).await? {
                match standing.state {
                    State::Whole(manifest) => whole.push(*manifest),
                    State::Damaged(what) => {
                        let problems = vec![Problem { object: "manifest.json".to_owned(), what }];
                        let (id, signature) = (standing.id, None);
                        done.push(Verified {
                            id,
                            whole: false,
                            problems,
                            signature,
                            trusted: false,
                            objects: 0,
                            stored: 0,
                        });
                    }
                    State::Interrupted(_) | State::Going => {}
                }
            }
        }
    }
    for manifest in whole {
        env.say(Event::Begun { work: Work::VerifyingBackup { id: manifest.id.clone() } });
        let of = manifest.stored();
        let watch = |stored: u64| env.say(Event::Progress(Progress::Read { stored, of }));
        let problems = shelf::verify(store, &manifest, &watch).await;
        env.say(Event::Idle);
        let problems = problems?;
        let (objects, signature) = (manifest.blobs().count(), manifest.found.signature);
        done.push(Verified {
            id: manifest.id,
            whole: problems.is_empty(),
            problems,
            signature: Some(signature),
            trusted: store.signers().accept(&signature) && signature != Signature::DoesNotFit,
            objects,
            stored: of,
        });
    }
    Ok(done)
}
