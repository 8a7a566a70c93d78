//! The files of a dump, whatever their format, as streams of SQL text.
//!
//! Must not know: what the text says.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use flate2::bufread::MultiGzDecoder;

use super::cut::{Cutter, Piece};
use super::{ImportError, ImportedFile};

/// How much is read at once.
const BUFFER: usize = 256 << 10;
/// What `supabase db dump` is told to write, in the order in which it must be loaded.
const PIECES: [&str; 3] = ["roles.sql", "schema.sql", "data.sql"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Sql,
    Gzip,
    Zstd,
    /// One of `pg_dump`'s own: custom, directory or tar.
    Archive,
}

/// One file, or one folder of `pg_dump -Fd`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dump {
    pub path: PathBuf,
    /// As it is called in messages: without its folder.
    pub name: String,
    pub format: Format,
}

impl Dump {
    /// What the paths name. A folder is an archive of `pg_dump`, or holds roles.sql, schema.sql and data.sql.
    ///
    /// # Errors
    /// When one cannot be read or is no dump.
    pub fn find(paths: &[PathBuf]) -> Result<Vec<Self>, ImportError> {
        let mut found = Vec::new();
        for path in paths {
            if !path.is_dir() {
                found.push(Self::of(path)?);
            } else if path.join("toc.dat").is_file() {
                found.push(Self { path: path.clone(), name: name(path), format: Format::Archive });
            } else {
                let pieces: Vec<PathBuf> =
                    PIECES.iter().map(|piece| path.join(piece)).filter(|piece| piece.is_file()).collect();
                if pieces.is_empty() {
                    let what = "a folder with neither a toc.dat nor roles.sql, schema.sql or data.sql in it";
                    return Err(ImportError::NotADump { file: name(path), what });
                }
                for piece in pieces {
                    found.push(Self::of(&piece)?);
                }
            }
        }
        Ok(found)
    }

    /// By its first bytes: names of files lie.
    fn of(path: &Path) -> Result<Self, ImportError> {
        let file = name(path);
        let failed = |source| ImportError::Open { file: file.clone(), source };
        let mut head = Vec::new();
        File::open(path).and_then(|opened| opened.take(512).read_to_end(&mut head)).map_err(failed)?;
        let format = if head.starts_with(&[0x1f, 0x8b]) {
            Format::Gzip
        } else if head.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
            Format::Zstd
        } else if head.starts_with(b"PGDMP") || head.get(257..262) == Some(b"ustar") {
            Format::Archive
        } else if head.is_empty() {
            return Err(ImportError::NotADump { file, what: "empty" });
        } else if head.contains(&0) {
            return Err(ImportError::NotADump { file, what: "neither SQL text nor an archive of pg_dump" });
        } else {
            Format::Sql
        };
        Ok(Self { path: path.to_owned(), name: file, format })
    }

    /// Its size and digest.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn identity(&self) -> Result<ImportedFile, ImportError> {
        let failed = |source| ImportError::Open { file: self.name.clone(), source };
        let (bytes, digest) = if self.path.is_dir() { folder(&self.path) } else { file(&self.path) }.map_err(failed)?;
        Ok(ImportedFile { name: self.name.clone(), bytes, digest: digest.to_hex().to_string() })
    }

    /// Cuts all of it, and hands each piece over. `pg_restore` is needed for archives only.
    ///
    /// # Errors
    /// When it cannot be read, or when what takes a piece says so.
    pub fn pieces(
        &self,
        pg_restore: &Path,
        take: &mut dyn FnMut(Piece) -> Result<(), ImportError>,
    ) -> Result<(), ImportError> {
        let failed = |source| ImportError::Open { file: self.name.clone(), source };
        let plain = || File::open(&self.path).map(|file| BufReader::with_capacity(BUFFER, file)).map_err(failed);
        match self.format {
            Format::Sql => self.cut(plain()?, take),
            Format::Gzip => self.cut(BufReader::with_capacity(BUFFER, MultiGzDecoder::new(plain()?)), take),
            Format::Zstd => {
                let decoder = zstd::stream::read::Decoder::with_buffer(plain()?).map_err(failed)?;
                self.cut(BufReader::with_capacity(BUFFER, decoder), take)
            }
            Format::Archive => {
                let (mut running, text) = Running::start(pg_restore, &self.path)?;
                let cut = self.cut(BufReader::with_capacity(BUFFER, text), take);
                // Only what was read to its end tells how the program ended; else it may wait for a reader.
                match cut {
                    Ok(()) | Err(ImportError::CutShort { .. }) => running.finish(&self.name).and(cut),
                    Err(_) => cut,
                }
            }
        }
    }

    fn cut(
        &self,
        from: impl BufRead,
        take: &mut dyn FnMut(Piece) -> Result<(), ImportError>,
    ) -> Result<(), ImportError> {
        let mut cutter = Cutter::new(&self.name, from);
        while let Some(piece) = cutter.next()? {
            take(piece)?;
        }
        Ok(())
    }
}

/// `pg_restore` that writes an archive as SQL. It ends when nobody needs it any more.
struct Running {
    child: Child,
    said: Option<std::thread::JoinHandle<String>>,
}

impl Running {
    fn start(program: &Path, archive: &Path) -> Result<(Self, ChildStdout), ImportError> {
        let failed = |source| ImportError::Program { program: program.to_owned(), source };
        let mut child = Command::new(program)
            .args(["--file=-", "--no-subscriptions", "--no-tablespaces", "--"])
            .arg(archive)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let (Some(text), Some(mut errors)) = (child.stdout.take(), child.stderr.take()) else {
            return Err(failed(io::ErrorKind::BrokenPipe.into()));
        };
        // Both pipes may fill up, so one must not wait for the other.
        let said = std::thread::spawn(move || {
            let mut said = Vec::new();
            let _ = errors.by_ref().take(4096).read_to_end(&mut said);
            let _ = io::copy(&mut errors, &mut io::sink());
            String::from_utf8_lossy(&said).trim().to_owned()
        });
        Ok((Self { child, said: Some(said) }, text))
    }

    fn finish(&mut self, file: &str) -> Result<(), ImportError> {
        let ended = self.child.wait().map_err(|source| ImportError::Open { file: file.to_owned(), source })?;
        if ended.success() {
            return Ok(());
        }
        let said = self.said.take().and_then(|said| said.join().ok()).unwrap_or_default();
        let said = said.strip_prefix("pg_restore: error: ").map(str::to_owned).unwrap_or(said);
        Err(ImportError::Archive { file: file.to_owned(), said })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

fn file(path: &Path) -> io::Result<(u64, blake3::Hash)> {
    let mut hasher = blake3::Hasher::new();
    let bytes = io::copy(&mut File::open(path)?, &mut hasher)?;
    Ok((bytes, hasher.finalize()))
}

fn folder(path: &Path) -> io::Result<(u64, blake3::Hash)> {
    let mut paths = std::fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    let (mut total, mut hasher) = (0, blake3::Hasher::new());
    for path in paths {
        let (bytes, digest) = file(&path)?;
        total += bytes;
        hasher.update(digest.as_bytes());
    }
    Ok((total, hasher.finalize()))
}
