//! What the overview shows of one interval: visits, conversions, requests. All of it from one snapshot.

use rusqlite::Connection;

use crate::domain::id::ProjectId;
use crate::domain::period::Interval;
use crate::http::view::{TrafficField, View};
use crate::query::track::conversion_series::{ConversionSlice, conversion_series};
use crate::query::traffic::buckets::TimeSpan;
use crate::query::traffic::conditions::{Condition, Subject};
use crate::query::traffic::routes::{RouteSort, RouteStats, by_method, sort_routes};
use crate::query::traffic::series::{Series, Slice, by_route, series};

use crate::query::visits::filter::Dimension;
use crate::query::visits::goals::{GoalCount, goals};
use crate::query::visits::overview::{Overview, Wanted, overview};
use crate::query::visits::scope::Scope;
use crate::store::StoreError;
use crate::store::dictionary::TextHash;

/// What is to be looked at.
#[derive(Debug, Clone)]
pub struct Question {
    pub scope: Scope,
    /// Of the buckets of the chart.
    pub bounds: Vec<i64>,
    pub lists: Vec<(Dimension, usize)>,
    /// Whether conversions are to be told: filters on visits do not reach them.
    pub with_conversions: bool,
    /// Conditions on requests; none: requests are not to be told.
    pub conditions: Option<Vec<Condition>>,
    /// Routes that are listed.
    pub routes: usize,
    /// Whether goals are to be counted.
    pub with_goals: bool,
}

/// What there was.
#[derive(Debug, Clone, Default)]
pub struct Look {
    pub visits: Overview,
    /// One for each bucket, where they are told.
    pub conversions: Option<Vec<ConversionSlice>>,
    pub requests: Option<Series>,
    /// Those asked for most often.
    pub routes: Vec<RouteStats>,
    pub goals: Vec<GoalCount>,
}

impl Question {
    /// The same of another interval, without lists: what is compared with.
    #[must_use]
    pub fn compared(&self, interval: Interval, bounds: Vec<i64>) -> Self {
        let scope = Scope { interval, ..self.scope.clone() };
        Self { scope, bounds, lists: Vec::new(), routes: 0, with_goals: false, ..self.clone() }
    }

    /// Looks.
    pub fn answer(&self, connection: &Connection, text_hash: TextHash) -> Result<Look, StoreError> {
        let (project, bounds) = (self.scope.project, &self.bounds);
        let visits = overview(connection, &self.scope, &Wanted { bounds, lists: &self.lists })?;
        let conversions = self.with_conversions.then(|| conversion_series(connection, project, bounds)).transpose()?;
        let goals = if self.with_goals { goals(connection, &self.scope)? } else { Vec::new() };
        let mut look = Look { visits, conversions, goals, ..Look::default() };
        if let Some(conditions) = &self.conditions {
            look.requests = Some(series(connection, text_hash, project, bounds, conditions)?);
            if self.routes > 0 {
                look.routes = self.top_routes(connection, text_hash, project, conditions)?;
            }
        }
        Ok(look)
    }

    fn top_routes(
        &self,
        connection: &Connection,
        text_hash: TextHash,
        project: ProjectId,
        conditions: &[Condition],
    ) -> Result<Vec<RouteStats>, StoreError> {
        let Interval { from_ms, to_ms } = self.scope.interval;
        let (parts, _) = by_route(connection, text_hash, project, TimeSpan::new(from_ms, to_ms), conditions)?;
        let mut routes = by_method(connection, &parts)?;
        sort_routes(&mut routes, RouteSort::Requests, true);
        routes.truncate(self.routes);
        Ok(routes)
    }
}

impl Look {
    /// All conversions together.
    #[must_use]
    pub fn all_conversions(&self) -> Option<ConversionSlice> {
        let slices = self.conversions.as_ref()?;
        Some(slices.iter().fold(ConversionSlice::default(), |mut all, slice| {
            all.add(slice);
            all
        }))
    }

    /// All requests together.
    #[must_use]
    pub fn all_requests(&self) -> Option<Slice> {
        self.requests.as_ref().map(Series::total)
    }
}

/// The conditions on requests of a view.
#[must_use]
pub fn conditions(view: &View) -> Vec<Condition> {
    let condition = |(field, operator, value): (TrafficField, _, &str)| Condition {
        subject: match field {
            TrafficField::Route => Subject::Route,
            TrafficField::Method => Subject::Method,
            TrafficField::Status => Subject::Status,
            TrafficField::User => Subject::User,
        },
        operator,
        value: value.to_owned(),
    };
    view.traffic_filters().map(condition).collect()
}
