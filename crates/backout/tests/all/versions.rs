//! What the version before wrote is read, and restored, by this one. The fixtures were made by its binary.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use backout_backup::manifest::Manifest;
use backout_postgres::rehearse::Certificate;
use backout_reversal::Inverse;
use serde_json::Value;

use crate::project::{PLAN, Project};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/0.1.0").join(name)
}

fn text(name: &str) -> Result<String> {
    fs::read_to_string(fixture(name)).with_context(|| name.to_owned())
}

fn copied(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copied(&entry.path(), &to)?;
        } else {
            fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}

/// Every field of a document comes back as it was written.
fn whole<T: serde::de::DeserializeOwned + serde::Serialize>(text: &str) -> Result<()> {
    let (document, read): (Value, T) = (serde_json::from_str(text)?, serde_json::from_str(text)?);
    assert_eq!(serde_json::to_value(read)?, document);
    Ok(())
}

#[test]
fn documents_of_the_version_before() -> Result<()> {
    whole::<Inverse>(&text("inverse.json")?)?;
    whole::<Certificate>(&text("certificate.json")?)?;
    let certificate: Certificate = serde_json::from_str(&text("certificate.json")?)?;
    assert!(certificate.proven() && certificate.migrations.len() == 1);
    // A field that nobody knows is refused rather than dropped.
    for name in ["inverse.json", "certificate.json"] {
        let unknown = text(name)?.replacen('{', "{\"of_a_version_to_come\": 1, ", 1);
        assert!(
            serde_json::from_str::<Inverse>(&unknown).is_err()
                && serde_json::from_str::<Certificate>(&unknown).is_err()
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_backup_of_the_version_before() -> Result<()> {
    let project = Project::new("version_before").await?;
    project.write("backout.toml", PLAN)?;
    copied(&fixture("backups"), &project.path(".backout/backups"))?;
    let id = fs::read_dir(fixture("backups"))?.next().context("no backup")??.file_name();
    let id = id.to_string_lossy().into_owned();
    let shown = project.json(&["backup", "show", &id], 0)?;
    assert_eq!(shown["result"]["manifest"]["id"], id, "{shown:#}");
    project.run(&["backup", "verify", &id], 0)?;
    let owner = project.database.owner();
    project
        .database
        .run_as_superuser(&format!("CREATE ROLE app; ALTER ROLE {owner} CREATEDB; GRANT app TO {owner}"))?;
    let name = format!("{}_restored", project.database.name());
    let line = ["restore", &id, "--into", &name, "--accept-differences", "--yes", "production"];
    project.run(&line, 0)?;
    let count = |table: &str| project.query(&format!("\\c {name}\nSELECT count(*) FROM {table}"));
    assert_eq!((count("users")?.as_str(), count("notes")?.as_str()), ("30", "90"));
    project.query(&format!("DROP DATABASE {name}"))?;
    Ok(())
}

#[test]
fn the_manifest_of_the_version_before() -> Result<()> {
    let folder = fs::read_dir(fixture("backups"))?.next().context("no backup")??.path();
    let document: Value = serde_json::from_str(&fs::read_to_string(folder.join("manifest.json"))?)?;
    whole::<Manifest>(&document["manifest"].to_string())
}
