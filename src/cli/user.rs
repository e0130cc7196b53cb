//! `hearth user`: the people who sign in to the dashboard.
//!
//! They work on the file itself, beside a running server if there is one; it goes by them with the next request.

use std::io::{BufRead, Read, Write};

use anyhow::{Context as _, bail};
use rusqlite::{Connection, TransactionBehavior};
use serde_json::{Value, json};

use super::registry::{date, find_project, open};
use super::{Exit, Output, UserCommand};
use crate::config::Config;
use crate::domain::clock::{Clock, SystemClock};
use crate::domain::role::Role;
use crate::http::accounts::sessions::Sessions;
use crate::http::accounts::{names, password_hash, password_rules};
use crate::store::accounts::account::{self, AccountRow};
use crate::store::accounts::sessions::{self, SessionInfo};
use crate::store::accounts::{recovery_codes, roles};
use crate::store::registry;

/// Longest password that is read; longer ones are refused by the rules.
const MAX_PASSWORD_BYTES: u64 = 4_096;

/// Runs `hearth user`.
pub fn run(
    command: &UserCommand,
    config: &Config,
    as_json: bool,
    input: impl BufRead,
    output: &mut Output<impl Write, impl Write>,
) -> anyhow::Result<Exit> {
    let mut file = open(config)?;
    match command {
        UserCommand::Add { name, admin, roles, password_stdin: _ } => {
            add(&mut file, name, *admin, roles, input)?;
        }
        UserCommand::List => return list(&file, as_json, output),
        UserCommand::Passwd { name, password_stdin: _, without_second_factor } => {
            set_password(&mut file, name, *without_second_factor, input)?;
        }
        UserCommand::Role { name, project, role } => {
            let role = read_role(role)?;
            let transaction = file.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let (account, project) = (find(&transaction, name)?, find_project(&transaction, project)?);
            roles::set(&transaction, account.id, project, role)?;
            transaction.commit()?;
        }
        UserCommand::Disable { name } => {
            let transaction = file.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let account = find(&transaction, name)?;
            keep_an_administrator(&transaction, &account)?;
            account::disable(&transaction, account.id, SystemClock.now_ms())?;
            transaction.commit()?;
        }
        UserCommand::Enable { name } => {
            let account = find(&file, name)?;
            account::enable(&file, account.id)?;
        }
        UserCommand::Delete { name, yes } => {
            if !yes {
                bail!("deleting cannot be undone; say --yes, or lock the user out with `hearth user disable`");
            }
            let transaction = file.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let account = find(&transaction, name)?;
            keep_an_administrator(&transaction, &account)?;
            account::delete(&transaction, account.id)?;
            transaction.commit()?;
        }
        UserCommand::Sessions { name, end: false } => {
            return list_sessions(&file, find(&file, name)?.id, config, as_json, output);
        }
        UserCommand::Sessions { name, end: true } => sessions::end_all(&file, find(&file, name)?.id)?,
    }
    if as_json {
        writeln!(output.out, "{:#}", json!({"done": true}))?;
    } else {
        writeln!(output.err, "done; a running server goes by it at once")?;
    }
    Ok(Exit::Success)
}

fn add(
    file: &mut Connection,
    name: &str,
    is_admin: bool,
    wanted_roles: &[String],
    input: impl BufRead,
) -> anyhow::Result<()> {
    let Some(name) = names::judge(name) else {
        bail!("a user's name has 1 to {} characters and no control characters", names::MAX_NAME_CHARS)
    };
    let hash = read_password(input, name)?;
    let transaction = file.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let Some(account) = account::add(&transaction, name, &hash, is_admin, SystemClock.now_ms())? else {
        bail!("there is a user named {name:?} already");
    };
    for wanted in wanted_roles {
        let Some((project, role)) = wanted.rsplit_once('=') else {
            bail!("{wanted:?} is no PROJECT=ROLE such as Shop=viewer");
        };
        let Some(role) = read_role(role)? else { bail!("a new user has no role to take away") };
        roles::set(&transaction, account, find_project(&transaction, project)?, Some(role))?;
    }
    transaction.commit()?;
    Ok(())
}

fn set_password(
    file: &mut Connection,
    name: &str,
    without_second_factor: bool,
    input: impl BufRead,
) -> anyhow::Result<()> {
    let account = find(file, name)?;
    let hash = read_password(input, &account.name)?;
    let transaction = file.transaction_with_behavior(TransactionBehavior::Immediate)?;
    account::set_password(&transaction, account.id, &hash)?;
    if without_second_factor {
        account::set_totp(&transaction, account.id, None, 0)?;
        recovery_codes::replace(&transaction, account.id, &[])?;
    }
    transaction.commit()?;
    Ok(())
}

fn list(file: &Connection, as_json: bool, output: &mut Output<impl Write, impl Write>) -> anyhow::Result<Exit> {
    let projects = registry::projects(file)?;
    let mut told = Vec::new();
    for account in account::list(file)? {
        let has = roles::of_account(file, account.id)?;
        let named = projects.iter().filter_map(|project| Some((project.name.as_str(), has.get(&project.id)?.word())));
        if as_json {
            let roles: Vec<_> = projects
                .iter()
                .filter_map(|project| Some(json!({"project": project.uuid, "role": has.get(&project.id)?.word()})))
                .collect();
            told.push(json!({"name": account.name, "is_admin": account.is_admin, "roles": roles,
                             "has_second_factor": account.totp_secret.is_some(), "created_at": account.created_at_ms,
                             "last_login_at": account.last_login_at_ms, "disabled_at": account.disabled_at_ms}));
            continue;
        }
        let mut facts: Vec<String> = named.map(|(project, role)| format!("{project}={role}")).collect();
        facts.extend(account.is_admin.then(|| "(administrator)".to_owned()));
        facts.extend(account.totp_secret.is_some().then(|| "(second factor)".to_owned()));
        facts.extend(account.disabled_at_ms.map(|at_ms| format!("(locked out {})", date(at_ms))));
        writeln!(output.out, "{}  {}  {}", account.name, date(account.created_at_ms), facts.join("  "))?;
    }
    if as_json {
        writeln!(output.out, "{:#}", Value::from(told))?;
    }
    Ok(Exit::Success)
}

fn list_sessions(
    file: &Connection,
    account: i64,
    config: &Config,
    as_json: bool,
    output: &mut Output<impl Write, impl Write>,
) -> anyhow::Result<Exit> {
    let living = sessions::list(file, account, Sessions::lifetime_of(&config.accounts), SystemClock.now_ms())?;
    if as_json {
        let told = |session: &SessionInfo| json!({"created_at": session.created_at_ms, "last_used_at": session.last_used_at_ms, "user_agent": session.user_agent});
        writeln!(output.out, "{:#}", Value::from(living.iter().map(told).collect::<Vec<_>>()))?;
        return Ok(Exit::Success);
    }
    for session in living {
        let (since, used) = (date(session.created_at_ms), date(session.last_used_at_ms));
        // What a browser says of itself may hold anything.
        let browser: String = session.user_agent.chars().filter(|char| !char.is_control()).collect();
        writeln!(output.out, "since {since}  last used {used}  {browser}")?;
    }
    Ok(Exit::Success)
}

/// Refuses to take away the last one who could let others in.
fn keep_an_administrator(file: &Connection, account: &AccountRow) -> anyhow::Result<()> {
    let can_sign_in = account.is_admin && account.disabled_at_ms.is_none();
    if can_sign_in && account::count_admins(file)? <= 1 {
        bail!("{:?} is the last administrator who can sign in; make another one first", account.name);
    }
    Ok(())
}

fn find(file: &Connection, name: &str) -> anyhow::Result<AccountRow> {
    account::find(file, name)?
        .with_context(|| format!("there is no user {name:?}; `hearth user list` shows who there is"))
}

/// A role by its word; none for `none`.
fn read_role(word: &str) -> anyhow::Result<Option<Role>> {
    match Role::from_word(word) {
        Some(role) => Ok(Some(role)),
        None if word == "none" => Ok(None),
        None => bail!("{word:?} is no role; there are viewer, editor, admin, owner and none"),
    }
}

/// The hash of the password on stdin; a line end at its end is not part of it.
fn read_password(input: impl BufRead, name: &str) -> anyhow::Result<String> {
    let mut text = String::new();
    input.take(MAX_PASSWORD_BYTES).read_to_string(&mut text).context("cannot read the password from stdin")?;
    let password = text.strip_suffix('\n').unwrap_or(&text);
    let password = password.strip_suffix('\r').unwrap_or(password);
    if let Err(weak) = password_rules::judge(password, name) {
        bail!("{}", weak.message());
    }
    password_hash::hash(password).map_err(|_| anyhow::anyhow!("the password could not be hashed"))
}
