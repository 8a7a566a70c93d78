//! A case of the round trips, as a file tells it: first what it is and what it expects, then its sections of SQL.
//!
//! ```text
//! -- Key that cannot hold.
//! -- left: does not come back      what the undo must say that it could not give back, since rows written since do not fit
//! -- mend: as the undo says        what it says to run later is run after the clean-up
//! -- verdict: order                what the verdicts must mention; without it the way back must be exact
//! -- aside: 2                      how many rows and values the undo must set aside
//! -- rows: users                   a table whose rows must be the same afterwards, apart from what `since` wrote; any number
//! -- needs: icu                    what the server must be built with
//! -- from: 18                      the first server on which it runs
//! -- not on 18: why                it does not come back there as it was
//! -- not hidden: why               columns are dropped, but cannot be hidden
//!
//! -- before                        what is there beside the base
//! -- up                            the migration
//! -- since                         what the application writes before the undo
//! -- then                          what makes of what is there after the undo what was there before
//! -- clean up                      takes away what does not fit, so that what stayed away can come; the dump is as before then
//! ```

use anyhow::{Context, Result, bail, ensure};
use std::fs;
use std::path::Path;

#[derive(Debug, Default)]
pub struct Case {
    pub name: String,
    pub before: String,
    pub up: String,
    pub since: String,
    pub then: String,
    pub clean_up: String,
    pub rows: Vec<String>,
    pub verdict: String,
    pub left: String,
    pub aside: Option<u32>,
    pub mend: Option<String>,
    pub needs: Option<String>,
    pub from: Option<u32>,
    pub not_on: Option<u32>,
    pub not_hidden: Option<String>,
}

impl Case {
    pub fn runs_on(&self, major: u32) -> bool {
        self.from.is_none_or(|first| major >= first) && self.not_on.is_none_or(|first| major < first)
    }

    fn read(name: &str, text: &str) -> Result<Case> {
        let mut case = Case { name: name.to_owned(), ..Case::default() };
        let mut lines = text.lines().zip(1..);
        for (line, number) in lines.by_ref().take_while(|(line, _)| !line.is_empty()) {
            let said = line.strip_prefix("-- ").with_context(|| format!("line {number}: {line:?} is no comment"))?;
            case.expect(said).with_context(|| format!("line {number}"))?;
        }
        let mut section: Option<&mut String> = None;
        for (line, number) in lines {
            match line.strip_prefix("-- ") {
                Some(title) => {
                    let of = case.section(title).with_context(|| format!("line {number}"))?;
                    ensure!(of.is_empty(), "line {number}: there are two sections {title}");
                    section = Some(of);
                }
                None if line.is_empty() && section.is_none() => {}
                None => {
                    let sql = section.as_mut().with_context(|| format!("line {number} is in no section"))?;
                    sql.push_str(line);
                    sql.push('\n');
                }
            }
        }
        for text in [&mut case.before, &mut case.up, &mut case.since, &mut case.then, &mut case.clean_up] {
            text.truncate(text.trim_end().len());
        }
        ensure!(!case.up.is_empty(), "it has no section up");
        Ok(case)
    }

    /// A line of what it is and expects. One without a word that is known is what it is.
    fn expect(&mut self, said: &str) -> Result<()> {
        let Some((key, value)) = said.split_once(": ") else { return Ok(()) };
        let number = || value.parse().with_context(|| format!("{value:?} is no number"));
        match key {
            "verdict" => value.clone_into(&mut self.verdict),
            "left" => value.clone_into(&mut self.left),
            "aside" => self.aside = Some(number()?),
            "rows" => self.rows.push(value.to_owned()),
            "mend" => self.mend = Some(value.to_owned()),
            "needs" => self.needs = Some(value.to_owned()),
            "from" => self.from = Some(number()?),
            "not hidden" => self.not_hidden = Some(value.to_owned()),
            _ => match key.strip_prefix("not on ") {
                Some(major) => self.not_on = Some(major.parse().with_context(|| format!("{major:?} is no version"))?),
                None => bail!("{key:?} is nothing that a case can expect"),
            },
        }
        Ok(())
    }

    fn section(&mut self, title: &str) -> Result<&mut String> {
        match title {
            "before" => Ok(&mut self.before),
            "up" => Ok(&mut self.up),
            "since" => Ok(&mut self.since),
            "then" => Ok(&mut self.then),
            "clean up" => Ok(&mut self.clean_up),
            _ => bail!("there is no section {title:?}"),
        }
    }
}

/// In the order of their names.
pub fn all_cases() -> Result<Vec<Case>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut cases = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        let name = path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        cases.push(Case::read(&name, &text).with_context(|| path.display().to_string())?);
    }
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    ensure!(cases.len() >= 300, "only {} cases", cases.len());
    Ok(cases)
}

#[test]
fn a_case_that_says_what_nobody_knows_is_refused() {
    for (text, expected) in [
        ("-- It.\n\n-- up\nSELECT 1;\n", ""),
        ("-- It.\n-- rows: a\n-- aside: 2\n-- not on 18: why\n\n-- up\nSELECT 1;\n", ""),
        ("It.\n", "line 1: \"It.\" is no comment"),
        ("-- It.\n-- lefd: x\n\n-- up\nSELECT 1;\n", "line 2: \"lefd\" is nothing that a case can expect"),
        ("-- It.\n-- aside: two\n\n-- up\nSELECT 1;\n", "line 2: \"two\" is no number"),
        ("-- It.\n\nSELECT 1;\n", "line 3 is in no section"),
        ("-- It.\n\n-- upp\nSELECT 1;\n", "line 3: there is no section \"upp\""),
        ("-- It.\n\n-- up\nSELECT 1;\n\n-- up\nSELECT 2;\n", "line 6: there are two sections up"),
        ("-- It.\n\n-- before\nSELECT 1;\n", "it has no section up"),
    ] {
        let said = Case::read("it", text).err().map_or(String::new(), |error| format!("{error:#}"));
        assert!(said.starts_with(expected) && said.is_empty() == expected.is_empty(), "{text:?}: {said}");
    }
}
