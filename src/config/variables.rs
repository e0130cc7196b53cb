//! Environment variables: `HEARTH_HEAT__RATE_LIMIT__MAX` is `heat.rate_limit.max`.

use super::catalogue::Catalogue;
use super::entry::Gathered;
use super::origin::Origin;
use super::problem::{Problem, ProblemCode};
use super::surroundings::Surroundings;

const PREFIX: &str = "HEARTH_";

/// Takes every variable that begins with `HEARTH_`, in the order of their names.
///
/// `HEARTH_CONFIG` names a file and is no key. `HEARTH_LOG` is short for `HEARTH_LOG__LEVEL`, which wins.
pub fn gather(surroundings: &Surroundings, catalogue: &Catalogue, gathered: &mut Gathered) {
    let mut variables: Vec<_> = surroundings.variables.iter().collect();
    variables.sort();
    for (name, value) in variables {
        let name = name.to_string_lossy();
        let Some(rest) = name.strip_prefix(PREFIX) else {
            continue;
        };
        if rest == "CONFIG" || is_service_link(rest) {
            continue;
        }
        let key = if rest == "LOG" { "log.level".to_owned() } else { rest.replace("__", ".").to_lowercase() };
        let origin = Origin::Variable(name.clone().into_owned());
        match value.to_str() {
            Some(text) => gathered.take_text(catalogue, &key, text, origin),
            None => gathered.problems.push(Problem {
                code: ProblemCode::InvalidValue,
                origin,
                key,
                message: "is not UTF-8 text".to_owned(),
                suggestion: None,
            }),
        }
    }
}

/// Whether Kubernetes set this variable: it does so in every pod beside a Service that is called `hearth`.
///
/// The names are `SERVICE_HOST`, `SERVICE_PORT`, `SERVICE_PORT_HTTP`, `PORT` and `PORT_8080_TCP`, `PORT_8080_TCP_ADDR`
/// and so on. No section is called `service` or `port`, so no key is lost.
fn is_service_link(rest: &str) -> bool {
    let is_numbered = |port: &str| port.starts_with(|char: char| char.is_ascii_digit());
    matches!(rest, "PORT" | "SERVICE_HOST" | "SERVICE_PORT")
        || rest.starts_with("SERVICE_PORT_")
        || rest.strip_prefix("PORT_").is_some_and(is_numbered)
}
