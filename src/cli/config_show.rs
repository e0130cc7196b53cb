//! `hearth config show`: every key with the value that counts.

use std::io::Write;

use serde_json::json;

use super::check::report_problems;
use super::{ConfigFormat, ConfigShowArgs, Exit, Output};
use crate::config::{self, Loaded, Overrides, Setting, Surroundings};

/// Prints the effective configuration; a wrong one is reported instead, as no value of it would count.
///
/// # Errors
/// Only when the output cannot be written.
pub fn run(
    args: &ConfigShowArgs,
    overrides: &Overrides,
    surroundings: &Surroundings,
    output: &mut Output<impl Write, impl Write>,
) -> anyhow::Result<Exit> {
    let loaded = match config::load_from(overrides, surroundings) {
        Ok(loaded) => loaded,
        Err(problems) => {
            report_problems(&problems, &mut output.err)?;
            return Ok(Exit::BadConfiguration);
        }
    };
    match args.format {
        ConfigFormat::Toml => write_toml(&loaded, args.origin, &mut output.out)?,
        ConfigFormat::Json => write_json(&loaded, args.origin, &mut output.out)?,
    }
    Ok(Exit::Success)
}

fn write_toml(loaded: &Loaded, with_origin: bool, out: &mut impl Write) -> anyhow::Result<()> {
    let settings = config::effective_settings(loaded)?;
    let mut section = "";
    for setting in &settings {
        if setting.section != section {
            let gap = if section.is_empty() { "" } else { "\n" };
            writeln!(out, "{gap}[{}]", setting.section)?;
            section = &setting.section;
        }
        writeln!(out, "{}", line(setting, with_origin))?;
    }
    Ok(())
}

fn line(setting: &Setting, with_origin: bool) -> String {
    let assignment = format!("{} = {}", setting.name, setting.toml);
    if with_origin { format!("{assignment:<40} # {}", setting.origin) } else { assignment }
}

fn write_json(loaded: &Loaded, with_origin: bool, out: &mut impl Write) -> anyhow::Result<()> {
    let config = serde_json::to_value(&loaded.config)?;
    if !with_origin {
        writeln!(out, "{config:#}")?;
        return Ok(());
    }
    let origins = loaded.origins.iter().map(|(key, origin)| (key.clone(), json!(origin.to_string())));
    let origins: serde_json::Map<_, _> = origins.collect();
    writeln!(out, "{:#}", json!({ "config": config, "origins": origins }))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(args: &ConfigShowArgs, set: &[&str]) -> (Exit, String) {
        let overrides = Overrides { set: set.iter().map(ToString::to_string).collect(), ..Overrides::default() };
        let mut output = Output { out: Vec::new(), err: Vec::new() };
        let exit = run(args, &overrides, &Surroundings::default(), &mut output).unwrap();
        (exit, String::from_utf8(output.out).unwrap())
    }

    #[test]
    fn toml_has_sections_keys_and_origins() {
        let args = ConfigShowArgs { origin: true, format: ConfigFormat::Toml };
        let (exit, out) = show(&args, &["heat.rate_limit.max=9"]);
        assert_eq!(exit, Exit::Success);
        assert!(out.starts_with("[server]\nlisten = \"127.0.0.1:8080\" "));
        let max = out.lines().find(|line| line.starts_with("max = ")).unwrap();
        assert!(max.starts_with("max = 9 ") && max.ends_with("# flag --set heat.rate_limit.max"), "{max}");
        let listen = out.lines().find(|line| line.starts_with("listen")).unwrap();
        assert!(listen.ends_with("# default"));
    }

    #[test]
    fn json_is_the_tree_or_the_tree_with_origins() {
        let args = ConfigShowArgs { origin: false, format: ConfigFormat::Json };
        let tree: serde_json::Value = serde_json::from_str(&show(&args, &[]).1).unwrap();
        assert_eq!(tree["heat"]["max_body_bytes"], 1_000_000);
        let args = ConfigShowArgs { origin: true, ..args };
        let both: serde_json::Value = serde_json::from_str(&show(&args, &[]).1).unwrap();
        assert_eq!((&both["config"], &both["origins"]["log.level"]), (&tree, &json!("default")));
    }

    #[test]
    fn a_wrong_configuration_is_not_shown() {
        let (exit, out) = show(&ConfigShowArgs::default(), &["server.workers=x"]);
        assert_eq!((exit, out.as_str()), (Exit::BadConfiguration, ""));
    }
}
