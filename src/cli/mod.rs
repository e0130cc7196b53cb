//! The command line: what can be asked for, and what the answer to the shell is.
//!
//! Results go to stdout, everything else to stderr. Each command is a file of this room; this one only names them.

pub mod backup;
pub mod check;
pub mod completions;
pub mod config_reference;
pub mod config_show;
pub mod demo;
pub mod doctor;
mod exits;
pub mod export;
pub mod healthcheck;
pub mod help;
pub mod import;
pub mod import_lines;
pub mod init;
pub mod migrate;
mod own_certificate;
pub mod person;
mod progress;
pub mod project;
mod proxy_check;
pub mod prune;
pub mod registry;
mod reload;
pub mod restore;
pub mod serve;
mod service_manager;
mod signals;
pub mod user;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::config::{self, Overrides, Surroundings};

/// Does what was asked for and says how it went.
#[must_use]
pub fn run(cli: &Cli) -> ExitCode {
    match dispatch(cli) {
        Ok(exit) => exit.into(),
        // Whoever reads our output has seen enough.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing is left to be done if even this cannot be written.
            let _ = writeln!(std::io::stderr(), "hearth: {error:#}");
            exits::of_unexpected(&error).into()
        }
    }
}

fn dispatch(cli: &Cli) -> anyhow::Result<Exit> {
    let (overrides, surroundings) = (cli.config.overrides(), Surroundings::of_this_process());
    let command = cli.requested();
    match &command {
        Command::Check(args) => {
            return check::run(args.format, &overrides, &surroundings, &mut Output::of_this_process());
        }
        Command::Config(ConfigCommand::Show(args)) => {
            return config_show::run(args, &overrides, &surroundings, &mut Output::of_this_process());
        }
        Command::Config(ConfigCommand::Schema) => return config_reference::schema(&mut Output::of_this_process()),
        Command::Config(ConfigCommand::Reference) => return config_reference::markdown(&mut Output::of_this_process()),
        Command::Help { words } => return help::run(words, &mut Output::of_this_process()),
        Command::Version => {
            let mut out = std::io::stdout().lock();
            let version = env!("CARGO_PKG_VERSION");
            if cli.json {
                writeln!(out, "{:#}", serde_json::json!({"version": version, "sqlite": rusqlite::version()}))?;
            } else {
                writeln!(out, "hearth {version} (SQLite {})", rusqlite::version())?;
            }
            return Ok(Exit::Success);
        }
        Command::Demo(args) => return demo::run(args, &overrides),
        Command::Completions(args) => return completions::completions(*args, &mut Output::of_this_process()),
        Command::Man(args) => return completions::man(args, &mut Output::of_this_process()),
        Command::Init(args) => return init::run(args, &overrides, cli.json, &mut Output::of_this_process()),
        Command::Doctor(args) => {
            return doctor::run(args, &overrides, &surroundings, cli.json, &mut Output::of_this_process());
        }
        _ => {}
    }
    let loaded = match config::load_from(&overrides, &surroundings) {
        Ok(loaded) => loaded,
        Err(problems) => {
            check::report_problems(&problems, &mut std::io::stderr().lock())?;
            return Ok(Exit::BadConfiguration);
        }
    };
    let config = &loaded.config;
    match &command {
        Command::Project(command) => project::run(command, config, cli.json, &mut Output::of_this_process()),
        Command::Key(command) => {
            registry::key(command, config, cli.json, std::io::stdin().lock(), &mut Output::of_this_process())
        }
        Command::User(command) => {
            user::run(command, config, cli.json, std::io::stdin().lock(), &mut Output::of_this_process())
        }
        Command::Token(command) => registry::token(command, config, cli.json, &mut Output::of_this_process()),
        Command::Person(command) => person::run(command, config, cli.json, &mut Output::of_this_process()),
        Command::Backup(args) => backup::run(args, config, cli.json, &mut Output::of_this_process()),
        Command::Restore(args) => restore::run(args, config, cli.json, &mut Output::of_this_process()),
        Command::Export(args) => export::run(args, config, cli.json, &mut Output::of_this_process()),
        Command::Import(args) => import::run(args, config, cli.json, &mut Output::of_this_process()),
        Command::Prune(args) => prune::run(args, config, cli.json, &mut Output::of_this_process()),
        Command::Migrate(command) => migrate::run(command, config, cli.json, &mut Output::of_this_process()),
        Command::Healthcheck(args) => healthcheck::run(args, config, cli.json, &mut Output::of_this_process()),
        _ => serve::run(&loaded, &overrides),
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

/// Analytics on one machine: takes what browsers send, keeps it in one file, shows it.
#[derive(Debug, Clone, Parser)]
#[command(
    name = "hearth",
    version,
    about = "Analytics on one machine: visitors, clicks, requests and revenue in one file, and a dashboard",
    long_about = "Hearth takes what browsers and apps report (the protocols of heat-collector and Datalyr, and a script of its \
                  own), records the requests of your app as a proxy in front of it, keeps all of it in one SQLite file, and \
                  shows it on a dashboard. Without a command it serves; `hearth demo` shows everything with made-up data.",
    after_long_help = AFTER_HELP,
    max_term_width = 100,
    propagate_version = false,
    disable_help_subcommand = true
)]
pub struct Cli {
    /// Where the configuration comes from.
    #[command(flatten)]
    pub config: ConfigArgs,

    /// Print results as JSON on stdout
    #[arg(long, global = true)]
    pub json: bool,

    /// What to do; nothing means [`Command::Serve`].
    #[command(subcommand)]
    pub command: Option<Command>,
}

const AFTER_HELP: &str = "\
Configuration, later ones win:
  1. the default in the binary        (hearth config show --origin)
  2. one file: --config, else $HEARTH_CONFIG, else ./hearth.toml,
     else $XDG_CONFIG_HOME/hearth/hearth.toml, else /etc/hearth/hearth.toml
  3. environment: HEARTH_SERVER__LISTEN=..., HEARTH_HEAT__RATE_LIMIT__MAX=...
     (HEARTH_LOG is short for HEARTH_LOG__LEVEL)
  4. flags

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 `check` or `doctor` found something wrong, 69 address
or file in use, 73 cannot create a file or directory, 74 disk failure, 77 not allowed by the system,
78 wrong configuration or a database of another version, 130 and 143 ended at once by a second signal";

impl Cli {
    /// The command, `serve` when none was given; `--json` counts as `--format json` where there is a format.
    #[must_use]
    pub fn requested(&self) -> Command {
        match self.command.clone().unwrap_or(Command::Serve) {
            Command::Check(_) if self.json => Command::Check(CheckArgs { format: ReportFormat::Json }),
            Command::Config(ConfigCommand::Show(args)) if self.json => {
                Command::Config(ConfigCommand::Show(ConfigShowArgs { format: ConfigFormat::Json, ..args }))
            }
            command => command,
        }
    }
}

/// Flags that change the configuration; valid before and after every command.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Configuration")]
pub struct ConfigArgs {
    /// The file to read instead of looking for one.
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        help = "Read this file instead of looking for one; it must exist [env: HEARTH_CONFIG]"
    )]
    pub config: Option<PathBuf>,

    /// Answer on this address and port, such as 0.0.0.0:8080 (server.listen)
    #[arg(long, global = true, value_name = "ADDRESS:PORT")]
    pub listen: Option<String>,

    /// The app that the proxy stands in front of.
    #[arg(
        long,
        global = true,
        value_name = "URL",
        help = "Stand in front of this app and record its requests, such as http://localhost:3000 (proxy.upstream)"
    )]
    pub upstream: Option<String>,

    /// Use this database file (storage.path)
    #[arg(long, global = true, value_name = "FILE")]
    pub data: Option<String>,

    /// Assignments to any key, in order.
    #[arg(
        long,
        global = true,
        value_name = "SECTION.KEY=VALUE",
        help = "Set any key, such as heat.rate_limit.max=500; can be repeated, lists are separated by commas"
    )]
    pub set: Vec<String>,

    /// Log this and worse: off, error, warn, info, debug, trace, or per module (log.level)
    #[arg(long, global = true, value_name = "LEVEL")]
    pub log_level: Option<String>,

    /// Form of log lines: auto, pretty, compact or json (log.format)
    #[arg(long, global = true, value_name = "FORMAT")]
    pub log_format: Option<String>,
}

impl ConfigArgs {
    /// What these flags say to the configuration; their values are judged there, together with all others.
    #[must_use]
    pub fn overrides(&self) -> Overrides {
        Overrides {
            file: self.config.clone(),
            listen: self.listen.clone(),
            upstream: self.upstream.clone(),
            data: self.data.clone(),
            log_level: self.log_level.clone(),
            log_format: self.log_format.clone(),
            set: self.set.clone(),
        }
    }
}

/// What Hearth can be asked to do.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Collect events and answer questions about them, until stopped (the default)
    #[command(
        long_about = "Collect events and answer questions about them, until stopped by SIGTERM or Ctrl-C. Requests under way may \
                      finish (server.shutdown_timeout); what was accepted is on the disk."
    )]
    Serve,

    /// Show a sample shop with weeks of made-up visits, and Hearth watching it
    #[command(
        long_about = "Show what Hearth does without anything of your own: a sample shop behind the recording proxy, some \
                      weeks of made-up visits, and the dashboard, in one process until Ctrl-C. Everything is in a \
                      directory of its own, $XDG_DATA_HOME/hearth-demo or ./hearth-demo, or where --data says, and is \
                      taken up again at the next start. Configuration files and the environment are not looked at, flags are."
    )]
    Demo(DemoArgs),

    /// Report every mistake in the configuration at once, and what a start would stumble over
    #[command(
        long_about = "Load the configuration as `serve` would and report every mistake at once, each with file, line and \
                      the name that was probably meant. Then look at what a start needs: free addresses, apps behind the \
                      proxy, files that are named, the schema of the database. Changes nothing. Exit code 0: no mistake; 3: \
                      a start would fail; 78: a mistake in the configuration."
    )]
    Check(CheckArgs),

    /// Show the effective configuration
    #[command(subcommand)]
    Config(ConfigCommand),

    /// Add, change and list projects: the websites or apps that send events
    #[command(subcommand)]
    Project(ProjectCommand),

    /// Create, list, rotate and revoke project keys, with which browsers send events
    #[command(
        subcommand,
        long_about = "Create, list, rotate and revoke project keys. Browsers send events with a project key in the header \
                      x-project-key. It is visible to every visitor and lets nobody read."
    )]
    Key(KeyCommand),

    /// Create, list and revoke tokens, with which programs read data
    #[command(
        subcommand,
        long_about = "Create, list and revoke read tokens. A token lets a program read the data of one project through \
                      the API. It is shown once, when it is created; keep it secret."
    )]
    Token(TokenCommand),

    /// Export and erase what is kept about a person
    #[command(
        subcommand,
        long_about = "Export and erase what is kept about a person: apps' events, browsers' events and proxied requests. A \
                      person is named by one of its ids: user:ID, anonymous:ID, device:ID, external:NAMESPACE:ID, \
                      email:ADDRESS, or an id without its kind."
    )]
    Person(PersonCommand),

    /// Add, change and list the people who sign in to the dashboard
    #[command(
        subcommand,
        long_about = "Add, change and list the people who sign in to the dashboard. Works beside a running server. Passwords are \
                      read from stdin, never from the command line, where others on the machine could see them."
    )]
    User(UserCommand),

    /// Write a configuration file and make the data directory
    #[command(
        long_about = "Write an annotated hearth.toml and make the data directory beside it. Nothing that is there is overwritten \
                      without --force."
    )]
    Init(init::InitArgs),

    /// Look at everything that can be wrong with the installation
    #[command(
        long_about = "Look at everything that can be wrong with the installation: configuration, addresses, apps behind the proxy, \
                      database, disk, clock, limits, backups. Works beside a running server and changes nothing. Exit code 3: \
                      something is wrong."
    )]
    Doctor(doctor::DoctorArgs),

    /// Make a copy of the database, also while a server runs
    #[command(
        long_about = "Make a copy of the database as it is now, beside a running server if there is one. The copy is read back and \
                      checked before it gets its name. Without FILE it goes to backup.directory, older ones are rotated \
                      (backup.keep), and it is sent to the bucket of backup.s3, if there is one. The salt of addresses is in no copy. Exit \
                      code 69: another copy is being made; 73: cannot write there; 74: disk failure, or not enough space; 77: not \
                      allowed."
    )]
    Backup(backup::BackupArgs),

    /// Put a copy in the place of the database
    #[command(
        long_about = "Put a copy in the place of the database. The copy is unpacked and checked first; the database that is there stays \
                      beside it as <database>.before-restore-<time>. Without --yes it only says what it would do. Exit code 69: a \
                      server, or a command that writes much, is running on the file; 74: disk failure, or not enough space; 78: \
                      the copy is of a newer Hearth."
    )]
    Restore(restore::RestoreArgs),

    /// Write data as CSV or NDJSON
    Export(export::ExportArgs),

    /// Take in what was collected elsewhere
    Import(import::ImportArgs),

    /// Delete what is older than [retention] lets it be, now
    Prune(prune::PruneArgs),

    /// Show and change the schema of the database
    #[command(
        subcommand,
        long_about = "Show the schema of the database and bring it to that of this binary, which `serve` does by itself. A copy is made \
                      first (backup.before_upgrade). Exit code 69: a server is running; 78: the database is of a newer Hearth, and \
                      was left untouched."
    )]
    Migrate(migrate::MigrateCommand),

    /// Ask a running server whether it takes data
    #[command(
        long_about = "Ask a running server whether it takes data (/readyz). Exit code 0: it does; 1: it does not, or nobody answers."
    )]
    Healthcheck(healthcheck::HealthcheckArgs),

    /// Print completions for a shell
    Completions(completions::CompletionsArgs),

    /// Print the manual page
    Man(completions::ManArgs),

    /// Explain a topic, or a command
    #[command(
        long_about = "Explain a topic, such as install, tracker or privacy, or a command. Without one, list all of them."
    )]
    Help {
        /// A topic, or a command
        #[arg(value_name = "TOPIC")]
        words: Vec<String>,
    },

    /// Print the version
    Version,
}

/// `hearth demo`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct DemoArgs {
    /// Answer to the shop's visitors on this address and port (proxy.listen)
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8081")]
    pub shop_listen: String,

    /// Days of history that are made up at the first start
    #[arg(long, value_name = "DAYS", default_value_t = 35, value_parser = clap::value_parser!(u16).range(1..=365))]
    pub days: u16,

    /// Throw the demo's data away and begin anew
    #[arg(long)]
    pub fresh: bool,
}

/// `hearth check`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub struct CheckArgs {
    /// Form of the report: for people on stderr, or JSON on stdout
    #[arg(long, value_enum, default_value_t)]
    pub format: ReportFormat,
}

/// Form of a report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// Lines for people
    #[default]
    Human,
    /// One JSON object
    Json,
}

/// `hearth config ...`.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum ConfigCommand {
    /// Print every key with the value that counts
    Show(ConfigShowArgs),
    /// Print every key with its type, its default and what it is for, as JSON
    Schema,
    /// Print the same as Markdown: docs/configuration.md
    Reference,
}

/// `hearth config show`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub struct ConfigShowArgs {
    /// Say of each key where its value came from
    #[arg(long)]
    pub origin: bool,

    /// Form of the output
    #[arg(long, value_enum, default_value_t)]
    pub format: ConfigFormat,
}

/// Form in which the configuration is printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ConfigFormat {
    /// As a file that Hearth can read again
    #[default]
    Toml,
    /// One JSON object; with --origin {"config": ..., "origins": ...}
    Json,
}

/// `hearth project ...`.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum ProjectCommand {
    /// Add a project
    Add {
        /// Name of the project, such as the domain of the website
        name: String,
        /// Workspace id by which web pages name it (Datalyr); made up if it is left out
        #[arg(long, value_name = "ID")]
        workspace: Option<String>,
        /// Origins whose pages may send; none: any.
        #[arg(
            long = "origin",
            value_name = "ORIGIN",
            help = "Origin whose pages may send (Datalyr), such as https://shop.example.org or https://*.example.org; can be \
                    repeated; without any, pages of every origin may"
        )]
        origins: Vec<String>,
    },
    /// Change the workspace id or the origins of a project
    #[command(group = clap::ArgGroup::new("change").required(true).multiple(true))]
    Set {
        /// The project, by name or id
        name: String,
        /// Workspace id by which web pages name it (Datalyr)
        #[arg(long, value_name = "ID", group = "change")]
        workspace: Option<String>,
        /// Origin whose pages may send (Datalyr); can be repeated, and replaces all that were set
        #[arg(long = "origin", value_name = "ORIGIN", group = "change")]
        origins: Vec<String>,
        /// Let pages of every origin send
        #[arg(long, group = "change", conflicts_with = "origins")]
        any_origin: bool,
    },
    /// Give a project another name
    Rename {
        /// The project, by name or id
        name: String,
        /// Its new name
        new_name: String,
    },
    /// List all projects
    List,
    /// Delete a project and everything in it, for ever
    Delete {
        /// The project, by name or id
        name: String,
        /// Really delete it
        #[arg(long)]
        yes: bool,
    },
}

/// `hearth key ...`.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum KeyCommand {
    /// Create a project key and print it
    Create {
        /// Project the key sends to, by name or id
        #[arg(long, value_name = "NAME")]
        project: String,
        /// Whose SDK will show the key: Datalyr's warn of keys that do not begin with dk_. Every key works with all
        #[arg(long, value_enum, default_value_t)]
        sdk: Sdk,
        /// Read the key from stdin instead of making one up: to keep a key that is already in use
        #[arg(long)]
        value_stdin: bool,
    },
    /// List keys by their first characters
    List,
    /// Make a key that takes the place of another one
    Rotate {
        /// First characters of the old key, as `key list` shows them
        prefix: String,
        /// Let the old key work until it is revoked, for pages that still have it
        #[arg(long)]
        keep_old: bool,
    },
    /// Refuse a key from now on
    Revoke {
        /// First characters of the key, as `key list` shows them
        prefix: String,
    },
}

/// Whose SDK a key is made for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Sdk {
    /// heat-collector's: hk_...
    #[default]
    Heat,
    /// Datalyr's: dk_...
    Datalyr,
}

/// `hearth token ...`.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum TokenCommand {
    /// Create a read token and print it; it is not shown again
    Create {
        /// Project the token may read, by name or id
        #[arg(long, value_name = "NAME")]
        project: String,
        /// Let its holder also erase persons, for ever
        #[arg(long)]
        may_erase: bool,
        /// What will use it, for people
        #[arg(long, value_name = "NAME", default_value = "")]
        name: String,
        /// How long it is valid, such as 30d or 12h; left out: for ever
        #[arg(long, value_name = "DURATION")]
        expires: Option<String>,
    },
    /// List tokens by their first characters
    List,
    /// Refuse a token from now on
    Revoke {
        /// First characters of the token, as `token list` shows them
        prefix: String,
    },
}

/// `hearth user ...`.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum UserCommand {
    /// Add a user; the password is read from stdin
    Add {
        /// What the user signs in with
        name: String,
        /// Make an administrator of the installation, who may do everything in every project
        #[arg(long)]
        admin: bool,
        /// Role in a project.
        #[arg(
            long = "role",
            value_name = "PROJECT=ROLE",
            help = "Role in a project, such as Shop=viewer; viewer, editor, admin or owner; can be repeated"
        )]
        roles: Vec<String>,
        /// Read the password from stdin
        #[arg(long, required = true)]
        password_stdin: bool,
    },
    /// List all users
    List,
    /// Set a password, which is read from stdin; all sessions of the user end
    Passwd {
        /// The user
        name: String,
        /// Read the password from stdin
        #[arg(long, required = true)]
        password_stdin: bool,
        /// Also switch off the second factor, for somebody who has lost it
        #[arg(long)]
        without_second_factor: bool,
    },
    /// Give a user a role in a project, or take it away
    Role {
        /// The user
        name: String,
        /// The project, by name or id
        project: String,
        /// viewer, editor, admin, owner or none
        role: String,
    },
    /// Lock a user out, and end all sessions
    Disable {
        /// The user
        name: String,
    },
    /// Let a user in again
    Enable {
        /// The user
        name: String,
    },
    /// Delete a user; what the user made stays
    Delete {
        /// The user
        name: String,
        /// Do it: it cannot be undone
        #[arg(long)]
        yes: bool,
    },
    /// List where a user is signed in, or end it
    Sessions {
        /// The user
        name: String,
        /// Sign the user out everywhere
        #[arg(long)]
        end: bool,
    },
}

/// `hearth person ...`.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum PersonCommand {
    /// Print everything that is kept about a person as one JSON document; a server may be running
    Export {
        /// One of the person's ids
        person: String,
        /// Project that knows the person, by name or id
        #[arg(long, value_name = "NAME")]
        project: String,
    },
    /// Erase a person everywhere; no server may be running on the file
    #[command(
        long_about = "Erase a person everywhere. What the person did until now stays away, also when it arrives later. No \
                      server may be running on the file; a running one is asked by DELETE \
                      /api/v1/projects/{project}/persons/{person}. Exit code 69: a server is running."
    )]
    Erase {
        /// One of the person's ids
        person: String,
        /// Project that knows the person, by name or id
        #[arg(long, value_name = "NAME")]
        project: String,
        /// Do it: it cannot be undone
        #[arg(long)]
        yes: bool,
    },
}

/// The answer to the shell and to service managers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Success,
    /// Failed for a reason told on stderr.
    Failure,
    /// `check` or `doctor` have found something.
    ProblemsFound,
    /// Not allowed by the operating system; `EX_NOPERM`.
    Permission,
    /// The configuration is wrong; `EX_CONFIG` of sysexits, so that service managers do not start it again and again.
    BadConfiguration,
    /// The address or the file is in use; `EX_UNAVAILABLE`.
    Unavailable,
    /// The data directory cannot be made; `EX_CANTCREAT`.
    CannotCreate,
    /// The disk failed: nothing was acknowledged that is not on it; `EX_IOERR`.
    InputOutput,
    /// Ended at once by a second signal of this number, as shells tell it: 128 and the number.
    Signal(u8),
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Success => Self::SUCCESS,
            Exit::Failure => Self::FAILURE,
            Exit::ProblemsFound => Self::from(3),
            Exit::Permission => Self::from(77),
            Exit::BadConfiguration => Self::from(78),
            Exit::Unavailable => Self::from(69),
            Exit::CannotCreate => Self::from(73),
            Exit::InputOutput => Self::from(74),
            Exit::Signal(number) => Self::from(128_u8.saturating_add(number)),
        }
    }
}

/// Where a command writes, handed in so that tests can read it.
#[derive(Debug)]
pub struct Output<O, E> {
    /// For results.
    pub out: O,
    /// For everything else.
    pub err: E,
}

impl Output<std::io::StdoutLock<'static>, std::io::StderrLock<'static>> {
    /// That of this process.
    #[must_use]
    pub fn of_this_process() -> Self {
        Self { out: std::io::stdout().lock(), err: std::io::stderr().lock() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn parse(line: &str) -> Cli {
        Cli::try_parse_from(line.split(' ')).unwrap()
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn without_a_command_it_serves() {
        let cli = parse("hearth --listen 127.0.0.1:1 --set a.b=c --set d.e=f");
        assert_eq!(cli.requested(), Command::Serve);
        assert_eq!(
            cli.config.overrides(),
            parse("hearth serve --set a.b=c --set d.e=f --listen 127.0.0.1:1").config.overrides()
        );
        assert_eq!(cli.config.overrides().set, ["a.b=c", "d.e=f"]);
    }

    #[test]
    fn json_is_the_json_format_of_every_command_that_has_formats() {
        assert_eq!(parse("hearth --json check").requested(), parse("hearth check --format json").requested());
        let show = parse("hearth config show --origin --json").requested();
        assert_eq!(show, parse("hearth config show --origin --format json").requested());
    }

    #[test]
    fn a_project_is_set_to_something() {
        let set = parse("hearth project set shop --origin https://a.example --origin null").requested();
        let origins = vec!["https://a.example".to_owned(), "null".to_owned()];
        let expected = ProjectCommand::Set { name: "shop".to_owned(), workspace: None, origins, any_origin: false };
        assert_eq!(set, Command::Project(expected));
        for wrong in ["hearth project set shop", "hearth project set shop --any-origin --origin https://a.example"] {
            assert!(Cli::try_parse_from(wrong.split(' ')).is_err(), "{wrong}");
        }
    }

    #[test]
    fn keys_are_not_taken_from_the_command_line() {
        let create = parse("hearth key create --project shop --value-stdin").requested();
        let expected = KeyCommand::Create { project: "shop".to_owned(), sdk: Sdk::Heat, value_stdin: true };
        assert_eq!(create, Command::Key(expected));
        assert!(Cli::try_parse_from(["hearth", "key", "create", "--project", "shop", "secret"]).is_err());
    }
}
