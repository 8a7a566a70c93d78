//! What a foreign key does to rows of its table. The catalog keeps a constraint as the server prints it, and here is the
//! one place that reads its clauses.

use crate::object::Constraint;

/// What happens to the row that is referred to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyEvent {
    Delete,
    Update,
}

impl Constraint {
    /// Whether rows go or change with those that they refer to.
    pub fn writes_on(&self, event: KeyEvent) -> bool {
        ["CASCADE", "SET NULL", "SET DEFAULT"].iter().any(|action| self.does(event, action))
    }

    /// Whether rows go with those that they refer to.
    pub fn cascades_delete(&self) -> bool {
        self.does(KeyEvent::Delete, "CASCADE")
    }

    /// Whether it is looked at only when a transaction ends.
    pub fn is_deferred(&self) -> bool {
        let (definition, deferred) = (self.definition.as_str(), " INITIALLY DEFERRED");
        self.deferrable && definition.strip_suffix(" NOT VALID").unwrap_or(definition).ends_with(deferred)
    }

    fn does(&self, event: KeyEvent, action: &str) -> bool {
        let event = match event {
            KeyEvent::Delete => " ON DELETE ",
            KeyEvent::Update => " ON UPDATE ",
        };
        self.foreign_table.is_some() && self.clauses().contains(&format!("{event}{action}"))
    }

    /// What follows its columns, without the names that are in quotes.
    fn clauses(&self) -> String {
        let unquoted: String = self.definition.split('"').step_by(2).collect();
        unquoted.rsplit(" REFERENCES ").next().unwrap_or_default().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::KeyEvent::{Delete, Update};
    use crate::object::{Constraint, ConstraintKind, ObjectId};

    fn key(definition: &str) -> Constraint {
        Constraint {
            kind: ConstraintKind::ForeignKey,
            definition: definition.to_owned(),
            validated: true,
            deferrable: definition.contains(" DEFERRABLE"),
            columns: vec![1],
            foreign_table: Some(ObjectId::relation(1)),
            foreign_columns: vec![1],
            inherited: false,
            on_domain: false,
        }
    }

    #[test]
    fn actions() {
        let plain = key("FOREIGN KEY (a) REFERENCES t(b)");
        assert!(!plain.writes_on(Delete) && !plain.writes_on(Update) && !plain.is_deferred());
        let both = key(
            "FOREIGN KEY (a) REFERENCES t(b) ON UPDATE SET DEFAULT ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED",
        );
        assert!(both.writes_on(Delete) && both.writes_on(Update) && both.cascades_delete() && both.is_deferred());
        let null = key("FOREIGN KEY (a, c) REFERENCES t(b, c) ON DELETE SET NULL (a) DEFERRABLE");
        assert!(null.writes_on(Delete) && !null.writes_on(Update) && !null.cascades_delete() && !null.is_deferred());
        let restrict = key("FOREIGN KEY (a) REFERENCES t(b) ON UPDATE RESTRICT ON DELETE RESTRICT");
        assert!(!restrict.writes_on(Delete) && !restrict.writes_on(Update));
        let hostile = key(
            r#"FOREIGN KEY (" ON DELETE CASCADE") REFERENCES " ON DELETE CASCADE"(" REFERENCES x ON UPDATE CASCADE")"#,
        );
        assert!(!hostile.writes_on(Delete) && !hostile.writes_on(Update) && !hostile.cascades_delete());
        let excluded = key(r#"EXCLUDE USING gist (a WITH =) WHERE ((a <> '"'::text)) DEFERRABLE INITIALLY DEFERRED"#);
        assert!(
            excluded.is_deferred()
                && key("FOREIGN KEY (a) REFERENCES t(b) DEFERRABLE INITIALLY DEFERRED NOT VALID").is_deferred()
        );
        let quote = key(r#"FOREIGN KEY ("a"" ON DELETE CASCADE") REFERENCES t(b) ON UPDATE CASCADE"#);
        assert!(!quote.writes_on(Delete) && quote.writes_on(Update));
    }
}
