//! `hearth completions` and `hearth man`: what packages install for shells and readers.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, CommandFactory};

use super::{Cli, Exit, Output};

/// `hearth completions`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Args)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

/// `hearth man`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct ManArgs {
    /// Write a page for each command into this directory instead of hearth(1) to stdout
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
}

/// Writes the completions of a shell.
///
/// # Errors
/// Only when they cannot be written.
pub fn completions(args: CompletionsArgs, output: &mut Output<impl Write, impl Write>) -> anyhow::Result<Exit> {
    // Through memory: the generator does not expect that a reader may have seen enough.
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "hearth", &mut text);
    output.out.write_all(&text)?;
    Ok(Exit::Success)
}

/// Writes manual pages.
///
/// # Errors
/// When the directory cannot be made or a page not be written.
pub fn man(args: &ManArgs, output: &mut Output<impl Write, impl Write>) -> anyhow::Result<Exit> {
    // `help` is a command of our own, and clap must not add another one to each command.
    let mut root = Cli::command().disable_help_subcommand(true);
    root.build();
    let Some(directory) = &args.dir else {
        output.out.write_all(&page(&root, "hearth")?)?;
        return Ok(Exit::Success);
    };
    if let Err(error) = std::fs::create_dir_all(directory) {
        writeln!(output.err, "hearth: cannot make {}: {error}", directory.display())?;
        return Ok(Exit::CannotCreate);
    }
    let count = write_pages(directory, &root, "hearth")?;
    writeln!(output.err, "{count} pages in {}", directory.display())?;
    Ok(Exit::Success)
}

/// Writes the page of a command and those of all below it; says how many.
fn write_pages(directory: &Path, command: &clap::Command, name: &str) -> anyhow::Result<usize> {
    let file = directory.join(format!("{name}.1"));
    std::fs::write(&file, page(command, name)?).with_context(|| format!("cannot write {}", file.display()))?;
    let mut count = 1;
    for below in command.get_subcommands() {
        count += write_pages(directory, below, &format!("{name}-{}", below.get_name()))?;
    }
    Ok(count)
}

/// The page of a command, in roff.
fn page(command: &clap::Command, name: &str) -> std::io::Result<Vec<u8>> {
    let page = clap_mangen::Man::new(command.clone().disable_help_subcommand(true));
    let mut text = Vec::new();
    page.title(name.to_uppercase()).manual("Hearth").render(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;

    use super::*;

    #[test]
    fn every_shell_is_told_of_every_command() {
        for shell in clap_complete::Shell::value_variants() {
            let mut output = Output { out: Vec::new(), err: Vec::new() };
            completions(CompletionsArgs { shell: *shell }, &mut output).unwrap();
            let text = String::from_utf8(output.out).unwrap();
            for word in ["serve", "doctor", "password-stdin"] {
                assert!(text.contains(word), "{shell}: {word}");
            }
        }
    }

    #[test]
    fn every_command_has_a_page_and_the_main_one_tells_the_exit_codes() {
        let directory = tempfile::tempdir().unwrap();
        let args = ManArgs { dir: Some(directory.path().join("man")) };
        let mut output = Output { out: Vec::new(), err: Vec::new() };
        man(&args, &mut output).unwrap();
        let read = |name: &str| std::fs::read_to_string(directory.path().join("man").join(name)).unwrap();
        assert!(
            read("hearth.1").starts_with(".ie") || read("hearth.1").contains(".TH HEARTH 1"),
            "{}",
            read("hearth.1")
        );
        assert!(read("hearth.1").contains("Exit codes") && read("hearth.1").contains("hearth\\-doctor(1)"));
        assert!(read("hearth-key-create.1").contains("value\\-stdin"));
        man(&ManArgs { dir: None }, &mut output).unwrap();
        assert_eq!(String::from_utf8(output.out).unwrap(), read("hearth.1"));
    }
}
