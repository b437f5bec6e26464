//! Answers `hostile_memory` never: it takes memory and writes to it until it gets no more, then
//! aborts. With the argument `true` it gives up in peace and acknowledges with the mebibytes it got.

use fs7_sdk::prelude::*;

fs7_sdk::handlers! { "hostile_memory" => hostile_memory }

const CHUNK_BYTES: usize = 1 << 20;

fn hostile_memory(_context: &mut Context, peaceful: Option<bool>) -> Result<usize, Rejection> {
    let mut taken: Vec<Vec<u8>> = Vec::new();
    loop {
        let mut chunk = Vec::new();
        if chunk.try_reserve_exact(CHUNK_BYTES).is_err() {
            break;
        }
        chunk.resize(CHUNK_BYTES, 1);
        taken.push(chunk);
    }
    if peaceful == Some(true) {
        return Ok(std::mem::take(&mut taken).len());
    }
    std::process::abort()
}
