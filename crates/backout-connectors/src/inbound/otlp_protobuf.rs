//! OTLP's metrics in protobuf, which is what exporters send where nobody says otherwise: made OTLP's own JSON here, so that
//! one code reads both. Only what that code looks at is carried over, and unknown fields are read past.
//!
//! By hand: the messages are few, and values nest as deeply as a sender likes.
//!
//! Must not know: which metric is worth anything.

use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use super::Refused;

/// Attributes may hold lists of lists; nobody's do so more deeply.
const DEEPEST: usize = 32;

type Done = Result<(), Refused>;

/// A request to export metrics, as OTLP writes it in JSON. What would be larger than `most` is refused before that.
///
/// # Errors
/// What is no such message, or is too large.
pub fn otlp_json(raw: &[u8], most: usize) -> Result<Vec<u8>, Refused> {
    let mut out = Json(Capped { text: Vec::new(), most });
    out.raw("{")?;
    out.list("resourceMetrics", raw, 1, &mut |out, resource| {
        out.raw("{")?;
        out.list("scopeMetrics", resource, 2, &mut |out, scope| {
            out.raw("{")?;
            out.list("metrics", scope, 2, &mut Json::metric)?;
            out.raw("}")
        })?;
        out.raw("}")
    })?;
    out.raw("}")?;
    Ok(out.0.text)
}

/// A `google.rpc.Status`: what OTLP answers where it takes nothing.
pub fn rpc_status(code: u8, said: &str) -> Vec<u8> {
    let mut status = vec![1 << 3, code & 0x7f, 2 << 3 | 2];
    let mut length = said.len();
    while length > 0x7f {
        status.push(length.to_le_bytes()[0] | 0x80);
        length >>= 7;
    }
    status.push(length.to_le_bytes()[0]);
    status.extend_from_slice(said.as_bytes());
    status
}

/// What a field holds. A message is bytes as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Held<'b> {
    Varint(u64),
    Eight(u64),
    Bytes(&'b [u8]),
    Four,
}

impl<'b> Held<'b> {
    fn bytes(self) -> Result<&'b [u8], Refused> {
        if let Self::Bytes(bytes) = self { Ok(bytes) } else { Err(of_another_type()) }
    }

    fn text(self) -> Result<&'b str, Refused> {
        std::str::from_utf8(self.bytes()?).map_err(|_| Refused::Protobuf("a text is not UTF-8"))
    }

    fn varint(self) -> Result<u64, Refused> {
        if let Self::Varint(number) = self { Ok(number) } else { Err(of_another_type()) }
    }

    /// The same in two's complement.
    fn int(self) -> Result<i64, Refused> {
        Ok(self.varint()?.cast_signed())
    }

    fn eight(self) -> Result<u64, Refused> {
        if let Self::Eight(bits) = self { Ok(bits) } else { Err(of_another_type()) }
    }

    fn double(self) -> Result<f64, Refused> {
        Ok(f64::from_bits(self.eight()?))
    }
}

fn of_another_type() -> Refused {
    Refused::Protobuf("a field is of another type")
}

/// The fields of a message, one after the other, with their numbers.
struct Fields<'b>(&'b [u8]);

impl<'b> Fields<'b> {
    fn take(&mut self, length: u64) -> Result<&'b [u8], Refused> {
        let length = usize::try_from(length).ok().filter(|length| *length <= self.0.len());
        let (taken, rest) = self.0.split_at(length.ok_or(Refused::Protobuf("it ends in the middle"))?);
        self.0 = rest;
        Ok(taken)
    }

    fn varint(&mut self) -> Result<u64, Refused> {
        let mut number = 0;
        for place in 0..10 {
            let byte = self.take(1)?[0];
            number |= u64::from(byte & 0x7f) << (7 * place);
            if byte < 0x80 {
                // Of the tenth there is room for one bit.
                let fits = place < 9 || byte < 2;
                return if fits { Ok(number) } else { Err(Refused::Protobuf("a number is too long")) };
            }
        }
        Err(Refused::Protobuf("a number is too long"))
    }

    fn field(&mut self) -> Result<(u64, Held<'b>), Refused> {
        let tag = self.varint()?;
        let held = match tag & 7 {
            0 => Held::Varint(self.varint()?),
            1 => Held::Eight(self.take(8)?.iter().rev().fold(0, |bits, byte| bits << 8 | u64::from(*byte))),
            2 => {
                let length = self.varint()?;
                Held::Bytes(self.take(length)?)
            }
            5 => {
                self.take(4)?;
                Held::Four
            }
            _ => return Err(Refused::Protobuf("a field is of no type that there is")),
        };
        match tag >> 3 {
            0 => Err(Refused::Protobuf("a field has no number")),
            number => Ok((number, held)),
        }
    }
}

impl<'b> Iterator for Fields<'b> {
    type Item = Result<(u64, Held<'b>), Refused>;

    fn next(&mut self) -> Option<Self::Item> {
        (!self.0.is_empty()).then(|| {
            let field = self.field();
            if field.is_err() {
                self.0 = &[];
            }
            field
        })
    }
}

/// The last of these fields, which is the one that holds.
fn last<'b>(message: &'b [u8], numbers: &[u64]) -> Result<Option<(u64, Held<'b>)>, Refused> {
    let mut found = None;
    for field in Fields(message) {
        let field = field?;
        if numbers.contains(&field.0) {
            found = Some(field);
        }
    }
    Ok(found)
}

/// Text that grows as far as it may.
struct Capped {
    text: Vec<u8>,
    most: usize,
}

impl Write for Capped {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        if piece.len() > self.most.saturating_sub(self.text.len()) {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.text.extend_from_slice(piece);
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Where JSON is written.
struct Json(Capped);

impl Json {
    fn raw(&mut self, text: &str) -> Done {
        self.0.write_all(text.as_bytes()).map_err(|_| Refused::TooLarge(self.0.most))
    }

    fn value(&mut self, value: &(impl Serialize + ?Sized)) -> Done {
        serde_json::to_writer(&mut self.0, value).map_err(|_| Refused::TooLarge(self.0.most))
    }

    fn named(&mut self, name: &str) -> Done {
        self.value(name)?;
        self.raw(":")
    }

    /// What JSON has no numbers for is text.
    fn double(&mut self, number: f64) -> Done {
        match number {
            number if number.is_finite() => self.value(&number),
            number if number.is_nan() => self.value("NaN"),
            number => self.value(if number > 0.0 { "Infinity" } else { "-Infinity" }),
        }
    }

    /// Whole numbers of 64 bits are text.
    fn whole(&mut self, number: impl ToString) -> Done {
        self.value(&number.to_string())
    }

    /// A member with each message of a repeated field.
    fn list(&mut self, name: &str, message: &[u8], number: u64, one: &mut dyn FnMut(&mut Self, &[u8]) -> Done) -> Done {
        self.named(name)?;
        self.raw("[")?;
        let mut is_first = true;
        for field in Fields(message) {
            let (field, held) = field?;
            if field == number {
                if !std::mem::take(&mut is_first) {
                    self.raw(",")?;
                }
                one(self, held.bytes()?)?;
            }
        }
        self.raw("]")
    }

    fn metric(&mut self, metric: &[u8]) -> Done {
        self.raw("{")?;
        self.named("name")?;
        let name = last(metric, &[1])?.map(|(_, name)| name.text()).transpose()?;
        self.value(name.unwrap_or_default())?;
        if let Some((kind, points)) = last(metric, &[5, 7, 9, 10, 11])? {
            let (name, attributes) = match kind {
                5 => ("gauge", 7),
                7 => ("sum", 7),
                9 => ("histogram", 9),
                10 => ("exponentialHistogram", 1),
                _ => ("summary", 7),
            };
            self.raw(",")?;
            self.named(name)?;
            self.points(points.bytes()?, attributes, matches!(kind, 5 | 7))?;
        }
        self.raw("}")
    }

    /// The points of a metric, where each has its attributes in the field of this number.
    fn points(&mut self, points: &[u8], attributes: u64, is_number: bool) -> Done {
        self.raw("{")?;
        self.list("dataPoints", points, 1, &mut |out, point| {
            out.raw("{")?;
            out.list("attributes", point, attributes, &mut |out, one| out.attribute(one, 0))?;
            if is_number {
                out.number(point)?
            } else {
                out.distribution(point)?
            }
            out.raw("}")
        })?;
        if let Some((_, temporality)) = last(points, &[2])? {
            self.raw(",")?;
            self.named("aggregationTemporality")?;
            self.value(&temporality.varint()?)?;
        }
        self.raw("}")
    }

    fn number(&mut self, point: &[u8]) -> Done {
        match last(point, &[4, 6])? {
            Some((4, double)) => {
                self.raw(",")?;
                self.named("asDouble")?;
                self.double(double.double()?)
            }
            Some((_, whole)) => {
                self.raw(",")?;
                self.named("asInt")?;
                self.whole(whole.eight()?.cast_signed())
            }
            None => Ok(()),
        }
    }

    /// Histograms of both kinds and summaries have count and sum in the same places.
    fn distribution(&mut self, point: &[u8]) -> Done {
        if let Some((_, count)) = last(point, &[4])? {
            self.raw(",")?;
            self.named("count")?;
            self.whole(count.eight()?)?;
        }
        if let Some((_, sum)) = last(point, &[5])? {
            self.raw(",")?;
            self.named("sum")?;
            self.double(sum.double()?)?;
        }
        Ok(())
    }

    fn attribute(&mut self, attribute: &[u8], depth: usize) -> Done {
        self.raw("{")?;
        self.named("key")?;
        let key = last(attribute, &[1])?.map(|(_, key)| key.text()).transpose()?;
        self.value(key.unwrap_or_default())?;
        if let Some((_, value)) = last(attribute, &[2])? {
            self.raw(",")?;
            self.named("value")?;
            self.any(value.bytes()?, depth)?;
        }
        self.raw("}")
    }

    /// An `AnyValue`.
    fn any(&mut self, value: &[u8], depth: usize) -> Done {
        if depth > DEEPEST {
            return Err(Refused::Protobuf("its values nest too deeply"));
        }
        self.raw("{")?;
        if let Some((kind, held)) = last(value, &[1, 2, 3, 4, 5, 6, 7])? {
            let names = ["string", "bool", "int", "double", "array", "kvlist", "bytes"];
            let name = usize::try_from(kind - 1).ok().and_then(|place| names.get(place)).copied().unwrap_or_default();
            self.named(&format!("{name}Value"))?;
            match kind {
                1 => self.value(held.text()?)?,
                2 => self.value(&(held.varint()? != 0))?,
                3 => self.whole(held.int()?)?,
                4 => self.double(held.double()?)?,
                7 => self.value(&STANDARD.encode(held.bytes()?))?,
                kind => {
                    self.raw("{")?;
                    self.list("values", held.bytes()?, 1, &mut |out, one| match kind {
                        5 => out.any(one, depth + 1),
                        _ => out.attribute(one, depth + 1),
                    })?;
                    self.raw("}")?;
                }
            }
        }
        self.raw("}")
    }
}

#[cfg(test)]
mod tests;
