//! The texts: a short one for each topic, files in `docs/help`, and the chapters of the handbook, files in `docs`.

/// A text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Topic {
    /// As in the address and on the command line.
    pub name: &'static str,
    /// Markdown that begins with the title.
    pub text: &'static str,
}

/// Every key of the configuration: the page that `hearth config reference` makes.
const CONFIGURATION: Topic = Topic { name: "configuration", text: include_str!("../../../docs/configuration.md") };

macro_rules! topics {
    ($($name:literal),+ $(,)?) => {
        /// Every topic, in the order of the list.
        pub const TOPICS: &[Topic] = &[$(Topic { name: $name, text: include_str!(concat!("../../../docs/help/", $name, ".md")) }),+, CONFIGURATION];
    };
}

topics!(
    "install",
    "tracker",
    "sdk",
    "proxy",
    "filters",
    "shortcuts",
    "attribution",
    "countries",
    "privacy",
    "retention",
    "accounts",
    "api",
    "export",
    "cli",
    "operations",
    "backup",
    "import",
    "demo",
    "errors",
);

/// What stands before the name of a chapter, which may be that of a topic, too.
const CHAPTER: &str = "guide-";

macro_rules! chapters {
    ($($name:literal),+ $(,)?) => {
        /// Every chapter of the handbook, in its order (`docs/SUMMARY.md`).
        pub const CHAPTERS: &[Topic] = &[
            $(Topic { name: concat!("guide-", $name), text: include_str!(concat!("../../../docs/", $name, ".md")) }),+
        ];
    };
}

chapters!(
    "introduction",
    "install",
    "demo",
    "tracker",
    "heat-collector",
    "datalyr",
    "proxy",
    "import",
    "import-lines",
    "dashboard",
    "visits",
    "countries",
    "live",
    "api",
    "export",
    "operations",
    "backup",
    "retention",
    "metrics",
    "tls",
    "accounts",
    "storage",
    "trust",
);

/// The topic or the chapter of a name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Topic> {
    TOPICS.iter().chain(CHAPTERS).find(|topic| topic.name == name)
}

impl Topic {
    /// The first heading.
    #[must_use]
    pub fn title(&self) -> &'static str {
        self.text.lines().next().and_then(|line| line.strip_prefix("# ")).unwrap_or(self.name)
    }

    /// What follows the title.
    #[must_use]
    pub fn body(&self) -> &'static str {
        self.text.split_once('\n').map_or("", |(_, body)| body.trim_start())
    }

    /// The topic that a link in a text names: `proxy.md`, or the chapter if there is no such topic.
    #[must_use]
    pub fn linked(target: &str) -> Option<&'static Self> {
        let file = target.split_once('#').map_or(target, |(file, _)| file);
        let name = file.strip_prefix("help/").unwrap_or(file).strip_suffix(".md")?;
        find(name).or_else(|| find(&format!("{CHAPTER}{name}")))
    }

    /// The chapter that says more.
    #[must_use]
    pub fn chapter(&self) -> Option<&'static Self> {
        find(&format!("{CHAPTER}{}", self.name))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    fn source(path: &str) -> String {
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
    }

    #[test]
    fn every_file_is_a_topic_with_a_title_and_a_beginning() {
        let files = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/help")).unwrap();
        let mut files: BTreeSet<_> = files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        files.insert("configuration.md".to_owned());
        assert_eq!(files, TOPICS.iter().map(|topic| format!("{}.md", topic.name)).collect());
        for topic in TOPICS {
            assert!(topic.title().len() > 3 && !topic.title().starts_with('#'), "{}", topic.name);
            assert!(!topic.body().is_empty(), "{}", topic.name);
        }
    }

    #[test]
    fn the_handbook_has_every_chapter_and_help_has_the_handbook() {
        let files = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs")).unwrap();
        let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
        let mut files: BTreeSet<_> = names.filter(|name| name.contains(".md") && name != "SUMMARY.md").collect();
        let summary = source("docs/SUMMARY.md");
        let listed: Vec<_> = summary.split("](").skip(1).filter_map(|link| link.split_once(')')).collect();
        for (target, _) in &listed {
            assert!(Topic::linked(target).is_some(), "{target}");
        }
        let listed = listed.iter().map(|(target, _)| (*target).to_owned()).filter(|target| !target.contains('/'));
        assert_eq!(files, listed.collect());
        files.remove("configuration.md");
        assert_eq!(files, CHAPTERS.iter().map(|chapter| format!("{}.md", &chapter.name[CHAPTER.len()..])).collect());
    }

    #[test]
    fn links_between_topics_lead_somewhere() {
        for topic in TOPICS {
            for link in topic.text.split("](").skip(1) {
                let target = link.split_once(')').unwrap().0;
                assert!(Topic::linked(target).is_some(), "{}: {target}", topic.name);
            }
        }
    }

    #[test]
    fn every_code_of_a_refusal_is_explained() {
        let errors = find("errors").unwrap().text;
        let code = regex::Regex::new(r#"(?:=> |Row\(S::\w+, |new\(\s*\d{3}, )"([a-z0-9_]+)""#).unwrap();
        let mut codes = 0;
        for path in [
            "src/http/problem.rs",
            "src/dashboard/error.rs",
            "src/intake/heat/reject.rs",
            "src/intake/heat/params/refusal.rs",
            "src/intake/datalyr/reject.rs",
            "src/http/guard/violation.rs",
        ] {
            let source = source(path);
            for found in code.captures_iter(source.split("#[cfg(test)]").next().unwrap()) {
                assert!(errors.contains(&format!("`{}`", &found[1])), "{path}: {}", &found[1]);
                codes += 1;
            }
        }
        assert!(codes > 60, "{codes}");
    }
}
