//! The lines of a file, also of a compressed one, and of what comes by standard input.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Seek as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use aws_lc_rs::digest::{Context, SHA256};
use flate2::bufread::MultiGzDecoder;

/// Longest line; a longer one is passed over and refused.
pub const MAX_LINE_BYTES: usize = 16 << 20;

/// The longest beginning of a file by which it is known again, in bytes.
const MAX_FIRST_LINE_BYTES: u64 = 64 << 10;

const BUFFER_BYTES: usize = 256 << 10;

/// One line, without its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// The first is 1.
    pub number: u64,
    /// Where it begins, in bytes of what the file holds when it is not compressed.
    pub start: u64,
    /// Nothing if it is too long.
    pub bytes: Option<&'a [u8]>,
}

/// A file that is read line by line. What it holds is never in memory as a whole.
pub struct Lines {
    path: PathBuf,
    reader: Box<dyn BufRead + Send>,
    buffer: Vec<u8>,
    position: u64,
    number: u64,
    /// Whether a last line without an end counts: it does in a file that is complete, not in one that is being written.
    takes_unfinished: bool,
}

impl Lines {
    /// Opens a file.
    pub fn open(path: &Path, takes_unfinished: bool) -> anyhow::Result<Self> {
        let reader = reader(path)?;
        Ok(Self { path: path.to_owned(), reader, buffer: Vec::new(), position: 0, number: 0, takes_unfinished })
    }

    /// Where the next line begins.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.position
    }

    /// The next line.
    pub fn read_line(&mut self) -> anyhow::Result<Option<Line<'_>>> {
        let start = self.position;
        self.buffer.clear();
        let most = MAX_LINE_BYTES as u64 + 1;
        let mut length =
            (&mut self.reader).take(most).read_until(b'\n', &mut self.buffer).context("reading failed")? as u64;
        if length == 0 {
            return Ok(None);
        }
        let is_too_long = length == most && self.buffer.last() != Some(&b'\n');
        let mut is_finished = self.buffer.last() == Some(&b'\n');
        while is_too_long && !is_finished {
            // The rest of it, in pieces.
            self.buffer.clear();
            let more = (&mut self.reader).take(most).read_until(b'\n', &mut self.buffer).context("reading failed")?;
            length += more as u64;
            is_finished = more == 0 || self.buffer.last() == Some(&b'\n');
        }
        if !is_too_long && !is_finished && !self.takes_unfinished {
            return Ok(None);
        }
        self.position += length;
        self.number += 1;
        let bytes = self.buffer.strip_suffix(b"\n").unwrap_or(&self.buffer);
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        Ok(Some(Line { number: self.number, start, bytes: (!is_too_long).then_some(bytes) }))
    }

    /// Goes to a position behind a line; what is before it is read, so that lines keep their numbers, and `watch` sees it.
    pub fn skip_to(&mut self, position: u64, mut watch: impl FnMut(Line<'_>)) -> anyhow::Result<()> {
        if self.position > position {
            *self = Self::open(&self.path, self.takes_unfinished)?;
        }
        while self.position < position {
            match self.read_line()? {
                Some(line) => watch(line),
                None => bail!("the file is shorter than what was imported of it before"),
            }
        }
        ensure!(self.position == position, "the file has changed since it was imported in part");
        Ok(())
    }
}

/// A reader of what a file holds, whether it is compressed or not (by its first bytes, not by its name).
pub(super) fn reader(path: &Path) -> anyhow::Result<Box<dyn BufRead + Send>> {
    let mut file = File::open(path).with_context(|| format!("{} cannot be opened", path.display()))?;
    let mut magic = [0_u8; 4];
    let mut known = 0;
    while known < magic.len() {
        match file.read(magic.get_mut(known..).unwrap_or_default())? {
            0 => break,
            more => known += more,
        }
    }
    file.rewind()?;
    let file = BufReader::with_capacity(BUFFER_BYTES, file);
    Ok(match magic {
        [0x1f, 0x8b, ..] => Box::new(BufReader::with_capacity(BUFFER_BYTES, MultiGzDecoder::new(file))),
        [0x28, 0xb5, 0x2f, 0xfd] => {
            Box::new(BufReader::with_capacity(BUFFER_BYTES, zstd::stream::read::Decoder::with_buffer(file)?))
        }
        _ => Box::new(file),
    })
}

/// Another fingerprint for the same content, read in another way.
#[must_use]
pub fn hash_with(content: [u8; 32], way: &str) -> [u8; 32] {
    let mut hash = Context::new(&SHA256);
    hash.update(&content);
    hash.update(way.as_bytes());
    finish(hash)
}

/// By what a log is known again that grows, is renamed and compressed: its first line.
pub fn hash_of_first_line(path: &Path) -> anyhow::Result<[u8; 32]> {
    let mut line = Vec::new();
    reader(path)?.take(MAX_FIRST_LINE_BYTES).read_until(b'\n', &mut line).context("reading failed")?;
    ensure!(!line.is_empty(), "the file is empty");
    let mut hash = Context::new(&SHA256);
    hash.update(&line);
    Ok(finish(hash))
}

/// By what a file is known again that does not change, and how many lines it has.
pub fn hash_of_content(path: &Path) -> anyhow::Result<([u8; 32], u64)> {
    let mut reader = reader(path)?;
    let (mut hash, mut lines, mut last) = (Context::new(&SHA256), 0, b'\n');
    loop {
        let bytes = reader.fill_buf().context("reading failed")?;
        let Some(end) = bytes.last() else { break };
        last = *end;
        hash.update(bytes);
        lines += bytes.split(|byte| *byte == b'\n').count().saturating_sub(1) as u64;
        let length = bytes.len();
        reader.consume(length);
    }
    Ok((finish(hash), lines + u64::from(last != b'\n')))
}

fn finish(hash: Context) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(hash.finish().as_ref());
    bytes
}

/// Keeps what comes by a stream in a file, since it can be read only once. Whoever asks takes it away again.
pub fn keep(mut input: impl Read, directory: &Path) -> anyhow::Result<PathBuf> {
    let path = directory.join(format!("import-{}.tmp", std::process::id()));
    let mut options = OpenOptions::new();
    let mut file = options.read(true).write(true).create_new(true).mode(0o600).open(&path)?;
    std::io::copy(&mut input, &mut file).context("standard input cannot be kept")?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn all(lines: &mut Lines) -> Vec<(u64, u64, Option<String>)> {
        let mut found = Vec::new();
        while let Some(line) = lines.read_line().unwrap() {
            found.push((line.number, line.start, line.bytes.map(|bytes| String::from_utf8_lossy(bytes).into_owned())));
        }
        found
    }

    #[test]
    fn lines_are_the_same_however_they_are_compressed() {
        let directory = tempfile::tempdir().unwrap();
        let text = b"one\r\n\nthree\nunfinished";
        let path = |name: &str| directory.path().join(name);
        std::fs::write(path("plain"), text).unwrap();
        let mut gz = flate2::write::GzEncoder::new(File::create(path("gz")).unwrap(), flate2::Compression::fast());
        gz.write_all(text).unwrap();
        gz.finish().unwrap();
        std::fs::write(path("zst"), zstd::encode_all(&text[..], 3).unwrap()).unwrap();
        for name in ["plain", "gz", "zst"] {
            let mut lines = Lines::open(&path(name), true).unwrap();
            let found = all(&mut lines);
            let last = (4, 12, Some("unfinished".to_owned()));
            assert_eq!((found.len(), &found[2], &found[3]), (4, &(3, 6, Some("three".to_owned())), &last), "{name}");
            assert_eq!(all(&mut Lines::open(&path(name), false).unwrap()).len(), 3);
            assert_eq!(hash_of_content(&path(name)).unwrap(), hash_of_content(&path("plain")).unwrap());
            assert_eq!(hash_of_first_line(&path(name)).unwrap(), hash_of_first_line(&path("plain")).unwrap());
        }
        assert_eq!(hash_of_content(&path("plain")).unwrap().1, 4);
    }

    #[test]
    fn reading_goes_on_where_it_ended_and_a_shorter_file_is_told() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log");
        std::fs::write(&path, "one\ntwo\nthree\n").unwrap();
        let mut lines = Lines::open(&path, false).unwrap();
        let mut skipped = 0;
        lines.skip_to(8, |_| skipped += 1).unwrap();
        assert_eq!(all(&mut lines), [(3, 8, Some("three".to_owned()))]);
        assert_eq!(skipped, 2);
        assert!(Lines::open(&path, false).unwrap().skip_to(100, |_| ()).is_err());
        assert!(Lines::open(&path, false).unwrap().skip_to(5, |_| ()).is_err(), "not between two lines");
    }

    #[test]
    fn a_line_that_is_too_long_is_passed_over() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log");
        let mut text = vec![b'x'; 2 * MAX_LINE_BYTES + 5];
        text.extend_from_slice(b"\nnext\n");
        std::fs::write(&path, text).unwrap();
        let found = all(&mut Lines::open(&path, false).unwrap());
        assert_eq!((found.len(), &found[0].2, found[1].2.as_deref()), (2, &None, Some("next")));
    }
}
