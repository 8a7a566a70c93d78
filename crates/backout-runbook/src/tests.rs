//! Journals in a small language, one word an event: `open intend:0 done:0 …`.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::chain::{self, Broken, Head};
use crate::procedure::{Millis, Reversal};
use crate::*;
use state::Entry;

fn at(seconds: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
}

fn step(name: &str, change: impl Fn(&mut Step)) -> Step {
    let mut step = Step {
        name: name.to_owned(),
        kind: "command".to_owned(),
        action: Value::Null,
        budget: Millis(60_000),
        retry: Retry::default(),
        on_failure: OnFailure::Escalate,
        undo: None,
        approval: None,
        beforehand: false,
    };
    change(&mut step);
    step
}

fn undoable(step: &mut Step) {
    step.undo = Some(Box::new(Reversal { kind: "command".to_owned(), action: Value::Null }));
}

/// Two ways: A with a retried step and one that unwinds, B with an approval.
fn procedure() -> Procedure {
    let retried = step("flags", |step| {
        step.retry = Retry { attempts: 2, pause: Millis(5_000) };
        undoable(step);
    });
    let unwinds = step("verify", |step| step.on_failure = OnFailure::Escalate);
    let approved = step("restore", |step| {
        step.approval = Some(Approval { quorum: 2, expires: Millis(100_000) });
        step.on_failure = OnFailure::Unwind;
    });
    let before = step("stop writes", undoable);
    Procedure {
        name: "rollback".to_owned(),
        ways: vec![
            Way { name: "A".to_owned(), budget: Some(Millis(180_000)), steps: vec![retried, unwinds] },
            Way { name: "B".to_owned(), budget: None, steps: vec![before, approved] },
        ],
    }
}

/// `word[:step[:attempt]][@seconds][=who]`
fn event(word: &str) -> (Event, i64, String) {
    let (word, by) = word.split_once('=').unwrap_or((word, "anna"));
    let (word, seconds) = word.split_once('@').unwrap_or((word, "0"));
    let mut parts = word.split(':');
    let name = parts.next().unwrap_or_default();
    let mut number = |default| parts.next().map_or(default, |n| n.parse().unwrap());
    let (step, attempt) = (number(0), u32::try_from(number(1)).unwrap());
    let (preview, because, reason) = ("p".to_owned(), "because".to_owned(), "reason".to_owned());
    let failed = |again| Outcome::Failed { why: "no".to_owned(), again, facts: Value::Null };
    let done = Outcome::Done { facts: Value::Null };
    let event = match name {
        "open" => Event::Opened { procedure: procedure(), target: None, because, facts: Value::Null },
        "intend" => Event::Intended { step, attempt, preview },
        "done" => Event::Settled { step, attempt, outcome: done },
        "fail" => Event::Settled { step, attempt, outcome: failed(false) },
        "again" => Event::Settled { step, attempt, outcome: failed(true) },
        "lost" => Event::Settled { step, attempt, outcome: Outcome::NotBegun },
        "skip" => Event::Skipped { step, reason },
        "ask" => Event::ApprovalAsked { step, preview, until: at(100) },
        "ok" => Event::Approved { step, preview },
        "ok-other" => Event::Approved { step, preview: "q".to_owned() },
        "refuse" => Event::Refused { step, reason, fails: true },
        // As it was written before.
        "refuse-stop" => Event::Refused { step, reason, fails: false },
        "interrupt" => Event::Interrupted { because },
        "escalate" => Event::Escalated { to: step, because },
        "unwind" => Event::Unwinding { because },
        "reverse" => Event::ReversalIntended { step, attempt },
        "reversed" => Event::ReversalSettled { step, attempt, outcome: done },
        "unreversed" => Event::ReversalSettled { step, attempt, outcome: failed(false) },
        "stop" => Event::Stopped { because },
        "pause" => Event::Paused { reason },
        "resume" => Event::Resumed { reason },
        "abort" => Event::Aborted { reason },
        "close" => Event::Closed { succeeded: true },
        "failed" => Event::Closed { succeeded: false },
        "note" => Event::Noted { about: reason, facts: Value::Null },
        other => panic!("no event {other}"),
    };
    (event, seconds.parse().unwrap(), by.to_owned())
}

fn run(journal: &str) -> Result<State, String> {
    let mut state = None;
    for word in journal.split_whitespace() {
        let (event, seconds, by) = event(word);
        let entry = Entry { at: at(seconds), by: &by, event: &event };
        state = Some(apply(state.as_ref(), entry).map_err(|illegal| format!("{word}: {}", illegal.why))?);
    }
    state.ok_or_else(|| "no events".to_owned())
}

fn legal(journal: &str, seconds: i64, expected: &str) {
    let state = run(journal).unwrap_or_else(|why| panic!("{journal}: {why}"));
    assert_eq!(said(&next(&state, at(seconds))), expected, "{journal}");
}

fn illegal(journal: &str, why: &str) {
    match run(journal) {
        Ok(_) => panic!("{journal} is legal"),
        Err(said) => assert!(said.contains(why), "{journal}: {said}"),
    }
}

fn said(next: &Next) -> String {
    match next {
        Next::Begin { step, attempt, .. } => format!("begin {step} {attempt}"),
        Next::Settle { step, attempt, .. } => format!("settle {step} {attempt}"),
        Next::Ask { step } => format!("ask {step}"),
        Next::AwaitApproval { step, .. } => format!("await {step}"),
        Next::Wait { until } => format!("wait {}", until.as_second()),
        Next::Escalate { to, .. } => format!("escalate {to}"),
        Next::Unwind { .. } => "unwind".to_owned(),
        Next::Reverse { step, .. } => format!("reverse {step}"),
        Next::SettleReversal { step, .. } => format!("settle reversal {step}"),
        Next::Stop { .. } => "stop".to_owned(),
        Next::Close { succeeded } => format!("close {succeeded}"),
        Next::Nothing => "nothing".to_owned(),
        Next::Over => "over".to_owned(),
    }
}

#[test]
fn what_comes_next() {
    for (journal, seconds, expected) in [
        ("open", 0, "begin 0 1"),
        // After a crash: nobody knows what came of it.
        ("open intend:0", 9, "settle 0 1"),
        ("open intend:0 done:0", 0, "begin 1 1"),
        // Another attempt after its pause, and no third one.
        ("open intend:0 again:0@10", 12, "wait 15"),
        ("open intend:0 again:0@10", 15, "begin 0 2"),
        ("open intend:0 again:0 intend:0:2 again:0:2", 20, "escalate 1"),
        ("open intend:0 fail:0", 20, "escalate 1"),
        // The budget counts from the first attempt.
        ("open intend:0 again:0@58", 59, "escalate 1"),
        // Whoever began it went away before anything happened: that was no attempt, and its time is not spent.
        ("open intend:0 lost:0@50 intend:0:2@70 again:0:2@70", 75, "begin 0 3"),
        ("open escalate:1 skip:0 ask:1 ok:1 ok:1=bert intend:1 lost:1", 200, "begin 1 2"),
        // The way's own time is used up.
        ("open intend:0 done:0", 180, "escalate 1"),
        ("open skip:0", 0, "begin 1 1"),
        ("open intend:0 done:0 intend:1 done:1", 0, "close true"),
        ("open intend:0 done:0 intend:1 done:1 close", 0, "over"),
        ("open pause", 0, "nothing"),
        ("open intend:0 pause", 0, "settle 0 1"),
        ("open pause resume", 0, "begin 0 1"),
        ("open intend:0 fail:0 escalate:1", 0, "begin 0 1"),
        // Approval by two, of what was previewed, in time.
        ("open skip:0 skip:1 escalate:1 skip:0", 0, "ask 1"),
        ("open escalate:1 skip:0 ask:1", 0, "await 1"),
        ("open escalate:1 skip:0 ask:1 ok:1", 0, "await 1"),
        ("open escalate:1 skip:0 ask:1 ok:1", 100, "stop"),
        ("open escalate:1 skip:0 ask:1 ok:1 ok:1=bert", 0, "begin 1 1"),
        // What was not approved in time is asked anew when somebody goes on, and can still be decided before.
        ("open escalate:1 skip:0 ask:1 resume@100", 100, "ask 1"),
        ("open escalate:1 skip:0 ask:1 stop@100", 100, "nothing"),
        ("open escalate:1 skip:0 ask:1 stop@100 resume@101", 101, "ask 1"),
        ("open escalate:1 skip:0 ask:1 stop@100 refuse:1@101", 101, "unwind"),
        ("open escalate:1 skip:0 ask:1 stop@100 skip:1@101", 101, "close true"),
        // Refused, it has failed, and what the plan says of that follows.
        ("open escalate:1 skip:0 ask:1 refuse:1", 0, "unwind"),
        ("open escalate:1 skip:0 ask:1 ok:1 refuse:1=bert", 0, "unwind"),
        ("open escalate:1 skip:0 ask:1 refuse:1 pause", 0, "nothing"),
        // Journals of before: it stopped, and was asked for again.
        ("open escalate:1 skip:0 ask:1 refuse-stop:1", 0, "nothing"),
        ("open escalate:1 skip:0 ask:1 refuse-stop:1 resume", 0, "ask 1"),
        ("open escalate:1 skip:0 ask:1 stop@100 resume@101 stop@101 refuse-stop:1@102 resume@103", 103, "ask 1"),
        // Whoever executed it was asked to stop: nothing else has changed.
        ("open interrupt", 0, "begin 0 1"),
        ("open intend:0 interrupt", 9, "settle 0 1"),
        ("open escalate:1 intend:0 done:0 unwind interrupt", 0, "reverse 0"),
        // Unwinding takes back what was done, the last first, and what cannot be taken back is a person's.
        ("open escalate:1 intend:0 done:0 ask:1 ok:1 ok:1=bert intend:1 fail:1", 0, "unwind"),
        ("open escalate:1 intend:0 done:0 ask:1 ok:1 ok:1=bert intend:1 fail:1 unwind", 0, "reverse 0"),
        ("open escalate:1 intend:0 done:0 unwind reverse:0", 0, "settle reversal 0"),
        ("open escalate:1 intend:0 done:0 unwind reverse:0 reversed:0", 0, "close false"),
        ("open escalate:1 intend:0 done:0 unwind reverse:0 unreversed:0", 0, "stop"),
        ("open escalate:1 intend:0 done:0 unwind reverse:0 unreversed:0 stop resume", 0, "reverse 0"),
        // The last way has failed.
        ("open escalate:1 intend:0 fail:0", 0, "stop"),
        ("open escalate:1 intend:0 fail:0 stop", 0, "nothing"),
        ("open escalate:1 intend:0 fail:0 stop resume", 0, "begin 0 2"),
        ("open escalate:1 intend:0 fail:0 stop skip:0", 0, "ask 1"),
        ("open note abort", 0, "over"),
    ] {
        legal(journal, seconds, expected);
    }
}

#[test]
fn what_cannot_follow() {
    for (journal, why) in [
        ("intend:0", "not open"),
        ("open open", "is open"),
        ("open intend:1", "step 0 comes before"),
        ("open intend:7", "comes before"),
        ("open intend:0:2", "attempt 1 of step 0 is the next"),
        ("open intend:0 intend:0:2", "has begun"),
        ("open done:0", "has not begun"),
        ("open intend:0 done:0:2", "has not begun"),
        ("open intend:0 done:0 done:0", "has not begun"),
        ("open pause intend:0", "paused"),
        ("open resume", "not paused"),
        ("open escalate:1 skip:0 ask:1 resume@99", "not paused"),
        ("open escalate:1 skip:0 ask:1 ok:1 ok:1=bert resume@100", "not paused"),
        ("open refuse:0", "asks nobody"),
        ("open escalate:1 skip:0 ask:1 refuse:1 ok:1", "asks nobody"),
        ("open escalate:1 skip:0 ask:1 refuse:1 refuse:1", "asks nobody"),
        ("open abort interrupt", "over"),
        ("open escalate:1 intend:0 done:0 unwind reverse:0 unreversed:0 stop skip:1", "has stopped"),
        ("open pause pause", "is paused"),
        ("open intend:0 escalate:1", "not known"),
        ("open intend:0 abort", "not known"),
        ("open intend:0 stop", "not known"),
        ("open intend:0 close", "not known"),
        ("open intend:0 skip:0", "has begun"),
        ("open close", "not all steps"),
        ("open escalate:0", "no way 0 after"),
        ("open escalate:2", "no way 2 after"),
        ("open ask:0", "asks nobody"),
        ("open ok:0", "asks nobody"),
        ("open escalate:1 skip:0 intend:1", "nobody has approved"),
        ("open escalate:1 skip:0 ask:1 ok:1 intend:1", "1 of 2"),
        ("open escalate:1 skip:0 ask:1 ok:1 ok:1", "has agreed already"),
        ("open escalate:1 skip:0 ask:1 ok-other:1", "not what was asked"),
        ("open escalate:1 skip:0 ask:1 ok:1@101", "expired"),
        ("open reverse:0", "nothing is taken back"),
        ("open unwind reverse:1", "nothing takes step 1 back"),
        ("open unwind reverse:0", "is not done"),
        ("open unwind intend:0", "taken back"),
        ("open unwind close", "not all steps"),
        ("open abort intend:0", "over"),
        ("open stop intend:0", "stopped"),
    ] {
        illegal(journal, why);
    }
}

#[test]
fn where_a_run_stands_for_whoever_looks() {
    for (journal, is_held, seconds, expected) in [
        ("open", true, 0, "running"),
        ("open", false, 0, "interrupted"),
        ("open intend:0", false, 0, "interrupted"),
        ("open intend:0 interrupt@7=bert", false, 9, "interrupted by bert at 7"),
        ("open intend:0 interrupt@7=bert", true, 9, "running"),
        // Whoever goes on has the last word.
        ("open intend:0 interrupt done:0", false, 9, "interrupted"),
        ("open intend:0 interrupt note", false, 9, "interrupted by anna at 0"),
        ("open escalate:1 skip:0 ask:1", false, 0, "waiting for restore: 0 of 2"),
        ("open escalate:1 skip:0 ask:1 ok:1", true, 0, "waiting for restore: 1 of 2"),
        ("open escalate:1 skip:0 ask:1 ok:1", false, 100, "stopped"),
        ("open escalate:1 skip:0 ask:1 ok:1 ok:1=bert", false, 0, "ready at restore"),
        ("open escalate:1 skip:0 ask:1 ok:1 ok:1=bert", false, 100, "ready at restore"),
        ("open escalate:1 skip:0 ask:1 ok:1 ok:1=bert", true, 0, "running"),
        ("open escalate:1 skip:0 ask:1 refuse:1", false, 0, "ready at restore"),
        ("open escalate:1 intend:0 fail:0 stop skip:0", false, 0, "ready at stop writes"),
        ("open escalate:1 skip:0 ask:1 refuse:1 unwind", false, 0, "interrupted"),
        ("open escalate:1 skip:0 ask:1 refuse:1 unwind", true, 0, "unwinding"),
        ("open pause", false, 0, "paused"),
        ("open pause resume", false, 0, "interrupted"),
        ("open escalate:1 intend:0 fail:0 stop", false, 0, "stopped"),
        ("open escalate:1 skip:0 ask:1 abort", false, 0, "aborted"),
        ("open intend:0 done:0 intend:1 done:1 close", false, 0, "succeeded"),
        ("open failed", false, 0, "failed"),
    ] {
        let state = run(journal).unwrap_or_else(|why| panic!("{journal}: {why}"));
        let said = match standing(&state, is_held, at(seconds)) {
            Standing::Running => "running".to_owned(),
            Standing::Unwinding => "unwinding".to_owned(),
            Standing::WaitingForApproval { step, approved, quorum, until } => {
                assert_eq!(until, at(100), "{journal}");
                format!("waiting for {step}: {} of {quorum}", approved.len())
            }
            Standing::Ready { step, .. } => format!("ready at {step}"),
            Standing::Paused => "paused".to_owned(),
            Standing::Stopped { because } => {
                assert!(!because.is_empty(), "{journal}");
                "stopped".to_owned()
            }
            Standing::Interrupted { stopped: None } => "interrupted".to_owned(),
            Standing::Interrupted { stopped: Some(last) } => {
                format!("interrupted by {} at {}", last.by, last.at.as_second())
            }
            Standing::Aborted => "aborted".to_owned(),
            Standing::TakenBack => "taken back".to_owned(),
            Standing::Succeeded => "succeeded".to_owned(),
            Standing::Failed => "failed".to_owned(),
        };
        assert_eq!(said, expected, "{journal}");
    }
}

/// Nobody is asked any more when it is over.
#[test]
fn no_question_outlives_a_run() {
    for journal in ["open escalate:1 skip:0 ask:1 abort", "open escalate:1 skip:0 ask:1 failed"] {
        let state = run(journal).unwrap_or_else(|why| panic!("{journal}: {why}"));
        assert_eq!(state.steps[1].status, Status::Pending, "{journal}");
    }
}

#[test]
fn a_run_stands_at_the_step_that_somebody_decides() {
    for (journal, step) in [
        ("open", Some(0)),
        ("open intend:0 done:0", Some(1)),
        ("open intend:0 again:0", Some(0)),
        ("open escalate:1 skip:0 ask:1", Some(1)),
        ("open intend:0 done:0 intend:1 done:1", None),
    ] {
        let state = run(journal).unwrap_or_else(|why| panic!("{journal}: {why}"));
        assert_eq!(state.stands_at(), step, "{journal}");
    }
    // What failed and is left behind is not what somebody decides.
    let mut state = run("open intend:0 fail:0").unwrap();
    state.procedure.ways[0].steps[0].on_failure = OnFailure::Continue;
    assert_eq!(state.stands_at(), Some(1));
}

/// What older versions wrote is read, and what they do not know of is written only where it says something.
#[test]
fn journals_of_before_are_read() {
    let old = r#"{"event":"refused","step":1,"reason":"no"}"#;
    let read: Event = serde_json::from_str(old).unwrap();
    assert_eq!(read, Event::Refused { step: 1, reason: "no".to_owned(), fails: false });
    assert_eq!(serde_json::to_string(&read).unwrap(), old);
}

/// Whatever `next` asks for is legal, for every outcome of every step, to the end.
#[test]
fn every_path_that_next_takes_is_legal_and_ends() {
    let mut todo = vec![("open".to_owned(), 0)];
    let (mut ends, mut seen) = (std::collections::BTreeSet::new(), 0);
    while let Some((journal, seconds)) = todo.pop() {
        seen += 1;
        assert!(seen < 20_000, "{journal}");
        let state = run(&journal).unwrap_or_else(|why| panic!("{journal}: {why}"));
        let mut then = Vec::new();
        let mut go = |word: String| then.push((format!("{journal} {word}@{seconds}"), seconds + 1));
        match next(&state, at(seconds)) {
            Next::Begin { step, attempt, .. } => go(format!("intend:{step}:{attempt}")),
            Next::Settle { step, attempt, .. } => {
                for outcome in ["done", "fail", "again"] {
                    go(format!("{outcome}:{step}:{attempt}"));
                }
            }
            Next::Ask { step } => go(format!("ask:{step}")),
            Next::AwaitApproval { step, .. } => {
                let by = if journal.contains("=carla") { "dora" } else { "carla" };
                go(format!("refuse:{step}"));
                then.push((format!("{journal} ok:{step}@{seconds}={by}"), seconds + 1));
            }
            Next::Wait { until } => then.push((journal.clone(), until.as_second())),
            Next::Escalate { to, .. } => go(format!("escalate:{to}")),
            Next::Unwind { .. } => go("unwind".to_owned()),
            Next::Reverse { step, attempt } => go(format!("reverse:{step}:{attempt}")),
            Next::SettleReversal { step, attempt } => {
                go(format!("reversed:{step}:{attempt}"));
                go(format!("unreversed:{step}:{attempt}"));
            }
            Next::Stop { .. } => go("stop".to_owned()),
            Next::Close { succeeded } => go(if succeeded { "close" } else { "failed" }.to_owned()),
            Next::Nothing => drop(ends.insert("a person")),
            Next::Over => drop(ends.insert(if state.phase == Phase::Succeeded { "succeeded" } else { "failed" })),
        }
        todo.extend(then);
    }
    assert_eq!(ends.into_iter().collect::<Vec<_>>(), ["a person", "failed", "succeeded"]);
}

fn written(journal: &str) -> Vec<Record> {
    let mut records: Vec<Record> = Vec::new();
    for word in journal.split_whitespace() {
        let (event, seconds, by) = event(word);
        let head = records.last().map(Record::head);
        records.push(Record::after("r1", head.as_ref(), at(seconds), &by, 3, &event));
    }
    records
}

#[test]
fn a_journal_that_was_touched_is_found() {
    let records = written("open intend:0 done:0 intend:1 done:1 close");
    let head = records.last().map(Record::head);
    let check = |change: &dyn Fn(&mut Vec<Record>)| {
        let mut touched = records.clone();
        change(&mut touched);
        chain::read("r1", &touched, head.as_ref())
    };
    assert!(matches!(check(&|_| {}), Ok(Some(state)) if state.phase == Phase::Succeeded));
    type Touch<'t> = &'t dyn Fn(&mut Vec<Record>);
    let changed: &[Touch<'_>] = &[
        &|r| r[2].body = r[2].body.replace("done", "done "),
        &|r| r[2].by = "bert".to_owned(),
        &|r| r[2].at = at(99),
        &|r| r[1].fence = 2,
        &|r| r[5].hash = r[4].hash.clone(),
    ];
    for change in changed {
        assert!(matches!(check(change), Err(Broken::Changed { .. })));
    }
    assert!(matches!(check(&|r| drop(r.remove(2))), Err(Broken::Missing { expected: 3, found: 4, .. })));
    assert!(matches!(check(&|r| r.swap(2, 3)), Err(Broken::Missing { .. })));
    assert!(matches!(check(&|r| drop(r.pop())), Err(Broken::Short { expected: 6, found: 5, .. })));
    // Another run's journal under this name.
    assert!(matches!(chain::read("r2", &records, head.as_ref()), Err(Broken::Changed { seq: 1, .. })));
    // Written anew from the middle on: every hash fits, and the last one is not the one that was kept.
    let anew = written("open intend:0 fail:0 escalate:1 skip:0 note");
    assert!(matches!(chain::read("r1", &anew, head.as_ref()), Err(Broken::Changed { seq: 6, .. })));
    let older = Head { seq: 2, hash: records[1].hash.clone() };
    assert!(matches!(chain::read("r1", &records[..2], Some(&older)), Ok(Some(_))));
    let mut unknown = records.clone();
    unknown[0].body = "{\"event\":\"dreamt\"}".to_owned();
    assert!(chain::read("r1", &unknown, None).is_err());
}

/// What comes beforehand has its own time, and the way's begins behind it.
#[test]
fn the_time_of_a_way_begins_behind_what_comes_beforehand() {
    let kept = step("keep", |step| {
        step.beforehand = true;
        step.budget = Millis(3_600_000);
    });
    let way = Way { name: "A".to_owned(), budget: Some(Millis(180_000)), steps: vec![kept, step("sql", |_| {})] };
    let other = Way { name: "B".to_owned(), budget: None, steps: vec![step("undo", |_| {})] };
    let procedure = Procedure { name: "rollback".to_owned(), ways: vec![way, other] };
    let opened = Event::Opened { procedure, target: None, because: String::new(), facts: Value::Null };
    let after = |state: Option<&State>, seconds, event: &Event| {
        apply(state, Entry { at: at(seconds), by: "anna", event }).unwrap_or_else(|why| panic!("{why}"))
    };
    let state = after(None, 0, &opened);
    assert_eq!(state.deadline(0, at(0)), Some(at(3_600)));
    let intended = |step| Event::Intended { step, attempt: 1, preview: String::new() };
    let settled = |step| Event::Settled { step, attempt: 1, outcome: Outcome::Done { facts: Value::Null } };
    let state = after(Some(&state), 10, &intended(0));
    let state = after(Some(&state), 1_010, &settled(0));
    // Ten seconds of its three minutes were used before.
    assert_eq!(state.way_deadline(at(1_010)), Some(at(1_180)));
    assert_eq!(said(&next(&state, at(1_020))), "begin 1 1");
    assert_eq!(said(&next(&state, at(1_180))), "escalate 1");
}

/// People take their time, and the way has as much left when they have agreed as when they were asked.
#[test]
fn the_time_of_a_way_is_not_spent_while_people_are_asked() {
    let asks = step("restore", |step| step.approval = Some(Approval { quorum: 1, expires: Millis(86_400_000) }));
    let steps = vec![asks, step("check", |_| {})];
    let way = Way { name: "A".to_owned(), budget: Some(Millis(180_000)), steps };
    let procedure = Procedure { name: "rollback".to_owned(), ways: vec![way] };
    let opened = Event::Opened { procedure, target: None, because: String::new(), facts: Value::Null };
    let after = |state: &State, seconds, event: Event| {
        apply(Some(state), Entry { at: at(seconds), by: "anna", event: &event }).unwrap_or_else(|why| panic!("{why}"))
    };
    let state = apply(None, Entry { at: at(0), by: "anna", event: &opened }).unwrap();
    let asked = || Event::ApprovalAsked { step: 0, preview: "p".to_owned(), until: at(86_400) };
    let state = after(&state, 10, asked());
    assert_eq!(state.way_deadline(at(1_000)), Some(at(1_170)));
    // What is to be agreed to has changed: it is one wait.
    let state = after(&state, 1_000, asked());
    let agreed = after(&state, 2_000, Event::Approved { step: 0, preview: "p".to_owned() });
    assert_eq!(agreed.deadline(0, at(2_005)), Some(at(2_065)));
    let begun = after(&agreed, 2_010, Event::Intended { step: 0, attempt: 1, preview: "p".to_owned() });
    assert_eq!(begun.way_deadline(at(9_999)), Some(at(2_180)));
    let skipped = after(&state, 2_010, Event::Skipped { step: 0, reason: "not needed".to_owned() });
    assert_eq!(skipped.way_deadline(at(9_999)), Some(at(2_180)));
    assert_eq!(said(&next(&skipped, at(2_100))), "begin 1 1");
    // Whoever goes on after nobody has answered has the whole time again.
    let expired = after(&state, 90_000, Event::Resumed { reason: String::new() });
    assert_eq!(expired.way_deadline(at(99_999)), Some(at(90_180)));
}
