//! Some rows taken together, and added to the rollups of each grain.

use std::collections::{BTreeMap, HashMap};

use rusqlite::{Connection, params};

use super::distinct::Distinct;
use super::fact::Fact;
use super::grain::Grain;
use super::request_rows::{MAX_COUNT, bounded};
use super::statuses::Statuses;
use super::summary::Summary;
use crate::domain::traffic::ERROR_STATUS;
use crate::store::StoreError;
use crate::store::value::blob;

/// Different routes, users and minutes in one step: each costs some ten microseconds to write.
const MAX_KEYS: usize = 4_000;

/// Rows taken together by minute.
#[derive(Debug, Default)]
pub struct Aggregate {
    routes: HashMap<RouteKey, Summary>,
    buckets: HashMap<BucketKey, Bucket>,
    /// By hour.
    users: HashMap<UserKey, UserPart>,
    /// When each user's first and last row was stored.
    seen: HashMap<i64, (i64, i64)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct RouteKey {
    place: BucketKey,
    route_id: i64,
    method_id: i64,
    status_class: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct UserKey {
    place: BucketKey,
    user_id: i64,
}

/// A bucket of one project; of which grain is known where it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct BucketKey {
    project_id: i64,
    bucket: i64,
}

#[derive(Debug, Clone, Default)]
struct Bucket {
    summary: Summary,
    statuses: Statuses,
    users: Distinct,
}

#[derive(Debug, Clone, Copy, Default)]
struct UserPart {
    requests: i64,
    errors: i64,
    slow: i64,
    duration_us: i64,
}

impl Aggregate {
    /// Adds rows from the front until there are too many different keys; returns how many were added.
    pub fn take(&mut self, facts: &[Fact]) -> usize {
        for (taken, fact) in facts.iter().enumerate() {
            if self.routes.len() + self.users.len() >= MAX_KEYS {
                return taken;
            }
            self.add(fact);
        }
        facts.len()
    }

    /// Adds everything to the rollups of the file. To be called inside a transaction.
    pub fn write(self, connection: &Connection) -> Result<(), StoreError> {
        let mut buckets: BTreeMap<_, _> = self.buckets.into_iter().collect();
        let mut routes: BTreeMap<_, _> = self.routes.into_iter().collect();
        let mut users: BTreeMap<_, _> = self.users.into_iter().collect();
        for (key, summary) in &routes {
            buckets.entry(key.place).or_default().summary.merge(summary);
        }
        for (grain, finer) in [(Grain::Minute, None), (Grain::Hour, Some(60)), (Grain::Day, Some(24))] {
            if let Some(finer) = finer {
                routes = coarser(routes, |key| RouteKey { place: key.place.coarser(finer), ..key }, Summary::merge);
                buckets = coarser(buckets, |key| key.coarser(finer), Bucket::merge);
            }
            if grain == Grain::Day {
                users = coarser(users, |key| UserKey { place: key.place.coarser(24), ..key }, UserPart::merge);
            }
            routes.iter().try_for_each(|(key, summary)| write_route(connection, grain, *key, summary))?;
            buckets.iter().try_for_each(|(key, bucket)| write_bucket(connection, grain, *key, bucket))?;
            if grain != Grain::Minute {
                users.iter().try_for_each(|(key, part)| write_user(connection, grain, *key, *part))?;
            }
        }
        let mut seen = connection.prepare_cached(include_str!("see_user.sql"))?;
        for (user_id, (first_ms, last_ms)) in self.seen {
            seen.execute(params![user_id, first_ms, last_ms])?;
        }
        Ok(())
    }

    fn add(&mut self, fact: &Fact) {
        let in_bucket =
            |grain: Grain| BucketKey { project_id: fact.project_id, bucket: grain.bucket(fact.created_at_ms) };
        let place = in_bucket(Grain::Minute);
        let route =
            RouteKey { place, route_id: fact.route_id, method_id: fact.method_id, status_class: fact.status_class() };
        self.routes.entry(route).or_default().add(fact);
        let bucket = self.buckets.entry(place).or_default();
        bucket.statuses.add(fact.status);
        if let Some(user_id) = fact.user_id {
            bucket.users.insert(user_id);
            self.users.entry(UserKey { place: in_bucket(Grain::Hour), user_id }).or_default().add(fact);
            let at_ms = fact.created_at_ms;
            let (first_ms, last_ms) = self.seen.entry(user_id).or_insert((at_ms, at_ms));
            (*first_ms, *last_ms) = (at_ms.min(*first_ms), at_ms.max(*last_ms));
        }
    }
}

impl BucketKey {
    /// The bucket of the next grain, of which `finer` of this one make one.
    fn coarser(self, finer: i64) -> Self {
        Self { bucket: self.bucket.div_euclid(finer), ..self }
    }
}

impl Bucket {
    fn merge(&mut self, other: &Self) {
        self.summary.merge(&other.summary);
        self.statuses.merge(&other.statuses);
        self.users.merge(&other.users);
    }
}

impl UserPart {
    fn add(&mut self, fact: &Fact) {
        self.requests += 1;
        self.errors += i64::from(fact.status >= ERROR_STATUS);
        self.slow += i64::from(fact.is_slow);
        self.duration_us = (self.duration_us + bounded(fact.duration_us)).min(MAX_COUNT);
    }

    fn merge(&mut self, other: &Self) {
        self.requests += other.requests;
        self.errors += other.errors;
        self.slow += other.slow;
        self.duration_us = (self.duration_us + other.duration_us).min(MAX_COUNT);
    }
}

fn coarser<K: Ord, V: Default>(
    map: BTreeMap<K, V>,
    key: impl Fn(K) -> K,
    merge: impl Fn(&mut V, &V),
) -> BTreeMap<K, V> {
    let mut merged = BTreeMap::new();
    for (finer, value) in map {
        merge(merged.entry(key(finer)).or_default(), &value);
    }
    merged
}

fn write_route(connection: &Connection, grain: Grain, key: RouteKey, added: &Summary) -> Result<(), StoreError> {
    let RouteKey { place: BucketKey { project_id, bucket }, route_id, method_id, status_class } = key;
    let mut summary = added.clone();
    let mut find = connection.prepare_cached(include_str!("find_rollup.sql"))?;
    let mut rows = find.query(params![project_id, grain as i64, bucket, route_id, method_id, status_class])?;
    if let Some(row) = rows.next()? {
        summary.merge_encoded(blob(row, 0)?)?;
    }
    drop(rows);
    let mut put = connection.prepare_cached(include_str!("put_rollup.sql"))?;
    put.execute(params![project_id, grain as i64, bucket, route_id, method_id, status_class, summary.encode()])?;
    Ok(())
}

fn write_bucket(connection: &Connection, grain: Grain, key: BucketKey, added: &Bucket) -> Result<(), StoreError> {
    let mut bucket = added.clone();
    let mut find = connection.prepare_cached(include_str!("find_bucket.sql"))?;
    let mut rows = find.query(params![key.project_id, grain as i64, key.bucket])?;
    if let Some(row) = rows.next()? {
        bucket.summary.merge_encoded(blob(row, 0)?)?;
        bucket.statuses.merge(&Statuses::decode(blob(row, 1)?)?);
        bucket.users.merge(&Distinct::decode(blob(row, 2)?)?);
    }
    drop(rows);
    connection.prepare_cached(include_str!("put_bucket.sql"))?.execute(params![
        key.project_id,
        grain as i64,
        key.bucket,
        bucket.summary.encode(),
        bucket.statuses.encode(),
        bucket.users.encode(),
    ])?;
    Ok(())
}

fn write_user(connection: &Connection, grain: Grain, key: UserKey, part: UserPart) -> Result<(), StoreError> {
    connection.prepare_cached(include_str!("add_user_rollup.sql"))?.execute(params![
        key.place.project_id,
        grain as i64,
        key.place.bucket,
        key.user_id,
        part.requests,
        part.errors,
        part.slow,
        part.duration_us,
    ])?;
    Ok(())
}
