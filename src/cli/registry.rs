//! `hearth key` and `hearth token`: who may send and who may read.
//!
//! They work on the file itself, beside a running server if there is one; it notices within seconds.

use std::io::{BufRead, Read, Write};

use anyhow::{Context as _, bail};
use rusqlite::{Connection, TransactionBehavior};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Exit, KeyCommand, Output, Sdk, TokenCommand};
use crate::backup::upgrade::{self, Schemas};
use crate::config::Config;
use crate::domain::clock::{Clock, SystemClock};
use crate::domain::id::ProjectId;
use crate::store::accounts::read_tokens::{self, NewReadToken};
use crate::store::registry::{self, Secret};
use crate::store::{StoreError, connection, migrate, project_keys};

/// Longest name of a token, in characters.
const MAX_NAME_CHARS: usize = 64;

/// Longest time for which a token can be made; longer is for ever.
const MAX_VALID_FOR_MS: i64 = 3_650 * 24 * 60 * 60 * 1000;

/// Longest key that can be taken over.
const MAX_KEY_BYTES: u64 = 256;

/// Runs `hearth key`.
pub fn key(
    command: &KeyCommand,
    config: &Config,
    as_json: bool,
    input: impl BufRead,
    output: &mut Output<impl Write, impl Write>,
) -> anyhow::Result<Exit> {
    match command {
        KeyCommand::Create { project, sdk, value_stdin } => {
            let wanted = match sdk {
                _ if *value_stdin => Wanted::Key(read_key(input)?),
                Sdk::Heat => Wanted::NewKey(Secret::ProjectKey.mark()),
                Sdk::Datalyr => Wanted::NewKey(registry::DATALYR_MARK),
            };
            create(&wanted, project, config, as_json, output)
        }
        KeyCommand::List => list(Secret::ProjectKey, config, as_json, output),
        KeyCommand::Rotate { prefix, keep_old } => rotate(prefix, *keep_old, config, as_json, output),
        KeyCommand::Revoke { prefix } => revoke(Secret::ProjectKey, prefix, config, as_json, output),
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
        TokenCommand::Create { project, may_erase, name, expires } => {
            let name = name.trim().to_owned();
            if name.chars().count() > MAX_NAME_CHARS || name.chars().any(char::is_control) {
                bail!("a token's name has at most {MAX_NAME_CHARS} characters and no control characters");
            }
            let valid_for_ms = expires.as_deref().map(read_duration_ms).transpose()?;
            create(&Wanted::Token { may_erase: *may_erase, name, valid_for_ms }, project, config, as_json, output)
        }
        TokenCommand::List => list(Secret::ReadToken, config, as_json, output),
        TokenCommand::Revoke { prefix } => revoke(Secret::ReadToken, prefix, config, as_json, output),
    }
}

/// What is to be created.
enum Wanted {
    /// A key that is in use already.
    Key(String),
    /// A key that begins with this.
    NewKey(&'static str),
    Token {
        may_erase: bool,
        name: String,
        /// Absent: for ever.
        valid_for_ms: Option<i64>,
    },
}

impl Wanted {
    /// Makes it or takes it over; gives it back in clear.
    fn create(&self, file: &Connection, project: ProjectId) -> anyhow::Result<String> {
        let now_ms = SystemClock.now_ms();
        match self {
            Self::Key(key) => {
                let hash = registry::hash_secret(key);
                if registry::find_key(file, &hash)?.is_some() {
                    bail!("this key is registered already");
                }
                registry::add_secret(file, Secret::ProjectKey, project, &hash, &registry::secret_prefix(key), now_ms)
                    .context("the key was registered before and is revoked")?;
                Ok(key.clone())
            }
            Self::NewKey(mark) => Ok(registry::create_marked_secret(file, Secret::ProjectKey, mark, project, now_ms)?),
            Self::Token { may_erase, name, valid_for_ms } => {
                let expires_at_ms = valid_for_ms.map(|valid_for_ms| now_ms.saturating_add(valid_for_ms));
                let token = NewReadToken { project, name, may_erase: *may_erase, expires_at_ms, created_by: None };
                Ok(read_tokens::create(file, &token, now_ms)?)
            }
        }
    }
}

fn create(
    wanted: &Wanted,
    project: &str,
    config: &Config,
    as_json: bool,
    output: &mut Output<impl Write, impl Write>,
) -> anyhow::Result<Exit> {
    let mut file = open(config)?;
    let transaction = file.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let project = find_project(&transaction, project)?;
    let secret = wanted.create(&transaction, project)?;
    transaction.commit()?;
    if as_json {
        let made = match wanted {
            Wanted::Token { may_erase, .. } => json!({"read_token": secret, "may_erase": may_erase}),
            Wanted::Key(_) | Wanted::NewKey(_) => json!({"project_key": secret}),
        };
        writeln!(output.out, "{made:#}")?;
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
                let mut told = json!({"prefix": secret.prefix, "project": secret.project_name,
                                      "created_at": secret.created_at_ms, "revoked_at": secret.revoked_at_ms});
                if kind == Secret::ReadToken {
                    told["may_erase"] = Value::from(secret.may_erase);
                    told["name"] = Value::from(secret.name.as_str());
                    told["expires_at"] = Value::from(secret.expires_at_ms);
                }
                told
            })
            .collect();
        writeln!(output.out, "{:#}", Value::from(list))?;
        return Ok(Exit::Success);
    }
    for secret in secrets {
        let state = match (secret.revoked_at_ms, secret.expires_at_ms) {
            (Some(at_ms), _) => format!("revoked {}", date(at_ms)),
            (None, Some(end_ms)) if end_ms <= SystemClock.now_ms() => format!("expired {}", date(end_ms)),
            (None, Some(end_ms)) => format!("valid until {}", date(end_ms)),
            (None, None) => "valid".to_owned(),
        };
        let right = if secret.may_erase { "  (may erase)" } else { "" };
        let name = if secret.name.is_empty() { String::new() } else { format!("  {}", secret.name) };
        let made = date(secret.created_at_ms);
        writeln!(output.out, "{}  {made}  {state}  {}{name}{right}", secret.prefix, secret.project_name)?;
    }
    Ok(Exit::Success)
}

/// Makes a key for the project of another one, which is refused from then on unless it is kept.
fn rotate(
    prefix: &str,
    keep_old: bool,
    config: &Config,
    as_json: bool,
    output: &mut Output<impl Write, impl Write>,
) -> anyhow::Result<Exit> {
    let now_ms = SystemClock.now_ms();
    let mut file = open(config)?;
    let transaction = file.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let project = match project_keys::projects_of_prefix(&transaction, prefix)?.as_slice() {
        [project] => *project,
        [] => bail!("no key that works begins with {prefix:?}; `hearth key list` shows what there is"),
        _ => bail!(
            "several keys that work begin with {prefix:?}; make a new one with `hearth key create` and revoke the old ones"
        ),
    };
    let is_datalyr = prefix.starts_with(registry::DATALYR_MARK);
    let mark = if is_datalyr { registry::DATALYR_MARK } else { Secret::ProjectKey.mark() };
    let key = registry::create_marked_secret(&transaction, Secret::ProjectKey, mark, project, now_ms)?;
    if !keep_old {
        registry::revoke_secrets(&transaction, Secret::ProjectKey, prefix, now_ms)?;
    }
    transaction.commit()?;
    if as_json {
        writeln!(output.out, "{:#}", json!({"project_key": key, "old": prefix, "old_works": keep_old}))?;
    } else {
        writeln!(output.out, "{key}")?;
        let old = if keep_old { "works until `hearth key revoke`" } else { "is refused within 5 seconds" };
        writeln!(output.err, "shown only now; the old one {old}")?;
    }
    Ok(Exit::Success)
}

fn revoke(
    kind: Secret,
    prefix: &str,
    config: &Config,
    as_json: bool,
    output: &mut Output<impl Write, impl Write>,
) -> anyhow::Result<Exit> {
    match registry::revoke_secrets(&open(config)?, kind, prefix, SystemClock.now_ms())? {
        0 => bail!("nothing valid begins with {prefix:?}; `list` shows what there is"),
        count if as_json => writeln!(output.out, "{:#}", json!({"revoked": count}))?,
        count => writeln!(output.err, "revoked {count}; a running server refuses it within 5 seconds")?,
    }
    Ok(Exit::Success)
}

/// Opens the file as the server would have made it. One of an older Hearth is left to `serve` and `migrate up`, which make
/// a copy first.
pub(super) fn open(config: &Config) -> Result<Connection, StoreError> {
    connection::check_sqlite_version()?;
    connection::prepare_file(&config.storage.path)?;
    match upgrade::schemas(&config.storage.path)? {
        Schemas { found, known } if found > known => return Err(StoreError::NewerFile { found, known }),
        Schemas { found, known } if found != 0 && found < known => return Err(StoreError::OlderFile { found, known }),
        _ => {}
    }
    let mut file = connection::open_writer(&config.storage)?;
    migrate::migrate(&mut file, SystemClock.now_ms())?;
    Ok(file)
}

/// A project by its name or public id.
pub(super) fn find_project(file: &Connection, wanted: &str) -> anyhow::Result<ProjectId> {
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

/// A duration as in the configuration: `30d`, `12h`.
fn read_duration_ms(text: &str) -> anyhow::Result<i64> {
    let span: jiff::Span = text.parse().with_context(|| format!("{text:?} is no duration such as 30d or 12h"))?;
    let duration = span.to_duration(jiff::SpanRelativeTo::days_are_24_hours())?;
    match i64::try_from(duration.as_millis()) {
        Ok(ms) if (60_000..=MAX_VALID_FOR_MS).contains(&ms) => Ok(ms),
        _ => bail!(
            "a token is valid for at least a minute and at most ten years; leave --expires out for one without an end"
        ),
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

pub(super) fn date(at_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(at_ms).map(|at| at.strftime("%Y-%m-%d").to_string()).unwrap_or_default()
}
