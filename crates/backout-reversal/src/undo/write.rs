//! Writes to tables as if they had no row security, no triggers and no rules: all rows must be reached, and the
//! application did not write these values.

use super::planner::Planner;
use super::step::{Step, Write};
use crate::ddl;
use crate::tables::with_heirs;
use backout_schema::{Detail, KeyEvent, Object, ObjectId, Rule, ident};
use std::collections::BTreeSet;

impl Planner<'_> {
    /// Writes to a table as if it had no row security and no triggers: all rows must be reached, and the
    /// application did not write these values.
    pub(super) fn undisturbed(&mut self, table: ObjectId, write: Write, step: Step) {
        let about = step.about.clone();
        let (mut before, mut after) = self.undisturbing(table);
        // What changes rows of a table changes those of its children.
        if write == Write::Update {
            let is_child = |id: &ObjectId| {
                let child =
                    matches!(self.target.get(*id).map(|o| &o.detail), Some(Detail::Table(t)) if !t.inherits.is_empty());
                *id != table && child && self.now.contains(*id)
            };
            for child in with_heirs(self.target, table).into_iter().filter(is_child) {
                let (first, last) = self.undisturbing(child);
                before.extend(first);
                after.extend(last);
            }
        }
        for follower in self.followers(table, write).into_iter().filter(|id| *id != table) {
            self.rules_off(follower, &mut before, &mut after);
        }
        // A row that is written twice is looked at again, whatever changed in it.
        let waits = |o: &Object| matches!(&o.detail, Detail::Constraint(c) if c.is_deferred());
        if self.now.outside().chain(self.target.outside()).any(waits) {
            self.check_at_once(&about);
        }
        for sql in before {
            self.step(sql, &about);
        }
        self.draft.push(step);
        for sql in after {
            self.step(sql, &about);
        }
    }

    /// What comes before and after such a write.
    pub(super) fn undisturbing(&self, table: ObjectId) -> (Vec<String>, Vec<String>) {
        let full = self.target.sql_name(table);
        // Not those that went by now.
        let there =
            self.now.parts(table).filter(|p| self.target.contains(p.id) && !self.progress.drops.contains(&p.id));
        let (mut before, mut after) = (Vec::new(), Vec::new());
        // By now the table's attributes are those of before.
        let forced = self.is_forced(table);
        if forced {
            before.push(ddl::force_row_security(&full, false));
        }
        let lacking = self.lacking_privileges(table);
        if !lacking.is_empty() {
            let (list, role) = (lacking.join(", "), ident(&self.options.role));
            before.push(format!("GRANT {list} ON {full} TO {role}"));
            after.push(format!("REVOKE {list} ON {full} FROM {role}"));
        }
        self.identify_rows(table, &mut before, &mut after);
        for part in there {
            let Detail::Trigger(trigger) = &part.detail else { continue };
            let then = self.enabled_then(part);
            if trigger.enabled == 'D' && then == 'D' {
                continue;
            }
            let name = ident(&self.target.get(part.id).unwrap_or(part).name);
            before.push(format!("ALTER TABLE {full} DISABLE TRIGGER {name}"));
            if then != 'D' {
                after.push(format!("ALTER TABLE {full} {} TRIGGER {name}", ddl::enable_word(then)));
            }
        }
        self.rules_off(table, &mut before, &mut after);
        self.undisturbing_parts(table, &mut before, &mut after);
        if forced {
            after.push(ddl::force_row_security(&full, true));
        }
        (before, after)
    }

    /// A rule would make something else of what is written.
    fn rules_off(&self, table: ObjectId, before: &mut Vec<String>, after: &mut Vec<String>) {
        let full = self.target.sql_name(table);
        for part in self.now.parts(table).filter(|p| self.target.contains(p.id) && !self.progress.drops.contains(&p.id))
        {
            let Detail::Rule(Rule { enabled, .. }) = &part.detail else { continue };
            let then = self.enabled_then(part);
            if *enabled == 'D' && then == 'D' {
                continue;
            }
            let name = ident(&self.target.get(part.id).unwrap_or(part).name);
            before.push(format!("ALTER TABLE {full} DISABLE RULE {name}"));
            if then != 'D' {
                after.push(format!("ALTER TABLE {full} {} RULE {name}", ddl::enable_word(then)));
            }
        }
    }

    /// When a trigger or a rule fires once all is back: what was altered is so already by the time of such a write, and
    /// what is altered later will be.
    fn enabled_then(&self, part: &Object) -> char {
        match self.target.get(part.id).map_or(&part.detail, |then| &then.detail) {
            Detail::Trigger(trigger) => trigger.enabled,
            Detail::Rule(rule) => rule.enabled,
            _ => 'O',
        }
    }

    /// Tables whose foreign keys write to them when rows of this one go or change.
    pub(super) fn followers(&self, table: ObjectId, write: Write) -> BTreeSet<ObjectId> {
        let mut found = BTreeSet::new();
        let event = match write {
            Write::Insert => return found,
            Write::Update | Write::UpdateOnly => KeyEvent::Update,
            Write::Delete => KeyEvent::Delete,
        };
        let mut open = vec![table];
        while let Some(next) = open.pop() {
            for object in self.now.outside().filter(|o| self.target.contains(o.id)) {
                let Detail::Constraint(c) = &object.detail else { continue };
                let any = || c.writes_on(KeyEvent::Delete) || c.writes_on(KeyEvent::Update);
                let follows = if next == table { c.writes_on(event) } else { any() };
                if c.foreign_table == Some(next) && follows {
                    open.extend(object.parent.filter(|child| found.insert(*child)));
                }
            }
        }
        found
    }

    /// The same for the partitions, where the rows lie: what is switched for the whole is switched for them.
    fn undisturbing_parts(&self, whole: ObjectId, before: &mut Vec<String>, after: &mut Vec<String>) {
        let is_part = |o: &&Object| matches!(&o.detail, Detail::Table(t) if t.partition_of == Some(whole));
        for part in self.now.objects().filter(|o| self.target.contains(o.id)).filter(is_part) {
            let full = self.target.sql_name(part.id);
            self.identify_rows(part.id, before, after);
            let there = |o: &&Object| self.target.contains(o.id) && !self.progress.drops.contains(&o.id);
            for object in self.now.parts(part.id).filter(there) {
                let Detail::Trigger(trigger) = &object.detail else { continue };
                let name = ident(&self.target.get(object.id).unwrap_or(object).name);
                let then = self.enabled_then(object);
                let above = self.now.parts(whole).find_map(|o| match &o.detail {
                    Detail::Trigger(t) if trigger.inherited && o.name == object.name => {
                        Some((t.enabled, self.enabled_then(o)))
                    }
                    _ => None,
                });
                match above {
                    // Will be what that of the whole is.
                    Some(states) if states == (trigger.enabled, then) => continue,
                    None if trigger.enabled == 'D' && then == 'D' => continue,
                    _ => {}
                }
                if trigger.enabled != 'D' {
                    before.push(format!("ALTER TABLE {full} DISABLE TRIGGER {name}"));
                }
                after.push(format!("ALTER TABLE {full} {} TRIGGER {name}", ddl::enable_word(then)));
            }
            self.undisturbing_parts(part.id, before, after);
        }
    }

    /// Rows whose changes are published need something to be told apart by.
    fn identify_rows(&self, table: ObjectId, before: &mut Vec<String>, after: &mut Vec<String>) {
        let Some(Detail::Table(t)) = self.target.get(table).map(|o| &o.detail) else { return };
        if t.replica_identity == 'f' || !self.is_published(table) {
            return;
        }
        let is_identity = |p: &&Object| matches!(&p.detail, Detail::Index(i) if i.replica_identity);
        let index = self.target.parts(table).filter(|p| self.now.contains(p.id)).find(is_identity);
        let former = match (t.replica_identity, index) {
            ('n', _) => "NOTHING".to_owned(),
            ('i', Some(index)) => format!("USING INDEX {}", ident(&index.name)),
            _ => "DEFAULT".to_owned(),
        };
        let full = self.target.sql_name(table);
        before.push(format!("ALTER TABLE {full} REPLICA IDENTITY FULL"));
        after.push(format!("ALTER TABLE {full} REPLICA IDENTITY {former}"));
    }

    /// What its owner took from himself.
    fn lacking_privileges(&self, table: ObjectId) -> Vec<&'static str> {
        // What is recreated is as it was left until then.
        let is_old = self.chosen.rebuilds.contains(&table) && !self.progress.arrived.contains(&table);
        let object = if is_old { self.now.get(table) } else { self.target.get(table) };
        let Some(acl) = object.filter(|o| o.owner.as_ref() == Some(&self.options.role)).and_then(|o| o.acl.as_ref())
        else {
            return Vec::new();
        };
        let has = |letter: char| {
            acl.iter().any(|item| {
                (item.grantee == self.options.role || item.grantee.is_empty())
                    && item.privileges.iter().any(|p| p.letter == letter)
            })
        };
        let wanted = [('r', "SELECT"), ('a', "INSERT"), ('w', "UPDATE"), ('d', "DELETE")];
        wanted.into_iter().filter(|(letter, _)| !has(*letter)).map(|(_, word)| word).collect()
    }

    /// Whether changes of its rows are published, for which rows need an identity.
    fn is_published(&self, table: ObjectId) -> bool {
        let schema = self.now.schema_of(table);
        let own = self.now.objects().any(|o| match &o.detail {
            Detail::Publication(p) => p.all_tables,
            Detail::PublicationTable(m) => m.table == table,
            Detail::PublicationSchema => Some(o.name.as_str()) == schema,
            _ => false,
        });
        let whole = match self.now.get(table).map(|o| &o.detail) {
            Some(Detail::Table(t)) => t.partition_of,
            _ => None,
        };
        own || whole.is_some_and(|whole| self.is_published(whole))
    }
}
