//! Rollouts under a clock of ours: the flag is switched by what is asked for, and nothing else happens.

use backout_plan::Plan;
use jiff::ToSpan as _;
use serde_json::{Value, json};

use super::*;

const OFF: &str = r#"{"defaultVariant":"off","state":"DISABLED","variants":{"off":false,"on":true}}"#;

fn plan(stages: &str) -> State {
    let text = format!(
        "version = 1\n[targets.p]\n[serve]\nflags = \"flags.json\"\n[[verify]]\nname = \"p0\"\nthat = {{ sql = \"SELECT true\" }}\n\
         [[source]]\nname = \"s\"\nask.sql = {{ query = \"SELECT 1\" }}\nevery = \"1s\"\n\
         [[trigger]]\nname = \"errors\"\nsource = \"s\"\nmeasure = \"last\"\nover = \"1m\"\nabove = 1\n\
         [[rollout]]\nname = \"cards\"\nflag = \"cards\"\nvariant = \"on\"\n{stages}"
    );
    let plan = Plan::parse("backout.toml", &text).unwrap_or_else(|errors| panic!("{errors}"));
    State::new(plan.rollouts[0].clone(), "anna", "", Timestamp::UNIX_EPOCH)
}

const THREE: &str = "[[rollout.stage]]\ngroups = [\"beta\"]\nhold = \"10s\"\nchecks = [\"p0\"]\n\
    [[rollout.stage]]\npercent = 25\nhold = \"20s\"\n[[rollout.stage]]\neverybody = true\nhold = \"30s\"\nchecks = [\"p0\"]\n";

const WATCHED: &str = "[[rollout.stage]]\npercent = 25\nhold = \"10s\"\ntriggers = [\"errors\"]\n";

struct Sim {
    state: State,
    facts: Facts,
    said: Vec<String>,
    switched: usize,
    /// What checks come to when they are asked.
    checks: Option<Checked>,
    asked: usize,
}

impl Sim {
    fn of(state: State) -> Self {
        let facts = Facts {
            now: Timestamp::UNIX_EPOCH,
            flag: Ok(OFF.to_owned()),
            readings: vec![reading(Verdict::Healthy)],
            is_watched: true,
            fired: Vec::new(),
            way_back: None,
            checked: None,
        };
        Self { state, facts, said: Vec::new(), switched: 0, checks: Some(Checked::Passed), asked: 0 }
    }

    /// Every step that is due now: the last thing that was decided.
    fn go(&mut self) -> Next {
        for _ in 0..20 {
            // What is written down is what goes on.
            let kept = serde_json::to_string(&self.state).unwrap();
            let next = next(&serde_json::from_str(&kept).unwrap(), &self.facts);
            match next {
                Next::Wait => return next,
                Next::Check if self.checks.is_none() => return next,
                Next::Check => {
                    self.asked += 1;
                    self.facts.checked = self.checks.clone();
                }
                Next::Switch { to } => {
                    self.switched += 1;
                    self.facts.flag = Ok(to);
                }
                Next::Become(step) => {
                    self.facts.checked = None;
                    self.said.push(step.said);
                    self.state = step.state;
                }
            }
        }
        panic!("it does not come to an end: {:#?}", self.state);
    }

    fn after(&mut self, seconds: i64) -> &mut Self {
        self.facts.now = self.facts.now.checked_add(seconds.seconds()).unwrap();
        self.go();
        self
    }

    fn answer(&mut self, word: Word) -> Result<(), String> {
        let step = answered(&self.state, word, "bert", "why", self.facts.now)?;
        self.state = step.state;
        self.go();
        Ok(())
    }

    fn flag(&self) -> Value {
        serde_json::from_str(self.facts.flag.as_deref().unwrap()).unwrap()
    }

    fn is_off(&self) -> bool {
        self.facts.flag.as_deref() == Ok(OFF)
    }

    #[track_caller]
    fn ended(&self, expected: How, reason: &str, is_back: bool) {
        let Phase::Over { how, why, back } = &self.state.phase else { panic!("{:#?}", self.state) };
        assert_eq!((*how, *back), (expected, is_back), "{why}");
        assert!(why.contains(reason), "{why}");
    }
}

fn reading(verdict: Verdict) -> Reading {
    let at = Timestamp::UNIX_EPOCH;
    let (trigger, why) = ("errors".to_owned(), "2 is above 1".to_owned());
    Reading {
        trigger,
        at,
        verdict,
        value: None,
        limit: None,
        samples: None,
        since: None,
        vetoed: None,
        fires: None,
        why,
    }
}

#[test]
fn each_stage_holds_before_the_next() {
    let mut sim = Sim::of(plan(THREE));
    sim.go();
    assert_eq!((sim.state.stage, sim.switched, sim.asked), (0, 1, 1));
    assert_eq!((sim.flag()["state"].clone(), sim.flag()["defaultVariant"].clone()), (json!("ENABLED"), json!("off")));
    sim.after(9);
    assert_eq!((sim.state.stage, sim.asked), (0, 1));
    // At its end the checks are asked again, and a stage without checks holds by its time alone.
    sim.after(1);
    assert_eq!((sim.state.stage, sim.switched, sim.asked), (1, 2, 2));
    let targeting = sim.flag()["targeting"].to_string();
    assert!(targeting.contains("beta") && targeting.contains("25"), "{targeting}");
    sim.after(19).after(1);
    assert_eq!((sim.state.stage, sim.switched, sim.asked), (2, 3, 3));
    assert_eq!(
        sim.flag(),
        json!({ "state": "ENABLED", "variants": { "on": true, "off": false }, "defaultVariant": "on" })
    );
    sim.after(30);
    sim.ended(How::Done, "all stages", false);
    assert_eq!((sim.switched, sim.asked, sim.state.reached.len()), (3, 4, 3));
    assert!(sim.state.reached.iter().all(|one| one.passed.is_some()));
    let said = sim.said.join("\n");
    assert!(said.contains("stage 2 of 3 (25 %) begins") && said.ends_with("is done: all stages have held"), "{said}");
    assert_eq!(sim.go(), Next::Wait);
}

#[test]
fn a_check_that_does_not_pass_takes_it_back() {
    for again in [false, true] {
        let mut sim = Sim::of(plan(THREE));
        let failed = Some(Checked::Failed("check \"p0\" failed: 3 rows".to_owned()));
        if again {
            sim.go();
        }
        sim.checks = failed;
        sim.after(10);
        sim.ended(How::Stopped, "3 rows", true);
        assert!(sim.is_off());
        assert!(sim.said.last().is_some_and(|said| said.contains("stopped at stage 1 of 3 (beta)")), "{:?}", sim.said);
    }
    // Where the plan wants that, it stays.
    let mut sim = Sim::of(plan(&format!("on_failure = \"hold\"\n{THREE}")));
    sim.checks = Some(Checked::Failed("no".to_owned()));
    sim.go();
    sim.ended(How::Stopped, "no", false);
    assert!(!sim.is_off());
}

#[test]
fn checks_that_have_not_answered_are_waited_for() {
    let mut sim = Sim::of(plan(THREE));
    sim.checks = None;
    assert_eq!(sim.go(), Next::Check);
    sim.after(100);
    assert!(matches!(sim.state.phase, Phase::Checks));
    // Meanwhile everything else is seen.
    sim.facts.readings = vec![reading(Verdict::Breached)];
    sim.go();
    sim.ended(How::Stopped, "trigger \"errors\" is breached: 2 is above 1", true);
}

#[test]
fn what_speaks_against_it_takes_it_back() {
    type Happens = fn(&mut Facts);
    let all: [(Happens, &str); 4] = [
        (|facts| facts.readings = vec![reading(Verdict::Breached)], "is breached"),
        (|facts| facts.fired = vec![("errors".to_owned(), facts.now)], "has fired"),
        (|facts| facts.way_back = Some("1-a".to_owned()), "a way back runs: 1-a"),
        // Nobody watches any more, and the last thing that was said of it since it began was a breach.
        (|facts| (facts.readings, facts.is_watched) = (vec![reading(Verdict::Breached)], false), "is breached"),
    ];
    for (happens, why) in all {
        let mut sim = Sim::of(plan(THREE));
        sim.go();
        sim.after(10).after(5);
        assert_eq!(sim.state.stage, 1);
        happens(&mut sim.facts);
        sim.go();
        sim.ended(How::Stopped, why, true);
        assert!(sim.is_off());
        // Before anything was switched nothing is.
        let mut sim = Sim::of(plan(THREE));
        happens(&mut sim.facts);
        sim.go();
        sim.ended(How::Stopped, why, false);
        assert_eq!((sim.switched, sim.is_off()), (0, true));
    }
    // What was breached or fired before it began, and is not any more, is no reason.
    let mut sim = Sim::of(plan(THREE));
    let before = Timestamp::UNIX_EPOCH.checked_sub(1.second()).unwrap();
    sim.facts.fired = vec![("errors".to_owned(), before)];
    sim.facts.readings = vec![Reading { at: before, ..reading(Verdict::Breached) }];
    sim.facts.is_watched = false;
    sim.go();
    assert!(matches!(sim.state.phase, Phase::Holds { .. }));
}

#[test]
fn what_somebody_else_switched_stays() {
    let other = r#"{"defaultVariant":"on","state":"ENABLED","variants":{"off":false,"on":true}}"#;
    let mut sim = Sim::of(plan(THREE));
    sim.go();
    sim.facts.flag = Ok(other.to_owned());
    sim.go();
    sim.ended(How::Stopped, "somebody else switched the flag", false);
    assert_eq!((sim.flag()["defaultVariant"].clone(), sim.switched), (json!("on"), 1));
    // Also where it was about to go back.
    let mut sim = Sim::of(plan(THREE));
    sim.go();
    sim.facts.readings = vec![reading(Verdict::Breached)];
    let Next::Become(step) = next(&sim.state, &sim.facts) else { panic!() };
    assert!(matches!(step.state.phase, Phase::GoesBack { .. }));
    (sim.state, sim.facts.flag) = (step.state, Ok(other.to_owned()));
    sim.go();
    sim.ended(How::Stopped, "is breached: 2 is above 1; somebody else", false);
}

/// Killed before the flag is switched, and after that.
#[test]
fn an_intent_is_carried_out_once() {
    let mut sim = Sim::of(plan(THREE));
    while !matches!(sim.state.phase, Phase::Switches) {
        let Next::Become(step) = next(&sim.state, &sim.facts) else { panic!() };
        sim.state = step.state;
    }
    let Next::Switch { to } = next(&sim.state, &sim.facts) else { panic!() };
    assert_eq!(next(&sim.state, &sim.facts), Next::Switch { to: to.clone() });
    sim.facts.flag = Ok(to);
    sim.go();
    assert_eq!((sim.switched, sim.state.reached.len()), (0, 1));
    // A breach that is seen between the switch and its record takes it back all the same.
    let mut sim = Sim::of(plan(THREE));
    sim.go();
    sim.state.phase = Phase::Switches;
    (sim.state.given, sim.state.intended) = (Some(OFF.to_owned()), sim.facts.flag.clone().ok());
    sim.facts.way_back = Some("1-a".to_owned());
    sim.go();
    sim.ended(How::Stopped, "way back", true);
    assert!(sim.is_off());
}

#[test]
fn a_trigger_that_is_named_must_be_healthy() {
    let unknown: [fn(&mut Facts); 5] = [
        |facts| facts.readings = vec![reading(Verdict::NoData)],
        |facts| facts.readings = vec![reading(Verdict::Inconclusive)],
        |facts| facts.readings = vec![reading(Verdict::SourceError)],
        |facts| facts.readings.clear(),
        |facts| facts.is_watched = false,
    ];
    for happens in unknown {
        let mut sim = Sim::of(plan(WATCHED));
        sim.go();
        happens(&mut sim.facts);
        sim.after(10).after(9);
        let said = sim.said.iter().filter(|said| said.contains("waits: ")).count();
        assert_eq!((said, sim.state.stage), (1, 0), "{:?}", sim.said);
        assert!(sim.state.waits.is_some());
        // As soon as it says that all is well it goes on.
        let mut well =
            Sim { state: sim.state.clone(), facts: sim.facts.clone(), said: Vec::new(), ..Sim::of(plan(WATCHED)) };
        (well.facts.readings, well.facts.is_watched) = (vec![reading(Verdict::Healthy)], true);
        well.go();
        well.ended(How::Done, "", false);
        sim.after(1);
        sim.ended(How::Stopped, "for as long as it may wait", true);
        assert!(sim.is_off());
    }
}

#[test]
fn somebody_approves_a_stage() {
    let mut sim = Sim::of(plan(&THREE.replace("percent = 25", "percent = 25\nask = true")));
    sim.go();
    assert!(sim.answer(Word::Approve).is_err());
    sim.after(10).after(1000);
    assert_eq!((sim.state.stage, &sim.state.phase, sim.switched), (1, &Phase::Asks, 1));
    sim.answer(Word::Approve).unwrap();
    assert_eq!((sim.switched, sim.state.approved[0].by.as_str()), (2, "bert"));
    assert!(matches!(sim.state.phase, Phase::Holds { .. }));
}

#[test]
fn a_pause_is_none_of_the_hold() {
    let mut sim = Sim::of(plan(THREE));
    sim.go();
    sim.after(4);
    sim.answer(Word::Pause).unwrap();
    assert!(sim.answer(Word::Pause).is_err());
    sim.after(100);
    assert_eq!(sim.state.stage, 0);
    sim.answer(Word::Resume).unwrap();
    assert!(sim.answer(Word::Resume).is_err());
    sim.after(5);
    assert_eq!(sim.state.stage, 0);
    sim.after(1);
    assert_eq!(sim.state.stage, 1);
    // What goes wrong is seen in a pause too.
    sim.answer(Word::Pause).unwrap();
    sim.facts.way_back = Some("1-a".to_owned());
    sim.go();
    sim.ended(How::Stopped, "way back", true);
    assert!(sim.state.paused.is_none());
}

#[test]
fn somebody_ends_it() {
    for (stays, is_back) in [(false, true), (true, false)] {
        let mut sim = Sim::of(plan(THREE));
        sim.go();
        sim.answer(Word::Abort { stays }).unwrap();
        sim.ended(How::Aborted, "ended by bert: why", is_back);
        assert_eq!(sim.is_off(), is_back);
        for word in [Word::Abort { stays }, Word::Pause, Word::Resume, Word::Approve] {
            assert!(sim.answer(word).is_err());
        }
    }
    // Nobody has looked at the flag yet.
    let mut sim = Sim::of(plan(THREE));
    sim.answer(Word::Abort { stays: false }).unwrap();
    sim.ended(How::Aborted, "", false);
    assert_eq!(sim.switched, 0);
}

#[test]
fn a_flag_that_cannot_be_read_is_waited_for() {
    let mut sim = Sim::of(plan(THREE));
    sim.facts.flag = Err("no such file".to_owned());
    sim.go();
    sim.ended(How::Stopped, "no such file", false);
    let mut sim = Sim::of(plan(THREE));
    sim.go();
    let given = sim.facts.flag.clone();
    sim.facts.flag = Err("no such file".to_owned());
    sim.go();
    assert!(sim.state.waits.is_some());
    sim.facts.flag = given.clone();
    sim.go();
    assert!(sim.state.waits.is_none());
    sim.facts.flag = Err("no such file".to_owned());
    let said = sim.said.len();
    sim.after(9).after(1);
    assert!(matches!(sim.state.phase, Phase::Holds { .. }) && sim.said.len() == said + 1, "{:?}", sim.said);
    // It may wait for as long as the stage was to be watched; then it is to go back, as soon as it can.
    sim.after(10);
    assert!(matches!(sim.state.phase, Phase::GoesBack { .. }), "{:#?}", sim.state);
    sim.facts.flag = given;
    sim.go();
    sim.ended(How::Stopped, "no such file", true);
}

#[test]
fn what_cannot_be_given_is_known_before_anything_is_switched() {
    let mut sim = Sim::of(plan(THREE));
    sim.facts.flag = Ok(OFF.replace("\"defaultVariant\":\"off\"", "\"defaultVariant\":\"on\""));
    sim.go();
    sim.ended(How::Stopped, "everybody has it", true);
    let mut sim = Sim::of(plan(&THREE.replace("[[rollout.stage]]\ngroups", "[[rollout.stage]]\nask = true\ngroups")));
    sim.facts.flag = Ok(OFF.replace("\"on\"", "\"yes\""));
    sim.go();
    sim.ended(How::Stopped, "has no variant `on`", true);
    assert_eq!(sim.switched, 0);
}
