//! Chunks on their way to and from the store: compressed, and checked by their digest.
//!
//! Must not know: what is in them, where they lie.

use backout_plan::Remedy;
use thiserror::Error;

use crate::keys::{KeyError, Keys};
use crate::manifest::Blob;

/// Where a chunk that was read is not what was written.
#[derive(Debug, Error)]
pub enum SealError {
    #[error("{object} has {found} bytes, and {expected} were written: it is not whole")]
    Size { object: String, found: u64, expected: u64 },
    #[error("{object} is damaged: its checksum is another one")]
    Damaged { object: String },
    #[error("{object} cannot be unpacked")]
    Unpack {
        object: String,
        #[source]
        source: std::io::Error,
    },
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("cannot compress")]
    Compress(#[source] std::io::Error),
}

impl SealError {
    /// What can be done about it.
    pub fn remedies(&self) -> Vec<Remedy> {
        match self {
            Self::Key(error) => error.remedies(),
            _ => vec![Remedy::VerifyBackups],
        }
    }
}

/// A chunk that is being filled.
pub struct Packer {
    compressor: zstd::bulk::Compressor<'static>,
    /// What is not compressed yet.
    plain: Vec<u8>,
    frame: Vec<u8>,
    packed: Vec<u8>,
    raw: u64,
}

/// So much is compressed at once: what lies in one piece goes through a third faster than a stream whose window wraps
/// around, and loses next to nothing of what repeats.
const FRAME: usize = 2 << 20;

impl std::fmt::Debug for Packer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Packer").field("raw", &self.raw).finish_non_exhaustive()
    }
}

/// A chunk ready to be stored.
#[derive(Debug)]
pub struct Packed {
    pub bytes: Vec<u8>,
    pub raw: u64,
    /// BLAKE3 of the bytes, in hexadecimal digits.
    pub digest: String,
}

impl Packer {
    /// # Errors
    /// When there is no such level.
    pub fn new(level: i32) -> Result<Self, SealError> {
        let compressor = zstd::bulk::Compressor::new(level).map_err(SealError::Compress)?;
        Ok(Self { compressor, plain: Vec::new(), frame: Vec::new(), packed: Vec::new(), raw: 0 })
    }

    pub fn write(&mut self, bytes: &[u8]) -> Result<(), SealError> {
        self.raw += bytes.len() as u64;
        let mut rest = bytes;
        while self.plain.len() + rest.len() >= FRAME {
            let (now, later) = rest.split_at(FRAME - self.plain.len());
            self.plain.extend_from_slice(now);
            rest = later;
            self.flush()?;
        }
        self.plain.extend_from_slice(rest);
        Ok(())
    }

    /// Frames that follow one another are a stream for whoever reads them.
    fn flush(&mut self) -> Result<(), SealError> {
        self.frame.clear();
        self.frame.reserve(zstd::zstd_safe::compress_bound(self.plain.len()));
        self.compressor.compress_to_buffer(&self.plain, &mut self.frame).map_err(SealError::Compress)?;
        self.packed.extend_from_slice(&self.frame);
        self.plain.clear();
        Ok(())
    }

    /// Bytes written so far, before compression.
    pub fn raw(&self) -> u64 {
        self.raw
    }

    /// Bytes that lie ready so far.
    pub fn stored(&self) -> usize {
        self.packed.len()
    }

    pub fn finish(mut self) -> Result<Packed, SealError> {
        if !self.plain.is_empty() || self.packed.is_empty() {
            self.flush()?;
        }
        let digest = digest(&self.packed);
        Ok(Packed { bytes: self.packed, raw: self.raw, digest })
    }
}

/// All at once, for what is small.
pub fn pack(bytes: &[u8], level: i32) -> Result<Packed, SealError> {
    let mut packer = Packer::new(level)?;
    packer.write(bytes)?;
    packer.finish()
}

pub fn digest(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

/// That stored bytes are those that were written.
pub fn check(blob: &Blob, bytes: &[u8]) -> Result<(), SealError> {
    if bytes.len() as u64 != blob.stored {
        return Err(SealError::Size { object: blob.object.clone(), found: bytes.len() as u64, expected: blob.stored });
    }
    if digest(bytes) != blob.digest {
        return Err(SealError::Damaged { object: blob.object.clone() });
    }
    Ok(())
}

/// Unpacks stored bytes piece by piece, after a look at their checksum. The last piece is an error if the whole has
/// another length than what was packed.
pub fn pieces<'a>(
    blob: &'a Blob,
    bytes: &'a [u8],
    keys: &Keys,
) -> Result<impl Iterator<Item = Result<Vec<u8>, SealError>> + 'a, SealError> {
    check(blob, bytes)?;
    let failed = |source| SealError::Unpack { object: blob.object.clone(), source };
    let plain: std::borrow::Cow<'a, [u8]> =
        if blob.encrypted { keys.decrypt(&blob.object, bytes)?.into() } else { bytes.into() };
    let mut decoder = zstd::stream::read::Decoder::with_buffer(std::io::Cursor::new(plain)).map_err(failed)?;
    let (mut raw, mut ended) = (0, false);
    Ok(std::iter::from_fn(move || {
        if ended {
            return None;
        }
        let mut piece = vec![0; PIECE];
        let mut filled = 0;
        while filled < PIECE {
            match std::io::Read::read(&mut decoder, &mut piece[filled..]) {
                Ok(0) => {
                    ended = true;
                    break;
                }
                Ok(read) => filled += read,
                Err(source) => {
                    ended = true;
                    return Some(Err(SealError::Unpack { object: blob.object.clone(), source }));
                }
            }
        }
        raw += filled as u64;
        if ended && raw != blob.raw {
            return Some(Err(SealError::Damaged { object: blob.object.clone() }));
        }
        piece.truncate(filled);
        (filled > 0).then_some(Ok(piece))
    }))
}

/// As [`pieces`], with a call for each.
pub fn unpack(blob: &Blob, bytes: &[u8], keys: &Keys, piece: &mut dyn FnMut(&[u8])) -> Result<(), SealError> {
    for unpacked in pieces(blob, bytes, keys)? {
        piece(&unpacked?);
    }
    Ok(())
}

/// Unpacks what is small.
pub fn unpack_all(blob: &Blob, bytes: &[u8], keys: &Keys) -> Result<Vec<u8>, SealError> {
    let mut all = Vec::new();
    unpack(blob, bytes, keys, &mut |piece| all.extend_from_slice(piece))?;
    Ok(all)
}

/// What is unpacked at once: enough that calls do not count.
const PIECE: usize = 256 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> (Vec<u8>, Blob, Vec<u8>) {
        let raw: Vec<u8> = (0..700_000_u32).map(|n| (n / 7 % 251) as u8).collect();
        let packed = pack(&raw, 1).unwrap();
        let blob = Blob {
            object: "data/1".to_owned(),
            raw: packed.raw,
            stored: packed.bytes.len() as u64,
            digest: packed.digest,
            encrypted: false,
        };
        (raw, blob, packed.bytes)
    }

    #[test]
    fn what_was_packed_comes_back() {
        let (raw, blob, bytes) = sample();
        assert!(bytes.len() < raw.len());
        assert_eq!(unpack_all(&blob, &bytes, &Keys::default()).unwrap(), raw);
    }

    #[test]
    fn pieces_of_any_size_are_one_stream() {
        for sizes in [vec![0], vec![1, 0, 2], vec![FRAME], vec![FRAME - 1, 1, 1], vec![5, 3 * FRAME + 7, 100]] {
            let mut packer = Packer::new(1).unwrap();
            let mut all = Vec::new();
            for (place, size) in sizes.iter().enumerate() {
                let piece: Vec<u8> = (0..*size).map(|n| (n * 31 + place) as u8).collect();
                packer.write(&piece).unwrap();
                all.extend(piece);
            }
            let packed = packer.finish().unwrap();
            let blob = Blob {
                object: "data/1".to_owned(),
                raw: packed.raw,
                stored: packed.bytes.len() as u64,
                digest: packed.digest,
                encrypted: false,
            };
            assert!(unpack_all(&blob, &packed.bytes, &Keys::default()).unwrap() == all, "{sizes:?}");
            assert!(zstd::stream::decode_all(packed.bytes.as_slice()).unwrap() == all, "{sizes:?}");
        }
    }

    #[test]
    fn damage_is_said_before_anything_is_handed_on() {
        let (_, blob, bytes) = sample();
        let said = |bytes: &[u8]| {
            let mut pieces = 0;
            let error = unpack(&blob, bytes, &Keys::default(), &mut |_| pieces += 1).unwrap_err();
            (error.to_string(), pieces)
        };
        let (text, pieces) = said(&bytes[..100]);
        assert_eq!((text.contains("not whole"), pieces), (true, 0), "{text}");
        let mut changed = bytes.clone();
        changed[50] ^= 4;
        let (text, pieces) = said(&changed);
        assert_eq!((text.contains("damaged"), pieces), (true, 0), "{text}");
    }
}
