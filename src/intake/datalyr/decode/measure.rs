//! How much there is in a JSON text, counted before anything is built of it (datalyr.md 7.10).
//!
//! The counts are right for JSON. For what is none they are some bounded number, and a reader refuses it later.

/// What a text holds, all levels together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Size {
    pub keys: usize,
    /// Levels of objects and lists.
    pub depth: usize,
}

/// One element of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Element<'a> {
    pub json: &'a str,
    pub size: Size,
}

/// The size of a value.
pub(super) fn size(json: &str) -> Size {
    let mut size = Size::default();
    walk(json, |_, byte, depth| {
        size.depth = size.depth.max(depth);
        size.keys += usize::from(byte == b':');
    });
    size
}

/// How many keys an object has at its top.
pub(super) fn top_keys(json: &str) -> usize {
    let mut count = 0;
    walk(json, |_, byte, depth| count += usize::from(byte == b':' && depth == 1));
    count
}

/// The elements of a list, at most `max` of them; nothing if there are more.
pub(super) fn elements(list: &str, max: usize) -> Option<Vec<Element<'_>>> {
    let mut found = Vec::new();
    let mut has_room = true;
    let mut size = Size::default();
    let mut start = 1;
    walk(list, |at, byte, depth| {
        size.depth = size.depth.max(depth.saturating_sub(1));
        size.keys += usize::from(byte == b':');
        let is_end = match byte {
            b',' => depth == 1,
            b']' => depth == 0,
            _ => false,
        };
        if is_end {
            let json = list.get(start..at).unwrap_or_default().trim_ascii();
            has_room &= json.is_empty() || found.len() < max;
            if !json.is_empty() && has_room {
                found.push(Element { json, size });
            }
            start = at + 1;
            size = Size::default();
        }
    });
    has_room.then_some(found)
}

/// Goes through what is outside of strings: shows each bracket, comma and colon, its place, and the level it leads to.
fn walk(json: &str, mut show: impl FnMut(usize, u8, usize)) {
    let bytes = json.as_bytes();
    let (mut at, mut depth) = (0, 0_usize);
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => at = string_end(bytes, at + 1),
            b'{' | b'[' => {
                depth += 1;
                show(at, byte, depth);
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                show(at, byte, depth);
            }
            b',' | b':' => show(at, byte, depth),
            _ => {}
        }
        at += 1;
    }
}

/// Where the string ends whose first byte is at `at`: the place of its closing quote.
fn string_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => return at,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_levels_are_counted_outside_of_strings() {
        for (json, keys, depth) in [
            ("{}", 0, 1),
            (r#"{"a":1,"b":{"c":[{"d":"{[:,"}]}}"#, 4, 4),
            (r#"{"a\"{:":"\\","b":"\\\"["}"#, 2, 1),
            ("[[[]],[]]", 0, 3),
            ("5", 0, 0),
        ] {
            assert_eq!(size(json), Size { keys, depth }, "{json}");
        }
        assert_eq!(size(&"[".repeat(500_000)).depth, 500_000);
        assert_eq!(top_keys(r#"{"a":{"b":1,"c":2},"d":[{"e":1}]}"#), 2);
    }

    #[test]
    fn a_list_falls_into_its_elements() {
        let parts = |list| elements(list, 9).unwrap().into_iter().map(|part| part.json).collect::<Vec<_>>();
        assert_eq!(parts("[]"), [""; 0]);
        assert_eq!(parts("[ ]"), [""; 0]);
        assert_eq!(parts(r#"[{"a":[1,2]} , 5,"],[", [[]] ]"#), [r#"{"a":[1,2]}"#, "5", r#""],[""#, "[[]]"]);
        let sizes: Vec<_> = elements(r#"[{"a":{"b":1}},[],{"c":1}]"#, 3).unwrap();
        assert_eq!(sizes[0].size, Size { keys: 2, depth: 2 });
        assert_eq!(sizes[1].size, Size { keys: 0, depth: 1 });
        assert_eq!(sizes[2].size, Size { keys: 1, depth: 1 });
        assert_eq!(elements("[1,2,3]", 2), None);
    }

    #[test]
    fn what_is_no_json_does_no_harm() {
        for text in ["]]]]", "\"", "\"\\", "[\"", "}{", ",,", "[,]", ""] {
            assert!(size(text).depth <= text.len());
            let _ = elements(text, 2);
        }
    }
}
