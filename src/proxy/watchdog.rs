//! One timer for a connection, moved as rarely as possible.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use tokio::time::{Sleep, sleep_until};

/// Tells when a deadline has passed, without arming a timer for each request.
///
/// The timer of an earlier deadline is left armed: when it fires, it is moved to the deadline of then. A connection
/// that is busy touches the runtime's timers once per timeout, not once per request. To be polled by one task only.
#[derive(Default)]
pub(super) struct Watchdog {
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Watchdog {
    /// Ready once `deadline` has passed; else the task is woken at or before it.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>, deadline: Instant) -> Poll<()> {
        let deadline = deadline.into();
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if sleep.deadline() > deadline {
            sleep.as_mut().reset(deadline);
        }
        while sleep.as_mut().poll(cx).is_ready() {
            if sleep.deadline() >= deadline || tokio::time::Instant::now() >= deadline {
                return Poll::Ready(());
            }
            sleep.as_mut().reset(deadline);
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn fires_at_the_deadline_of_now_not_at_that_of_before() {
        let begin = Instant::now();
        let mut watchdog = Watchdog::default();
        let soon = begin + Duration::from_millis(20);
        let later = begin + Duration::from_millis(60);
        poll_fn(|cx| {
            assert!(watchdog.poll(cx, soon).is_pending());
            Poll::Ready(())
        })
        .await;
        poll_fn(|cx| watchdog.poll(cx, later)).await;
        assert!(begin.elapsed() >= Duration::from_millis(60), "{:?}", begin.elapsed());
        let sooner = Instant::now() + Duration::from_millis(5);
        poll_fn(|cx| {
            assert!(watchdog.poll(cx, sooner + Duration::from_mins(1)).is_pending());
            watchdog.poll(cx, sooner)
        })
        .await;
        assert!(begin.elapsed() < Duration::from_secs(30));
    }
}
