//! Text that a batch says many times and the store keeps once.

/// Names one text of a [`Texts`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TextRef(u32);

impl TextRef {
    /// Position in the order of first use, for tables beside the texts.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// The distinct texts of one batch, in one allocation.
///
/// A session repeats its path, selectors and viewport in every event; events refer to them by
/// [`TextRef`], so that each is copied, hashed and looked up once per batch. Only the most recent
/// texts are searched: a text may occur twice, which costs a lookup and nothing else.
#[derive(Debug, Clone, Default)]
pub struct Texts {
    arena: String,
    ends: Vec<usize>,
    /// Tells most texts apart without looking at them.
    fingerprints: Vec<u64>,
}

/// How many of the latest texts [`Texts::add`] compares with.
const SEARCHED: usize = 32;

impl Texts {
    /// Adds `text`, or finds it among the latest.
    pub fn add(&mut self, text: &str) -> TextRef {
        let fingerprint = fingerprint(text.as_bytes());
        let count = self.ends.len();
        for at in (count.saturating_sub(SEARCHED)..count).rev() {
            if self.fingerprints[at] == fingerprint && self.at(at) == text {
                return Self::name(at);
            }
        }
        self.arena.push_str(text);
        self.ends.push(self.arena.len());
        self.fingerprints.push(fingerprint);
        Self::name(count)
    }

    /// The text that `name` names.
    #[must_use]
    pub fn get(&self, name: TextRef) -> &str {
        self.at(name.index())
    }

    /// Number of texts.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Bytes held, for bounding a queue.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.arena.len() + self.ends.len() * 2 * size_of::<usize>()
    }

    fn at(&self, index: usize) -> &str {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.arena[start..self.ends[index]]
    }

    fn name(index: usize) -> TextRef {
        // A batch's body is bounded far below 4 GiB, and so is the number of its texts.
        TextRef(u32::try_from(index).unwrap_or(u32::MAX))
    }
}

/// Length, beginning and end of a text, mixed: selectors differ at their end, texts of all kinds in length.
fn fingerprint(text: &[u8]) -> u64 {
    let word = |bytes: Option<&[u8; 8]>| bytes.map_or(0, |bytes| u64::from_le_bytes(*bytes));
    let ends = word(text.first_chunk()).rotate_left(21) ^ word(text.last_chunk());
    let short = text.iter().take(8).fold(0, |short, &byte| short << 8 | u64::from(byte));
    ends ^ short.rotate_left(42) ^ text.len() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_text_is_kept_once() {
        let mut texts = Texts::default();
        let first = texts.add("/a");
        let other = texts.add("");
        assert_eq!(texts.add("/a"), first);
        assert_eq!(texts.get(first), "/a");
        assert_eq!(texts.get(other), "");
        assert_eq!(texts.len(), 2);
    }

    #[test]
    fn a_text_beyond_the_search_is_still_right() {
        let mut texts = Texts::default();
        let names: Vec<_> = (0..100).map(|n| texts.add(&format!("t{n}"))).collect();
        let again = texts.add("t0");
        assert_eq!(texts.get(again), "t0");
        for (n, name) in names.iter().enumerate() {
            assert_eq!(texts.get(*name), format!("t{n}"));
        }
    }
}
