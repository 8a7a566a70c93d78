//! What a backup says of itself: where it is from, what it holds and what not, and how each piece is checked.
//!
//! A backup is a folder of objects under its id. The manifest is written last: a backup without one is not one.
//! Nothing in it is secret. It holds the BLAKE3 of every object that a restore reads, so its signature covers them all.

use backout_plan::identity::TargetIdentity;
use backout_postgres::ground::Ground;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::import::Imported;
use crate::signing::Signature;
use crate::stream::{Fingerprint, Form};

/// The format that is written and read.
pub const FORMAT: u32 = 2;
/// The object under a backup's id that holds the manifest.
pub const MANIFEST: &str = "manifest.json";
/// The one beside it that holds its signature, where it has one.
pub const SIGNATURE: &str = "manifest.sig";
/// The object that says that a backup is being taken, until the manifest is there.
pub const DRAFT: &str = "taking.json";

/// Everything about one backup.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    pub format: u32,
    pub id: String,
    /// When the snapshot was taken: what was committed by then is in it, and nothing else.
    pub at: Timestamp,
    pub began: Timestamp,
    pub ended: Timestamp,
    /// Position in the write-ahead log right after the snapshot. `None` where the role or a standby does not tell.
    pub lsn: Option<String>,
    /// Which transactions the snapshot has seen, as `pg_snapshot` writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<String>,
    pub source: Source,
    /// Without the settings of the database, which may hold secrets and are in an object of their own.
    pub ground: Ground,
    pub settings: Blob,
    pub schema: Schema,
    pub tables: Vec<Table>,
    pub sequences: Vec<Sequence>,
    pub large_objects: Option<LargeObjects>,
    /// What of the database is not in here, and why.
    pub left_out: Vec<LeftOut>,
    /// Who can read it, as age recipients; empty where it is not encrypted.
    #[serde(default)]
    pub recipients: Vec<String>,
    /// How it was found, which is no part of it.
    #[serde(skip)]
    pub found: Found,
}

/// What lies there while a backup is taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    pub id: String,
    pub began: Timestamp,
    pub endpoint: String,
    pub target: Option<String>,
}

/// What is known of the stored bytes of a manifest.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    /// Their BLAKE3, in hexadecimal digits.
    pub digest: String,
    /// Who signed just these bytes.
    pub signature: Signature,
}

/// The database that the backup is of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Source {
    /// The plan's name of the target, where there is a plan.
    pub target: Option<String>,
    /// `host:port/database`.
    pub endpoint: String,
    pub database: String,
    pub role: String,
    /// As the server words it: `15.18 (Debian 15.18-0+deb12u1)`.
    pub server: String,
    /// As a number: `150018`.
    pub server_version: u32,
    pub identity: Option<TargetIdentity>,
    /// The program that took it.
    pub taken_by: String,
    /// The foreign dump that it is of, where it is of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imported: Option<Imported>,
    /// The run that kept the present state with it, before a step that may lose some of it. What is to be brought back
    /// is an older one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept_by: Option<String>,
}

/// The definitions, as SQL for before and for after the rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schema {
    pub before: Blob,
    pub after: Blob,
    /// A digest of each object outside Backout's own schemas, by name: the same in every database that has the same.
    pub objects: Blob,
    /// What stands in for extensions in a sandbox that lacks them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stand_ins: Option<Blob>,
}

/// One object of the backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blob {
    /// Its name under the backup's id.
    pub object: String,
    /// Bytes before compression.
    pub raw: u64,
    /// Bytes as they are stored.
    pub stored: u64,
    /// BLAKE3 of the stored bytes.
    pub digest: String,
    /// Encrypted after it was compressed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub encrypted: bool,
}

/// The rows of one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    pub schema: String,
    pub name: String,
    /// Those with values of their own, in the order of the rows' fields.
    pub columns: Vec<String>,
    pub form: Form,
    pub fingerprint: Fingerprint,
    /// Each is a whole COPY stream.
    pub chunks: Vec<Blob>,
}

/// Where a sequence stood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sequence {
    pub schema: String,
    pub name: String,
    pub last_value: i64,
    pub is_called: bool,
}

/// Large objects, as rows of id, offset and bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LargeObjects {
    pub count: u64,
    /// Statements that make them, with owner, comment and grants.
    pub definitions: Blob,
    pub fingerprint: Fingerprint,
    pub chunks: Vec<Blob>,
}

/// Something that the backup does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    pub what: String,
    pub why: String,
    /// It is a table whose definition is here and whose rows are not.
    pub rows_only: bool,
    /// Its rows were never in this database: nothing is missing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub elsewhere: bool,
    /// The partitioned tables that it is a part of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts_of: Vec<String>,
}

#[derive(Debug, Error)]
pub enum ManifestError {
    #[error("the manifest of backup {id} is not whole or was changed: {why}")]
    Damaged { id: String, why: String },
    #[error("backup {id} has format {found}, and this program reads {FORMAT}")]
    Format { id: String, found: u32 },
}

/// The manifest as it is stored, with its own checksum.
#[derive(Serialize, Deserialize)]
struct Envelope {
    backout_backup: u32,
    digest: String,
    manifest: Box<serde_json::value::RawValue>,
}

impl Manifest {
    /// The bytes to store.
    pub fn to_bytes(&self) -> Vec<u8> {
        let text = serde_json::to_string(self).unwrap_or_default();
        let digest = blake3::hash(text.as_bytes()).to_hex().to_string();
        let mut bytes = format!("{{\"backout_backup\":{FORMAT},\"digest\":\"{digest}\",\n\"manifest\":").into_bytes();
        bytes.extend_from_slice(text.as_bytes());
        bytes.extend_from_slice(b"}\n");
        bytes
    }

    /// Reads what was stored.
    ///
    /// # Errors
    /// When it is cut short, changed, of another backup, or of a format to come.
    pub fn parse(id: &str, bytes: &[u8]) -> Result<Self, ManifestError> {
        let damaged = |why: String| ManifestError::Damaged { id: id.to_owned(), why };
        let envelope: Envelope = serde_json::from_slice(bytes).map_err(|error| damaged(error.to_string()))?;
        if envelope.backout_backup != FORMAT {
            return Err(ManifestError::Format { id: id.to_owned(), found: envelope.backout_backup });
        }
        let text = envelope.manifest.get();
        if blake3::hash(text.as_bytes()).to_hex().as_str() != envelope.digest {
            return Err(damaged("its checksum is another one".to_owned()));
        }
        let manifest: Self = serde_json::from_str(text).map_err(|error| damaged(error.to_string()))?;
        if manifest.id != id {
            return Err(damaged(format!("it is the manifest of backup {}", manifest.id)));
        }
        Ok(manifest)
    }

    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.fingerprint.rows).sum()
    }

    /// Tables whose rows were there and are not in here.
    pub fn without_rows(&self) -> impl Iterator<Item = &LeftOut> {
        self.left_out.iter().filter(|left| left.rows_only && !left.elsewhere)
    }

    /// Whether the rows of all tables are in it.
    pub fn is_whole(&self) -> bool {
        self.without_rows().next().is_none()
    }

    /// Every object, the manifest itself apart.
    pub fn blobs(&self) -> impl Iterator<Item = &Blob> {
        let large =
            self.large_objects.iter().flat_map(|large| std::iter::once(&large.definitions).chain(&large.chunks));
        [&self.schema.before, &self.schema.after, &self.schema.objects, &self.settings]
            .into_iter()
            .chain(&self.schema.stand_ins)
            .chain(self.tables.iter().flat_map(|table| &table.chunks))
            .chain(large)
    }

    /// Bytes as stored.
    pub fn stored(&self) -> u64 {
        self.blobs().map(|blob| blob.stored).sum()
    }

    /// Bytes before compression.
    pub fn raw(&self) -> u64 {
        self.blobs().map(|blob| blob.raw).sum()
    }

    /// The table of this name.
    pub fn table(&self, schema: &str, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.schema == schema && table.name == name)
    }
}

impl Table {
    /// As it is written in SQL.
    pub fn sql_name(&self) -> String {
        format!("{}.{}", backout_schema::ident(&self.schema), backout_schema::ident(&self.name))
    }
}

/// A new id: names sort by time, to the millisecond, and two of one moment differ.
pub fn new_id(at: Timestamp) -> String {
    let random = random() & 0xf_ffff;
    format!("{}-{:03x}{random:05x}", at.strftime("%Y%m%dT%H%M%SZ"), at.subsec_millisecond())
}

/// So that names of one moment differ.
pub fn random() -> u32 {
    let mut random = [0_u8; 4];
    // The clock alone tells most apart; without random bytes it must be enough.
    if std::fs::File::open("/dev/urandom")
        .and_then(|mut file| std::io::Read::read_exact(&mut file, &mut random))
        .is_err()
    {
        random = Timestamp::now().subsec_nanosecond().to_be_bytes();
    }
    u32::from_be_bytes(random)
}

/// Whether this can be a backup's id.
pub fn is_id(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 25
        && bytes.iter().enumerate().all(|(at, byte)| match at {
            8 => *byte == b'T',
            15 => *byte == b'Z',
            16 => *byte == b'-',
            0..15 => byte.is_ascii_digit(),
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn sample() -> Manifest {
        let blob = |object: &str| Blob {
            object: object.to_owned(),
            raw: 10,
            stored: 5,
            digest: "ab".to_owned(),
            encrypted: false,
        };
        let at: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
        Manifest {
            format: FORMAT,
            id: "20260102T030405Z-0a1b2c3d".to_owned(),
            at,
            began: at,
            ended: at,
            lsn: None,
            snapshot: Some("10:20:10,14".to_owned()),
            source: Source {
                target: None,
                endpoint: "h:1/d".to_owned(),
                database: "d".to_owned(),
                role: "r".to_owned(),
                server: "15.18".to_owned(),
                server_version: 150_018,
                identity: None,
                taken_by: "backout".to_owned(),
                imported: None,
                kept_by: None,
            },
            ground: Ground::default(),
            settings: blob("schema/settings"),
            schema: Schema { before: blob("b"), after: blob("a"), objects: blob("o"), stand_ins: None },
            tables: vec![Table {
                schema: "we\"ird".to_owned(),
                name: "größe".to_owned(),
                columns: vec!["a".to_owned()],
                form: Form::Binary,
                fingerprint: Fingerprint { rows: 3, sum: u128::MAX },
                chunks: vec![blob("0")],
            }],
            sequences: Vec::new(),
            large_objects: None,
            left_out: Vec::new(),
            recipients: Vec::new(),
            found: Found::default(),
        }
    }

    #[test]
    fn a_manifest_comes_back_as_it_was() {
        let manifest = sample();
        assert_eq!(Manifest::parse(&manifest.id, &manifest.to_bytes()).unwrap(), manifest);
        assert_eq!((manifest.rows(), manifest.stored(), manifest.raw()), (3, 25, 50));
    }

    #[test]
    fn no_damage_passes() {
        let manifest = sample();
        let bytes = manifest.to_bytes();
        for length in 0..bytes.len() - 1 {
            assert!(Manifest::parse(&manifest.id, &bytes[..length]).is_err(), "{length}");
        }
        for at in 0..bytes.len() - 1 {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            match Manifest::parse(&manifest.id, &changed) {
                Err(_) => {}
                Ok(read) => assert_eq!(read, manifest, "byte {at}"),
            }
        }
        assert!(Manifest::parse("20260102T030405Z-ffffffff", &bytes).is_err());
    }

    #[test]
    fn ids_sort_by_time() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let ids = ["05Z", "05.001Z", "05.999Z", "06Z"].map(|end| new_id(at(&format!("2026-01-02T03:04:{end}"))));
        assert!(ids.is_sorted(), "{ids:?}");
        let one = ids[0].clone();
        assert!(is_id(&one), "{one}");
        for wrong in
            ["", "latest", "20260102T030405Z-0A1B2C3D", "20260102T030405Z-0a1b2c3", "../20260102T030405Z-0a1b2c3d"]
        {
            assert!(!is_id(wrong), "{wrong}");
        }
    }
}
