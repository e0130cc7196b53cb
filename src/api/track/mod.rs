//! Questions about apps: events, persons, what brought them, what they paid (docs/datalyr.md).
