//! WASI 0.2, as harmless as it can be: no arguments, no environment, no files, no network;
//! stdout and stderr become log lines. It is linked always, since every Rust guest imports it,
//! and made only for guests that call it.

use bytes::Bytes;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use super::guest_log::{GuestLog, Stream};
use super::state::State;

/// Resources that one guest may hold at a time: streams, pollables, errors.
const RESOURCES_MAX: usize = 1_024;

/// Bytes that one write may carry; the guest asks before it writes (wasi:io/streams
/// `check-write`).
const WRITE_BYTES: usize = 64 << 10;

/// Random bytes that one call may ask for.
const RANDOM_BYTES_MAX: u64 = 64 << 10;

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        let log = &self.log;
        let ctx = self.wasi.get_or_insert_with(|| {
            self.table.set_max_capacity(RESOURCES_MAX);
            Box::new(context(log))
        });
        WasiCtxView {
            ctx,
            table: &mut self.table,
        }
    }
}

fn context(log: &GuestLog) -> WasiCtx {
    let mut builder = WasiCtx::builder();
    builder
        .stdout(LogStream {
            log: log.clone(),
            stream: Stream::Stdout,
        })
        .stderr(LogStream {
            log: log.clone(),
            stream: Stream::Stderr,
        })
        .max_random_size(RANDOM_BYTES_MAX)
        .allow_tcp(false)
        .allow_udp(false)
        .allow_ip_name_lookup(false);
    builder.build()
}

/// A standard stream whose lines go to the log.
#[derive(Clone)]
struct LogStream {
    log: GuestLog,
    stream: Stream,
}

impl IsTerminal for LogStream {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for LogStream {
    fn async_stream(&self) -> Box<dyn tokio::io::AsyncWrite + Send + Sync> {
        Box::new(AsyncLog(self.clone()))
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for LogStream {
    async fn ready(&mut self) {}
}

impl OutputStream for LogStream {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.log.bytes(self.stream, &bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(WRITE_BYTES)
    }
}

/// The same stream for the interface of WASI 0.3, which the trait asks for.
struct AsyncLog(LogStream);

impl tokio::io::AsyncWrite for AsyncLog {
    fn poll_write(
        self: std::pin::Pin<&mut Self>,
        _context: &mut std::task::Context<'_>,
        bytes: &[u8],
    ) -> std::task::Poll<std::io::Result<usize>> {
        self.0.log.bytes(self.0.stream, bytes);
        std::task::Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(
        self: std::pin::Pin<&mut Self>,
        _context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn poll_shutdown(
        self: std::pin::Pin<&mut Self>,
        _context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        std::task::Poll::Ready(Ok(()))
    }
}
