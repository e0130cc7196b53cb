//! Conversions and revenue over time, in buckets of any bounds.

use std::collections::BTreeMap;
use std::sync::Arc;

use rusqlite::Connection;

use super::conversions::{ConversionFilter, walk};
use super::revenue::Sum;
use crate::domain::id::ProjectId;
use crate::query::texts::Lookup;
use crate::store::StoreError;

/// The conversions of one bucket.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConversionSlice {
    pub conversions: u64,
    /// By currency, in the order of their names. Nothing is converted.
    pub revenue: BTreeMap<Arc<str>, Sum>,
}

impl ConversionSlice {
    /// Adds another slice.
    pub fn add(&mut self, other: &Self) {
        self.conversions += other.conversions;
        for (currency, sum) in &other.revenue {
            let all = self.revenue.entry(Arc::clone(currency)).or_default();
            all.micros += sum.micros;
            all.count += sum.count;
        }
    }
}

/// The conversions between each two neighbours of `bounds`, the later one exclusive, in milliseconds since the epoch.
pub fn conversion_series(
    connection: &Connection,
    project: ProjectId,
    bounds: &[i64],
) -> Result<Vec<ConversionSlice>, StoreError> {
    let mut slices = vec![ConversionSlice::default(); bounds.len().saturating_sub(1)];
    let (Some(first), Some(end)) = (bounds.first(), bounds.last()) else { return Ok(slices) };
    let filter = ConversionFilter { from_ms: *first, to_ms: end.saturating_sub(1), ..ConversionFilter::all(project) };
    let mut texts = Lookup::new(connection);
    walk(connection, &filter, None, |conversion| {
        let at = bounds.partition_point(|bound| *bound <= conversion.time_ms);
        if let Some(slice) = at.checked_sub(1).and_then(|at| slices.get_mut(at)) {
            slice.conversions += 1;
            if conversion.is_revenue {
                slice.revenue.entry(texts.text(conversion.currency)?).or_default().add(conversion.amount_micros);
            }
        }
        Ok(true)
    })?;
    Ok(slices)
}
