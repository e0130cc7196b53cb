//! Whose events they are: the project that a key opens, or that a workspace id names (datalyr.md 2).

use std::sync::Arc;

use actix_web::http::header::{self, HeaderMap, HeaderName};

use super::reject::DatalyrReject;
use crate::domain::id::{ProjectId, is_workspace_id};
use crate::domain::web_origin::OriginRule;
use crate::http::brief_memory::BriefMemory;
use crate::http::keys::Keys;
use crate::store::registry::hash_secret;
use crate::store::{Store, StoreError, workspaces};

/// Headers that carry nothing but a key; the first one that is there counts (datalyr.md 2).
const KEY_HEADERS: [HeaderName; 2] =
    [HeaderName::from_static("x-api-key"), HeaderName::from_static("x-datalyr-api-key")];

/// What a request shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    pub text: String,
    /// It stands where an app without a key puts its workspace id.
    pub is_bearer: bool,
}

/// A project as its pages find it.
#[derive(Debug)]
pub struct Workspace {
    pub project: ProjectId,
    origins: Vec<OriginRule>,
}

/// Looks both up, and remembers them for a moment.
#[derive(Debug, Default)]
pub struct Tenants {
    keys: Keys,
    workspaces: BriefMemory<Box<str>, Arc<Workspace>>,
}

impl Credential {
    /// The key that a request shows: the first header counts, also if it is wrong and another one would not be.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let texts = KEY_HEADERS.into_iter().map(|name| (text(headers, &name), false));
        let bearer = || text(headers, &header::AUTHORIZATION).and_then(|value| bearer(&value).map(str::to_owned));
        let mut all = texts.chain(std::iter::once_with(|| (bearer(), true)));
        all.find_map(|(text, is_bearer)| Some(Self { text: text?, is_bearer }))
    }
}

/// The value of a header, if it says anything.
fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let value = String::from_utf8_lossy(headers.get(name)?.as_bytes());
    let value = value.trim();
    (!value.is_empty()).then(|| value.to_owned())
}

fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

impl Workspace {
    /// Whether a page may send, by its `Origin` (datalyr.md 10, U4, U5).
    pub fn check_origin(&self, headers: &HeaderMap) -> Result<(), DatalyrReject> {
        if self.origins.is_empty() {
            return Ok(());
        }
        let mut values = headers.get_all(header::ORIGIN);
        let (Some(origin), None) = (values.next(), values.next()) else {
            return Err(DatalyrReject::OriginNotAllowed);
        };
        let is_allowed = origin.to_str().is_ok_and(|origin| self.origins.iter().any(|allowed| allowed.allows(origin)));
        if is_allowed { Ok(()) } else { Err(DatalyrReject::OriginNotAllowed) }
    }
}

impl Tenants {
    /// The project that a key opens.
    pub async fn by_key(&self, store: &Store, key: &str, now_ms: i64) -> Result<Option<ProjectId>, StoreError> {
        Ok(self.keys.find(store, &hash_secret(key), now_ms).await?.map(|known| known.project))
    }

    /// The project that a workspace id names.
    pub async fn by_workspace(
        &self,
        store: &Store,
        workspace_id: &str,
        now_ms: i64,
    ) -> Result<Option<Arc<Workspace>>, StoreError> {
        if !is_workspace_id(workspace_id) {
            return Ok(None);
        }
        if let Some(known) = self.workspaces.recall(workspace_id, now_ms) {
            return Ok(known);
        }
        let (store, wanted) = (store.clone(), workspace_id.to_owned());
        let found = actix_web::web::block(move || store.read(|file| Ok(workspaces::find(file, &wanted)?)));
        let found = found.await.map_err(|_| StoreError::Unavailable)??.map(|found| {
            let origins = found.origins.iter().filter_map(|origin| OriginRule::parse(origin)).collect();
            Arc::new(Workspace { project: found.project, origins })
        });
        self.workspaces.remember(workspace_id.into(), found.clone(), now_ms);
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn the_first_key_that_is_shown_counts() {
        let shown = |headers: &[(&'static str, &'static str)]| {
            let mut request = TestRequest::default();
            for header in headers {
                request = request.insert_header(*header);
            }
            let credential = Credential::of(request.to_http_request().headers())?;
            Some((credential.text, credential.is_bearer))
        };
        let all = [("authorization", "Bearer c"), ("x-datalyr-api-key", "b"), ("x-api-key", " a ")];
        assert_eq!(shown(&all), Some(("a".to_owned(), false)));
        assert_eq!(shown(&all[..2]), Some(("b".to_owned(), false)));
        assert_eq!(shown(&all[..1]), Some(("c".to_owned(), true)));
        assert_eq!(shown(&[("x-api-key", "  "), ("authorization", "bearer  c ")]), Some(("c".to_owned(), true)));
        for nothing in ["Basic dTpw", "Bearer", "Bearer  ", ""] {
            assert_eq!(shown(&[("authorization", nothing)]), None, "{nothing}");
        }
    }

    #[test]
    fn a_list_of_origins_holds_back_pages_that_are_not_in_it_and_those_that_do_not_say() {
        let workspace = |origins: &[&str]| Workspace {
            project: ProjectId(1),
            origins: origins.iter().filter_map(|origin| OriginRule::parse(origin)).collect(),
        };
        let check = |workspace: &Workspace, origins: &[&'static str]| {
            let mut request = TestRequest::default();
            for origin in origins {
                request = request.append_header(("origin", *origin));
            }
            workspace.check_origin(request.to_http_request().headers()).is_ok()
        };
        let (open, listed) = (workspace(&[]), workspace(&["https://a.test", "https://*.b.test"]));
        assert!(check(&open, &[]) && check(&open, &["null"]) && check(&open, &["https://evil.test"]));
        assert!(check(&listed, &["https://a.test"]) && check(&listed, &["https://x.b.test"]));
        for origins in [&[][..], &["null"], &["https://evil.test"], &["https://a.test", "https://a.test"]] {
            assert!(!check(&listed, origins), "{origins:?}");
        }
    }
}
