//! Markdown to text for terminals.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::topics::Topic;

/// Longest line, in characters; words and cells that are longer stand alone.
const WIDTH: usize = 80;

/// A text for a terminal: headings are underlined, tables have columns, links name the topic they lead to.
#[must_use]
pub fn plain(markdown: &str) -> String {
    let mut page = Page::default();
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        page.take(event);
    }
    page.text.trim_end().to_owned() + "\n"
}

/// A page while it is written.
#[derive(Default)]
struct Page {
    text: String,
    /// The paragraph, item or cell under way.
    line: String,
    /// What stands before the first line of the item under way, and how far the others are indented.
    mark: String,
    /// Number of the next item of a numbered list.
    number: Option<u64>,
    is_code: bool,
    link: Option<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Page {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Text(text) if self.is_code => {
                text.lines().for_each(|line| self.text.extend(["    ", line, "\n"]));
            }
            Event::Text(text) | Event::Code(text) | Event::Html(text) | Event::InlineHtml(text) => {
                self.line.push_str(&text);
            }
            Event::SoftBreak | Event::HardBreak => self.line.push(' '),
            Event::Start(tag) => self.begin(&tag),
            Event::End(tag) => self.end(tag),
            _ => {}
        }
    }

    fn begin(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::CodeBlock(_) => self.is_code = true,
            Tag::List(first) => {
                // A list may follow the text of its item without a paragraph.
                self.finish_line();
                self.number = *first;
            }
            Tag::Item => {
                self.mark = match &mut self.number {
                    Some(number) => {
                        *number += 1;
                        format!("{}. ", *number - 1)
                    }
                    None => "* ".to_owned(),
                }
            }
            Tag::Link { dest_url, .. } => self.link = Topic::linked(dest_url).map(|topic| topic.name),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(level) => {
                let rule = if level == pulldown_cmark::HeadingLevel::H1 { "=" } else { "-" };
                let title = std::mem::take(&mut self.line);
                let rule = rule.repeat(title.chars().count());
                self.text.extend([title.as_str(), "\n", rule.as_str(), "\n\n"]);
            }
            TagEnd::Paragraph => {
                self.finish_line();
                self.text.push('\n');
            }
            TagEnd::Item => self.finish_line(),
            TagEnd::List(_) => self.text.push('\n'),
            TagEnd::CodeBlock => {
                self.is_code = false;
                self.text.push('\n');
            }
            TagEnd::Link => {
                if let Some(topic) = self.link.take() {
                    self.line.extend([" (hearth help ", topic, ")"]);
                }
            }
            TagEnd::TableCell => {
                let cell = std::mem::take(&mut self.line);
                match self.rows.last_mut() {
                    Some(row) => row.push(cell),
                    None => self.rows.push(vec![cell]),
                }
            }
            TagEnd::TableHead | TagEnd::TableRow => self.rows.push(Vec::new()),
            TagEnd::Table => self.finish_table(),
            _ => {}
        }
    }

    /// Writes what is under way, broken at spaces.
    fn finish_line(&mut self) {
        let (line, mark) = (std::mem::take(&mut self.line), std::mem::take(&mut self.mark));
        if !line.trim().is_empty() {
            self.text.push_str(&wrapped(&line, &mark, mark.chars().count(), WIDTH));
        }
    }

    /// Writes the rows; the last column is broken at spaces.
    fn finish_table(&mut self) {
        let rows: Vec<_> = std::mem::take(&mut self.rows).into_iter().filter(|row| !row.is_empty()).collect();
        let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
        let width = |column: usize| {
            rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or_default()
        };
        let widths: Vec<_> = (0..columns.saturating_sub(1)).map(width).collect();
        for row in &rows {
            let Some((last, first)) = row.split_last() else { continue };
            let pad = |(cell, width): (&String, &usize)| cell.clone() + &" ".repeat(width - cell.chars().count() + 2);
            let cells: String = first.iter().zip(&widths).map(pad).collect();
            let indent = cells.chars().count();
            self.text.push_str(&wrapped(last, &cells, indent, WIDTH.max(indent + WIDTH / 2)));
        }
        self.text.push('\n');
    }
}

/// Words in lines of at most `width` characters; the first begins with `mark`, the others with as much space.
fn wrapped(words: &str, mark: &str, indent: usize, width: usize) -> String {
    let mut text = mark.to_owned();
    let mut column = indent;
    for word in words.split_whitespace() {
        let length = word.chars().count();
        if column > indent && column + 1 + length > width {
            text.push('\n');
            text.push_str(&" ".repeat(indent));
            column = indent;
        } else if column > indent {
            text.push(' ');
            column += 1;
        }
        text.push_str(word);
        column += length;
    }
    text.trim_end().to_owned() + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::help::topics::TOPICS;

    #[test]
    fn everything_has_a_form_in_a_terminal() {
        let text = plain(
            "# Title\n\nOne [proxy](proxy.md)\nand `code`.\n\n1. first\n2. second\n\n```sh\nrun\n```\n\n| A | B |\n|---|---|\n| long | x |\n",
        );
        let expected = "Title\n=====\n\nOne proxy (hearth help proxy) and code.\n\n1. first\n2. second\n\n    run\n\nA     B\nlong  x\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn no_word_is_lost_and_lines_are_short() {
        for topic in TOPICS {
            let text = plain(topic.text);
            assert!(text.starts_with(topic.title()), "{}", topic.name);
            let words = topic.text.split_whitespace().filter(|word| word.chars().all(char::is_alphabetic));
            for word in words.filter(|word| !["sh", "js", "html", "toml"].contains(word)) {
                assert!(text.contains(word), "{}: {word}", topic.name);
            }
        }
    }

    #[test]
    fn long_words_stand_alone() {
        let long = "x".repeat(WIDTH + 5);
        assert_eq!(wrapped(&format!("a {long} b"), "* ", 2, WIDTH), format!("* a\n  {long}\n  b\n"));
    }
}
