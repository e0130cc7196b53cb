//! `hearth project`: the websites and apps that send events, and what their pages name and where they come from.

use std::io::Write;
use std::time::Duration;

use anyhow::bail;
use rusqlite::{Connection, TransactionBehavior};
use serde_json::{Value, json};

use super::registry::{date, find_project, open};
use super::{Exit, Output, ProjectCommand};
use crate::config::Config;
use crate::domain::clock::{Clock, SystemClock};
use crate::domain::id::{ProjectId, is_workspace_id};
use crate::domain::web_origin::OriginRule;
use crate::store::connection::Ownership;
use crate::store::dictionary::TextHash;
use crate::store::registry::{self, Secret};
use crate::store::retention::project::{self as deleting, Deleting};
use crate::store::{checkpoint, migrate, project_settings, workspaces};

/// Longest name of a project, in characters.
const MAX_NAME_CHARS: usize = 100;

/// How long one transaction of deleting takes.
const STEP: Duration = Duration::from_millis(100);

/// Most origins of a project.
const MAX_ORIGINS: usize = 1000;

/// Runs `hearth project`.
pub fn run(
    command: &ProjectCommand,
    config: &Config,
    as_json: bool,
    output: &mut Output<impl Write, impl Write>,
) -> anyhow::Result<Exit> {
    let mut file = open(config)?;
    match command {
        ProjectCommand::Add { name, workspace, origins } => {
            add(&mut file, name, workspace.as_deref(), origins, as_json, output)?;
        }
        ProjectCommand::Set { name, workspace, origins, any_origin } => {
            let origins = (*any_origin || !origins.is_empty()).then_some(origins.as_slice());
            let transaction = file.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let project = find_project(&transaction, name)?;
            change(&transaction, project, workspace.as_deref(), origins)?;
            transaction.commit()?;
            changed(&file, project, as_json, output)?;
        }
        ProjectCommand::Rename { name, new_name } => {
            let new_name = judge_name(new_name)?;
            let transaction = file.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let project = find_project(&transaction, name)?;
            if !project_settings::rename(&transaction, project, new_name)? {
                bail!("there is a project named {new_name:?} already");
            }
            transaction.commit()?;
            changed(&file, project, as_json, output)?;
        }
        ProjectCommand::List => list(&file, as_json, output)?,
        ProjectCommand::Delete { name, yes } => delete(&mut file, config, name, *yes, as_json, output)?,
    }
    Ok(Exit::Success)
}

fn add(
    file: &mut Connection,
    name: &str,
    workspace: Option<&str>,
    origins: &[String],
    as_json: bool,
    output: &mut Output<impl Write, impl Write>,
) -> anyhow::Result<()> {
    let name = judge_name(name)?;
    let transaction = file.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if registry::projects(&transaction)?.iter().any(|project| project.name == name) {
        bail!("there is a project named {name:?} already");
    }
    let now_ms = SystemClock.now_ms();
    let project = registry::add_project(&transaction, name, now_ms)?;
    change(&transaction, project.project, workspace, Some(origins))?;
    let key = registry::create_secret(&transaction, Secret::ProjectKey, project.project, now_ms)?;
    let token = registry::create_secret(&transaction, Secret::ReadToken, project.project, now_ms)?;
    let workspace = registry::workspace_id(&transaction, project.project)?.unwrap_or_default();
    let origins = workspaces::origins(&transaction, project.project)?;
    transaction.commit()?;
    if as_json {
        let made = json!({"id": project.project_uuid, "name": name, "project_key": key, "read_token": token,
                          "workspace_id": workspace, "origins": origins});
        writeln!(output.out, "{made:#}")?;
    } else {
        writeln!(output.out, "id:           {}", project.project_uuid)?;
        writeln!(output.out, "project key:  {key}")?;
        writeln!(output.out, "read token:   {token}")?;
        writeln!(output.out, "workspace id: {workspace}")?;
        writeln!(output.out, "origins:      {}", in_words(&origins))?;
        writeln!(output.err, "key and token are shown only now")?;
    }
    Ok(())
}

fn judge_name(name: &str) -> anyhow::Result<&str> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > MAX_NAME_CHARS || name.chars().any(char::is_control) {
        bail!("a project's name has 1 to {MAX_NAME_CHARS} characters and no control characters");
    }
    Ok(name)
}

/// Tells how a project is after a change.
fn changed(
    file: &Connection,
    project: ProjectId,
    as_json: bool,
    output: &mut Output<impl Write, impl Write>,
) -> anyhow::Result<()> {
    if as_json {
        let told = json!({"id": registry::project_uuid(file, project)?, "name": registry::project_name(file, project)?,
                          "workspace_id": registry::workspace_id(file, project)?,
                          "origins": workspaces::origins(file, project)?});
        writeln!(output.out, "{told:#}")?;
    } else {
        writeln!(output.err, "a running server goes by it within 5 seconds")?;
    }
    Ok(())
}

/// Sets what is given and leaves the rest.
fn change(
    file: &Connection,
    project: ProjectId,
    workspace: Option<&str>,
    origins: Option<&[String]>,
) -> anyhow::Result<()> {
    if let Some(workspace) = workspace {
        if !is_workspace_id(workspace) {
            bail!("a workspace id has 1 to 128 letters, digits, _ . : or -");
        }
        if workspaces::find_project(file, workspace)?.is_some_and(|holder| holder != project) {
            bail!("another project has the workspace id {workspace:?}");
        }
        workspaces::set_workspace_id(file, project, workspace)?;
    }
    if let Some(origins) = origins {
        if origins.len() > MAX_ORIGINS {
            bail!("a project has at most {MAX_ORIGINS} origins");
        }
        let mut rules = Vec::with_capacity(origins.len());
        for origin in origins {
            let Some(rule) = OriginRule::parse(origin) else {
                bail!(
                    "{origin:?} is no origin such as https://shop.example.org, nor https://*.example.org for all its \
                     subdomains, nor null for pages without one"
                );
            };
            rules.push(rule.to_string());
        }
        workspaces::set_origins(file, project, &rules)?;
    }
    Ok(())
}

fn list(file: &Connection, as_json: bool, output: &mut Output<impl Write, impl Write>) -> anyhow::Result<()> {
    let mut told = Vec::new();
    for project in registry::projects(file)? {
        let origins = workspaces::origins(file, project.id)?;
        if as_json {
            told.push(json!({"id": project.uuid, "name": project.name, "created_at": project.created_at_ms,
                             "workspace_id": project.workspace_id, "origins": origins}));
            continue;
        }
        let (made, workspace) = (date(project.created_at_ms), project.workspace_id.as_deref().unwrap_or("-"));
        writeln!(output.out, "{}  {made}  {}  {workspace}  {}", project.uuid, project.name, in_words(&origins))?;
    }
    if as_json {
        writeln!(output.out, "{:#}", Value::from(told))?;
    }
    Ok(())
}

/// Hides the project at once; its rows go in steps, here if no server does it.
fn delete(
    file: &mut Connection,
    config: &Config,
    name: &str,
    is_sure: bool,
    as_json: bool,
    output: &mut Output<impl Write, impl Write>,
) -> anyhow::Result<()> {
    if !is_sure {
        bail!("deleting a project cannot be undone; say --yes, and look at `hearth export` first");
    }
    let transaction = file.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let project = find_project(&transaction, name)?;
    let recorded = registry::find_project_named(&transaction, &config.traffic.project)?;
    if config.proxy.is_on() && recorded == Some(project) {
        bail!("the proxy records into this project; set traffic.project to another one first");
    }
    let uuid = registry::project_uuid(&transaction, project)?;
    match deleting::begin(&transaction, project, SystemClock.now_ms())? {
        Deleting::Begun => {}
        Deleting::IsTheOnlyOne => bail!("this is the only project; add another one first"),
        Deleting::NotFound => bail!("there is no project {name:?}"),
    }
    transaction.commit()?;
    if as_json {
        writeln!(output.out, "{:#}", json!({"deleted": uuid}))?;
    }
    let Ok(_ownership) = Ownership::take(&config.storage.path) else {
        writeln!(output.err, "{name} is gone; the running server deletes its rows, a little at a time")?;
        return Ok(());
    };
    let rows = delete_rows(file, project)?;
    writeln!(output.err, "{name} is gone, with {rows} rows")?;
    Ok(())
}

fn delete_rows(file: &mut Connection, project: ProjectId) -> anyhow::Result<u64> {
    let hash = TextHash::new(&migrate::install_secret(file)?);
    let mut rows = 0;
    loop {
        let transaction = file.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let step = deleting::delete(&transaction, hash, project, STEP)?;
        transaction.commit()?;
        rows += step.rows;
        if step.is_done {
            checkpoint::passive(file)?;
            return Ok(rows);
        }
    }
}

fn in_words(origins: &[String]) -> String {
    if origins.is_empty() { "any".to_owned() } else { origins.join(" ") }
}
