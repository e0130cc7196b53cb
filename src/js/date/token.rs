//! The pieces of a date text.

use crate::js::whitespace::is_whitespace;

/// One piece of a date text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    Number(Number),
    Word(Word),
    /// One of `:`, `-`, `+`, `.`, `)`.
    Mark(char),
    /// One character of white space.
    Blank,
    /// Anything else: a comma, a slash, a remark in parentheses.
    Other,
    End,
}

/// A run of digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Number {
    /// Its first nine digits after leading zeros; V8 reads no more of a longer run.
    pub(super) value: u32,
    /// How many digits there are, leading zeros included.
    pub(super) digits: usize,
}

/// A run of letters, by what its first three say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// 1 to 12.
    Month(u32),
    /// Hours to add: 0 for AM, 12 for PM.
    DayHalf(u32),
    /// Hours from UTC.
    Zone(i64),
    /// `Z`, the one zone that may follow a time without a blank.
    Zulu,
    /// `T`, between date and time.
    TimeFollows,
    Unknown,
}

/// Splits a date text, one token ahead.
pub(super) struct Tokens<'a> {
    rest: &'a str,
    next: Token,
}

impl<'a> Tokens<'a> {
    /// Begins at the start; a NUL ends the text, as it does in V8.
    pub(super) fn new(text: &'a str) -> Self {
        let rest = text.split_once('\0').map_or(text, |(before, _)| before);
        let mut tokens = Self { rest, next: Token::End };
        tokens.advance();
        tokens
    }

    /// The next token, unread.
    pub(super) const fn peek(&self) -> Token {
        self.next
    }

    /// Reads the next token.
    pub(super) fn advance(&mut self) -> Token {
        let (token, length) = scan(self.rest);
        self.rest = &self.rest[length..];
        std::mem::replace(&mut self.next, token)
    }

    /// Reads the next token if it is this mark.
    pub(super) fn accept(&mut self, mark: char) -> bool {
        let found = self.next == Token::Mark(mark);
        if found {
            self.advance();
        }
        found
    }

    /// Reads the next token if it is a number with exactly `digits` digits and a value up to `max`.
    pub(super) fn accept_number(&mut self, digits: usize, max: u32) -> Option<u32> {
        match self.next {
            Token::Number(number) if number.digits == digits && number.value <= max => {
                self.advance();
                Some(number.value)
            }
            _ => None,
        }
    }
}

/// The first token of a text and its length in bytes.
fn scan(text: &str) -> (Token, usize) {
    let Some(first) = text.chars().next() else {
        return (Token::End, 0);
    };
    match first {
        '0'..='9' => number(text),
        ':' | '-' | '+' | '.' | ')' => (Token::Mark(first), 1),
        '(' => (Token::Other, remark_length(text)),
        _ if is_word_character(first) => {
            let length = text.find(|character| !is_word_character(character)).unwrap_or(text.len());
            (Token::Word(word(&text[..length])), length)
        }
        _ if is_whitespace(first) => (Token::Blank, first.len_utf8()),
        _ => (Token::Other, first.len_utf8()),
    }
}

/// V8 takes everything from `A` upwards for a letter: brackets, underscores, all of Unicode but its blanks, of which
/// the two line ends are letters again.
fn is_word_character(character: char) -> bool {
    matches!(character, '\u{2028}' | '\u{2029}') || (character >= 'A' && !is_whitespace(character))
}

/// The most digits that count in a number.
const MAX_SIGNIFICANT_DIGITS: usize = 9;

fn number(text: &str) -> (Token, usize) {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let significant = text[..digits].trim_start_matches('0').bytes().take(MAX_SIGNIFICANT_DIGITS);
    let value = significant.fold(0, |value, digit| value * 10 + u32::from(digit - b'0'));
    (Token::Number(Number { value, digits }), digits)
}

/// Length of a remark in parentheses, nested ones included, up to the end of the text if they do not match.
fn remark_length(text: &str) -> usize {
    let mut open = 0_usize;
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            b'(' => open += 1,
            b')' => open -= 1,
            _ => {}
        }
        if open == 0 {
            return index + 1;
        }
    }
    text.len()
}

/// Words of at most three letters, with what they say.
const SHORT_WORDS: [(&str, Word); 15] = [
    ("am", Word::DayHalf(0)),
    ("pm", Word::DayHalf(12)),
    ("ut", Word::Zone(0)),
    ("utc", Word::Zone(0)),
    ("gmt", Word::Zone(0)),
    ("z", Word::Zulu),
    ("est", Word::Zone(-5)),
    ("edt", Word::Zone(-4)),
    ("cst", Word::Zone(-6)),
    ("cdt", Word::Zone(-5)),
    ("mst", Word::Zone(-7)),
    ("mdt", Word::Zone(-6)),
    ("pst", Word::Zone(-8)),
    ("pdt", Word::Zone(-7)),
    ("t", Word::TimeFollows),
];

/// Month names by their first three letters; what follows these letters does not matter (`Junk` is June).
const MONTHS: [(&str, Word); 12] = [
    ("jan", Word::Month(1)),
    ("feb", Word::Month(2)),
    ("mar", Word::Month(3)),
    ("apr", Word::Month(4)),
    ("may", Word::Month(5)),
    ("jun", Word::Month(6)),
    ("jul", Word::Month(7)),
    ("aug", Word::Month(8)),
    ("sep", Word::Month(9)),
    ("oct", Word::Month(10)),
    ("nov", Word::Month(11)),
    ("dec", Word::Month(12)),
];

fn word(text: &str) -> Word {
    let short = SHORT_WORDS.iter().find(|(name, _)| text.eq_ignore_ascii_case(name));
    let month = || {
        let start = text.get(..3)?;
        MONTHS.iter().find(|(name, _)| start.eq_ignore_ascii_case(name))
    };
    short.or_else(month).map_or(Word::Unknown, |(_, word)| *word)
}
