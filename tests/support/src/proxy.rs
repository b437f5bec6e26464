//! A bad network: a TCP proxy that delays what it forwards and cuts connections in the middle of
//! whatever is on its way. Where it cuts is counted in bytes and drawn from a seed, so a run can
//! be had again.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::wait;

/// Bytes that are forwarded at a time.
const PART_BYTES: usize = 1_024;

/// How bad the network is.
#[derive(Clone, Copy, Debug)]
pub struct Weather {
    /// A connection is cut after at least so many bytes towards the client.
    pub cut_after_min: u64,
    /// And after at most so many.
    pub cut_after_max: u64,
    /// A part of the bytes waits up to so long.
    pub delay_max: Duration,
    /// Where the numbers come from.
    pub seed: u64,
}

/// A running proxy; it ends with the test.
#[derive(Debug)]
pub struct Proxy {
    shared: Arc<Shared>,
    address: SocketAddr,
}

#[derive(Debug)]
struct Shared {
    weather: Weather,
    server: Mutex<SocketAddr>,
    is_calm: AtomicBool,
    random: AtomicU64,
    cuts: AtomicU64,
}

impl Proxy {
    /// A proxy before a server.
    ///
    /// # Panics
    /// When no port is free.
    #[must_use]
    pub fn start(server: SocketAddr, weather: Weather) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared {
            weather,
            server: Mutex::new(server),
            is_calm: AtomicBool::new(false),
            random: AtomicU64::new(weather.seed),
            cuts: AtomicU64::new(0),
        });
        let accepting = shared.clone();
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let shared = accepting.clone();
                thread::spawn(move || shared.carry(client));
            }
        });
        Self { shared, address }
    }

    /// Where clients connect.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Another server takes the place of the first.
    pub fn set_server(&self, server: SocketAddr) {
        *self
            .shared
            .server
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = server;
    }

    /// No new connection is cut from now on, and no old one either.
    pub fn calm_down(&self) {
        self.shared.is_calm.store(true, Ordering::SeqCst);
    }

    /// Connections that were cut.
    #[must_use]
    pub fn cuts(&self) -> u64 {
        self.shared.cuts.load(Ordering::SeqCst)
    }
}

impl Shared {
    fn carry(self: Arc<Self>, client: TcpStream) {
        let server = *self.server.lock().unwrap_or_else(PoisonError::into_inner);
        let Ok(server) = TcpStream::connect(server) else {
            let _ = client.shutdown(Shutdown::Both);
            return;
        };
        let _ = (client.set_nodelay(true), server.set_nodelay(true));
        let (Ok(from_client), Ok(to_server)) = (client.try_clone(), server.try_clone()) else {
            return;
        };
        let (upwards, is_silent) = (self.clone(), Arc::new(AtomicBool::new(false)));
        let silence = is_silent.clone();
        thread::spawn(move || upwards.forward(from_client, to_server, None, &silence));
        let Weather {
            cut_after_min,
            cut_after_max,
            ..
        } = self.weather;
        let cut_after = cut_after_min + self.random() % (cut_after_max - cut_after_min).max(1);
        self.forward(server, client, Some(cut_after), &is_silent);
    }

    /// Forwards until one side ends, or so many bytes have passed. `is_silent`: the other side is
    /// not told of the end.
    fn forward(
        &self,
        mut from: TcpStream,
        mut to: TcpStream,
        cut_after: Option<u64>,
        is_silent: &AtomicBool,
    ) {
        let mut passed = 0;
        let mut part = [0; PART_BYTES];
        while let Ok(bytes @ 1..) = from.read(&mut part) {
            let delay_ms = u64::try_from(self.weather.delay_max.as_millis()).unwrap_or_default();
            // One part in eight waits: a network that is slow all the time only makes tests slow.
            if delay_ms > 0 && self.random().is_multiple_of(8) {
                wait::delay(Duration::from_millis(self.random() % delay_ms));
            }
            passed += bytes as u64;
            let is_cut = cut_after.is_some_and(|limit| passed >= limit);
            if is_cut && !self.is_calm.load(Ordering::SeqCst) {
                let half = part.get(..bytes / 2).unwrap_or_default();
                self.cut(from, &mut to, half, is_silent);
                return;
            }
            if to.write_all(part.get(..bytes).unwrap_or_default()).is_err() {
                break;
            }
        }
        let _ = from.shutdown(Shutdown::Both);
        if !is_silent.load(Ordering::SeqCst) {
            let _ = to.shutdown(Shutdown::Both);
        }
    }

    /// Half of a part still arrives. Every fourth time the server is not told: its side of the
    /// connection stays open, and nothing comes through it any more.
    fn cut(&self, server: TcpStream, client: &mut TcpStream, half: &[u8], is_silent: &AtomicBool) {
        self.cuts.fetch_add(1, Ordering::SeqCst);
        let is_told = !self.random().is_multiple_of(4);
        // Before the client's end, which the other direction hears of.
        is_silent.store(!is_told, Ordering::SeqCst);
        let _ = client.write_all(half);
        let _ = client.shutdown(Shutdown::Both);
        if is_told {
            let _ = server.shutdown(Shutdown::Both);
        } else {
            thread::spawn(move || swallow(server));
        }
    }

    /// SplitMix64 (Steele, Lea, Flood 2014): any seed will do.
    fn random(&self) -> u64 {
        let step = 0x9e37_79b9_7f4a_7c15;
        let mut mixed = self
            .random
            .fetch_add(step, Ordering::SeqCst)
            .wrapping_add(step);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// Reads what comes and does nothing with it.
fn swallow(mut stream: TcpStream) {
    let mut part = [0; PART_BYTES];
    while let Ok(1..) = stream.read(&mut part) {}
}
