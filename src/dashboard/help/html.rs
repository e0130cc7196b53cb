//! Markdown to HTML. Raw HTML in it is shown as text.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd, html};

use super::topics::Topic;

/// A text as HTML. Examples and tables scroll by themselves, and so can be reached by the keyboard; each has a name of its
/// own.
#[must_use]
pub fn html(markdown: &str) -> String {
    let (mut examples, mut tables, mut is_elsewhere) = (0, 0, false);
    let events = Parser::new_ext(markdown, Options::ENABLE_TABLES).flat_map(|event| match event {
        Event::Html(text) | Event::InlineHtml(text) => vec![Event::Text(text)],
        Event::Start(Tag::CodeBlock(_)) => {
            examples += 1;
            let open = format!("<pre tabindex=\"0\" role=\"region\" aria-label=\"Example {examples}\"><code>");
            vec![Event::Html(open.into())]
        }
        Event::End(TagEnd::CodeBlock) => vec![Event::Html("</code></pre>\n".into())],
        Event::Start(tag @ Tag::Table(_)) => {
            tables += 1;
            let open = format!("<div class=\"table\" tabindex=\"0\" role=\"region\" aria-label=\"Table {tables}\">");
            vec![Event::Html(open.into()), Event::Start(tag)]
        }
        Event::End(tag @ TagEnd::Table) => vec![Event::End(tag), Event::Html("</div>\n".into())],
        // Files beside the handbook, and pictures: only who has the sources has them.
        Event::Start(Tag::Link { dest_url, .. }) if is_beside(&dest_url) => {
            is_elsewhere = true;
            Vec::new()
        }
        Event::End(TagEnd::Link) if is_elsewhere => {
            is_elsewhere = false;
            Vec::new()
        }
        Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => Vec::new(),
        Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
            let dest_url = Topic::linked(&dest_url).map_or(dest_url, |topic| format!("/help/{}", topic.name).into());
            vec![Event::Start(Tag::Link { link_type, dest_url, title, id })]
        }
        event => vec![event],
    });
    let mut text = String::new();
    html::push_html(&mut text, events);
    // The library's cells do not say what they are the head of; an empty one is the head of nothing.
    text.replace("<th></th>", "<td></td>").replace("<th>", "<th scope=\"col\">")
}

fn is_beside(target: &str) -> bool {
    !target.contains("://") && !target.starts_with(['/', '#']) && Topic::linked(target).is_none()
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
        assert_eq!(html("a [file](../LICENSE)"), "<p>a file</p>\n");
        assert_eq!(html("[on TLS](tls.md#renewal)"), "<p><a href=\"/help/guide-tls\">on TLS</a></p>\n");
    }

    #[test]
    fn tables_can_be_scrolled_by_the_keyboard() {
        let text = html("| a | b |\n|---|---|\n| 1 | 2 |\n");
        assert!(text.contains("tabindex=\"0\" role=\"region\" aria-label=\"Table 1\""), "{text}");
        assert!(text.contains("<th scope=\"col\">a</th>") && text.trim_end().ends_with("</table>\n</div>"), "{text}");
        assert!(html("| a | |\n|---|---|\n| 1 | 2 |\n").contains("a</th><td></td>"));
    }
}
