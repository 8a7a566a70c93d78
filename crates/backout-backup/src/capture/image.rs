//! A row in the binary form of `record_send`: for each column the id of its type, its length, and its bytes, which are
//! those that a binary COPY takes for it.
//!
//! Must not know: sessions, tables.

/// The values of a row, in the order of its columns; `None` for NULL. `None` instead of all of it where the bytes are no
/// such row.
pub fn values(image: &[u8]) -> Option<Vec<Option<&[u8]>>> {
    let mut rest = image;
    let number = usize::try_from(take_i32(&mut rest)?).ok()?;
    // Each column has eight bytes at least.
    if number > rest.len() / 8 {
        return None;
    }
    let mut values = Vec::with_capacity(number);
    for _ in 0..number {
        let _type = take_i32(&mut rest)?;
        let length = take_i32(&mut rest)?;
        if length == -1 {
            values.push(None);
            continue;
        }
        let length = usize::try_from(length).ok()?;
        if length > rest.len() {
            return None;
        }
        let (value, after) = rest.split_at(length);
        values.push(Some(value));
        rest = after;
    }
    rest.is_empty().then_some(values)
}

fn take_i32(rest: &mut &[u8]) -> Option<i32> {
    let (first, after) = rest.split_first_chunk::<4>()?;
    *rest = after;
    Some(i32::from_be_bytes(*first))
}

/// Adds a row to the data of a binary COPY.
pub fn put_row(into: &mut Vec<u8>, values: &[Option<&[u8]>]) {
    // A table has no more than 1,600 columns.
    into.extend_from_slice(&i16::try_from(values.len()).unwrap_or(i16::MAX).to_be_bytes());
    for value in values {
        match value {
            None => into.extend_from_slice(&(-1_i32).to_be_bytes()),
            Some(bytes) => {
                // No value is larger than a gigabyte.
                into.extend_from_slice(&i32::try_from(bytes.len()).unwrap_or(i32::MAX).to_be_bytes());
                into.extend_from_slice(bytes);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(values: &[Option<&[u8]>]) -> Vec<u8> {
        let mut bytes = i32::try_from(values.len()).unwrap().to_be_bytes().to_vec();
        for value in values {
            bytes.extend_from_slice(&23_i32.to_be_bytes());
            match value {
                None => bytes.extend_from_slice(&(-1_i32).to_be_bytes()),
                Some(value) => {
                    bytes.extend_from_slice(&i32::try_from(value.len()).unwrap().to_be_bytes());
                    bytes.extend_from_slice(value);
                }
            }
        }
        bytes
    }

    #[test]
    fn rows_come_back_as_they_were() {
        let rows: [&[Option<&[u8]>]; 4] = [&[], &[None], &[Some(b"")], &[Some(b"abc"), None, Some(&[0xff; 300])]];
        for row in rows {
            assert_eq!(values(&image(row)).as_deref(), Some(row));
        }
    }

    #[test]
    fn what_is_cut_short_or_too_long_is_no_row() {
        let whole = image(&[Some(b"abc"), None]);
        for length in 0..whole.len() {
            assert_eq!(values(&whole[..length]), None, "{length}");
        }
        assert_eq!(values(&[whole.as_slice(), b"x"].concat()), None);
        assert_eq!(values(&[0xff; 40]), None);
        assert_eq!(values(&[0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0]), None);
    }

    #[test]
    fn rows_are_put_as_copy_has_them() {
        let mut bytes = Vec::new();
        put_row(&mut bytes, &[Some(b"ab"), None]);
        assert_eq!(bytes, [0, 2, 0, 0, 0, 2, b'a', b'b', 0xff, 0xff, 0xff, 0xff]);
    }
}
