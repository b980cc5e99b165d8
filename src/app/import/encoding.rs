//! From bytes of an unknown encoding to UTF-8 lines, as a stream.

use std::cell::Cell;
use std::io::{self, Read, SeekFrom};
use std::rc::Rc;

use encoding_rs::{Decoder, DecoderResult, Encoding, GB18030, UTF_8};

use super::Source;
use super::report::FileError;

/// Bytes read from the source at a time.
const CHUNK: usize = 16 << 10;

/// A line that follows the file's last. A record that contains it instead of being it began with a quote that
/// is never closed; without it, such a quote would swallow the rest of the file in silence.
pub(super) const END_MARK: &str = "\u{4}end of file\u{4}";

/// Why decoding stopped.
#[derive(Debug, thiserror::Error)]
pub(super) enum Stop {
    #[error("bytes that are no text on line {0}")]
    Malformed(u32),
    #[error("one record is too long")]
    RecordTooLong,
}

/// So many Chinese characters of UTF-8 never stand in GB18030 by chance.
const CHINESE_MIN: usize = 10;

/// Says how the text is encoded, by reading it once: a byte order mark decides, then UTF-8 if all of it is valid,
/// else GB18030. Chinese text in UTF-8 with a damaged byte further on stays UTF-8, and is refused at that line,
/// rather than become wrong names in GB18030. The source is rewound.
pub(super) fn encoding_of(source: &mut dyn Source) -> Result<&'static Encoding, FileError> {
    source.seek(SeekFrom::Start(0))?;
    let mut input = vec![0; CHUNK];
    let mut output = vec![0; CHUNK * 3];
    let mut decoder = UTF_8.new_decoder_without_bom_handling();
    let mut first = true;
    let mut chinese = 0_usize;
    let mut found = UTF_8;
    loop {
        let count = fill(source, &mut input)?;
        let bytes = input.get(..count).unwrap_or_default();
        if first && let Some((encoding, _)) = Encoding::for_bom(bytes) {
            found = encoding;
            break;
        }
        first = false;
        // The output has room for three bytes per byte of input, so one call takes all of it.
        let (result, _, written) = decoder.decode_to_utf8_without_replacement(bytes, &mut output, count == 0);
        let decoded = output.get(..written).unwrap_or_default();
        chinese += decoded.iter().filter(|byte| (0xe4..=0xe9).contains(*byte)).count();
        if let DecoderResult::Malformed(..) = result {
            found = if chinese < CHINESE_MIN { GB18030 } else { UTF_8 };
            break;
        }
        if count == 0 {
            break;
        }
    }
    source.seek(SeekFrom::Start(0))?;
    Ok(found)
}

/// Reads until the buffer is full or the source ends: a short read is not an end.
fn fill(source: &mut dyn Source, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..)
        && !rest.is_empty()
    {
        match source.read(rest) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// The budget of one record, shared with whoever cuts the stream into records.
#[derive(Debug, Clone)]
pub(super) struct Budget {
    left: Rc<Cell<usize>>,
    whole: usize,
}

impl Budget {
    pub(super) fn new(bytes: usize) -> Self {
        Self { left: Rc::new(Cell::new(bytes)), whole: bytes }
    }

    /// A new record begins.
    pub(super) fn renew(&self) {
        self.left.set(self.whole);
    }
}

/// Decodes a source into UTF-8 with `\n` as the only line end, [`END_MARK`] as the last line, and no byte order mark.
pub(super) struct Utf8Lines<'a> {
    source: &'a mut dyn Source,
    decoder: Decoder,
    input: Vec<u8>,
    input_used: usize,
    decoded: Vec<u8>,
    ready: Vec<u8>,
    ready_used: usize,
    after_cr: bool,
    at_line_start: bool,
    line: u32,
    ended: bool,
    budget: Budget,
}

impl<'a> Utf8Lines<'a> {
    pub(super) fn new(source: &'a mut dyn Source, encoding: &'static Encoding, budget: Budget) -> Self {
        Self {
            source,
            decoder: encoding.new_decoder_with_bom_removal(),
            input: Vec::new(),
            input_used: 0,
            decoded: vec![0; CHUNK * 3],
            ready: Vec::new(),
            ready_used: 0,
            after_cr: false,
            at_line_start: true,
            line: 1,
            ended: false,
            budget,
        }
    }

    /// Makes more bytes ready; leaves none at the end.
    fn refill(&mut self) -> io::Result<()> {
        self.ready.clear();
        self.ready_used = 0;
        while self.ready.is_empty() && !self.ended {
            if self.input_used >= self.input.len() {
                self.input.resize(CHUNK, 0);
                let count = fill(&mut *self.source, &mut self.input)?;
                self.input.truncate(count);
                self.input_used = 0;
            }
            let last = self.input.is_empty();
            let bytes = self.input.get(self.input_used..).unwrap_or_default();
            let (result, read, written) =
                self.decoder.decode_to_utf8_without_replacement(bytes, &mut self.decoded, last);
            self.input_used += read;
            self.take(written);
            match result {
                DecoderResult::Malformed(..) => return Err(io::Error::other(Stop::Malformed(self.line))),
                DecoderResult::InputEmpty if last => self.end(),
                DecoderResult::InputEmpty | DecoderResult::OutputFull => {}
            }
        }
        Ok(())
    }

    /// Takes decoded bytes over, line ends made alike.
    fn take(&mut self, written: usize) {
        for byte in self.decoded.get(..written).unwrap_or_default() {
            let second_half = *byte == b'\n' && self.after_cr;
            self.after_cr = *byte == b'\r';
            if !second_half {
                let line_end = matches!(byte, b'\r' | b'\n');
                self.ready.push(if line_end { b'\n' } else { *byte });
                self.at_line_start = line_end;
                self.line = self.line.saturating_add(u32::from(line_end));
            }
        }
    }

    fn end(&mut self) {
        self.ended = true;
        if !self.at_line_start {
            self.ready.push(b'\n');
        }
        self.ready.extend_from_slice(END_MARK.as_bytes());
        self.ready.push(b'\n');
    }
}

impl Read for Utf8Lines<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.ready_used >= self.ready.len() {
            self.refill()?;
        }
        let mut rest = self.ready.get(self.ready_used..).unwrap_or_default();
        let count = rest.read(buffer)?;
        self.ready_used += count;
        let left = self.budget.left.get();
        if count > left {
            return Err(io::Error::other(Stop::RecordTooLong));
        }
        self.budget.left.set(left - count);
        Ok(count)
    }
}
