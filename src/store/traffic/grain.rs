//! Buckets of time in which rollups are kept.

/// A length of time. Buckets are counted from the epoch in UTC. The numbers are those of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grain {
    Minute = 0,
    Hour = 1,
    Day = 2,
}

impl Grain {
    /// All of them, the finest first.
    pub const ALL: [Self; 3] = [Self::Minute, Self::Hour, Self::Day];

    /// Its length in milliseconds.
    #[must_use]
    pub fn ms(self) -> i64 {
        match self {
            Self::Minute => 60_000,
            Self::Hour => 3_600_000,
            Self::Day => 86_400_000,
        }
    }

    /// The bucket that holds a time.
    #[must_use]
    pub fn bucket(self, at_ms: i64) -> i64 {
        at_ms.div_euclid(self.ms())
    }

    /// When a bucket begins, in milliseconds since the epoch.
    #[must_use]
    pub fn start_ms(self, bucket: i64) -> i64 {
        bucket.saturating_mul(self.ms())
    }
}
