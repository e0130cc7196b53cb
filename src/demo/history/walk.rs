//! A visit in the making: somebody on a page, with everything that this sends.

use serde_json::{Value, json};

use super::app_events::{self, Whom};
use super::incidents::{Trouble, trouble};
use super::item::{Item, Request, Sent, What};
use super::page_view::{PageView, Stage};
use super::random::Numbers;
use super::rhythm;
use super::sources::Source;
use super::visitor::Visitor;
use crate::demo::customers::Customer;

const HOST: &str = "ember-and-oak.example";

/// How long the app waits before the proxy gives up, in microseconds.
const GIVEN_UP_US: u64 = 10_000_000;

/// A page of the shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub path: String,
    pub route: &'static str,
    /// Name by which the measured places know it.
    pub kind: &'static str,
    pub title: String,
    /// How long the shop needs for it, in microseconds.
    pub takes_us: u64,
}

/// Somebody on the way through the shop.
pub(super) struct Walk<'a> {
    pub numbers: &'a mut Numbers,
    pub visitor: Visitor,
    pub now_ms: i64,
    pub source: Source,
    pub items: Vec<Item>,
    session: String,
    started_ms: i64,
    born_ms: i64,
    view: Option<PageView>,
    /// The page before.
    from: Option<String>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(visitor: Visitor, source: Source, at_ms: i64, born_ms: i64, numbers: &'a mut Numbers) -> Self {
        let session = numbers.uuid().to_string();
        let items = Vec::new();
        Self {
            numbers,
            visitor,
            now_ms: at_ms,
            source,
            items,
            session,
            started_ms: at_ms,
            born_ms,
            view: None,
            from: None,
        }
    }

    /// Lets so much time go by, more or less.
    pub(super) fn wait(&mut self, about_ms: i64) {
        #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "seconds in milliseconds")]
        let waited = (about_ms as f64 * self.numbers.skewed()) as i64;
        self.now_ms += waited;
    }

    /// The first page, with what brought the visitor.
    pub(super) fn land(&mut self, target: &Target) {
        let query = self.source.query(self.numbers);
        let parameters: Vec<_> =
            query.iter().map(|(name, value)| format!("{name}={}", value.replace(' ', "+"))).collect();
        let mut meta = json!({"host": HOST, "title": format!("{} · Ember & Oak", target.title)});
        if !parameters.is_empty() {
            meta["query"] = parameters.join("&").into();
        }
        if let Some(referrer) = self.source.referrer {
            meta["referrer"] = referrer.into();
        }
        let mark = if parameters.is_empty() { "" } else { "?" };
        let url = format!("{}{mark}{}", target.path, parameters.join("&"));
        self.request("GET", target.route, url, 200, target.takes_us);
        for (path, takes_us) in [("/shop.css", 700), ("/shop.js", 600)] {
            self.request("GET", path, path.to_owned(), 200, takes_us);
        }
        if self.source.referrer.is_some() || !query.is_empty() {
            let whom = Whom {
                customer: self.visitor.customer.as_ref(),
                anonymous: &self.visitor.anonymous,
                session: &self.session,
            };
            let body = app_events::arrival(whom, &target.path, &self.source, &query, self.now_ms, self.numbers);
            self.track(body);
        }
        // The shop's server tells now and then what it knows of those who are signed in.
        if self.numbers.chance(20) {
            self.tell_who();
        }
        self.show(target, &meta);
    }

    fn tell_who(&mut self) {
        let whom = Whom {
            customer: self.visitor.customer.as_ref(),
            anonymous: &self.visitor.anonymous,
            session: &self.session,
        };
        if let Some(body) = app_events::identify(whom, self.now_ms, self.numbers) {
            self.track(body);
        }
    }

    /// The next page.
    pub(super) fn open(&mut self, target: &Target) {
        self.request("GET", target.route, target.path.clone(), 200, target.takes_us);
        let meta = json!({"host": HOST, "title": format!("{} · Ember & Oak", target.title)});
        self.show(target, &meta);
    }

    fn show(&mut self, target: &Target, meta: &Value) {
        self.finish();
        #[expect(clippy::cast_possible_wrap, reason = "seconds")]
        let waited_ms = (target.takes_us / 1000) as i64;
        self.now_ms += waited_ms + 180;
        let stage = Stage { device: self.visitor.device, language: self.visitor.language, kind: target.kind };
        let mut view = PageView::new(stage, &self.session, &target.path, self.numbers);
        view.begin(self.now_ms, self.from.as_deref(), meta);
        self.view = Some(view);
        self.from = Some(target.path.clone());
        if target.kind == "product" {
            self.ask_for_recommendations(&target.path);
        }
    }

    /// Reads the page for a while.
    pub(super) fn read(&mut self, about_ms: i64, share: i64) {
        self.wait(about_ms / 2);
        let (now_ms, wanders) = (self.now_ms, self.numbers.chance(70));
        if let Some(view) = &mut self.view {
            if wanders {
                view.wander(now_ms, self.numbers);
            }
            view.read(now_ms + 300, share);
        }
        self.wait(about_ms / 2);
        if let (Some(view), true) = (&mut self.view, self.numbers.chance(50)) {
            view.wander(self.now_ms, self.numbers);
        }
    }

    /// Clicks on the element with an id, if it is there.
    pub(super) fn click(&mut self, id: &str, times: i64) {
        self.wait(1_500);
        let now_ms = self.now_ms;
        if let Some(view) = &mut self.view
            && let Some(place) = view.place(id)
        {
            view.click(now_ms, place, times, self.numbers);
        }
        self.now_ms += times * 180 + 100;
    }

    /// The page says something of its own.
    pub(super) fn say(&mut self, name: &str, props: &Value) {
        if let Some(view) = &mut self.view {
            view.say(self.now_ms, name, props);
        }
    }

    /// From here on the shop knows who it is.
    pub(super) fn become_customer(&mut self, customer: Customer, is_new: bool) {
        self.request("POST", "/login", "/login".to_owned(), 303, 62_000);
        self.visitor.customer = Some(customer);
        self.tell_who();
        if is_new {
            self.tell_server_event("signup", &json!({"method": "email"}));
        }
    }

    /// The shop's server tells what was paid.
    pub(super) fn tell_server_event(&mut self, name: &str, properties: &Value) {
        let whom = Whom {
            customer: self.visitor.customer.as_ref(),
            anonymous: &self.visitor.anonymous,
            session: &self.session,
        };
        let body = app_events::event(whom, name, properties, self.now_ms, self.numbers);
        self.track(body);
    }

    /// A request that is no page.
    pub(super) fn request(
        &mut self,
        method: &'static str,
        route: &'static str,
        url: String,
        status: u16,
        takes_us: u64,
    ) {
        // The cookie that names the session comes with the first page.
        let is_first = self.view.is_none() && self.from.is_none();
        let slower = 1.0 + 1.5 * rhythm::wave(self.now_ms, self.born_ms);
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "milliseconds"
        )]
        let duration_us = (takes_us as f64 * slower * self.numbers.skewed()) as u64;
        let request = Request {
            method,
            route,
            url,
            status,
            duration_us,
            bytes_in: if method == "POST" { 40 + self.numbers.below(80) } else { 0 },
            bytes_out: if status == 303 { 0 } else { 2_000 + self.numbers.below(6_000) },
            user: self.visitor.customer.as_ref().map(|customer| (customer.id.clone(), customer.name.clone())),
            session: (!is_first).then(|| self.session.clone()),
            user_agent: self.visitor.device.user_agent,
            referrer: match &self.from {
                Some(from) => Some(format!("https://{HOST}{from}")),
                None => self.source.referrer.map(str::to_owned),
            },
            timed_out: status == 504,
        };
        self.items.push(Item { at_ms: self.now_ms, what: What::Request(Box::new(request)) });
    }

    fn ask_for_recommendations(&mut self, path: &str) {
        let slug = path.rsplit('/').next().unwrap_or_default();
        let url = format!("/api/recommendations?product={slug}");
        let unlucky = self.numbers.below(1000);
        let (status, takes_us) = match trouble(self.now_ms, self.born_ms) {
            Trouble::Failing if unlucky < 920 => (500, 41_000),
            Trouble::Hanging if unlucky < 600 => (504, GIVEN_UP_US),
            Trouble::Hanging => (200, 2_400_000),
            _ if unlucky < 8 => (500, 41_000),
            _ => (200, 34_000),
        };
        self.request("GET", "/api/recommendations", url, status, takes_us);
    }

    fn track(&mut self, body: String) {
        let sent = Sent { body, user_agent: None, address_hash: None };
        self.items.push(Item { at_ms: self.now_ms + 40, what: What::Track(sent) });
    }

    /// Leaves the page: the tracker sends what it has.
    fn finish(&mut self) {
        let Some(view) = self.view.take() else { return };
        let user = self.visitor.customer.as_ref();
        let user = user.map(|user| json!({"id": user.id, "traits": {"name": user.name, "city": user.city}}));
        let body = view.body(self.started_ms, self.now_ms, user.as_ref());
        let (user_agent, address_hash) = (Some(self.visitor.device.user_agent), Some(self.visitor.address_hash));
        let sent = Sent { body, user_agent, address_hash };
        self.items.push(Item { at_ms: self.now_ms, what: What::Heat(sent) });
    }

    /// The visit is over.
    pub(super) fn end(mut self) -> Vec<Item> {
        self.finish();
        self.items
    }
}
