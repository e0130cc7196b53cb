//! What a browser keeps of a share link that it has opened: the link's number, until when, and a proof that we said so.
//!
//! The link itself is not in the cookie. Each request looks the link up again, so that revoking it, or giving it another
//! password, ends what was opened.

use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign, verify};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::store::accounts::share_links::ShareLink;

/// How long a browser need not open the link again, in milliseconds.
pub const VALID_FOR_MS: i64 = 24 * 60 * 60 * 1000;

/// Makes and judges the cookies of an installation.
#[derive(Debug)]
pub struct ShareCookies(Key);

impl ShareCookies {
    #[must_use]
    pub fn new(install_secret: &[u8; 32]) -> Self {
        let own = sign(&Key::new(HMAC_SHA256, install_secret), b"share cookies");
        Self(Key::new(HMAC_SHA256, own.as_ref()))
    }

    /// The cookie for a link.
    #[must_use]
    pub fn make(&self, link: &ShareLink, now_ms: i64) -> String {
        let ends_at_ms = now_ms.saturating_add(VALID_FOR_MS);
        let proof = sign(&self.0, text(link, ends_at_ms).as_bytes());
        format!("{}.{ends_at_ms}.{}", link.id, URL_SAFE_NO_PAD.encode(proof))
    }

    /// Number of the link that a cookie is for; whether it is valid only [`Self::is_valid`] knows.
    #[must_use]
    pub fn link(cookie: &str) -> Option<i64> {
        cookie.split('.').next()?.parse().ok()
    }

    /// Whether a cookie opens what its link does.
    #[must_use]
    pub fn is_valid(&self, cookie: &str, link: &ShareLink, now_ms: i64) -> bool {
        let mut parts = cookie.splitn(3, '.');
        let (Some(id), Some(ends_at_ms), Some(proof)) = (parts.next(), parts.next(), parts.next()) else {
            return false;
        };
        let Ok(ends_at_ms) = ends_at_ms.parse::<i64>() else { return false };
        let Ok(proof) = URL_SAFE_NO_PAD.decode(proof) else { return false };
        let is_ours = verify(&self.0, text(link, ends_at_ms).as_bytes(), &proof).is_ok();
        is_ours && id == link.id.to_string() && now_ms < ends_at_ms && link.is_valid(now_ms)
    }
}

/// What is proven.
fn text(link: &ShareLink, ends_at_ms: i64) -> String {
    format!("{} {} {ends_at_ms} {}", link.id, link.project.0, link.password_hash.as_deref().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::ProjectId;

    const NOW_MS: i64 = 1_795_000_000_000;

    fn link(id: i64, password_hash: Option<&str>) -> ShareLink {
        ShareLink {
            id,
            project: ProjectId(1),
            prefix: "hs_1".to_owned(),
            name: String::new(),
            password_hash: password_hash.map(str::to_owned),
            created_at_ms: NOW_MS,
            expires_at_ms: None,
            revoked_at_ms: None,
        }
    }

    #[test]
    fn a_cookie_is_for_one_link_as_it_is() {
        let cookies = ShareCookies::new(&[7; 32]);
        let mine = link(3, Some("$argon2id$a"));
        let cookie = cookies.make(&mine, NOW_MS);
        assert_eq!(ShareCookies::link(&cookie), Some(3));
        assert!(cookies.is_valid(&cookie, &mine, NOW_MS + VALID_FOR_MS - 1));
        assert!(!cookies.is_valid(&cookie, &mine, NOW_MS + VALID_FOR_MS));
        assert!(!cookies.is_valid(&cookie, &link(3, Some("$argon2id$b")), NOW_MS), "the password was changed");
        assert!(!cookies.is_valid(&cookie, &link(4, Some("$argon2id$a")), NOW_MS));
        assert!(!cookies.is_valid(&cookie, &ShareLink { revoked_at_ms: Some(NOW_MS), ..mine.clone() }, NOW_MS));
        assert!(!cookies.is_valid(&cookie, &ShareLink { expires_at_ms: Some(NOW_MS), ..mine.clone() }, NOW_MS));
        assert!(!ShareCookies::new(&[8; 32]).is_valid(&cookie, &mine, NOW_MS), "of another installation");
        let later = cookie.replacen(&(NOW_MS + VALID_FOR_MS).to_string(), &(NOW_MS * 2).to_string(), 1);
        assert!(!cookies.is_valid(&later, &mine, NOW_MS));
        for text in ["", "3", "3.4", "3.4.x"] {
            assert!(!cookies.is_valid(text, &mine, NOW_MS), "{text}");
        }
    }
}
