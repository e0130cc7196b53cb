//! How often a project's goals were reached.

use std::cell::RefCell;

use rusqlite::Connection;

use super::filter::Dimension;
use super::matching::Matcher;
use super::scan::Scan;
use super::scope::Scope;
use super::visitors::{Seen, Visitors};
use crate::domain::visit::GoalKind;
use crate::store::StoreError;
use crate::store::goals::{self, Goal};
use crate::store::visits::columns::Column;

/// A goal and how often it was reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoalCount {
    pub goal: Goal,
    /// Different visitors who reached it.
    pub visitors: u64,
    /// Visits that began in the scope and reached it.
    pub visits: u64,
    /// How often it was reached: page views, or events.
    pub completions: u64,
}

/// One goal in a walk.
struct Count<'c> {
    goal: Goal,
    matcher: Matcher<'c>,
    /// Which of the day's texts reach it.
    is_reached_by: Vec<bool>,
    visits: u64,
    completions: u64,
}

/// Counts how often each goal was reached in a scope. Filters on pages and events choose visits; what reaches a goal in a
/// visit counts in any case.
pub fn goals(connection: &Connection, scope: &Scope) -> Result<Vec<GoalCount>, StoreError> {
    let counts = goals::list(connection, scope.project)?.into_iter().map(|goal| {
        let dimension = match goal.kind {
            GoalKind::Page => Dimension::Page,
            GoalKind::Event => Dimension::Event,
        };
        let matcher = Matcher::of_pattern(connection, dimension, &goal.pattern)?;
        Ok(Count { goal, matcher, is_reached_by: Vec::new(), visits: 0, completions: 0 })
    });
    let counts = RefCell::new(counts.collect::<Result<Vec<_>, StoreError>>()?);
    if counts.borrow().is_empty() {
        return Ok(Vec::new());
    }
    let (mut visitors, mut seen) = (Visitors::default(), Seen::default());
    Scan::new(connection, scope, &[Column::Pages, Column::Names], &[])?.walk(
        |day| {
            for count in counts.borrow_mut().iter_mut() {
                let list = day.day.lists(count.matcher.dimension.column())?;
                count.is_reached_by = count.matcher.matches(&list.items.ids)?;
            }
            Ok(())
        },
        |day, hit| {
            let visitor = visitors.number(day.visitor[hit.at]);
            for (place, count) in (0_u32..).zip(counts.borrow_mut().iter_mut()) {
                let Count { is_reached_by, .. } = count;
                let is_reached = |mark: &super::scan::MarkSeen| mark.is_inside && is_reached_by[mark.code as usize];
                let reached = match count.goal.kind {
                    GoalKind::Page => day.all_views(hit).filter(is_reached).count(),
                    GoalKind::Event => day.all_events(hit).filter(is_reached).count(),
                };
                if reached > 0 {
                    count.completions += reached as u64;
                    count.visits += u64::from(hit.begins);
                    seen.note(place, visitor);
                }
            }
        },
    )?;
    let by_goal = seen.counts().into_iter().chain(std::iter::repeat(0));
    let counts = counts.into_inner().into_iter().zip(by_goal).map(|(count, visitors)| GoalCount {
        goal: count.goal,
        visitors,
        visits: count.visits,
        completions: count.completions,
    });
    Ok(counts.collect())
}
