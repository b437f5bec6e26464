//! JSON pointers for errors: finds which value of a JSON text an error position belongs to.
//!
//! serde's errors carry line and column but no path. Walking the text once more, only when there
//! is an error, keeps every successful event and the component's size free of path tracking.

/// The JSON pointer (RFC 6901) of the value that an error at this position of valid JSON speaks
/// of.
///
/// serde_json reports an array or object that is not wanted where it starts, and every other
/// value or key where it ends, before it looks at what follows.
pub(crate) fn pointer_at(text: &str, line: usize, column: usize) -> String {
    let offset = offset(text, line, column);
    let mut walk = Walk {
        text: text.as_bytes(),
        at: 0,
        frames: Vec::new(),
    };
    let mut found = Found {
        depth: 0,
        last: None,
    };
    while let Some(token) = walk.next_token() {
        match token {
            Token::Open { start, .. } if start > offset => break,
            Token::Open { start, frame } => {
                let unwanted = start == offset;
                if unwanted {
                    found = Found::of(&walk.frames);
                }
                walk.frames.push(frame);
                if unwanted {
                    break;
                }
            }
            Token::End if walk.at > offset => break,
            Token::End => found = Found::of(&walk.frames),
        }
    }
    found.render(text, &walk.frames)
}

/// Appends a member's name to a pointer.
pub(crate) fn push(pointer: &mut String, name: &str) {
    pointer.push('/');
    pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
}

/// Appends an element's index to a pointer.
fn push_index(pointer: &mut String, index: usize) {
    pointer.push('/');
    pointer.push_str(&index.to_string());
}

/// The byte that serde_json's line (from one) and column (bytes of the line read so far) name.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let start: usize = text
        .split_inclusive('\n')
        .take(line.saturating_sub(1))
        .map(str::len)
        .sum();
    start + column
}

/// An array or object around the place where the walk is.
#[derive(Clone, Copy)]
enum Frame {
    /// The index of the element at hand.
    Array(usize),
    /// Start and end of the key at hand, quotes left out; `None` before the first and after a comma.
    Object(Option<(usize, usize)>),
}

/// What the walk comes by.
enum Token {
    /// An array or object starts.
    Open { start: usize, frame: Frame },
    /// A value or key has ended right before where the walk is.
    End,
}

/// The place of a value: how many frames are around it, and the innermost as it was then.
struct Found {
    depth: usize,
    last: Option<Frame>,
}

impl Found {
    fn of(frames: &[Frame]) -> Self {
        Self {
            depth: frames.len(),
            last: frames.last().copied(),
        }
    }

    fn render(&self, text: &str, frames: &[Frame]) -> String {
        let mut pointer = String::new();
        let outer = frames.iter().take(self.depth.saturating_sub(1));
        for frame in outer.chain(self.last.as_ref()) {
            match *frame {
                Frame::Array(index) => push_index(&mut pointer, index),
                Frame::Object(None) => {}
                Frame::Object(Some((start, end))) => {
                    let key = text.get(start..end).unwrap_or_default();
                    match serde_json::from_str::<String>(&format!("\"{key}\"")) {
                        Ok(key) => push(&mut pointer, &key),
                        Err(_) => push(&mut pointer, key),
                    }
                }
            }
        }
        pointer
    }
}

/// Goes over the text token by token.
struct Walk<'a> {
    text: &'a [u8],
    at: usize,
    frames: Vec<Frame>,
}

impl Walk<'_> {
    fn next_token(&mut self) -> Option<Token> {
        loop {
            let start = self.at;
            let byte = *self.text.get(start)?;
            self.at += 1;
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' | b':' => {}
                b',' => match self.frames.last_mut() {
                    Some(Frame::Array(index)) => *index += 1,
                    Some(Frame::Object(key)) => *key = None,
                    None => {}
                },
                b'[' => {
                    return Some(Token::Open {
                        start,
                        frame: Frame::Array(0),
                    });
                }
                b'{' => {
                    return Some(Token::Open {
                        start,
                        frame: Frame::Object(None),
                    });
                }
                b']' | b'}' => {
                    self.frames.pop();
                    return Some(Token::End);
                }
                b'"' => {
                    self.skip_string();
                    if let Some(Frame::Object(key @ None)) = self.frames.last_mut() {
                        *key = Some((start + 1, self.at.saturating_sub(1)));
                    }
                    return Some(Token::End);
                }
                _ => {
                    self.skip_scalar();
                    return Some(Token::End);
                }
            }
        }
    }

    /// Goes to the byte after the closing quote.
    fn skip_string(&mut self) {
        while let Some(byte) = self.text.get(self.at) {
            self.at += 1;
            match byte {
                b'"' => return,
                b'\\' => self.at += 1,
                _ => {}
            }
        }
    }

    /// Goes to the byte after a number, `true`, `false` or `null`.
    fn skip_scalar(&mut self) {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let ends = |byte: &u8| matches!(byte, b',' | b']' | b'}' | b' ' | b'\t' | b'\r' | b'\n');
        self.at += rest.iter().position(ends).unwrap_or(rest.len());
    }
}
