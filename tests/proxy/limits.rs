//! How much one client may take.

use crate::setting::Hearth;
use crate::upstream::Upstream;

#[test]
fn one_address_may_open_so_many_connections_and_no_more() {
    let upstream = Upstream::saying("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    let hearth = Hearth::before(&upstream, &["proxy.max_connections_per_address=3"]);
    let mut clients: Vec<_> = (0..3).map(|_| hearth.connect()).collect();
    for client in &mut clients {
        assert_eq!(client.ask("GET", "/").status, 200);
    }
    assert!(hearth.connect().is_closed());
    // Closed by the client; the proxy notices in its own time.
    drop(clients.pop());
    let begin = std::time::Instant::now();
    loop {
        let mut another = hearth.connect();
        if another.try_send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").is_ok() && another.head().is_some() {
            break;
        }
        assert!(begin.elapsed() < crate::client::PATIENCE);
    }
}

#[test]
fn a_slow_head_and_a_slow_body_are_answered_408() {
    let upstream = Upstream::saying("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    let hearth = Hearth::before(&upstream, &["proxy.head_timeout=300ms", "proxy.client_timeout=300ms"]);
    let mut client = hearth.connect();
    client.send("GET / HTTP/1.1\r\nHost: a\r\n");
    assert_eq!(client.answer(true).status, 408);
    let mut client = hearth.connect();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe");
    assert_eq!(client.answer(true).status, 408);
}
