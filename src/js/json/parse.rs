//! JSON text to values.

use super::cursor::Cursor;
use super::{JsonError, JsonErrorKind, Object, Value};

/// What a text may cost and contain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Levels of arrays and objects; above [`DEPTH_CEILING`] it is lowered to it.
    pub max_depth: usize,
    /// Whether numbers beyond a double's range become infinite, as in JavaScript, or are refused.
    pub allow_infinite: bool,
}

/// The most levels that any limit allows, so that writing and dropping a value never exhausts a thread's stack.
///
/// The original gave up at about 5 000 levels with a 500 (heat-collector.md 4.2); 200 must work.
pub const DEPTH_CEILING: usize = 1_024;

/// Reads a whole text as one value, accepting and refusing exactly what `JSON.parse` does, but for the limits.
///
/// Reading keeps its place in a list of open containers instead of calling itself, so hostile nesting costs a refusal
/// and no stack. Any kind of value may be the root; who wants only objects looks at the result.
///
/// # Errors
/// The first fault from the left.
pub fn parse(text: &str, limits: Limits) -> Result<Value, JsonError> {
    let mut reader = Reader { cursor: Cursor::new(text), open: Vec::new(), limits };
    let value = reader.root()?;
    reader.cursor.skip_blanks();
    match reader.cursor.peek() {
        None => Ok(value),
        Some(_) => Err(reader.cursor.error(JsonErrorKind::TrailingText)),
    }
}

struct Reader<'a> {
    cursor: Cursor<'a>,
    /// The containers around the current place, outermost first.
    open: Vec<Container>,
    limits: Limits,
}

/// A container whose end has not been read.
enum Container {
    Array(Vec<Value>),
    Object {
        entries: Vec<(String, Value)>,
        /// The key whose value comes next.
        key: String,
    },
}

/// What reading the start of a value gave.
enum Step {
    /// A whole value: a scalar, or an empty container.
    Whole(Value),
    /// A container whose first value comes next.
    Opened(Container),
}

impl Reader<'_> {
    fn root(&mut self) -> Result<Value, JsonError> {
        loop {
            let mut value = match self.step()? {
                Step::Opened(container) => {
                    self.open.push(container);
                    continue;
                }
                Step::Whole(value) => value,
            };
            // A value may end its container, which then is the value that may end the next one.
            loop {
                let Some(container) = self.open.pop() else {
                    return Ok(value);
                };
                match self.put(container, value)? {
                    Step::Opened(container) => {
                        self.open.push(container);
                        break;
                    }
                    Step::Whole(outer) => value = outer,
                }
            }
        }
    }

    fn step(&mut self) -> Result<Step, JsonError> {
        self.cursor.skip_blanks();
        let value = match self.cursor.peek() {
            Some(b'{') => return self.open_object(),
            Some(b'[') => return self.open_array(),
            Some(b'"') => {
                self.cursor.advance();
                Value::String(self.cursor.string()?)
            }
            Some(b'-' | b'0'..=b'9') => Value::Number(self.cursor.number(self.limits.allow_infinite)?),
            Some(b't') => self.cursor.word("true").map(|()| Value::Bool(true))?,
            Some(b'f') => self.cursor.word("false").map(|()| Value::Bool(false))?,
            Some(b'n') => self.cursor.word("null").map(|()| Value::Null)?,
            _ => return Err(self.cursor.unexpected()),
        };
        Ok(Step::Whole(value))
    }

    fn open_array(&mut self) -> Result<Step, JsonError> {
        self.descend()?;
        if self.cursor.accept(b']') {
            return Ok(Step::Whole(Value::Array(Vec::new())));
        }
        Ok(Step::Opened(Container::Array(Vec::new())))
    }

    fn open_object(&mut self) -> Result<Step, JsonError> {
        self.descend()?;
        if self.cursor.accept(b'}') {
            return Ok(Step::Whole(Value::Object(Object::default())));
        }
        let key = self.key()?;
        Ok(Step::Opened(Container::Object { entries: Vec::new(), key }))
    }

    /// Reads an opening bracket and the blanks after it.
    fn descend(&mut self) -> Result<(), JsonError> {
        if self.open.len() >= self.limits.max_depth.min(DEPTH_CEILING) {
            return Err(self.cursor.error(JsonErrorKind::TooDeep));
        }
        self.cursor.advance();
        self.cursor.skip_blanks();
        Ok(())
    }

    /// Puts a value into its container and reads the comma or bracket behind it.
    fn put(&mut self, container: Container, value: Value) -> Result<Step, JsonError> {
        self.cursor.skip_blanks();
        match container {
            Container::Array(mut items) => {
                items.push(value);
                if self.cursor.accept(b',') {
                    return Ok(Step::Opened(Container::Array(items)));
                }
                self.close(b']')?;
                items.shrink_to_fit();
                Ok(Step::Whole(Value::Array(items)))
            }
            Container::Object { mut entries, key } => {
                entries.push((key, value));
                if self.cursor.accept(b',') {
                    self.cursor.skip_blanks();
                    let key = self.key()?;
                    return Ok(Step::Opened(Container::Object { entries, key }));
                }
                self.close(b'}')?;
                Ok(Step::Whole(Value::Object(Object::from_entries(entries))))
            }
        }
    }

    /// Reads a key and its colon.
    fn key(&mut self) -> Result<String, JsonError> {
        if !self.cursor.accept(b'"') {
            return Err(self.cursor.unexpected());
        }
        let key = self.cursor.string()?;
        self.cursor.skip_blanks();
        if self.cursor.accept(b':') { Ok(key) } else { Err(self.cursor.unexpected()) }
    }

    fn close(&mut self, bracket: u8) -> Result<(), JsonError> {
        if self.cursor.accept(bracket) { Ok(()) } else { Err(self.cursor.unexpected()) }
    }
}
