//! The table `traffic_logs` of express-sequelize-traffic (traffic.md 1), in the order of insertion.

use rusqlite::{Connection, params};

use super::cell::{self, Reason};
use super::has_columns;

/// Columns without which a request means nothing.
const NEEDED: [&str; 5] = ["method", "originalUrl", "statusCode", "durationMs", "createdAt"];

/// Columns that older tables have not.
const OPTIONAL: [&str; 9] =
    ["route", "endTime", "isSlow", "userId", "userName", "userEmail", "sessionId", "ip", "userAgent"];

/// One request.
#[derive(Debug, Clone, PartialEq)]
pub struct ForeignRequest {
    pub method: String,
    pub original_url: String,
    pub status: f64,
    pub duration_ms: f64,
    pub created_at: String,
    pub route: Option<String>,
    pub end_time: Option<String>,
    pub is_slow: Option<f64>,
    pub user_id: Option<String>,
    pub user_name: Option<String>,
    pub user_email: Option<String>,
    pub session_id: Option<String>,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
}

/// Whether the file has such a table.
pub fn is_one(connection: &Connection) -> Result<bool, rusqlite::Error> {
    has_columns(connection, "traffic_logs", &NEEDED)
}

/// How many requests there are.
pub fn count(connection: &Connection) -> Result<u64, rusqlite::Error> {
    connection.query_row("SELECT COUNT(*) FROM traffic_logs", [], |row| row.get(0))
}

/// Reads requests in pages.
#[derive(Debug)]
pub struct Reader {
    sql: String,
}

/// A row, and the request that it is, or why it is none.
pub type Taken = (i64, Result<ForeignRequest, Reason>);

impl Reader {
    pub fn new(connection: &Connection) -> Result<Self, rusqlite::Error> {
        let mut columns = NEEDED.map(str::to_owned).to_vec();
        for column in OPTIONAL {
            let is_there = has_columns(connection, "traffic_logs", &[column])?;
            columns.push(if is_there { column.to_owned() } else { format!("NULL AS {column}") });
        }
        let columns = columns.join(", ");
        let sql = format!("SELECT rowid, {columns} FROM traffic_logs WHERE rowid > ?1 ORDER BY rowid LIMIT ?2");
        Ok(Self { sql })
    }

    /// Requests behind a row, each with its row.
    pub fn requests(&self, connection: &Connection, after: i64, limit: usize) -> Result<Vec<Taken>, rusqlite::Error> {
        let mut statement = connection.prepare_cached(&self.sql)?;
        let mut rows = statement.query(params![after, limit])?;
        let mut taken = Vec::new();
        let mut bytes = 0;
        while let Some(row) = rows.next()? {
            let take = || {
                Ok(ForeignRequest {
                    method: cell::text(row, 1, "it has no method")?,
                    original_url: cell::text(row, 2, "it has no URL")?,
                    status: cell::number(row, 3, "it has no status")?,
                    duration_ms: cell::number(row, 4, "it has no duration")?,
                    created_at: cell::text(row, 5, "it has no time")?,
                    route: cell::optional_text(row, 6)?,
                    end_time: cell::optional_text(row, 7)?,
                    is_slow: cell::optional_number(row, 8)?,
                    user_id: cell::optional_text(row, 9)?,
                    user_name: cell::optional_text(row, 10)?,
                    user_email: cell::optional_text(row, 11)?,
                    session_id: cell::optional_text(row, 12)?,
                    ip: cell::optional_text(row, 13)?,
                    user_agent: cell::optional_text(row, 14)?,
                })
            };
            taken.push((row.get(0)?, take()));
            bytes += cell::text_bytes(row);
            if bytes >= super::MAX_PAGE_BYTES {
                break;
            }
        }
        Ok(taken)
    }
}
