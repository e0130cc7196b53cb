//! `/help` and `/help/{topic}`.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::html::html as to_html;
use super::topics::{CHAPTERS, TOPICS, Topic, find};
use crate::dashboard::error::PageError;
use crate::dashboard::layout::Layout;
use crate::dashboard::screen::html;

#[derive(Template)]
#[template(path = "help.html")]
struct HelpPage {
    layout: Layout,
    /// Absent: the list of topics alone.
    topic: Option<Shown>,
    topics: &'static [Topic],
    chapters: &'static [Topic],
}

/// A topic.
struct Shown {
    name: &'static str,
    title: &'static str,
    /// Made of a text that is compiled in, raw HTML escaped.
    body: String,
    chapter: Option<&'static str>,
}

/// Answers the list of topics.
pub async fn index(request: HttpRequest) -> Result<HttpResponse, PageError> {
    html(&HelpPage {
        layout: Layout::new(&request, "Help", "help", None),
        topic: None,
        topics: TOPICS,
        chapters: CHAPTERS,
    })
}

/// Answers one topic.
pub async fn topic(request: HttpRequest, name: web::Path<String>) -> Result<HttpResponse, PageError> {
    let topic = find(&name).ok_or(PageError::Missing("There is no such topic"))?;
    let shown = Shown {
        name: topic.name,
        title: topic.title(),
        body: to_html(topic.body()),
        chapter: topic.chapter().map(|it| it.name),
    };
    let layout = Layout::new(&request, topic.title(), "help", None);
    html(&HelpPage { layout, topic: Some(shown), topics: TOPICS, chapters: CHAPTERS })
}
