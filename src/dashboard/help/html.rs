//! Markdown to HTML. Raw HTML in it is shown as text.

use pulldown_cmark::{CodeBlockKind, CowStr, Event, Options, Parser, Tag, TagEnd, html};

use super::topics::Topic;

/// What stands around examples and tables, which scroll by themselves and so must be reached by the keyboard.
const BEFORE_CODE: &str = "<pre tabindex=\"0\" role=\"region\" aria-label=\"Example\"><code>";
const AFTER_CODE: &str = "</code></pre>\n";
const BEFORE_TABLE: &str = "<div class=\"table\" tabindex=\"0\" role=\"region\" aria-label=\"Table\">";
const AFTER_TABLE: &str = "</div>\n";

/// A text as HTML.
#[must_use]
pub fn html(markdown: &str) -> String {
    let events = Parser::new_ext(markdown, Options::ENABLE_TABLES).flat_map(shown);
    let mut text = String::new();
    html::push_html(&mut text, events);
    text
}

fn shown(event: Event<'_>) -> Vec<Event<'_>> {
    let markup = |text: &'static str| Event::Html(CowStr::Borrowed(text));
    match event {
        Event::Html(text) | Event::InlineHtml(text) => vec![Event::Text(text)],
        Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_) | CodeBlockKind::Indented)) => vec![markup(BEFORE_CODE)],
        Event::End(TagEnd::CodeBlock) => vec![markup(AFTER_CODE)],
        Event::Start(tag @ Tag::Table(_)) => vec![markup(BEFORE_TABLE), Event::Start(tag)],
        Event::End(tag @ TagEnd::Table) => vec![Event::End(tag), markup(AFTER_TABLE)],
        Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
            let dest_url = Topic::linked(&dest_url).map_or(dest_url, |topic| format!("/help/{}", topic.name).into());
            vec![Event::Start(Tag::Link { link_type, dest_url, title, id })]
        }
        event => vec![event],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_html_is_text_and_links_lead_to_pages() {
        let text = html("a <b>c</b> [proxy](proxy.md)\n\n<script>x</script>\n\n```html\n<i>\n```\n");
        assert!(!text.contains("<b>") && !text.contains("<script>") && !text.contains("<i>"), "{text}");
        assert!(text.contains("&lt;script&gt;") && text.contains("<code>&lt;i&gt;"), "{text}");
        assert!(text.contains("<a href=\"/help/proxy\">proxy</a>"), "{text}");
    }

    #[test]
    fn tables_can_be_scrolled_by_the_keyboard() {
        let text = html("| a | b |\n|---|---|\n| 1 | 2 |\n");
        assert!(text.starts_with(BEFORE_TABLE) && text.trim_end().ends_with("</table>\n</div>"), "{text}");
    }
}
