//! Files of an export: written and read as streams, digested on the way, encrypted where there are recipients.
//!
//! Must not know: what is in them.

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use ring::digest::{Context, SHA256};

use crate::keys::{KeyError, Keys};

/// What is read at once.
pub(super) const PIECE: usize = 256 << 10;

/// Counts and digests what goes through.
struct Digested<W> {
    inner: W,
    digest: Context,
    bytes: u64,
}

impl<W> Digested<W> {
    fn new(inner: W) -> Self {
        Self { inner, digest: Context::new(&SHA256), bytes: 0 }
    }

    fn finish(self) -> (W, u64, String) {
        (self.inner, self.bytes, hex(self.digest.finish().as_ref()))
    }
}

impl<W: Write> Write for Digested<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.digest.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<R: Read> Read for Digested<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.digest.update(&buffer[..read]);
        self.bytes += read as u64;
        Ok(read)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

enum Sink {
    Plain(Digested<io::BufWriter<File>>),
    Sealed(age::stream::StreamWriter<Digested<io::BufWriter<File>>>),
}

/// A file that is being written.
pub(super) struct Writer {
    sink: Sink,
    plain: Context,
    plain_bytes: u64,
}

/// A file that was written.
pub(super) struct Written {
    pub(super) bytes: u64,
    pub(super) sha256: String,
    pub(super) plain_bytes: u64,
    pub(super) plain_sha256: String,
}

impl Writer {
    /// One that is not there yet, for nobody else to read.
    pub(super) fn create(path: &Path, keys: &Keys) -> io::Result<Self> {
        let file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        let file = Digested::new(io::BufWriter::with_capacity(PIECE, file));
        let sink = match keys.encrypts() {
            true => Sink::Sealed(keys.sealing(file)?),
            false => Sink::Plain(file),
        };
        Ok(Self { sink, plain: Context::new(&SHA256), plain_bytes: 0 })
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.plain.update(bytes);
        self.plain_bytes += bytes.len() as u64;
        match &mut self.sink {
            Sink::Plain(file) => file.write_all(bytes),
            Sink::Sealed(stream) => stream.write_all(bytes),
        }
    }

    /// On the disk.
    pub(super) fn finish(self) -> io::Result<Written> {
        let file = match self.sink {
            Sink::Plain(file) => file,
            Sink::Sealed(stream) => stream.finish()?,
        };
        let (mut buffered, bytes, sha256) = file.finish();
        buffered.flush()?;
        buffered.get_ref().sync_all()?;
        let plain_sha256 = hex(self.plain.finish().as_ref());
        Ok(Written { bytes, sha256, plain_bytes: self.plain_bytes, plain_sha256 })
    }
}

/// The length and digest of a file as it lies there.
pub(super) fn digest(path: &Path) -> io::Result<(u64, String)> {
    let mut reader = Digested::new(File::open(path)?);
    let mut piece = vec![0; PIECE];
    while reader.read(&mut piece)? > 0 {}
    let (_, bytes, sha256) = reader.finish();
    Ok((bytes, sha256))
}

/// A file that is being read, decrypted on the way.
pub(super) struct Reader(Digested<Box<dyn Read + Send>>);

impl Reader {
    pub(super) fn open(path: &Path, object: &str, encrypted: bool, keys: &Keys) -> Result<Self, Unreadable> {
        let file = BufReader::with_capacity(PIECE, File::open(path).map_err(Unreadable::File)?);
        let plain: Box<dyn Read + Send> = match encrypted {
            true => Box::new(keys.opening(object, file).map_err(Unreadable::Key)?),
            false => Box::new(file),
        };
        Ok(Self(Digested::new(plain)))
    }

    /// The next piece; empty at the end.
    pub(super) fn piece(&mut self) -> io::Result<Vec<u8>> {
        let mut piece = vec![0; PIECE];
        let mut filled = 0;
        while filled < PIECE {
            match self.0.read(&mut piece[filled..])? {
                0 => break,
                read => filled += read,
            }
        }
        piece.truncate(filled);
        Ok(piece)
    }

    /// The digest of all that was read.
    pub(super) fn finish(self) -> String {
        self.0.finish().2
    }
}

/// Why a file cannot be read.
pub(super) enum Unreadable {
    File(io::Error),
    Key(KeyError),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_digested() {
        let folder = tempfile::tempdir().unwrap();
        let identity = age::x25519::Identity::generate();
        let text = age::secrecy::ExposeSecret::expose_secret(&identity.to_string()).to_owned();
        let sealed = Keys::to(&[identity.to_public().to_string()]).unwrap().with_identities(&text).unwrap();
        let body: Vec<u8> = (0..700_000_u32).map(|n| (n % 251) as u8).collect();
        for (name, keys) in [("plain", Keys::default()), ("sealed", sealed)] {
            let path = folder.path().join(name);
            let mut writer = Writer::create(&path, &keys).unwrap();
            body.chunks(9_999).for_each(|piece| writer.write(piece).unwrap());
            let written = writer.finish().unwrap();
            assert_eq!(digest(&path).unwrap(), (written.bytes, written.sha256.clone()), "{name}");
            assert_eq!(written.plain_bytes, body.len() as u64);
            assert_eq!(keys.encrypts(), written.sha256 != written.plain_sha256, "{name}");
            let Ok(mut reader) = Reader::open(&path, name, keys.encrypts(), &keys) else { panic!("{name}") };
            let mut all = Vec::new();
            loop {
                let piece = reader.piece().unwrap();
                if piece.is_empty() {
                    break;
                }
                all.extend(piece);
            }
            assert!(all == body, "{name}");
            assert_eq!(reader.finish(), written.plain_sha256, "{name}");
            assert!(Writer::create(&path, &keys).is_err(), "it is there already");
        }
    }
}
