//! The ways in which a request breaks the rules of HTTP or a limit, and what its sender is told.

use std::fmt::Write as _;

/// Why the guard refused what a client sent: one entry of a closed table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Violation {
    /// The status to answer with.
    pub status: u16,
    /// Stable name, for programs.
    pub code: &'static str,
    /// What is wrong, for people; says nothing of Hearth's inside and repeats nothing that was sent.
    pub words: &'static str,
}

impl Violation {
    const fn new(status: u16, code: &'static str, words: &'static str) -> Self {
        Self { status, code, words }
    }

    pub const LINE_END: Self = Self::new(400, "bad_line_end", "A line of a head must end with CRLF");
    pub const REQUEST_LINE: Self = Self::new(400, "bad_request_line", "The request line is malformed");
    pub const METHOD: Self = Self::new(400, "bad_method", "The method is not a token");
    pub const METHOD_TOO_LONG: Self = Self::new(501, "method_too_long", "No such method");
    pub const METHOD_REFUSED: Self = Self::new(405, "method_refused", "CONNECT and TRACE are not served");
    pub const TARGET: Self = Self::new(400, "bad_target", "The request target is malformed");
    pub const TARGET_TOO_LONG: Self = Self::new(414, "target_too_long", "The request target is too long");
    pub const VERSION: Self = Self::new(505, "version_refused", "Only versions 1.1 and 1.0 of HTTP are spoken here");
    pub const HEAD_TOO_LARGE: Self = Self::new(431, "head_too_large", "The request head is too large");
    pub const TOO_MANY_FIELDS: Self = Self::new(431, "too_many_fields", "The request head has too many fields");
    pub const FIELD_FOLDED: Self = Self::new(400, "field_folded", "A field must not begin with whitespace");
    pub const FIELD_NAME: Self = Self::new(400, "bad_field_name", "A field name is malformed");
    pub const FIELD_VALUE: Self = Self::new(400, "bad_field_value", "A field value holds a control character");
    pub const HOST_MISSING: Self = Self::new(400, "host_missing", "The Host field is missing");
    pub const HOST_REPEATED: Self = Self::new(400, "host_repeated", "The Host field is given twice");
    pub const HOST: Self = Self::new(400, "bad_host", "The Host field is no host name with an optional port");
    pub const HOST_DIFFERS: Self = Self::new(400, "host_differs", "The Host field and the request target disagree");
    pub const LENGTH: Self = Self::new(400, "bad_content_length", "The Content-Length is no single decimal number");
    pub const CODING_REPEATED: Self =
        Self::new(400, "transfer_encoding_repeated", "The Transfer-Encoding field is given twice");
    pub const CODING_OF_1_0: Self =
        Self::new(400, "transfer_encoding_in_1_0", "Version 1.0 of HTTP has no Transfer-Encoding");
    pub const CODING_AND_LENGTH: Self =
        Self::new(400, "ambiguous_length", "Transfer-Encoding and Content-Length exclude each other");
    pub const CODING: Self = Self::new(501, "transfer_encoding_refused", "The only transfer coding here is chunked");
    pub const UPGRADE_WITH_BODY: Self =
        Self::new(400, "upgrade_with_body", "A WebSocket handshake must not have a body");
    pub const CHUNK_SIZE: Self = Self::new(400, "bad_chunk_size", "A chunk's size is malformed");
    pub const CHUNK_EXTENSION: Self = Self::new(400, "bad_chunk_extension", "A chunk's extension is malformed");
    pub const CHUNK_EXTRA: Self =
        Self::new(400, "chunk_extra_too_large", "Chunk extensions and trailers are too large");
    pub const CHUNK_END: Self = Self::new(400, "bad_chunk_end", "A chunk's data must be followed by CRLF");
    pub const TRAILER: Self = Self::new(400, "bad_trailer", "A trailer field is malformed");
    pub const HEAD_TIMEOUT: Self = Self::new(408, "head_timeout", "The request head did not arrive in time");
    pub const BODY_TIMEOUT: Self = Self::new(408, "body_timeout", "The request body did not arrive in time");
    pub const BODY_TOO_SLOW: Self = Self::new(408, "body_too_slow", "The request body arrived too slowly");

    /// The response that the guard writes itself when no service can.
    pub(super) fn response(self) -> Vec<u8> {
        let Self { status, code, words } = self;
        let reason = match status {
            405 => "Method Not Allowed",
            408 => "Request Timeout",
            414 => "URI Too Long",
            431 => "Request Header Fields Too Large",
            501 => "Not Implemented",
            505 => "HTTP Version Not Supported",
            _ => "Bad Request",
        };
        let body = format!("{code}: {words}\n");
        let mut text = format!("HTTP/1.1 {status} {reason}\r\n");
        if status == 405 {
            // RFC 9110 15.5.6 asks for the field, and CONNECT and TRACE are what is refused.
            text.push_str("allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n");
        }
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "content-type: text/plain; charset=utf-8\r\nx-content-type-options: nosniff\r\ncontent-length: {}\r\n\
             connection: close\r\n\r\n{body}",
            body.len()
        );
        text.into_bytes()
    }
}
