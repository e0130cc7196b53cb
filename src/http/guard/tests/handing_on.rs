//! The guarded stream hands on exactly what the judgement lets pass, however the socket and the library cut it.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use proptest::prelude::*;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::properties::stream;
use super::{End, judge, limits};
use crate::http::guard::{Connection, Guarded};

/// Everything that a library gets which reads so many bytes at a time, and for which every exchange is over at once.
async fn read_through(bytes: Vec<u8>, pipe_bytes: usize, read_bytes: usize) -> (Vec<u8>, Connection) {
    let (mut client, socket) = tokio::io::duplex(pipe_bytes);
    let mut guarded = Guarded::new(socket, SocketAddr::from((Ipv4Addr::LOCALHOST, 1)), Arc::new(limits()));
    let connection = guarded.connection();
    let known = connection.clone();
    let sending = async move {
        // What is sent after a refusal nobody reads.
        let _ = client.write_all(&bytes).await;
        let _ = client.shutdown().await;
        client
    };
    let reading = async move {
        let mut read = Vec::new();
        let mut buffer = vec![0; read_bytes];
        loop {
            match guarded.read(&mut buffer).await.unwrap() {
                0 => return read,
                count => read.extend_from_slice(&buffer[..count]),
            }
            drop(known.begin_exchange());
            guarded.flush().await.unwrap();
        }
    };
    let (_client, read) = tokio::join!(sending, reading);
    (read, connection)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_the_library_reads_is_what_passes(bytes in stream(), pipe_bytes in 1..80_usize, read_bytes in 1..80_usize) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let (read, connection) = runtime.block_on(read_through(bytes.clone(), pipe_bytes, read_bytes));
        let outcome = judge(&bytes);
        if outcome.end == End::Upgraded {
            // The handshake came to nothing, and so the connection went on.
            prop_assert!(read.starts_with(&outcome.passed));
            return Ok(());
        }
        prop_assert_eq!(String::from_utf8_lossy(&read), String::from_utf8_lossy(&outcome.passed));
        let found = connection.violation().map(|violation| End::Refused(violation.status, violation.code));
        prop_assert_eq!(found, Some(outcome.end).filter(|end| matches!(end, End::Refused(..))));
    }
}
