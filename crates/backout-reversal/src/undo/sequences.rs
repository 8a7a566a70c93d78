//! The numbers of sequences: those of before, where nothing that is in use would be handed out again.

use super::planner::Planner;
use crate::ddl;
use crate::inverse::SequenceValue;
use backout_schema::{Column, Detail, ObjectId, ident, literal};

impl Planner<'_> {
    pub(super) fn sequence_values(&mut self) {
        self.former_values();
        for id in self.inverse.changed.clone() {
            self.leave_limit(id);
        }
    }

    fn former_values(&mut self) {
        for value in self.inverse.sequences.clone() {
            if let Some((last_value, is_called)) = value.left {
                self.count_back(&value, last_value, is_called);
                continue;
            }
            // A moved sequence kept its value by itself.
            if self.now.contains(value.sequence) && !self.inverse.changed.contains(&value.sequence) {
                continue;
            }
            let Some(object) = self.target.get(value.sequence) else {
                continue;
            };
            let name = self.target.sql_name(object.id);
            let about = self.target.identity(object.id);
            // Rows written since may have got numbers beyond it.
            if let Detail::Sequence(s) = &object.detail
                && let Some(column) = s.owned_by.filter(|column| s.identity && !self.now.contains(*column))
                && let Some(of) = self.target.column_name(column.oid, column.sub)
            {
                let (most, beyond) = if s.increment < 0 { ("min", "<") } else { ("max", ">") };
                let table = ObjectId::relation(column.oid);
                let full = self.target.sql_name(table);
                // Its own policies would hide rows from the owner.
                let forced = self.is_forced(table);
                if forced {
                    self.step(ddl::force_row_security(&full, false), &about);
                }
                self.step(
                    format!(
                        "SELECT CASE WHEN m.top {beyond} {0} THEN pg_catalog.setval({1}, m.top, true) ELSE pg_catalog.setval({1}, {0}, {2}) END \
                         FROM (SELECT {most}({3}) AS top FROM {4}) m",
                        value.last_value,
                        literal(&name).trim_start(),
                        value.is_called,
                        ident(of),
                        full
                    ),
                    &about,
                );
                if forced {
                    self.step(ddl::force_row_security(&full, true), &about);
                }
                continue;
            }
            self.step(
                format!(
                    "SELECT pg_catalog.setval({}, {}, {})",
                    literal(&name).trim_start(),
                    value.last_value,
                    value.is_called
                ),
                &about,
            );
        }
    }
    /// A sequence that has its limit for a number, as it had been beyond it, would hand out none: rows with numbers
    /// from there on are set aside, so it goes on after those that are there.
    fn leave_limit(&mut self, id: ObjectId) {
        let (Some(Detail::Sequence(now)), Some(object)) = (self.now.get(id).map(|o| &o.detail), self.target.get(id))
        else {
            return;
        };
        let Detail::Sequence(then) = &object.detail else { return };
        let (limit, most, exceeds) = match then.increment < 0 {
            true => (then.minimum, "min", now.minimum < then.minimum),
            false => (then.maximum, "max", now.maximum > then.maximum),
        };
        let Some(column) = then.owned_by.filter(|_| exceeds) else { return };
        let table = ObjectId::relation(column.oid);
        let is_number = |c: &Column| matches!(c.data_type.as_str(), "smallint" | "integer" | "bigint" | "numeric");
        let (Some(Detail::Column(c)), Some(of)) =
            (self.target.get(column).map(|o| &o.detail), self.target.column_name(column.oid, column.sub))
        else {
            return;
        };
        // What hides rows would hide numbers in use.
        if !is_number(c) || self.is_forced(table) {
            return;
        }
        let (of, full, name) = (ident(of), self.target.sql_name(table), self.target.sql_name(id));
        let sql = format!(
            "SELECT pg_catalog.setval({}, least(greatest(coalesce((SELECT {most}({of}) FROM {full}), {}), {}), {}), \
             EXISTS (SELECT FROM {full} WHERE {of} IS NOT NULL)) FROM {name} s WHERE s.last_value = {limit} AND s.is_called",
            literal(&name).trim_start(),
            then.start,
            then.minimum,
            then.maximum
        );
        let about = self.target.identity(id);
        self.step(sql, &about);
    }

    /// A sequence that the migration counted on, and nobody since: it must not hand out what is in use.
    fn count_back(&mut self, value: &SequenceValue, last_value: i64, is_called: bool) {
        let (Some(object), true) = (self.target.get(value.sequence), self.now.contains(value.sequence)) else { return };
        let Detail::Sequence(detail) = &object.detail else { return };
        let (name, about) = (self.target.sql_name(object.id), self.target.identity(object.id));
        let used = detail.owned_by.and_then(|column| {
            let table = ObjectId::relation(column.oid);
            let name = ident(self.target.column_name(column.oid, column.sub)?);
            let beyond = if detail.increment < 0 { "<" } else { ">" };
            let is_number = match self.target.get(column).map(|o| &o.detail) {
                Some(Detail::Column(c)) => {
                    matches!(c.data_type.as_str(), "smallint" | "integer" | "bigint" | "numeric")
                }
                _ => false,
            };
            let condition = match is_number {
                true => format!("{name} {beyond} {}", value.last_value),
                false => format!(
                    "CASE WHEN {name}::text ~ '^-?[0-9]+$' THEN {name}::text::numeric {beyond} {} END",
                    value.last_value
                ),
            };
            Some(format!(" AND NOT EXISTS (SELECT FROM {} WHERE {condition})", self.target.sql_name(table)))
        });
        // One that was set to another number hands out none that is in use.
        let used = if value.restarted { Some(String::new()) } else { used };
        let Some(used) = used else { return };
        let apart = matches!(self.now.get(value.sequence).map(|o| &o.detail),
            Some(Detail::Sequence(now)) if now.minimum > detail.maximum || now.maximum < detail.minimum);
        if apart {
            let (last, called) = (value.last_value, value.is_called);
            self.step(format!("SELECT pg_catalog.setval({}, {last}, {called})", literal(&name).trim_start()), &about);
            return;
        }
        // By now one beyond the former limits is the limit.
        let within = last_value.clamp(detail.minimum, detail.maximum);
        let is_called = is_called || within != last_value;
        self.step(
            format!(
                "SELECT pg_catalog.setval({}, {}, {}) FROM {name} s WHERE s.last_value = {within} AND s.is_called = {is_called}{used}",
                literal(&name).trim_start(),
                value.last_value,
                value.is_called
            ),
            &about,
        );
    }
}
