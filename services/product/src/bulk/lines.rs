//! Bytes → records, whatever the chunks they come in. A record is bounded; one that is longer is a fault, and what
//! follows it is read.

use csv_core::{ReadRecordResult, Reader};

use super::Format;

/// Bytes of a record at most.
pub const RECORD_MAX: usize = 256 * 1024;
/// Cells of a row at most.
const CELLS_MAX: usize = 256;

/// A record and the line it begins on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub number: u64,
    /// The cells of a row, or the one text of a line of JSON; or why it can't be read.
    pub cells: Result<Vec<String>, &'static str>,
}

/// Takes chunks and gives records.
#[derive(Debug)]
pub enum Lines {
    Csv(Box<Rows>),
    Jsonl(Texts),
}

impl Lines {
    /// A reader of this format.
    pub fn new(format: Format) -> Self {
        match format {
            Format::Csv => Self::Csv(Box::new(Rows::new())),
            Format::Jsonl => Self::Jsonl(Texts { next: 1, text: Vec::new(), too_long: false }),
        }
    }

    /// The records that end within this chunk. An empty chunk is the end of the file.
    pub fn push(&mut self, chunk: &[u8]) -> Vec<Line> {
        match self {
            Self::Csv(rows) => rows.push(chunk),
            Self::Jsonl(texts) => texts.push(chunk),
        }
    }
}

/// Rows of CSV.
#[derive(Debug)]
pub struct Rows {
    reader: Reader,
    /// Of the record under way.
    begins: u64,
    text: Vec<u8>,
    used: usize,
    ends: Vec<usize>,
    ended: usize,
    too_long: bool,
}

impl Rows {
    fn new() -> Self {
        Self {
            reader: Reader::new(),
            begins: 1,
            text: vec![0; RECORD_MAX],
            used: 0,
            ends: vec![0; CELLS_MAX],
            ended: 0,
            too_long: false,
        }
    }

    fn push(&mut self, mut chunk: &[u8]) -> Vec<Line> {
        let (mut lines, last) = (Vec::new(), chunk.is_empty());
        loop {
            let (text, ends) = (&mut self.text[self.used..], &mut self.ends[self.ended..]);
            let (result, read, written, ended) = self.reader.read_record(chunk, text, ends);
            // A row ends at its CR; the LF after it, which counts the line, is read with the next.
            let cr = chunk[..read].last() == Some(&b'\r');
            chunk = &chunk[read..];
            self.used += written;
            self.ended += ended;
            match result {
                ReadRecordResult::Record => lines.push(self.take(cr)),
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {
                    // What does not fit is read to its end and thrown away.
                    (self.used, self.ended, self.too_long) = (0, 0, true);
                }
                ReadRecordResult::End => return lines,
                ReadRecordResult::InputEmpty if last => {}
                ReadRecordResult::InputEmpty => return lines,
            }
        }
    }

    fn take(&mut self, cr: bool) -> Line {
        let number = std::mem::replace(&mut self.begins, self.reader.line() + u64::from(cr));
        let cells = match std::mem::take(&mut self.too_long) {
            true => Err("the row is longer than 262144 bytes, or has more than 256 cells"),
            false => self.cells(),
        };
        (self.used, self.ended) = (0, 0);
        Line { number, cells }
    }

    fn cells(&self) -> Result<Vec<String>, &'static str> {
        let mut begin = 0;
        let cell = |&end: &usize| {
            let bytes = self.text[std::mem::replace(&mut begin, end)..end].to_vec();
            String::from_utf8(bytes).map_err(|_| "the row is not UTF-8")
        };
        self.ends[..self.ended].iter().map(cell).collect()
    }
}

/// Lines of JSON.
#[derive(Debug)]
pub struct Texts {
    next: u64,
    text: Vec<u8>,
    too_long: bool,
}

impl Texts {
    fn push(&mut self, chunk: &[u8]) -> Vec<Line> {
        let mut lines = Vec::new();
        let mut parts = chunk.split(|byte| *byte == b'\n').peekable();
        while let Some(part) = parts.next() {
            self.too_long |= self.text.len() + part.len() > RECORD_MAX;
            if !self.too_long {
                self.text.extend_from_slice(part);
            }
            // Every part but the last has a line's end after it; at the file's end the last has one too.
            if parts.peek().is_some() || chunk.is_empty() {
                lines.extend(self.take());
            }
        }
        lines
    }

    /// The line that ends here; none when it is blank.
    fn take(&mut self) -> Option<Line> {
        let number = self.next;
        self.next += 1;
        let text = String::from_utf8(std::mem::take(&mut self.text));
        let cells = match (std::mem::take(&mut self.too_long), text) {
            (true, _) => Err("the line is longer than 262144 bytes"),
            (false, Err(_)) => Err("the line is not UTF-8"),
            (false, Ok(text)) if text.trim().is_empty() => return None,
            (false, Ok(text)) => Ok(vec![text]),
        };
        Some(Line { number, cells })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(format: Format, bytes: &[u8], chunk: usize) -> Vec<Line> {
        let mut lines = Lines::new(format);
        let mut all: Vec<Line> = bytes.chunks(chunk).flat_map(|chunk| lines.push(chunk)).collect();
        all.extend(lines.push(b""));
        all
    }

    #[test]
    fn rows_know_the_line_they_begin_on() {
        let lines = read(Format::Csv, b"a,b\n\"x\ny\",2\n\n3,4", 3);
        let crlf = read(Format::Csv, b"a,b\r\n\"x\r\ny\",2\r\n3,4\r\n", 3);
        assert_eq!(crlf.iter().map(|line| line.number).collect::<Vec<_>>(), [1, 2, 4]);
        let told: Vec<(u64, Vec<String>)> = lines.into_iter().map(|l| (l.number, l.cells.unwrap())).collect();
        let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
        assert_eq!(told, [(1, row(["a", "b"])), (2, row(["x\ny", "2"])), (4, row(["3", "4"]))]);
    }

    #[test]
    fn what_is_too_long_is_a_fault_and_what_follows_is_read() {
        let long = "x".repeat(RECORD_MAX + 10);
        for (format, text) in [
            (Format::Csv, format!("a\n{long},1\nb\n")),
            (Format::Csv, format!("a\n{}\nb\n", ",".repeat(CELLS_MAX + 5))),
            (Format::Jsonl, format!("a\n{long}\nb\n")),
        ] {
            let lines = read(format, text.as_bytes(), 1000);
            let sound: Vec<bool> = lines.iter().map(|line| line.cells.is_ok()).collect();
            assert_eq!(sound, [true, false, true], "{format:?}");
            assert_eq!(lines[2].number, 3);
        }
    }

    proptest! {
        /// No bytes make it panic, and how they are cut makes no difference.
        #[test]
        fn the_cut_makes_no_difference(bytes in prop::collection::vec(prop::sample::select(b"a,\"\n\r{}\xff ".to_vec()), 0..60), chunk in 1..7_usize) {
            for format in [Format::Csv, Format::Jsonl] {
                prop_assert_eq!(read(format, &bytes, chunk), read(format, &bytes, 1000));
            }
        }
    }
}
