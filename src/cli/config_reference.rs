//! `hearth config schema` and `hearth config reference`: every key there is, for programs and for people.

use std::fmt::Write as _;
use std::io::Write;

use serde_json::json;

use super::{Exit, Output};
use crate::config::{KeyReference, SectionReference, reference};

/// What stands above the sections.
const INTRODUCTION: &str = "\
# Configuration

Every key, its default and what it is for. This page is made by `hearth config reference`; `hearth config schema` is the
same for programs.

## Where values come from

Later ones win:

1. the default in the binary
2. one file: `--config FILE`, else `$HEARTH_CONFIG`, else `./hearth.toml`, else `$XDG_CONFIG_HOME/hearth/hearth.toml`, else
   `/etc/hearth/hearth.toml`. Only the first that exists is read. `hearth init` writes one.
3. the environment: `HEARTH_SECTION__KEY`, with two underscores between the levels. Lists are separated by commas.
4. flags: `--listen`, `--upstream`, `--data`, `--log-level`, `--log-format`, and `--set SECTION.KEY=VALUE` for every other key

`hearth check` reports every mistake at once, with file and line. `hearth config show --origin` says where each value came
from.

* A duration is a number with a unit: `\"250ms\"`, `\"10s\"`, `\"5m\"`, `\"12h\"`, `\"7d\"`.
* A size is a number of bytes, or has a unit: `\"64KiB\"` is 65536 bytes, `\"64KB\"` is 64000.
";

/// Writes all keys as one JSON object.
///
/// # Errors
/// Only when it cannot be written.
pub fn schema(output: &mut Output<impl Write, impl Write>) -> anyhow::Result<Exit> {
    let sections = reference()?;
    let keys: Vec<_> = sections.iter().flat_map(|section| &section.keys).map(key_as_json).collect();
    let sections: Vec<_> =
        sections.iter().map(|section| json!({"name": section.name, "description": section.text})).collect();
    writeln!(output.out, "{:#}", json!({"sections": sections, "keys": keys}))?;
    Ok(Exit::Success)
}

fn key_as_json(key: &KeyReference) -> serde_json::Value {
    json!({
        "name": key.name,
        "type": key.kind,
        "takes": key.expected,
        "default": key.default_json,
        "variable": key.variable,
        "description": key.text,
    })
}

/// Writes all keys as Markdown.
///
/// # Errors
/// Only when it cannot be written.
pub fn markdown(output: &mut Output<impl Write, impl Write>) -> anyhow::Result<Exit> {
    write!(output.out, "{}", page(&reference()?)?)?;
    Ok(Exit::Success)
}

fn page(sections: &[SectionReference]) -> Result<String, std::fmt::Error> {
    let mut page = INTRODUCTION.to_owned();
    for section in sections {
        write!(page, "\n## `[{}]`\n", section.name)?;
        if !section.text.is_empty() {
            write!(page, "\n{}\n", as_markdown(&section.text))?;
        }
        for key in &section.keys {
            write!(page, "\n### `{}`\n\n{}\n\n", key.name, as_markdown(&key.text))?;
            writeln!(page, "* Default: `{}`", key.default.trim().replace('\n', " "))?;
            writeln!(page, "* Takes: {}", escaped(&key.expected))?;
            if let Some(variable) = &key.variable {
                writeln!(page, "* Environment: `{variable}`")?;
            }
        }
    }
    Ok(page)
}

/// A comment as Markdown: what is indented is an example.
fn as_markdown(comment: &str) -> String {
    let mut text = String::new();
    let mut is_example = false;
    for line in comment.lines() {
        let is_indented = line.starts_with("  ");
        if is_indented != is_example {
            text.push_str(if is_indented { "```toml\n" } else { "```\n" });
            is_example = is_indented;
        }
        text.push_str(&if is_indented { line.trim_start().to_owned() } else { escaped(line) });
        text.push('\n');
    }
    text.push_str(if is_example { "```" } else { "" });
    text.trim_end().to_owned()
}

/// Text in which nothing is taken for a mark of Markdown but code in backticks.
fn escaped(text: &str) -> String {
    let parts = text.split('`').enumerate().map(|(at, part)| match at % 2 {
        0 => part.replace('*', "\\*").replace('<', "\\<").replace(" _", " \\_"),
        _ => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join("`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(print: impl FnOnce(&mut Output<Vec<u8>, Vec<u8>>) -> anyhow::Result<Exit>) -> String {
        let mut output = Output { out: Vec::new(), err: Vec::new() };
        assert_eq!(print(&mut output).unwrap(), Exit::Success);
        String::from_utf8(output.out).unwrap()
    }

    #[test]
    fn the_committed_page_is_what_the_command_prints() {
        let committed = include_str!("../../docs/configuration.md");
        let printed = printed(markdown);
        let differing = committed.lines().zip(printed.lines()).find(|(committed, printed)| committed != printed);
        assert_eq!(differing, None, "run `hearth config reference >docs/configuration.md`");
        assert_eq!(committed.len(), printed.len(), "run `hearth config reference >docs/configuration.md`");
    }

    #[test]
    fn the_schema_has_types_defaults_and_texts() {
        let schema: serde_json::Value = serde_json::from_str(&printed(schema)).unwrap();
        let key = |name: &str| schema["keys"].as_array().unwrap().iter().find(|key| key["name"] == name).unwrap();
        let listen = key("server.listen");
        assert_eq!((&listen["type"], &listen["default"]), (&json!("string"), &json!("127.0.0.1:8080")));
        assert_eq!(listen["variable"], "HEARTH_SERVER__LISTEN");
        assert_eq!(key("heat.allowed_origins")["default"], json!(["*"]));
        assert!(key("heat.max_events")["description"].as_str().unwrap().contains("one batch"));
        assert!(schema["sections"].as_array().unwrap().iter().any(|section| section["name"] == "heat.rate_limit"));
    }

    #[test]
    fn comments_become_markdown() {
        assert_eq!(
            as_markdown("One `a*b` and c*d:\n\n  [[x]]\n  y = 1\nEnd <z>"),
            "One `a*b` and c\\*d:\n\n```toml\n[[x]]\ny = 1\n```\nEnd \\<z>"
        );
    }
}
