//! The card from what was looked up: pure.
//!
//! Must not know: where a fact comes from.

use std::collections::BTreeMap;

use backout_plan::Plan;
use backout_plan::plan::{PlanStep, PlanWay};
use backout_plan::wording::{count, span};
use jiff::{SignedDuration, Timestamp};

use super::{Applied, Card, Check, Command, Duty, Figure, Gone, Issue, Origin, Step, Way, issues, shell};
use crate::rollback::{Preview, StepPreview, WayPreview};

/// All that a card is made of.
#[derive(Debug)]
pub(super) struct Facts<'a> {
    pub plan: &'a Plan,
    pub target: String,
    pub now: Timestamp,
    pub backout: String,
    /// What is applied and can be taken back, the newest first, with its rehearsal where there was one.
    pub applied: Vec<(Applied, Option<Rehearsed>)>,
    /// The newest rehearsal of all: what is pending, or was applied last.
    pub rehearsed: Option<Rehearsed>,
    /// The newest proven backup.
    pub proven: Option<Proven>,
    pub preview: Option<Preview>,
    /// When a way was gone last, by its name.
    pub went: BTreeMap<String, Went>,
    pub gone: Gone,
    pub unknown: Vec<String>,
}

/// Times of a rehearsal, all its migrations together.
#[derive(Debug, Clone)]
pub(super) struct Rehearsed {
    pub id: String,
    pub at: Timestamp,
    pub migrate_ms: f64,
    pub undo_ms: f64,
    pub undo_lock_ms: f64,
}

#[derive(Debug, Clone)]
pub(super) struct Proven {
    pub id: String,
    /// When the backup was taken, and when it was restored to prove it.
    pub taken: Timestamp,
    pub at: Timestamp,
    pub ms: f64,
}

#[derive(Debug, Clone)]
pub(super) struct Went {
    pub run: String,
    pub at: Timestamp,
    pub ms: f64,
}

impl Facts<'_> {
    pub fn card(self) -> Card {
        let plan = self.plan;
        let ways: Vec<Way> = plan.ways.iter().map(|way| self.way(way)).collect();
        let issues = issues::of(plan).into_iter().map(|known| {
            let way = known.way.as_ref().and_then(|name| ways.iter().find(|way| way.name == *name));
            Issue {
                command: match way {
                    Some(_) => self.rollback(None, &known.symptom),
                    None => "people mend it; nothing is taken back".to_owned(),
                },
                time: way.map_or_else(|| Figure::not("no way of the plan is for it"), |way| way.time.clone()),
                risk: way.map_or_else(String::new, |way| way.risk.clone()),
                name: known.name,
                symptom: known.shows,
                act: known.act,
                way: known.way,
            }
        });
        let people = &plan.people;
        let people = [
            ("On call", &people.on_call),
            ("Phone", &people.phone),
            ("Who decides", &people.lead),
            ("Then", &people.escalation),
        ];
        let success = plan
            .watch
            .success
            .iter()
            .map(|one| format!("{} below {} within {}", one.trigger, one.below.get(), span(one.within.duration())));
        Card {
            issues: issues.collect(),
            commands: self.commands(),
            people: people.into_iter().filter_map(|(what, who)| Some((what, who.clone()?))).collect(),
            success: success.collect(),
            checks: plan.criteria.iter().map(check).collect(),
            duties: plan
                .duties
                .iter()
                .map(|duty| Duty {
                    name: duty.name.clone(),
                    within: span(duty.within.duration()),
                    checklist: duty.checklist.clone(),
                })
                .collect(),
            sources: self.sources(),
            ways,
            target: self.target,
            plan: plan.file().to_owned(),
            made_at: Some(self.now),
            backout: self.backout,
            applied: self.applied.into_iter().map(|(applied, _)| applied).collect(),
            gone: self.gone,
            unknown: self.unknown,
        }
    }

    /// The target is named where the plan has others.
    fn command(&self, line: &str) -> String {
        match self.plan.targets.len() {
            0 | 1 => format!("backout {line}"),
            _ => format!("backout --target {} {line}", shell(&self.target)),
        }
    }

    fn rollback(&self, way: Option<&str>, because: &str) -> String {
        let way = way.map_or_else(String::new, |way| format!(" --way {}", shell(way)));
        let because = if because.is_empty() { String::new() } else { format!(" --because {}", shell(because)) };
        self.command(&format!("rollback{way}{because}"))
    }

    /// In the order in which they are needed.
    fn commands(&self) -> Vec<Command> {
        let figure = |ms: Option<(f64, String, Timestamp)>, by: &str| match ms {
            Some((ms, how, at)) => Figure::measured(ms, how, Some(at)),
            None => Figure::not(self.command(by)),
        };
        let newest = self.applied.first().and_then(|(_, rehearsed)| rehearsed.as_ref());
        let undo = newest.or(self.rehearsed.as_ref().filter(|_| self.applied.is_empty()));
        let undo = undo.map(|one| {
            let how = format!("in the rehearsal (locks for {})", backout_plan::wording::duration(one.undo_lock_ms));
            (one.undo_ms, how, one.at)
        });
        let migrate = self.rehearsed.as_ref().map(|one| (one.migrate_ms, "in the rehearsal".to_owned(), one.at));
        let restore = self.proven.as_ref().map(|one| (one.ms, "when the backup was proven".to_owned(), one.at));
        const LOOKS: &str = "changes nothing";
        let looks = |what, line: &str| Command { what, command: self.command(line), time: None, otherwise: LOOKS };
        let acts =
            |what, line: &str, time| Command { what, command: self.command(line), time: Some(time), otherwise: "" };
        let mut commands =
            vec![looks("Where it stands", "status"), looks("What would be done, and lost", "rollback --dry-run")];
        if !self.plan.ways.is_empty() {
            let line = "rollback --because SYMPTOM";
            commands.push(Command { otherwise: "see the ways", ..looks("A way back", line) });
        }
        commands.extend([
            acts("Take the newest migration back", "undo", figure(undo, "rehearse")),
            acts("Restore the newest backup", "restore latest", figure(restore, "backup prove latest")),
            looks("Is it as it should be?", "verify"),
            acts("Forward again", "migrate", figure(migrate, "rehearse")),
        ]);
        commands
    }

    fn way(&self, way: &PlanWay) -> Way {
        let shown = self.preview.iter().flat_map(|all| &all.ways).find(|one| one.name == way.name);
        let symptom = way.symptoms.first().map(String::as_str).unwrap_or_default();
        let by = self.rollback(Some(&way.name), symptom);
        Way {
            name: way.name.clone(),
            symptoms: way.symptoms.clone(),
            budget: way.budget.map(|budget| span(budget.duration())),
            time: self.time(way, shown, &by),
            risk: risk(way, shown),
            steps: way.steps.iter().map(|step| self.step(step, shown)).collect(),
            command: by,
        }
    }

    /// As it was when it was gone last; else what of its steps was tried before.
    fn time(&self, way: &PlanWay, shown: Option<&WayPreview>, by: &str) -> Figure {
        if let Some(went) = self.went.get(&way.name) {
            return Figure::measured(went.ms, format!("in run {}", went.run), Some(went.at));
        }
        let measured: Vec<f64> = shown.iter().flat_map(|one| &one.steps).filter_map(|step| step.cost.ms).collect();
        match measured.len() {
            0 => Figure::not(format!("{by}, on a copy")),
            some => {
                let how = format!("for {some} of {}", count(way.steps.len(), "step"));
                Figure::measured(measured.iter().sum(), how, None)
            }
        }
    }

    fn step(&self, step: &PlanStep, shown: Option<&WayPreview>) -> Step {
        let shown = shown.and_then(|way| way.steps.iter().find(|one| one.name == step.name));
        let cost = shown.map(|one| &one.cost);
        let at = match step.kind.as_str() {
            "restore" => self.proven.as_ref().map(|one| one.at),
            _ => self.applied.first().and_then(|(_, rehearsed)| rehearsed.as_ref()).map(|one| one.at),
        };
        let time = cost.and_then(|cost| Some(Figure::measured(cost.ms?, cost.measured.unwrap_or_default(), at)));
        Step { name: step.name.clone(), kind: step.kind.clone(), approvals: step.approve, time }
    }

    fn sources(&self) -> Vec<Origin> {
        let until = |at: Timestamp, age: std::time::Duration| {
            let age = SignedDuration::try_from(age).unwrap_or(SignedDuration::MAX);
            at.checked_add(age).ok()
        };
        let migrate = &self.plan.migrate;
        let newest = self.applied.first().and_then(|(_, rehearsed)| rehearsed.as_ref());
        let mut rehearsals: Vec<&Rehearsed> = newest.into_iter().chain(&self.rehearsed).collect();
        rehearsals.dedup_by(|a, b| a.id == b.id);
        let rehearsals = rehearsals.into_iter().map(|one| Origin {
            what: "rehearsal",
            name: one.id.clone(),
            at: one.at,
            until: until(one.at, migrate.certificate_max_age.duration()),
        });
        let proven = self.proven.iter().map(|one| Origin {
            what: "backup",
            name: one.id.clone(),
            at: one.taken,
            until: until(one.taken, migrate.backup_max_age.duration()),
        });
        let went = self.went.values().map(|one| Origin { what: "run", name: one.run.clone(), at: one.at, until: None });
        rehearsals.chain(proven).chain(went).collect()
    }
}

fn check(one: &backout_plan::plan::PlanCheck) -> Check {
    let held = one.held.duration();
    Check { name: one.name.clone(), priority: one.priority, held: (!held.is_zero()).then(|| span(held)) }
}

/// Kinds of step of which nobody counts what they do to rows.
const UNCOUNTED: [&str; 5] = ["command", "http", "import", "migrate", "sql"];

/// Whether rows are lost on a way: counted now, or said that they are not.
fn risk(way: &PlanWay, shown: Option<&WayPreview>) -> String {
    let Some(shown) = shown else { return "not counted: backout rollback --dry-run".to_owned() };
    let steps = || shown.steps.iter();
    let unknown = |step: &StepPreview| step.unknown.is_some() || step.cost.unknown.is_some();
    let lost: u64 = steps().map(|step| step.cost.lost_rows).sum();
    let kept: u64 = steps().map(|step| step.cost.kept_rows).sum();
    let unlike: Vec<&str> = steps().flat_map(|step| &step.cost.unlike).map(String::as_str).collect();
    let open: Vec<String> = steps().filter(|step| unknown(step)).map(|step| step.name.clone()).collect();
    let others = way.steps.iter().filter(|step| UNCOUNTED.contains(&step.kind.as_str()));
    let others: Vec<String> = others.map(|step| format!("{} ({})", step.name, step.kind)).collect();
    let tables = steps().map(|step| step.cost.uncounted.len()).sum::<usize>();
    let mut said = Vec::new();
    if lost > 0 {
        said.push(format!("lossy: {} lost", count(lost, "row")));
    }
    if !unlike.is_empty() {
        said.push(format!("perhaps not as before: {}", count(unlike.len(), "thing")));
    }
    if !open.is_empty() {
        said.push(format!("not known of {}", open.join(", ")));
    }
    if !others.is_empty() {
        said.push(format!("not counted: {}", others.join(", ")));
    }
    if tables > 0 {
        said.push(format!("not counted: {}", count(tables, "table")));
    }
    if said.is_empty() {
        said.push("exact: no row is lost".to_owned());
    }
    if kept > 0 {
        said.push(format!("{} set aside", count(kept, "row")));
    }
    said.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: &str = "version = 1
[targets.shop]
[people]
on_call = \"Anna\"
phone = \"+49 30 1\"
[[way]]
name = \"A\"
for = [\"errors\"]
budget = \"5m\"
[[way.step]]
name = \"off\"
do = \"flags\"
[[way]]
name = \"B\"
for = [\"wrong data\", \"errors\"]
[[way.step]]
name = \"undo\"
do = \"undo\"
approve = 2
[[source]]
name = \"app\"
ask.webhook = {}
[[trigger]]
name = \"too many\"
source = \"app\"
measure = \"ratio\"
over = \"5m\"
above = 0.05
symptom = \"errors\"
act = \"ask\"
[[verify]]
name = \"users\"
priority = 1
for = \"10m\"
that = { sql = \"SELECT true\" }
";

    fn facts(plan: &Plan) -> Facts<'_> {
        Facts {
            plan,
            target: "shop".to_owned(),
            now: Timestamp::UNIX_EPOCH,
            backout: "0".to_owned(),
            applied: Vec::new(),
            rehearsed: None,
            proven: None,
            preview: None,
            went: BTreeMap::new(),
            gone: Gone::default(),
            unknown: Vec::new(),
        }
    }

    #[test]
    fn a_plan_alone_has_no_figure() {
        let plan = Plan::parse("backout.toml", PLAN).unwrap();
        let card = facts(&plan).card();
        let measured = |figure: &Figure| matches!(figure, Figure::Measured { .. });
        assert!(
            !card.commands.iter().filter_map(|one| one.time.as_ref()).any(measured)
                && !card.ways.iter().any(|one| measured(&one.time))
        );
        assert_eq!(card.people, [("On call", "Anna".to_owned()), ("Phone", "+49 30 1".to_owned())]);
        let issues: Vec<(&str, Option<&str>, &str, &str)> = card
            .issues
            .iter()
            .map(|one| (one.name.as_str(), one.way.as_deref(), one.act, one.command.as_str()))
            .collect();
        assert_eq!(
            issues,
            [
                ("too many", Some("A"), "asks first", "backout rollback --because errors"),
                ("wrong data", Some("B"), "by hand", "backout rollback --because 'wrong data'"),
            ]
        );
        assert_eq!(card.issues[0].symptom, "ratio of app in 5 min above 0.05");
        assert_eq!((card.ways[1].steps[0].approvals, card.ways[0].budget.as_deref()), (2, Some("5 min")));
        assert_eq!(card.checks, [Check { name: "users".to_owned(), priority: 1, held: Some("10 min".to_owned()) }]);
    }

    #[test]
    fn figures_are_those_that_were_measured() {
        let plan = Plan::parse("backout.toml", PLAN).unwrap();
        let at = Timestamp::UNIX_EPOCH;
        let rehearsed = Rehearsed { id: "c1".to_owned(), at, migrate_ms: 900.0, undo_ms: 420.0, undo_lock_ms: 12.0 };
        let applied = Applied { number: 3, version: "2026".to_owned(), at };
        let went = Went { run: "r9".to_owned(), at, ms: 2_500.0 };
        let card = Facts {
            applied: vec![(applied, Some(rehearsed.clone()))],
            rehearsed: Some(rehearsed),
            proven: Some(Proven { id: "b1".to_owned(), taken: at, at, ms: 61_000.0 }),
            went: [("A".to_owned(), went)].into(),
            ..facts(&plan)
        }
        .card();
        let time = |what: &str| card.commands.iter().find(|one| one.command.ends_with(what)).unwrap().said(None);
        assert_eq!(time(" undo"), "420 ms in the rehearsal (locks for 12 ms)");
        assert_eq!(time(" migrate"), "900 ms in the rehearsal");
        assert_eq!(time(" restore latest"), "1 min 1 s when the backup was proven");
        assert_eq!(card.ways[0].time.said(None), "2.5 s in run r9");
        assert_eq!(card.sources.len(), 3);
    }
}
