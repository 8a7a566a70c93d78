//! The messages of PostgreSQL's own logical decoding (`pgoutput`, version 1, binary), as far as keys of changed rows go.
//!
//! Must not know: sessions, tables.

use std::collections::BTreeMap;

/// What one message says.
#[derive(Debug, PartialEq, Eq)]
pub enum Message {
    Begin { xid: u32 },
    Change { table: u32, op: u8, key_of: Rows },
    Truncate { tables: Vec<u32> },
    Other,
}

/// The rows of a change: what it was, where that is told, and what it is.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Rows {
    old: Option<Vec<Value>>,
    new: Option<Vec<Value>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Value {
    Null,
    /// As it was, and not told again.
    Unchanged,
    Bytes(Vec<u8>),
}

/// Remembers what relations were described.
#[derive(Debug, Default)]
pub struct Reader {
    columns: BTreeMap<u32, Vec<String>>,
}

impl Reader {
    /// Reads a message. `None` where it is not one.
    pub fn read(&mut self, message: &[u8]) -> Option<Message> {
        let mut rest = Bytes(message);
        match rest.byte()? {
            b'B' => {
                rest.skip(16)?;
                Some(Message::Begin { xid: rest.number()? })
            }
            b'R' => {
                let table = rest.number()?;
                rest.text()?;
                rest.text()?;
                rest.skip(1)?;
                let number = rest.short()?;
                let mut columns = Vec::new();
                for _ in 0..number {
                    rest.skip(1)?;
                    columns.push(rest.text()?);
                    rest.skip(8)?;
                }
                self.columns.insert(table, columns);
                Some(Message::Other)
            }
            op @ (b'I' | b'U' | b'D') => {
                let table = rest.number()?;
                let mut rows = Rows::default();
                while !rest.0.is_empty() {
                    match rest.byte()? {
                        b'K' | b'O' => rows.old = Some(rest.row()?),
                        b'N' => rows.new = Some(rest.row()?),
                        _ => return None,
                    }
                }
                Some(Message::Change { table, op, key_of: rows })
            }
            b'T' => {
                let number = rest.number()?;
                rest.skip(1)?;
                let tables = (0..number).map(|_| rest.number()).collect::<Option<_>>()?;
                Some(Message::Truncate { tables })
            }
            // Ends, origins and types.
            b'C' | b'O' | b'Y' | b'M' => Some(Message::Other),
            _ => None,
        }
    }

    /// The keys that a change is about, as triggers write them: what goes (`D`), comes (`I`) or changes (`U`).
    pub fn keys(&self, table: u32, op: u8, rows: &Rows, key: &[&str]) -> Option<Vec<(u8, Vec<Vec<u8>>)>> {
        let columns = self.columns.get(&table)?;
        let places: Vec<usize> =
            key.iter().map(|name| columns.iter().position(|column| column == name)).collect::<Option<_>>()?;
        let of = |row: &[Value], before: Option<&[Value]>| -> Option<Vec<Vec<u8>>> {
            let part = |place: &usize| match (row.get(*place)?, before.and_then(|row| row.get(*place))) {
                (Value::Bytes(bytes), _) | (Value::Unchanged, Some(Value::Bytes(bytes))) => Some(bytes.clone()),
                _ => None,
            };
            places.iter().map(part).collect()
        };
        let (old, new) = (rows.old.as_deref(), rows.new.as_deref());
        match (op, old, new) {
            (b'I', _, Some(new)) => Some(vec![(b'I', of(new, None)?)]),
            (b'D', Some(old), _) => Some(vec![(b'D', of(old, None)?)]),
            (b'U', None, Some(new)) => Some(vec![(b'U', of(new, None)?)]),
            (b'U', Some(old), Some(new)) => {
                let (went, came) = (of(old, None)?, of(new, Some(old))?);
                Some(if went == came { vec![(b'U', came)] } else { vec![(b'D', went), (b'I', came)] })
            }
            _ => None,
        }
    }
}

struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn skip(&mut self, number: usize) -> Option<()> {
        self.0 = self.0.get(number..)?;
        Some(())
    }

    fn short(&mut self) -> Option<u16> {
        let (first, rest) = self.0.split_first_chunk::<2>()?;
        self.0 = rest;
        Some(u16::from_be_bytes(*first))
    }

    fn number(&mut self) -> Option<u32> {
        let (first, rest) = self.0.split_first_chunk::<4>()?;
        self.0 = rest;
        Some(u32::from_be_bytes(*first))
    }

    fn text(&mut self) -> Option<String> {
        let end = self.0.iter().position(|byte| *byte == 0)?;
        let text = String::from_utf8(self.0[..end].to_vec()).ok()?;
        self.0 = &self.0[end + 1..];
        Some(text)
    }

    fn row(&mut self) -> Option<Vec<Value>> {
        let number = self.short()?;
        let mut row = Vec::new();
        for _ in 0..number {
            row.push(match self.byte()? {
                b'n' => Value::Null,
                b'u' => Value::Unchanged,
                // A text where the binary form was asked for is of a type that has none: no part of a key.
                kind @ (b'b' | b't') => {
                    let length = usize::try_from(self.number()?).ok()?;
                    let bytes = self.0.get(..length)?.to_vec();
                    self.skip(length)?;
                    if kind == b'b' { Value::Bytes(bytes) } else { Value::Null }
                }
                _ => return None,
            });
        }
        Some(row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relation() -> Vec<u8> {
        let mut bytes = b"R".to_vec();
        bytes.extend(9_u32.to_be_bytes());
        bytes.extend(b"public\0t\0d\0\x03");
        for name in ["id", "größe", "v"] {
            bytes.push(1);
            bytes.extend(name.as_bytes());
            bytes.push(0);
            bytes.extend([0; 8]);
        }
        bytes
    }

    fn row(kind: u8, values: &[Option<&[u8]>]) -> Vec<u8> {
        let mut bytes = vec![kind, 0, u8::try_from(values.len()).unwrap()];
        for value in values {
            match value {
                None => bytes.push(b'n'),
                Some(b"same") => bytes.push(b'u'),
                Some(value) => {
                    bytes.push(b'b');
                    bytes.extend(u32::try_from(value.len()).unwrap().to_be_bytes());
                    bytes.extend(*value);
                }
            }
        }
        bytes
    }

    fn change(op: u8, rows: &[Vec<u8>]) -> Vec<u8> {
        [vec![op, 0, 0, 0, 9], rows.concat()].concat()
    }

    fn keys(message: &[u8]) -> Option<Vec<(u8, Vec<Vec<u8>>)>> {
        let mut reader = Reader::default();
        assert_eq!(reader.read(&relation()), Some(Message::Other));
        let Message::Change { table, op, key_of } = reader.read(message)? else { return None };
        reader.keys(table, op, &key_of, &["größe", "id"])
    }

    #[test]
    fn keys_are_told() {
        let key = |text: &str| vec![b"g".to_vec(), text.as_bytes().to_vec()];
        let new = row(b'N', &[Some(b"2"), Some(b"g"), None]);
        assert_eq!(keys(&change(b'I', std::slice::from_ref(&new))), Some(vec![(b'I', key("2"))]));
        assert_eq!(keys(&change(b'U', std::slice::from_ref(&new))), Some(vec![(b'U', key("2"))]));
        let old = row(b'K', &[Some(b"1"), Some(b"g"), None]);
        assert_eq!(keys(&change(b'D', std::slice::from_ref(&old))), Some(vec![(b'D', key("1"))]));
        assert_eq!(keys(&change(b'U', &[old.clone(), new])), Some(vec![(b'D', key("1")), (b'I', key("2"))]));
        let unchanged = row(b'N', &[Some(b"2"), Some(b"same"), Some(b"x")]);
        assert_eq!(keys(&change(b'U', &[old, unchanged.clone()])), Some(vec![(b'D', key("1")), (b'I', key("2"))]));
        assert_eq!(keys(&change(b'U', &[unchanged])), None, "nothing tells the key");
    }

    #[test]
    fn what_is_no_message_is_none() {
        let whole = change(b'I', &[row(b'N', &[Some(b"2"), Some(b"g"), None])]);
        for length in 5..whole.len() {
            assert_eq!(keys(&whole[..length]), None, "{length}");
        }
        assert_eq!(Reader::default().read(b"X"), None);
        let mut begin = vec![b'B'];
        begin.extend([0; 16]);
        begin.extend(77_u32.to_be_bytes());
        assert_eq!(Reader::default().read(&begin), Some(Message::Begin { xid: 77 }));
        let truncate = [b"T".as_slice(), &[0, 0, 0, 2, 0, 0, 0, 0, 9, 0, 0, 0, 8]].concat();
        assert_eq!(Reader::default().read(&truncate), Some(Message::Truncate { tables: vec![9, 8] }));
    }
}
