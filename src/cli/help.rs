//! `hearth help`: a page of the help, or what a command takes.

use std::io::Write;

use anyhow::bail;
use clap::CommandFactory;

use super::{Cli, Exit, Output};
use crate::dashboard::help::plain::plain;
use crate::dashboard::help::topics::{CHAPTERS, TOPICS, Topic, find};

/// Shows what the words name: a command, a topic, or both; without words everything there is.
pub fn run(words: &[String], output: &mut Output<impl Write, impl Write>) -> anyhow::Result<Exit> {
    let mut root = Cli::command();
    root.build();
    if words.is_empty() {
        write!(output.out, "{}\n\n{}", root.render_long_help(), topics())?;
        return Ok(Exit::Success);
    }
    let topic = match words {
        [name] => find(name),
        _ => None,
    };
    let command = words.iter().try_fold(&mut root, |command, word| command.find_subcommand_mut(word));
    match (command, topic) {
        (None, None) => {
            bail!("there is neither a command nor a topic {:?}; `hearth help` lists both", words.join(" "))
        }
        (command, topic) => {
            if let Some(topic) = topic {
                write!(output.out, "{}", plain(topic.text))?;
                if let Some(chapter) = topic.chapter() {
                    writeln!(output.out, "\nMore: hearth help {}", chapter.name)?;
                }
            }
            if let Some(command) = command {
                let gap = if topic.is_some() { "\n" } else { "" };
                writeln!(output.out, "{gap}{}", command.render_long_help())?;
            }
            Ok(Exit::Success)
        }
    }
}

/// The list of topics, and of the chapters of the handbook.
fn topics() -> String {
    let width = TOPICS.iter().chain(CHAPTERS).map(|topic| topic.name.len()).max().unwrap_or_default();
    let line = |topic: &Topic| format!("  {:<width$}  {}", topic.name, topic.title());
    let lines = |topics: &[Topic]| topics.iter().map(line).collect::<Vec<_>>().join("\n");
    format!("Topics, shown by `hearth help TOPIC`:\n{}\n\nThe handbook:\n{}\n", lines(TOPICS), lines(CHAPTERS))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn help(words: &[&str]) -> anyhow::Result<String> {
        let words: Vec<_> = words.iter().map(ToString::to_string).collect();
        let mut output = Output { out: Vec::new(), err: Vec::new() };
        run(&words, &mut output)?;
        Ok(String::from_utf8(output.out)?)
    }

    #[test]
    fn commands_and_topics_are_explained() {
        let all = help(&[]).unwrap();
        assert!(all.contains("Usage: hearth") && all.contains("  attribution  "), "{all}");
        assert!(help(&["key", "create"]).unwrap().contains("--value-stdin"));
        assert!(help(&["tracker"]).unwrap().starts_with("The tracker\n==="));
        assert!(help(&["backup"]).unwrap().contains("More: hearth help guide-backup"));
        assert!(help(&["guide-backup"]).unwrap().len() > 2_000);
        assert!(help(&["nothing"]).unwrap_err().to_string().contains("neither"));
        assert!(help(&["key", "nothing"]).is_err());
    }
}
