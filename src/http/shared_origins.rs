//! Whose pages may send, as it counts now.

use std::sync::Arc;

use actix_web::http::header::HeaderValue;
use arc_swap::ArcSwap;

use crate::config::AllowedOrigins;

/// `heat.allowed_origins`; clones are the same, which can be replaced while requests are answered by it.
#[derive(Debug, Clone)]
pub struct SharedOrigins(Arc<ArcSwap<AllowedOrigins>>);

impl SharedOrigins {
    #[must_use]
    pub fn new(origins: &AllowedOrigins) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(origins.clone())))
    }

    /// Allows others from now on.
    pub fn replace(&self, origins: &AllowedOrigins) {
        self.0.store(Arc::new(origins.clone()));
    }

    /// Whether every origin is allowed, for which browsers are answered `*`.
    #[must_use]
    pub fn are_any(&self) -> bool {
        matches!(**self.0.load(), AllowedOrigins::Any)
    }

    /// Whether pages of this origin may send.
    #[must_use]
    pub fn allow(&self, origin: &HeaderValue) -> bool {
        origin.to_str().is_ok_and(|origin| self.0.load().allows(origin))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_list_counts_in_every_clone() {
        let (a, b) = (HeaderValue::from_static("https://a.test"), HeaderValue::from_static("https://b.test"));
        let origins = SharedOrigins::new(&AllowedOrigins::Only(vec!["https://a.test".to_owned()]));
        let clone = origins.clone();
        assert!(clone.allow(&a) && !clone.allow(&b) && !clone.are_any());
        origins.replace(&AllowedOrigins::Only(vec!["https://b.test".to_owned()]));
        assert!(!clone.allow(&a) && clone.allow(&b));
    }
}
