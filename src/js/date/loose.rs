//! The loose form: V8's own reading of everything that is no ISO date.
//!
//! A number before a colon belongs to the clock, other numbers to the day. A sign after a clock time or after UTC begins
//! an offset. Unknown words are skipped before the first number and refused after it; remarks in parentheses are
//! skipped anywhere.

use super::clock_time::milliseconds;
use super::moment::Moment;
use super::token::{Number, Token, Tokens, Word};

/// Reads from `first` to the end of the text; nothing if V8 refuses it.
pub(super) fn read(first: Token, tokens: &mut Tokens<'_>, moment: &mut Moment) -> Option<()> {
    let mut has_number = !moment.date.is_empty();
    let mut token = first;
    while token != Token::End {
        match token {
            Token::Number(number) => {
                has_number = true;
                read_number(number, tokens, moment)?;
            }
            Token::Word(word) => read_word(word, has_number, tokens, moment)?,
            Token::Mark(sign @ ('+' | '-')) if moment.offset.is_utc() || !moment.time.is_empty() => {
                has_number = true;
                read_offset(sign, tokens, moment)?;
            }
            Token::Mark('+' | '-' | ')') if has_number => return None,
            Token::Mark(_) | Token::Blank | Token::Other | Token::End => {}
        }
        token = tokens.advance();
    }
    Some(())
}

fn read_number(number: Number, tokens: &mut Tokens<'_>, moment: &mut Moment) -> Option<()> {
    let value = number.value;
    if tokens.accept(':') {
        return read_clock_part(value, tokens, moment);
    }
    if tokens.accept('.') && moment.time.expects(value) {
        moment.time.add(value)?;
        let Token::Number(fraction) = tokens.advance() else {
            return None;
        };
        moment.time.add_last(milliseconds(fraction));
        return Some(());
    }
    if moment.offset.expects(value) {
        moment.offset.set_minutes(value);
        return Some(());
    }
    if moment.time.expects(value) {
        moment.time.add_last(value);
        return ends_clock(tokens.peek()).then_some(());
    }
    moment.date.add(i64::from(value))?;
    tokens.accept('-');
    Some(())
}

/// Takes a number that a colon follows; two colons leave out the minutes.
fn read_clock_part(value: u32, tokens: &mut Tokens<'_>, moment: &mut Moment) -> Option<()> {
    if tokens.accept(':') {
        if !moment.time.is_empty() {
            return None;
        }
        moment.time.add(value)?;
        return moment.time.add(0);
    }
    moment.time.add(value)?;
    tokens.accept('.');
    Some(())
}

/// Tells whether a token may stand right behind the last number of a clock time.
const fn ends_clock(token: Token) -> bool {
    matches!(token, Token::End | Token::Blank | Token::Word(Word::Zulu) | Token::Mark('+' | '-'))
}

fn read_word(word: Word, has_number: bool, tokens: &mut Tokens<'_>, moment: &mut Moment) -> Option<()> {
    match word {
        Word::DayHalf(hours) if !moment.time.is_empty() => moment.time.set_half_day(hours),
        Word::Month(month) => {
            moment.date.set_named_month(month);
            tokens.accept('-');
        }
        Word::Zone(hours) if has_number => moment.offset.set(hours),
        Word::Zulu if has_number => moment.offset.set(0),
        _ if has_number || matches!(tokens.peek(), Token::Number(_)) => return None,
        _ => {}
    }
    Some(())
}

/// Reads what follows the sign of an offset: `h`, `hh`, `hmm`, `hhmm`, or hours and a colon, after which the minutes
/// come like any number.
fn read_offset(sign: char, tokens: &mut Tokens<'_>, moment: &mut Moment) -> Option<()> {
    let number = match tokens.peek() {
        Token::Number(number) => {
            tokens.advance();
            number
        }
        _ => Number { value: 0, digits: 0 },
    };
    let (hours, minutes) = match number.digits {
        _ if tokens.peek() == Token::Mark(':') => (number.value, None),
        1 | 2 => (number.value, Some(0)),
        3 | 4 => (number.value / 100, Some(number.value % 100)),
        _ => return None,
    };
    moment.offset.set_sign(sign);
    moment.offset.set_clock(hours, minutes);
    Some(())
}
