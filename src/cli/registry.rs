//! `hearth project`, `hearth key` and `hearth token`: who may send and who may read.
//!
//! They work on the file itself, beside a running server if there is one; it notices within seconds.

use std::io::{BufRead, Read, Write};

use anyhow::{Context as _, bail};
use rusqlite::{Connection, TransactionBehavior};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Exit, KeyCommand, Output, ProjectCommand, TokenCommand};
use crate::config::Config;
use crate::domain::clock::{Clock, SystemClock};
use crate::domain::id::ProjectId;
use crate::store::registry::{self, Secret};
use crate::store::{StoreError, connection, migrate};

/// Longest key that can be taken over.
const MAX_KEY_BYTES: u64 = 256;

/// Longest name of a project, in characters.
const MAX_NAME_CHARS: usize = 100;

/// Runs `hearth project`.
pub fn project(
    command: &ProjectCommand,
    config: &Config,
    as_json: bool,
    output: &mut Output<impl Write, impl Write>,
) -> anyhow::Result<Exit> {
    let mut file = open(config)?;
    match command {
        ProjectCommand::Add { name } => {
            let name = name.trim();
            if name.is_empty() || name.chars().count() > MAX_NAME_CHARS || name.chars().any(char::is_control) {
                bail!("a project's name has 1 to {MAX_NAME_CHARS} characters and no control characters");
            }
            let transaction = file.transaction_with_behavior(TransactionBehavior::Immediate)?;
            if registry::projects(&transaction)?.iter().any(|project| project.name == name) {
                bail!("there is a project named {name:?} already");
            }
            let now_ms = SystemClock.now_ms();
            let project = registry::add_project(&transaction, name, now_ms)?;
            let key = registry::create_secret(&transaction, Secret::ProjectKey, project.project, now_ms)?;
            let token = registry::create_secret(&transaction, Secret::ReadToken, project.project, now_ms)?;
            transaction.commit()?;
            if as_json {
                let made = json!({"id": project.project_uuid, "name": name, "project_key": key, "read_token": token});
                writeln!(output.out, "{made:#}")?;
            } else {
                writeln!(output.out, "id:          {}", project.project_uuid)?;
                writeln!(output.out, "project key: {key}")?;
                writeln!(output.out, "read token:  {token}")?;
                writeln!(output.err, "key and token are shown only now")?;
            }
        }
        ProjectCommand::List => {
            let projects = registry::projects(&file)?;
            if as_json {
                let list: Vec<Value> = projects
                    .iter()
                    .map(|project| json!({"id": project.uuid, "name": project.name, "created_at": project.created_at_ms}))
                    .collect();
                writeln!(output.out, "{:#}", Value::from(list))?;
            } else {
                for project in projects {
                    writeln!(output.out, "{}  {}  {}", project.uuid, date(project.created_at_ms), project.name)?;
                }
            }
        }
    }
    Ok(Exit::Success)
}

/// Runs `hearth key`.
pub fn key(
    command: &KeyCommand,
    config: &Config,
    as_json: bool,
    input: impl BufRead,
    output: &mut Output<impl Write, impl Write>,
) -> anyhow::Result<Exit> {
    match command {
        KeyCommand::Create { project, value_stdin } => {
            let given = if *value_stdin { Some(read_key(input)?) } else { None };
            create(Secret::ProjectKey, project, given, config, as_json, output)
        }
        KeyCommand::List => list(Secret::ProjectKey, config, as_json, output),
        KeyCommand::Revoke { prefix } => revoke(Secret::ProjectKey, prefix, config, output),
    }
}

/// Runs `hearth token`.
pub fn token(
    command: &TokenCommand,
    config: &Config,
    as_json: bool,
    output: &mut Output<impl Write, impl Write>,
) -> anyhow::Result<Exit> {
    match command {
        TokenCommand::Create { project } => create(Secret::ReadToken, project, None, config, as_json, output),
        TokenCommand::List => list(Secret::ReadToken, config, as_json, output),
        TokenCommand::Revoke { prefix } => revoke(Secret::ReadToken, prefix, config, output),
    }
}

fn create(
    kind: Secret,
    project: &str,
    given: Option<String>,
    config: &Config,
    as_json: bool,
    output: &mut Output<impl Write, impl Write>,
) -> anyhow::Result<Exit> {
    let mut file = open(config)?;
    let transaction = file.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let project = find_project(&transaction, project)?;
    let now_ms = SystemClock.now_ms();
    let secret = match given {
        Some(secret) => {
            let hash = registry::hash_secret(&secret);
            if registry::find_secret(&transaction, kind, &hash)?.is_some() {
                bail!("this key is registered already");
            }
            registry::add_secret(&transaction, kind, project, &hash, &registry::secret_prefix(&secret), now_ms)
                .context("the key was registered before and is revoked")?;
            secret
        }
        None => registry::create_secret(&transaction, kind, project, now_ms)?,
    };
    transaction.commit()?;
    if as_json {
        let name = if kind == Secret::ProjectKey { "project_key" } else { "read_token" };
        writeln!(output.out, "{:#}", json!({ name: secret }))?;
    } else {
        writeln!(output.out, "{secret}")?;
        writeln!(output.err, "shown only now")?;
    }
    Ok(Exit::Success)
}

fn list(
    kind: Secret,
    config: &Config,
    as_json: bool,
    output: &mut Output<impl Write, impl Write>,
) -> anyhow::Result<Exit> {
    let secrets = registry::secrets(&open(config)?, kind)?;
    if as_json {
        let list: Vec<Value> = secrets
            .iter()
            .map(|secret| {
                json!({"prefix": secret.prefix, "project": secret.project_name,
                       "created_at": secret.created_at_ms, "revoked_at": secret.revoked_at_ms})
            })
            .collect();
        writeln!(output.out, "{:#}", Value::from(list))?;
        return Ok(Exit::Success);
    }
    for secret in secrets {
        let state = secret.revoked_at_ms.map_or_else(|| "valid".to_owned(), |at_ms| format!("revoked {}", date(at_ms)));
        writeln!(output.out, "{}  {}  {state}  {}", secret.prefix, date(secret.created_at_ms), secret.project_name)?;
    }
    Ok(Exit::Success)
}

fn revoke(
    kind: Secret,
    prefix: &str,
    config: &Config,
    output: &mut Output<impl Write, impl Write>,
) -> anyhow::Result<Exit> {
    match registry::revoke_secrets(&open(config)?, kind, prefix, SystemClock.now_ms())? {
        0 => bail!("nothing valid begins with {prefix:?}; `list` shows what there is"),
        count => writeln!(output.err, "revoked {count}; a running server refuses it within 5 seconds")?,
    }
    Ok(Exit::Success)
}

/// Opens the file as the server would have made it.
fn open(config: &Config) -> Result<Connection, StoreError> {
    connection::check_sqlite_version()?;
    connection::prepare_file(&config.storage.path)?;
    migrate::check_not_newer(&connection::open_reader(&config.storage)?)?;
    let mut file = connection::open_writer(&config.storage)?;
    migrate::migrate(&mut file, SystemClock.now_ms())?;
    Ok(file)
}

/// A project by its name or public id.
fn find_project(file: &Connection, wanted: &str) -> anyhow::Result<ProjectId> {
    let projects = registry::projects(file)?;
    let uuid = Uuid::try_parse(wanted).ok();
    let mut found = projects.iter().filter(|project| project.name == wanted || Some(project.uuid) == uuid);
    match (found.next(), found.next()) {
        (Some(project), None) => Ok(project.id),
        (Some(_), Some(_)) => {
            bail!("several projects are named {wanted:?}; give the id that `hearth project list` shows")
        }
        (None, _) => bail!("there is no project {wanted:?}; `hearth project list` shows what there is"),
    }
}

fn read_key(input: impl BufRead) -> anyhow::Result<String> {
    let mut text = String::new();
    input.take(MAX_KEY_BYTES + 2).read_to_string(&mut text).context("cannot read the key from stdin")?;
    let key = text.trim();
    if key.is_empty() || key.len() as u64 > MAX_KEY_BYTES || key.chars().any(char::is_control) {
        bail!("a key has 1 to {MAX_KEY_BYTES} bytes and no control characters");
    }
    Ok(key.to_owned())
}

fn date(at_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(at_ms).map(|at| at.strftime("%Y-%m-%d").to_string()).unwrap_or_default()
}
