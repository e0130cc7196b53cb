//! Model, dimension, window: what of the attribution is shown, in the URL.

use actix_web::HttpRequest;

use crate::dashboard::bar::BarLink;
use crate::http::parameters::Parameters;
use crate::http::problem::Problem;
use crate::query::track::attribution::Dimension;
use crate::query::track::models::Model;

const DAY_MS: i64 = 86_400_000;

/// Windows that a click chooses, in days.
const WINDOWS: [(i64, &str); 5] = [(1, "1 day"), (7, "7 days"), (30, "30 days"), (90, "90 days"), (365, "1 year")];

/// Longest window, in days; as in the API.
const MAX_WINDOW_DAYS: f64 = 3_650.0;

/// What is to be seen.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    pub by: Dimension,
    pub model: Model,
    /// A second model beside the first.
    pub with: Option<Model>,
    /// How many days before a conversion a touch may lie; as configured if the request does not say.
    pub window_days: Option<f64>,
    pub only_revenue: bool,
}

impl Choice {
    /// Reads the parameters; they have the names of the API's.
    pub fn read(request: &HttpRequest) -> Result<Self, Problem> {
        let parameters = Parameters::of(request);
        let days = |text: &str| text.parse::<f64>().ok().filter(|days| *days > 0.0 && *days <= MAX_WINDOW_DAYS);
        let model = parameters.parsed("model", Model::from_name)?.unwrap_or(Model::LastNonDirect);
        Ok(Self {
            by: parameters.parsed("by", Dimension::from_name)?.unwrap_or(Dimension::Source),
            model,
            with: parameters.parsed("with", Model::from_name)?.filter(|with| *with != model),
            window_days: parameters.parsed("window_days", days)?,
            only_revenue: parameters.flag("revenue")?.unwrap_or(false),
        })
    }

    /// The window in milliseconds.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "at most ten years")]
    pub fn window_ms(&self, configured_ms: i64) -> i64 {
        self.window_days.map_or(configured_ms, |days| (days * DAY_MS as f64).round() as i64)
    }

    /// The models in view.
    #[must_use]
    pub fn models(&self) -> Vec<Model> {
        [Some(self.model), self.with].into_iter().flatten().collect()
    }

    /// The parameters that ask for this again.
    #[must_use]
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs = vec![("by", self.by.name().to_owned()), ("model", self.model.name().to_owned())];
        pairs.extend(self.with.map(|with| ("with", with.name().to_owned())));
        pairs.extend(self.window_days.map(|days| ("window_days", days.to_string())));
        pairs.extend(self.only_revenue.then(|| ("revenue", "true".to_owned())));
        pairs
    }

    /// Links to every model.
    pub fn model_links(&self, href: impl Fn(&Self) -> String) -> Vec<BarLink> {
        let with = |model| self.with.filter(|with| *with != model);
        let link = |model| (model_name(model), Self { model, with: with(model), ..self.clone() }, model == self.model);
        links(Model::ALL.into_iter().map(link), href)
    }

    /// Links to every model that can stand beside the first, and to none.
    pub fn comparison_links(&self, href: impl Fn(&Self) -> String) -> Vec<BarLink> {
        let none = ("None", Self { with: None, ..self.clone() }, self.with.is_none());
        let others = Model::ALL.into_iter().filter(|model| *model != self.model);
        let link = |model| (model_name(model), Self { with: Some(model), ..self.clone() }, self.with == Some(model));
        links([none].into_iter().chain(others.map(link)), href)
    }

    /// Links to every dimension.
    pub fn dimension_links(&self, href: impl Fn(&Self) -> String) -> Vec<BarLink> {
        let link = |by| (dimension_name(by), Self { by, ..self.clone() }, by == self.by);
        links(Dimension::ALL.into_iter().map(link), href)
    }

    /// Links to windows; the configured one has no number in the URL.
    #[expect(clippy::cast_precision_loss, reason = "days")]
    pub fn window_links(&self, configured_ms: i64, href: impl Fn(&Self) -> String) -> Vec<BarLink> {
        let shown_ms = self.window_ms(configured_ms);
        let known = WINDOWS.into_iter().map(|(days, name)| {
            let window_days = (days * DAY_MS != configured_ms).then_some(days as f64);
            (name, Self { window_days, ..self.clone() }, days * DAY_MS == shown_ms)
        });
        let is_known = |ms: i64| WINDOWS.iter().any(|(days, _)| days * DAY_MS == ms);
        let configured = (!is_known(configured_ms))
            .then(|| ("As configured", Self { window_days: None, ..self.clone() }, shown_ms == configured_ms));
        links(known.chain(configured), href)
    }

    /// What is chosen now and what a click makes of it: all conversions, or revenue alone.
    pub fn kind_links(&self, href: impl Fn(&Self) -> String) -> Vec<BarLink> {
        let link =
            |(name, only_revenue)| (name, Self { only_revenue, ..self.clone() }, self.only_revenue == only_revenue);
        links([("All conversions", false), ("Revenue only", true)].map(link), href)
    }
}

fn links(
    choices: impl IntoIterator<Item = (&'static str, Choice, bool)>,
    href: impl Fn(&Choice) -> String,
) -> Vec<BarLink> {
    let link = |(name, choice, current)| BarLink { name, href: href(&choice), current, key: "" };
    choices.into_iter().map(link).collect()
}

/// A model's name for people.
#[must_use]
pub fn model_name(model: Model) -> &'static str {
    match model {
        Model::First => "First touch",
        Model::Last => "Last touch",
        Model::LastNonDirect => "Last non-direct",
        Model::Linear => "Linear",
        Model::Position => "Position",
        Model::TimeDecay => "Time decay",
    }
}

/// Who is credited by a model, in one sentence.
#[must_use]
pub fn model_sentence(model: Model) -> &'static str {
    match model {
        Model::First => "All credit goes to the first touch within the window.",
        Model::Last => "All credit goes to the touch of the last visit; a direct last visit gets it itself.",
        Model::LastNonDirect => "All credit goes to the last touch within the window, whatever came after it.",
        Model::Linear => "Every visit with a touch gets the same part.",
        Model::Position => "40 % to the first touch, 40 % to the last, the rest to those between.",
        Model::TimeDecay => "Later touches get more: seven days earlier is half as much.",
    }
}

/// A dimension's name for people.
#[must_use]
pub fn dimension_name(by: Dimension) -> &'static str {
    match by {
        Dimension::Source => "Source",
        Dimension::Medium => "Medium",
        Dimension::Campaign => "Campaign",
        Dimension::Term => "Term",
        Dimension::Content => "Content",
        Dimension::ClickIdType => "Click id type",
        Dimension::ClickId => "Click id",
        Dimension::LandingPage => "Landing page",
        Dimension::Lyr => "Link tag",
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn choice(query: &str) -> Result<Choice, Problem> {
        Choice::read(&TestRequest::with_uri(&format!("/p/x/attribution?{query}")).to_http_request())
    }

    #[test]
    fn a_choice_survives_its_own_url() {
        let first = choice("by=campaign&model=linear&with=first&window_days=7&revenue=true").unwrap();
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        assert_eq!(choice(&query.extend_pairs(first.pairs()).finish()), Ok(first));
        assert!(choice("model=best").is_err() && choice("window_days=0").is_err());
    }

    #[test]
    fn a_model_is_not_compared_with_itself() {
        assert_eq!(choice("model=linear&with=linear").unwrap().with, None);
        let links = choice("model=linear&with=first").unwrap().model_links(|choice| format!("{:?}", choice.with));
        assert_eq!(links[0].href, "None", "first beside first");
    }
}
