//! Messages that come with Backout: those of runbooks that teams have written, with computed figures in the place of those
//! that somebody was to fill in, and without what nobody can know.
//!
//! Must not know: plans, or when anything is sent.

/// A message that a plan names by `template = "…"`.
#[derive(Debug)]
pub struct Shipped {
    pub name: &'static str,
    /// A template on one line.
    pub subject: &'static str,
    pub text: &'static str,
    /// What the plan may add in `texts`; nothing of it is needed.
    pub texts: &'static [(&'static str, &'static str)],
    pub meaning: &'static str,
    /// What it is for, as a plan says it.
    pub on: &'static str,
}

const PRODUCT: (&str, &str) = ("product", "whose service it is");
const RECORDS: (&str, &str) = ("records", "what the rows are called: `client records`");
const CAUSE: (&str, &str) = ("cause", "what had gone wrong");
const DATA: (&str, &str) = ("data", "what was in these rows, and what was not");
const MEASURES: (&str, &str) = ("measures", "what prevents it from now on");
const ADVICE: (&str, &str) = ("advice", "what the reader should do");
const CONTACT: (&str, &str) = ("contact", "whom to ask");
const REPORT: (&str, &str) = ("report", "the address of a report that users may read");
const IMPACT: (&str, &str) = ("impact", "what users notice");

/// All of them.
pub const SHIPPED: &[Shipped] = &[
    Shipped {
        name: "rollback-started",
        subject: "Rollback in progress: {{ incident.title }}",
        text: include_str!("shipped/rollback-started.md"),
        texts: &[],
        meaning: "a way back has begun: which one, why, who is called, how it goes",
        on: "run-started",
    },
    Shipped {
        name: "migration-rollback-started",
        subject: "Migration rollback initiated: {{ incident.title }}",
        text: include_str!("shipped/migration-rollback-started.md"),
        texts: &[],
        meaning: "the same, with the steps that are still to come",
        on: "run-started",
    },
    Shipped {
        name: "rollback-update",
        subject: "Rollback: {{ run.phase|default(incident.status) }}",
        text: include_str!("shipped/rollback-update.md"),
        texts: &[],
        meaning: "how things are now",
        on: "every",
    },
    Shipped {
        name: "way-changed",
        subject: "Way {{ changed.from }} did not suffice: {{ incident.title }}",
        text: include_str!("shipped/way-changed.md"),
        texts: &[],
        meaning: "the next way has begun",
        on: "way-changed",
    },
    Shipped {
        name: "rollback-failed",
        subject: "Rollback failed: {{ incident.title }}",
        text: include_str!("shipped/rollback-failed.md"),
        texts: &[],
        meaning: "it needs people",
        on: "failed",
    },
    Shipped {
        name: "rollback-complete",
        subject: "Rollback complete: {{ incident.title }}",
        text: include_str!("shipped/rollback-complete.md"),
        texts: &[CAUSE, IMPACT],
        meaning: "how long it took, what was lost, what is to be done",
        on: "run-ended",
    },
    Shipped {
        name: "approval-asked",
        subject: "Approval needed: {{ asked.step }}",
        text: include_str!("shipped/approval-asked.md"),
        texts: &[],
        meaning: "a step waits for people",
        on: "asked",
    },
    Shipped {
        name: "duty-overdue",
        subject: "Overdue: {{ duty.name }}",
        text: include_str!("shipped/duty-overdue.md"),
        texts: &[],
        meaning: "a duty was not done in its time",
        on: "overdue",
    },
    Shipped {
        name: "status-page",
        subject: "{{ incident.title }}",
        text: include_str!("shipped/status-page.md"),
        texts: &[CAUSE, IMPACT],
        meaning: "for a status page: nothing that people have written down is in it",
        on: "opened",
    },
    Shipped {
        name: "user-update",
        subject: "{{ texts.product|default(\"Service\") }}: a data visibility issue{% if exposed.to is known %} was \
                  resolved{% endif %}",
        text: include_str!("shipped/user-update.md"),
        texts: &[PRODUCT, RECORDS, MEASURES, ADVICE, CONTACT],
        meaning: "for an affected user: what happened, what was taken back",
        on: "resolved",
    },
    Shipped {
        name: "user-security",
        subject: "{{ texts.product|default(\"Service\") }} security update: records of yours were visible to others",
        text: include_str!("shipped/user-security.md"),
        texts: &[PRODUCT, RECORDS, CAUSE, DATA, MEASURES, ADVICE, CONTACT, REPORT],
        meaning: "for an affected user, at more length",
        on: "resolved",
    },
];

/// The one of this name.
pub fn shipped(name: &str) -> Option<&'static Shipped> {
    SHIPPED.iter().find(|one| one.name == name)
}
