//! One verifier, many requests and many runtimes.

use std::sync::Arc;
use std::thread;

use tokio::runtime::{Builder, LocalOptions, LocalRuntime};
use tokio::task::JoinSet;

use super::issuer::{RSA_1, good_token, jwks};
use super::jwks_server::Answer;
use super::*;

/// A runtime as each actix worker has one: it runs only while its own thread drives it.
fn worker_runtime() -> LocalRuntime {
    Builder::new_current_thread().enable_all().build_local(LocalOptions::default()).unwrap()
}

#[test]
fn a_verifier_can_be_shared() {
    fn assert_shareable<T: Send + Sync + 'static>() {}
    assert_shareable::<JwtVerifier>();
}

#[tokio::test]
async fn requests_that_come_together_share_one_fetch() {
    let server = JwksServer::start(Answer::Held(jwks(&[RSA_1.jwk("k1")])));
    let verifier = Arc::new(JwtVerifier::new(rules(&server)).unwrap());
    let token = good_token(&RSA_1, "k1", "u");
    let mut requests = JoinSet::new();
    for _ in 0..50 {
        let (verifier, token) = (Arc::clone(&verifier), token.clone());
        requests.spawn(async move { subject(&verifier, &token).await });
    }
    tokio::task::yield_now().await;
    server.release();
    while let Some(outcome) = requests.join_next().await {
        assert_eq!(outcome.unwrap(), user("u"));
    }
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn a_client_that_hangs_up_does_not_end_the_fetch() {
    let server = JwksServer::start(Answer::Held(jwks(&[RSA_1.jwk("k1")])));
    let verifier = JwtVerifier::new(rules(&server)).unwrap();
    let token = good_token(&RSA_1, "k1", "u");
    tokio::select! {
        biased;
        _ = subject(&verifier, &token) => panic!("the answer is still held"),
        () = std::future::ready(()) => {}
    }
    server.release();
    assert_eq!(subject(&verifier, &token).await, user("u"));
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn once_a_refresh_has_failed_nobody_waits_for_the_next() {
    let server = JwksServer::with_keys(&[RSA_1.jwk("k1")]);
    let mut rules = rules(&server);
    rules.fetch_timeout = Duration::from_millis(500);
    let verifier = JwtVerifier::new(rules).unwrap();
    let token = good_token(&RSA_1, "k1", "u");
    assert_eq!(subject(&verifier, &token).await, user("u"));
    server.set(Answer::Stall(String::new()));
    assert_eq!(subject_at(&verifier, &token, NOW_S + 600).await, user("u"));

    // Waiting would take the runtime's attention; an answer without waiting is there at the first poll.
    tokio::select! {
        biased;
        outcome = subject_at(&verifier, &token, NOW_S + 3600) => assert_eq!(outcome, user("u")),
        () = std::future::ready(()) => panic!("the token waited"),
    }
}

#[test]
fn workers_with_runtimes_of_their_own_share_keys() {
    let server = JwksServer::start(Answer::Held(jwks(&[RSA_1.jwk("k1")])));
    let verifier = Arc::new(JwtVerifier::new(rules(&server)).unwrap());
    let workers: Vec<_> = (0..4)
        .map(|_| {
            let verifier = Arc::clone(&verifier);
            thread::spawn(move || worker_runtime().block_on(subject(&verifier, &good_token(&RSA_1, "k1", "u"))))
        })
        .collect();
    server.release();
    for worker in workers {
        assert_eq!(worker.join().unwrap(), user("u"));
    }
    // A worker whose runtime ends first takes its fetch along; another then begins a new one.
    assert!((1..=4).contains(&server.requests()));
}

#[test]
fn a_fetch_that_dies_with_its_runtime_is_begun_again() {
    let server = JwksServer::start(Answer::Held(jwks(&[RSA_1.jwk("k1")])));
    let verifier = JwtVerifier::new(rules(&server)).unwrap();
    let token = good_token(&RSA_1, "k1", "u");
    let first = worker_runtime();
    first.block_on(async {
        tokio::select! {
            biased;
            _ = subject(&verifier, &token) => panic!("the answer is still held"),
            () = std::future::ready(()) => {}
        }
    });
    drop(first);
    server.release();
    assert_eq!(worker_runtime().block_on(subject(&verifier, &token)), user("u"));
}

#[test]
fn a_worker_that_is_stuck_delays_others_no_longer_than_one_fetch() {
    let server = JwksServer::with_keys(&[RSA_1.jwk("k1")]);
    let mut rules = rules(&server);
    rules.fetch_timeout = Duration::from_millis(500);
    let verifier = JwtVerifier::new(rules).unwrap();
    let token = good_token(&RSA_1, "k1", "u");
    // Begins the fetch and is never run again, but not dropped either.
    let stuck = worker_runtime();
    stuck.block_on(async {
        tokio::select! {
            biased;
            _ = subject(&verifier, &token) => panic!("the fetch task has not run yet"),
            () = std::future::ready(()) => {}
        }
    });
    let outcome = worker_runtime().block_on(subject(&verifier, &token));
    assert_eq!(outcome, Err(JwtRefusal::JwksUnavailable));
    // By now that fetch is given up, and this worker begins its own.
    assert_eq!(worker_runtime().block_on(subject(&verifier, &token)), user("u"));
    drop(stuck);
}
