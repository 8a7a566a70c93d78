//! What of the outbox needs somebody.
//!
//! Must not know: how a message came to stand where it stands, or how it is sent.

use backout_plan::{Finding, Remedy};

use super::Outgoing;

/// Where a message can stand, the worst first.
pub const STATES: [&str; 6] = ["dead", "held", "sending", "waiting", "sent", "dropped"];

/// What did not arrive comes first, then what waits for a person; in each state, in the order in which it is to go out.
pub fn worst_first(all: Vec<Outgoing>) -> Vec<Outgoing> {
    let place = |one: &Outgoing| STATES.iter().position(|state| *state == one.state).unwrap_or(STATES.len());
    let mut all = all;
    all.sort_by_key(|one| (place(one), one.seq));
    all
}

/// What needs somebody: a message that is not tried again by itself, and one that waits for an approval.
pub fn findings(all: &[Outgoing]) -> Vec<Finding> {
    all.iter().filter_map(finding).collect()
}

fn finding(one: &Outgoing) -> Option<Finding> {
    let called = format!("message {} of incident {}, {:?} to {:?}", one.seq, one.incident, one.message, one.channel);
    let message = one.seq;
    match one.state {
        "dead" => {
            let found = Finding::warning("message.dead", format!("{called}, could not be sent"));
            let found = match &one.last {
                Some(why) => found.detail(why.clone()),
                None => found,
            };
            Some(found.remedies(vec![Remedy::RetryMessage { message }, Remedy::DropMessage { message }]))
        }
        "held" => {
            let found = Finding::warning("message.held", format!("{called}, waits for approval"));
            Some(found.remedies(vec![Remedy::ApproveMessage { message }, Remedy::DropMessage { message }]))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn one(seq: u64, state: &'static str) -> Outgoing {
        Outgoing {
            seq,
            key: format!("2026-01-07-1/started/{seq}"),
            incident: "2026-01-07-1".to_owned(),
            channel: "incidents".to_owned(),
            message: "started".to_owned(),
            state,
            attempts: 1,
            last: Some("it is full".to_owned()),
            at: Timestamp::UNIX_EPOCH,
            due: Timestamp::UNIX_EPOCH,
            sent: None,
            approved: None,
        }
    }

    #[test]
    fn what_needs_somebody_comes_first_and_is_found() {
        let all = ["sent", "held", "waiting", "dead", "dropped", "dead"];
        let all: Vec<Outgoing> = all.into_iter().zip(1..).map(|(state, seq)| one(seq, state)).collect();
        let sorted = worst_first(all);
        assert_eq!(sorted.iter().map(|one| one.seq).collect::<Vec<_>>(), [4, 6, 2, 3, 1, 5]);
        let found = findings(&sorted);
        assert_eq!(
            found.iter().map(|one| &*one.code).collect::<Vec<_>>(),
            ["message.dead", "message.dead", "message.held"]
        );
        let (dead, held) = (&found[0], &found[2]);
        assert!(dead.title.contains("message 4") && dead.detail.as_deref() == Some("it is full"), "{dead:?}");
        assert_eq!(dead.remedies, [Remedy::RetryMessage { message: 4 }, Remedy::DropMessage { message: 4 }]);
        assert_eq!(held.remedies[0], Remedy::ApproveMessage { message: 2 });
    }
}
