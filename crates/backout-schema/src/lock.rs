//! Locks of tables: the modes in the order of what they keep out.
//!
//! Must not know: what a table is locked for, or how a lock is taken.

use serde::{Deserialize, Serialize};

/// The modes of LOCK TABLE (PostgreSQL's documentation, "Table-Level Locks"), weakest first. Serialized as `pg_locks`
/// names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum LockMode {
    #[serde(rename = "AccessShareLock")]
    AccessShare,
    #[serde(rename = "RowShareLock")]
    RowShare,
    #[serde(rename = "RowExclusiveLock")]
    RowExclusive,
    #[serde(rename = "ShareUpdateExclusiveLock")]
    ShareUpdateExclusive,
    #[serde(rename = "ShareLock")]
    Share,
    #[serde(rename = "ShareRowExclusiveLock")]
    ShareRowExclusive,
    #[serde(rename = "ExclusiveLock")]
    Exclusive,
    #[serde(rename = "AccessExclusiveLock")]
    AccessExclusive,
}

impl LockMode {
    pub const ALL: [LockMode; 8] = [
        LockMode::AccessShare,
        LockMode::RowShare,
        LockMode::RowExclusive,
        LockMode::ShareUpdateExclusive,
        LockMode::Share,
        LockMode::ShareRowExclusive,
        LockMode::Exclusive,
        LockMode::AccessExclusive,
    ];

    /// As LOCK TABLE takes it.
    pub fn sql(self) -> &'static str {
        match self {
            LockMode::AccessShare => "ACCESS SHARE",
            LockMode::RowShare => "ROW SHARE",
            LockMode::RowExclusive => "ROW EXCLUSIVE",
            LockMode::ShareUpdateExclusive => "SHARE UPDATE EXCLUSIVE",
            LockMode::Share => "SHARE",
            LockMode::ShareRowExclusive => "SHARE ROW EXCLUSIVE",
            LockMode::Exclusive => "EXCLUSIVE",
            LockMode::AccessExclusive => "ACCESS EXCLUSIVE",
        }
    }

    /// As `pg_locks` names it.
    pub fn catalog_name(self) -> &'static str {
        match self {
            LockMode::AccessShare => "AccessShareLock",
            LockMode::RowShare => "RowShareLock",
            LockMode::RowExclusive => "RowExclusiveLock",
            LockMode::ShareUpdateExclusive => "ShareUpdateExclusiveLock",
            LockMode::Share => "ShareLock",
            LockMode::ShareRowExclusive => "ShareRowExclusiveLock",
            LockMode::Exclusive => "ExclusiveLock",
            LockMode::AccessExclusive => "AccessExclusiveLock",
        }
    }

    pub fn of_catalog_name(name: &str) -> Option<LockMode> {
        LockMode::ALL.into_iter().find(|mode| mode.catalog_name() == name)
    }

    /// Whether those who read rows wait for it.
    pub fn stops_readers(self) -> bool {
        self == LockMode::AccessExclusive
    }

    /// Whether those who write rows wait for it.
    pub fn stops_writers(self) -> bool {
        self >= LockMode::Share
    }
}

impl std::fmt::Display for LockMode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.sql())
    }
}

/// A lock of one table, by the name that SQL has for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableLock {
    pub table: String,
    pub mode: LockMode,
}

#[cfg(test)]
mod tests {
    use super::LockMode;

    #[test]
    fn each_mode_has_one_name_in_the_catalog() {
        assert!(LockMode::ALL.is_sorted());
        for mode in LockMode::ALL {
            assert_eq!(LockMode::of_catalog_name(mode.catalog_name()), Some(mode));
            assert_eq!(serde_json::to_value(mode).unwrap(), mode.catalog_name());
        }
        assert_eq!(LockMode::of_catalog_name("SIReadLock"), None);
    }

    #[test]
    fn who_waits() {
        let stopping = |stops: fn(LockMode) -> bool| LockMode::ALL.into_iter().filter(|mode| stops(*mode)).count();
        assert_eq!(stopping(LockMode::stops_writers), 4);
        assert_eq!(stopping(LockMode::stops_readers), 1);
    }
}
