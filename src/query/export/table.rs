//! Kinds of rows that one statement gives.

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::cell::{Column, push};
use super::{Page, Place, Scope};
use crate::store::StoreError;

/// A kind of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Table {
    Requests,
    Events,
    Identifiers,
    Ties,
    Aliases,
    WebMatches,
    Traits,
    Emails,
    Pairings,
    Touches,
    Conversions,
    Visits,
    Rollups,
    Goals,
}

/// The statements take project, from, until before, how many rows, and the place of the row before. Their first columns are
/// the place of the row in their order.
impl Table {
    #[cfg(test)]
    const ALL: [Self; 14] = [
        Self::Requests,
        Self::Events,
        Self::Identifiers,
        Self::Ties,
        Self::Aliases,
        Self::WebMatches,
        Self::Traits,
        Self::Emails,
        Self::Pairings,
        Self::Touches,
        Self::Conversions,
        Self::Visits,
        Self::Rollups,
        Self::Goals,
    ];

    /// What a line of NDJSON says it is.
    #[must_use]
    pub fn line_type(self) -> &'static str {
        match self {
            Self::Requests => "request",
            Self::Events => "event",
            Self::Identifiers => "identifier",
            Self::Ties => "tie",
            Self::Aliases => "alias",
            Self::WebMatches => "web_match",
            Self::Traits => "trait",
            Self::Emails => "email",
            Self::Pairings => "pairing",
            Self::Touches => "touch",
            Self::Conversions => "conversion",
            Self::Visits => "visit",
            Self::Rollups => "rollup",
            Self::Goals => "goal",
        }
    }

    fn sql(self) -> &'static str {
        match self {
            Self::Requests => include_str!("requests.sql"),
            Self::Events => include_str!("events.sql"),
            Self::Identifiers => include_str!("identifiers.sql"),
            Self::Ties => include_str!("ties.sql"),
            Self::Aliases => include_str!("aliases.sql"),
            Self::WebMatches => include_str!("web_matches.sql"),
            Self::Traits => include_str!("traits.sql"),
            Self::Emails => include_str!("emails.sql"),
            Self::Pairings => include_str!("pairings.sql"),
            Self::Touches => include_str!("touches.sql"),
            Self::Conversions => include_str!("conversions.sql"),
            Self::Visits => include_str!("visits.sql"),
            Self::Rollups => include_str!("rollups.sql"),
            Self::Goals => include_str!("goals.sql"),
        }
    }

    /// How many of the first columns are the place of a row.
    fn place_columns(self) -> usize {
        match self {
            Self::Identifiers | Self::Goals => 1,
            Self::Ties | Self::Pairings | Self::Touches | Self::Visits => 3,
            Self::Rollups => 5,
            _ => 2,
        }
    }

    /// The columns of its rows.
    pub fn columns(self, connection: &Connection) -> Result<Vec<Column>, StoreError> {
        let statement = connection.prepare_cached(self.sql())?;
        Ok(statement.column_names().skip(self.place_columns()).flat_map(Column::of_statement).collect())
    }

    /// The rows behind a place.
    pub fn page(
        self,
        connection: &Connection,
        scope: Scope,
        after: Option<&Place>,
        limit: usize,
    ) -> Result<Page, StoreError> {
        statement_page(connection, self.sql(), self.place_columns(), scope, after, limit)
    }
}

/// The rows of a statement behind a place.
pub(super) fn statement_page(
    connection: &Connection,
    sql: &str,
    place_columns: usize,
    scope: Scope,
    after: Option<&Place>,
    limit: usize,
) -> Result<Page, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let forms: Vec<String> =
        statement.column_names().map(|name| name.split_once(':').map_or("", |(_, form)| form).to_owned()).collect();
    let limit_number = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut values: Vec<Value> =
        [scope.project.0, scope.interval.from_ms, scope.interval.to_ms, limit_number].map(Value::Integer).into();
    match after {
        Some(place) => values.extend(place.0.iter().cloned()),
        None => values.extend((0..place_columns).map(|_| Value::Null)),
    }
    let mut rows = statement.query(params_from_iter(values))?;
    let mut page = Page { rows: Vec::new(), next: None };
    while let Some(row) = rows.next()? {
        let mut cells = Vec::with_capacity(forms.len());
        for (at, form) in forms.iter().enumerate().skip(place_columns) {
            push(&mut cells, row.get_ref(at)?, form)?;
        }
        page.rows.push(cells);
        if page.rows.len() == limit {
            let place = (0..place_columns).map(|at| row.get(at)).collect::<Result<_, _>>()?;
            page.next = Some(Place(place));
        }
    }
    Ok(page)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::ProjectId;
    use crate::domain::period::Interval;

    #[test]
    fn every_statement_fits_the_schema_and_sorts_no_table() {
        let mut connection = Connection::open_in_memory().unwrap();
        crate::store::migrate::migrate(&mut connection, 0).unwrap();
        for table in Table::ALL {
            let scope = Scope { project: ProjectId(1), interval: Interval { from_ms: i64::MIN, to_ms: i64::MAX } };
            let nothing = Page { rows: Vec::new(), next: None };
            assert_eq!(table.page(&connection, scope, None, 10).unwrap(), nothing, "{table:?}");
            let place = Place(vec![Value::Integer(1); table.place_columns()]);
            assert_eq!(table.page(&connection, scope, Some(&place), 10).unwrap(), nothing, "{table:?}");
            assert!(!table.columns(&connection).unwrap().is_empty());
            let plan: String = connection
                .prepare(&format!("EXPLAIN QUERY PLAN {}", table.sql()))
                .unwrap()
                .query_map(params_from_iter(vec![Value::Integer(1); 4 + table.place_columns()]), |row| {
                    row.get::<_, String>(3)
                })
                .unwrap()
                .collect::<Result<Vec<_>, _>>()
                .unwrap()
                .join("\n");
            assert!(!plan.contains("USE TEMP B-TREE FOR ORDER BY"), "{table:?}: {plan}");
        }
    }
}
