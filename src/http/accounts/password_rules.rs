//! Which passwords are taken: long ones that are not made of what everybody tries first.
//!
//! There are no rules about kinds of characters, which make passwords harder to remember and no harder to guess.

/// Shortest and longest password, in characters.
pub const MIN_CHARS: usize = 12;
pub const MAX_CHARS: usize = 128;

/// What is not common must be this long, in characters.
const MIN_UNCOMMON_CHARS: usize = 4;

/// Different characters that a password must have.
const MIN_DIFFERENT_CHARS: usize = 5;

/// Pieces of which common passwords are made, in lower case; one a line.
const COMMON: &str = include_str!("common_passwords.txt");

/// Rows of keyboards and other sequences; runs of at least [`MIN_RUN_CHARS`] of them count as nothing.
const SEQUENCES: [&str; 8] = [
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiop",
    "qwertzuiop",
    "asdfghjkl",
    "zxcvbnm",
    "yxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
];
const MIN_RUN_CHARS: usize = 3;

/// Why a password is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WeakPassword {
    TooShort,
    TooLong,
    Common,
    LikeName,
}

impl WeakPassword {
    /// What to do about it.
    #[must_use]
    pub fn message(self) -> &'static str {
        match self {
            Self::TooShort => "Use at least 12 characters. A few words in a row are easy to remember.",
            Self::TooLong => "Use at most 128 characters.",
            Self::Common => "This password is easy to guess. Use a few words that do not belong together.",
            Self::LikeName => "The password must be more than the name. Use a few words that do not belong together.",
        }
    }
}

/// Whether the account of a name may have this password.
pub fn judge(password: &str, name: &str) -> Result<(), WeakPassword> {
    let length = password.chars().count();
    if length < MIN_CHARS {
        return Err(WeakPassword::TooShort);
    }
    if length > MAX_CHARS {
        return Err(WeakPassword::TooLong);
    }
    let password = plain(password);
    let mut different: Vec<char> = password.chars().collect();
    different.sort_unstable();
    different.dedup();
    if different.len() < MIN_DIFFERENT_CHARS || without_common(&password) < MIN_UNCOMMON_CHARS {
        return Err(WeakPassword::Common);
    }
    let name = plain(name);
    if name.chars().count() >= MIN_UNCOMMON_CHARS && without_common(&password.replace(&name, " ")) < MIN_UNCOMMON_CHARS
    {
        return Err(WeakPassword::LikeName);
    }
    Ok(())
}

/// In lower case, and with the usual signs for letters turned back.
fn plain(text: &str) -> String {
    text.to_lowercase()
        .chars()
        .map(|character| match character {
            '@' => 'a',
            '$' => 's',
            '€' => 'e',
            character => character,
        })
        .collect()
}

/// How many characters stay when everything common is taken out: words, sequences, numbers and signs.
fn without_common(password: &str) -> usize {
    let letters = |text: &str| text.chars().filter(|character| character.is_alphabetic()).count();
    // Digits that stand for letters, and digits that stand for themselves.
    let spelled: String = password
        .chars()
        .map(|character| match character {
            '0' => 'o',
            '1' => 'i',
            '3' => 'e',
            '4' => 'a',
            '5' => 's',
            '7' => 't',
            character => character,
        })
        .collect();
    [password, &spelled].map(|text| letters(&take_out(text))).into_iter().min().unwrap_or_default()
}

fn take_out(text: &str) -> String {
    let text: Vec<char> = text.chars().collect();
    let mut rest = String::new();
    let mut at = 0;
    while at < text.len() {
        match common_run(&text[at..]) {
            0 => {
                rest.push(text[at]);
                at += 1;
            }
            taken => at += taken,
        }
    }
    rest
}

/// How many characters at the beginning are common.
fn common_run(text: &[char]) -> usize {
    let word = COMMON.lines().filter(|word| !word.is_empty() && begins_with(text, word)).map(str::len).max();
    let repeated = text.iter().take_while(|character| **character == text[0]).count();
    let sequence = SEQUENCES.iter().map(|sequence| sequence_run(text, sequence)).max().unwrap_or_default();
    let run = |length: usize| if length >= MIN_RUN_CHARS { length } else { 0 };
    word.unwrap_or_default().max(run(repeated)).max(run(sequence))
}

fn begins_with(text: &[char], word: &str) -> bool {
    let mut characters = text.iter();
    word.chars().all(|character| characters.next() == Some(&character))
}

/// How many characters at the beginning stand next to each other in a sequence, forwards or backwards.
fn sequence_run(text: &[char], sequence: &str) -> usize {
    let run = |sequence: &[char]| {
        (0..sequence.len())
            .map(|from| text.iter().zip(&sequence[from..]).take_while(|(character, next)| character == next).count())
            .max()
    };
    let forwards: Vec<char> = sequence.chars().collect();
    let backwards: Vec<char> = sequence.chars().rev().collect();
    run(&forwards).max(run(&backwards)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_uncommon_passwords_are_taken() {
        for password in
            ["correct horse battery", "tuba-gletscher-07", "Иван любит чай!", "x9#Lm2!qRz7&Kp", &"ab cd ef ".repeat(14)]
        {
            assert_eq!(judge(password, "ada"), Ok(()), "{password}");
        }
    }

    #[test]
    fn common_ones_are_refused() {
        for password in [
            "password1234",
            "P@ssw0rd2024!",
            "passwordpassword",
            "qwertyuiop123",
            "123456789012",
            "aaaaaaaaaaaa",
            "abcabcabcabc",
            "letmein-letmein",
            "1qaz2wsx3edc",
            "iloveyou2025",
            "admin administrator",
            "changeme12345",
            "zyxwvutsrqponm",
            "hearth analytics",
        ] {
            assert_eq!(judge(password, "ada"), Err(WeakPassword::Common), "{password}");
        }
    }

    #[test]
    fn length_is_counted_in_characters_and_the_name_is_no_password() {
        assert_eq!(judge("tuba-glets7", "ada"), Err(WeakPassword::TooShort));
        assert_eq!(judge(&"żółw gęś ".repeat(15), "ada"), Err(WeakPassword::TooLong));
        assert_eq!(judge("Gretchen-2026-01", "gretchen"), Err(WeakPassword::LikeName));
    }
}
