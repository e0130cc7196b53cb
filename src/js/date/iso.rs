//! The ISO form: `±YYYYYY` or `YYYY`, then `-MM`, `-DD`, `Thh:mm`, `:ss`, `.s…`, and `Z`, `±hh:mm` or `±hhmm`.

use super::clock_time::milliseconds;
use super::moment::Moment;
use super::token::{Token, Tokens, Word};

/// What became of the attempt.
pub(super) enum Outcome {
    /// The whole text is an ISO date.
    Read,
    /// It has the `T` of an ISO date and then a fault, which makes it no date at all.
    Refused,
    /// It is something else from this token on; the numbers before it have been read.
    Other(Token),
}

/// Tries to read the whole text.
pub(super) fn read(tokens: &mut Tokens<'_>, moment: &mut Moment) -> Outcome {
    if let Err(first) = date(tokens, moment) {
        return Outcome::Other(first);
    }
    match tokens.peek() {
        Token::End => {}
        Token::Word(Word::TimeFollows) => {
            tokens.advance();
            if time(tokens, moment).is_none() {
                return Outcome::Refused;
            }
        }
        _ => return Outcome::Other(tokens.advance()),
    }
    if moment.time.is_empty() && moment.offset.is_empty() {
        moment.offset.set(0);
    }
    moment.date.set_iso();
    Outcome::Read
}

/// Reads year, month and day as far as they go; the first token that does not fit is the error.
fn date(tokens: &mut Tokens<'_>, moment: &mut Moment) -> Result<(), Token> {
    let year = year(tokens)?;
    // Three numbers always fit.
    let _ = moment.date.add(year);
    for max in [12, 31] {
        if !tokens.accept('-') {
            break;
        }
        match tokens.peek() {
            Token::Number(number) if number.digits == 2 && (1..=max).contains(&number.value) => {
                tokens.advance();
                let _ = moment.date.add(i64::from(number.value));
            }
            _ => return Err(tokens.advance()),
        }
    }
    Ok(())
}

fn year(tokens: &mut Tokens<'_>) -> Result<i64, Token> {
    let Token::Mark(sign @ ('+' | '-')) = tokens.peek() else {
        return tokens.accept_number(4, u32::MAX).map(i64::from).ok_or_else(|| tokens.advance());
    };
    let sign_token = tokens.advance();
    let year = tokens.accept_number(6, u32::MAX).map(i64::from).ok_or(sign_token)?;
    match sign {
        '-' if year == 0 => Err(sign_token),
        '-' => Ok(-year),
        _ => Ok(year),
    }
}

/// Reads what follows the `T`, up to the end of the text.
fn time(tokens: &mut Tokens<'_>, moment: &mut Moment) -> Option<()> {
    let hour = tokens.accept_number(2, 24)?;
    let max = if hour == 24 { 0 } else { 59 };
    moment.time.add(hour)?;
    if !tokens.accept(':') {
        return None;
    }
    moment.time.add(tokens.accept_number(2, max)?)?;
    if tokens.accept(':') {
        moment.time.add(tokens.accept_number(2, max)?)?;
        if tokens.accept('.') {
            match tokens.advance() {
                Token::Number(fraction) if max > 0 || fraction.value == 0 => {
                    moment.time.add(milliseconds(fraction))?;
                }
                _ => return None,
            }
        }
    }
    zone(tokens, moment)?;
    (tokens.peek() == Token::End).then_some(())
}

fn zone(tokens: &mut Tokens<'_>, moment: &mut Moment) -> Option<()> {
    match tokens.peek() {
        Token::Word(Word::Zulu) => {
            tokens.advance();
            moment.offset.set(0);
        }
        Token::Mark(sign @ ('+' | '-')) => {
            tokens.advance();
            let (hours, minutes) = offset_clock(tokens)?;
            moment.offset.set_sign(sign);
            moment.offset.set_clock(hours, Some(minutes));
        }
        _ => {}
    }
    Some(())
}

/// Reads `hhmm` or `hh:mm`.
fn offset_clock(tokens: &mut Tokens<'_>) -> Option<(u32, u32)> {
    if let Some(clock) = tokens.accept_number(4, 2_359) {
        let (hours, minutes) = (clock / 100, clock % 100);
        return (minutes < 60).then_some((hours, minutes));
    }
    let hours = tokens.accept_number(2, 23)?;
    if !tokens.accept(':') {
        return None;
    }
    Some((hours, tokens.accept_number(2, 59)?))
}
