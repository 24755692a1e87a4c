//! Owns the encoding of a source: told by a byte order mark, by being valid UTF-8 from end to end, by where its zeros stand,
//! else guessed; and its reading as UTF-8. Does not know what the characters mean.

use std::io::{self, BufRead, Read};

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::ReadError;

/// What is looked at to guess an encoding, in bytes.
const LOOKED_AT: usize = 1024 * 1024;
/// What is decoded at once, in bytes.
const CHUNK: usize = 32 * 1024;

/// How a source's bytes are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charset {
    encoding: &'static Encoding,
    /// Bytes of the mark at its beginning.
    mark: usize,
    /// Whether nothing in the bytes says so for certain.
    pub guessed: bool,
}

impl Charset {
    /// What most sources are.
    pub const UTF_8: Self = Self { encoding: UTF_8, mark: 0, guessed: false };

    /// By its name, as people write it (`latin1`, `utf-16`, `shift_jis`).
    pub fn named(name: &str) -> Option<Self> {
        Some(Self { encoding: Encoding::for_label(name.as_bytes())?, mark: 0, guessed: false })
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.encoding.name()
    }

    /// The same, with the mark that stands at the beginning of a source.
    #[must_use]
    pub fn marked(self, start: &[u8]) -> Self {
        match Encoding::for_bom(start) {
            Some((encoding, mark)) if encoding == self.encoding => Self { mark, ..self },
            _ => self,
        }
    }

    /// Looks through a whole source.
    ///
    /// # Errors
    /// [`ReadError`] when it cannot be read, or is UTF-32.
    pub fn detect(mut from: impl BufRead) -> Result<Self, ReadError> {
        let start = from.fill_buf()?;
        if start.starts_with(&[0xff, 0xfe, 0, 0]) || start.starts_with(&[0, 0, 0xfe, 0xff]) {
            return Err(ReadError::NoTable { what: "this is UTF-32 text", next: "save it as UTF-8" });
        }
        if let Some((encoding, mark)) = Encoding::for_bom(start) {
            return Ok(Self { encoding, mark, guessed: false });
        }
        if let Some(encoding) = by_zeros(&start[..start.len().min(4096)]) {
            return Ok(Self { encoding, mark: 0, guessed: true });
        }
        let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
        let (mut seen, mut carried, mut is_utf8) = (0, Vec::new(), true);
        loop {
            let chunk = from.fill_buf()?;
            let length = chunk.len();
            if length == 0 {
                break;
            }
            is_utf8 = is_utf8 && goes_on(&mut carried, chunk);
            if seen < LOOKED_AT || !is_utf8 {
                detector.feed(chunk, false);
                seen += length;
            }
            from.consume(length);
            if !is_utf8 && seen >= LOOKED_AT {
                break;
            }
        }
        if is_utf8 && carried.is_empty() {
            return Ok(Self { encoding: UTF_8, mark: 0, guessed: false });
        }
        detector.feed(&[], true);
        Ok(Self { encoding: detector.guess(None, Utf8Detection::Deny), mark: 0, guessed: true })
    }

    /// The source as UTF-8, without the mark. What is no text in the encoding comes as U+FFFD.
    ///
    /// # Errors
    /// Those of the source.
    pub fn read(self, mut from: Box<dyn BufRead + Send>) -> io::Result<Box<dyn BufRead + Send>> {
        let mut mark = [0; 3];
        from.read_exact(&mut mark[..self.mark])?;
        if self.encoding == UTF_8 {
            return Ok(from);
        }
        let decoding = Decoding { from, decoder: self.encoding.new_decoder_without_bom_handling(), ended: false };
        Ok(Box::new(io::BufReader::with_capacity(CHUNK, decoding)))
    }
}

/// Whether bytes go on as UTF-8; a character cut off at their end is carried over.
fn goes_on(carried: &mut Vec<u8>, chunk: &[u8]) -> bool {
    let mut rest = chunk;
    while !carried.is_empty() {
        let Some((first, others)) = rest.split_first() else { return true };
        carried.push(*first);
        rest = others;
        match std::str::from_utf8(carried) {
            Ok(_) => carried.clear(),
            Err(error) if error.error_len().is_some() => return false,
            Err(_) => {}
        }
    }
    match std::str::from_utf8(rest) {
        Ok(_) => true,
        Err(error) => {
            carried.extend_from_slice(&rest[error.valid_up_to()..]);
            error.error_len().is_none()
        }
    }
}

/// UTF-16 without a mark: every other byte of western text is zero.
fn by_zeros(start: &[u8]) -> Option<&'static Encoding> {
    let zeros = |odd: usize| start.iter().skip(odd).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd, pairs) = (zeros(0), zeros(1), start.len() / 2);
    let mostly = |many: usize, few: usize| pairs >= 2 && many * 10 > pairs * 4 && few * 20 < pairs.max(1);
    if mostly(odd, even) {
        return Some(UTF_16LE);
    }
    mostly(even, odd).then_some(UTF_16BE)
}

struct Decoding {
    from: Box<dyn BufRead + Send>,
    decoder: Decoder,
    ended: bool,
}

impl Read for Decoding {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        // A decoder needs room for one character; the buffer in front of this one always has more.
        loop {
            if self.ended {
                return Ok(0);
            }
            let bytes = self.from.fill_buf()?;
            let last = bytes.is_empty();
            let (result, read, written, _) = self.decoder.decode_to_utf8(bytes, to, last);
            self.from.consume(read);
            self.ended = last && result == encoding_rs::CoderResult::InputEmpty;
            if written > 0 {
                return Ok(written);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn text(bytes: &[u8]) -> (&'static str, String) {
        let charset = Charset::detect(Cursor::new(bytes)).expect("an encoding");
        let mut text = String::new();
        let mut reader = charset.read(Box::new(Cursor::new(bytes.to_vec()))).expect("read");
        reader.read_to_string(&mut text).expect("UTF-8");
        (charset.name(), text)
    }

    #[test]
    fn encodings_are_told_by_marks_zeros_and_bytes() {
        let words = "name;Größe\nZoë;7\n";
        let wide = |bytes: fn(u16) -> [u8; 2]| words.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
        let marked = |mark: &[u8], rest: Vec<u8>| [mark, &rest].concat();
        for (name, bytes) in [
            ("UTF-8", words.as_bytes().to_vec()),
            ("UTF-8", marked(&[0xef, 0xbb, 0xbf], words.as_bytes().to_vec())),
            ("UTF-16LE", marked(&[0xff, 0xfe], wide(u16::to_le_bytes))),
            ("UTF-16BE", marked(&[0xfe, 0xff], wide(u16::to_be_bytes))),
            ("UTF-16LE", wide(u16::to_le_bytes)),
            ("UTF-16BE", wide(u16::to_be_bytes)),
            ("windows-1252", encoding_rs::WINDOWS_1252.encode(words).0.into_owned()),
        ] {
            assert_eq!(text(&bytes), (name, words.to_owned()));
        }
    }

    #[test]
    fn a_character_cut_by_a_chunk_is_whole() {
        let words = "é".repeat(3000);
        for size in [1, 2, 3, 7] {
            let chunks = io::BufReader::with_capacity(size, Cursor::new(words.as_bytes()));
            assert_eq!(Charset::detect(chunks).map(Charset::name).ok(), Some("UTF-8"));
        }
        assert_ne!(text(&words.as_bytes()[..5]).0, "UTF-8");
    }
}
