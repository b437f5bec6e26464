//! Admittance: how many connections there may be, in all, from one address and of one principal.
//! Every edge asks here, and holds the place that it gets for as long as its connection lasts.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use http::HeaderMap;

use crate::event::Principal;
use crate::limits::Limits;
use crate::outcome::{Code, Rejection};
use crate::rate::Bucket;

/// Addresses without a connection are looked through when so many are known, at least.
const LOOK_AT_MIN: usize = 64;

/// The header in which a proxy says where its clients are.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// Who may connect.
pub(super) struct Admittance {
    connections: usize,
    per_address: usize,
    per_principal: usize,
    /// Whether connections take more memory than they may, and nobody is to be evicted.
    is_full: AtomicBool,
    counts: Mutex<Counts>,
}

#[derive(Default)]
struct Counts {
    connections: usize,
    by_address: HashMap<IpAddr, Address>,
    by_principal: HashMap<Principal, usize>,
    /// At so many addresses those are forgotten of which nothing needs to be known.
    look_at: usize,
}

/// What is known of an address. It outlives its connections until its bucket is full again:
/// who connects anew does not begin anew.
#[derive(Default)]
struct Address {
    connections: usize,
    bucket: Arc<Bucket>,
}

/// Why somebody may not connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// There are too many connections.
    Connections,
    /// There are too many from its address.
    Address,
    /// There are too many of its principal.
    Principal,
    /// Connections take too much memory.
    Memory,
}

impl Refusal {
    /// The limit's name, which is the code that clients and logs read.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Connections => "connections",
            Self::Address => "connections_per_address",
            Self::Principal => "connections_per_principal",
            Self::Memory => "connections_memory_bytes",
        }
    }

    /// The reason in words.
    pub(super) fn message(self) -> String {
        let what = match self {
            Self::Connections => "too many connections",
            Self::Address => "too many connections from this address",
            Self::Principal => "too many connections with these credentials",
            Self::Memory => "connections take too much memory",
        };
        format!("{what} (limit `{}`); try again later", self.code())
    }

    /// The refusal over HTTP. Like every limit of the host it is `busy`, 503: the client did
    /// nothing wrong.
    pub(super) fn rejection(self) -> Rejection {
        Rejection::at_limit(Code::Busy, self.code(), self.message())
    }
}

impl Admittance {
    /// Places within the limits.
    pub(super) fn new(limits: &Limits) -> Arc<Self> {
        Arc::new(Self {
            connections: limits.connections,
            per_address: limits.connections_per_address,
            per_principal: limits.connections_per_principal,
            is_full: AtomicBool::new(false),
            counts: Mutex::default(),
        })
    }

    /// A place for a connection from this address.
    ///
    /// # Errors
    /// With the limit that is reached.
    pub(super) fn enter(self: &Arc<Self>, address: Option<IpAddr>) -> Result<Place, Refusal> {
        if self.is_full.load(Ordering::Relaxed) {
            return Err(Refusal::Memory);
        }
        let mut counts = self.lock();
        if counts.connections >= self.connections {
            return Err(Refusal::Connections);
        }
        let address = address.map(network);
        let mut bucket = None;
        if let Some(address) = address {
            counts.forget_idle(self.connections);
            let known = counts.by_address.entry(address).or_default();
            if self.per_address > 0 && known.connections >= self.per_address {
                return Err(Refusal::Address);
            }
            known.connections += 1;
            bucket = Some(known.bucket.clone());
        }
        counts.connections += 1;
        Ok(Place {
            admittance: self.clone(),
            address,
            bucket,
            principal: None,
        })
    }

    /// Connections at this moment.
    pub(super) fn count(&self) -> usize {
        self.lock().connections
    }

    /// Refuses newcomers, or no longer, for the sake of memory.
    pub(super) fn set_full(&self, is_full: bool) {
        self.is_full.store(is_full, Ordering::Relaxed);
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    /// Forgets addresses without a connection whose buckets are full; of more than twice as many
    /// as there may be connections, all that have none.
    fn forget_idle(&mut self, connections_max: usize) {
        if self.by_address.len() < self.look_at.max(LOOK_AT_MIN) {
            return;
        }
        let now = Instant::now();
        self.by_address
            .retain(|_, known| known.connections > 0 || !known.bucket.is_full(now));
        if self.by_address.len() > connections_max.saturating_mul(2) {
            self.by_address.retain(|_, known| known.connections > 0);
        }
        self.look_at = self.by_address.len().saturating_mul(2);
    }
}

/// A connection's place; free when it is dropped.
pub(super) struct Place {
    admittance: Arc<Admittance>,
    address: Option<IpAddr>,
    bucket: Option<Arc<Bucket>>,
    principal: Option<Principal>,
}

impl Place {
    /// The bucket that it shares with all connections from its address.
    pub(super) fn bucket(&self) -> Option<Arc<Bucket>> {
        self.bucket.clone()
    }

    /// Counts the connection as one of a principal, from now to its end. Who gave no credentials
    /// is nobody, and a connection counts once in however many namespaces it is.
    ///
    /// # Errors
    /// With the limit that is reached.
    pub(super) fn enter_as(&mut self, principal: Principal) -> Result<(), Refusal> {
        if principal == Principal::Anonymous || self.principal == Some(principal) {
            return Ok(());
        }
        let mut counts = self.admittance.lock();
        let count = counts.by_principal.entry(principal).or_default();
        let limit = self.admittance.per_principal;
        if limit > 0 && *count >= limit {
            return Err(Refusal::Principal);
        }
        *count += 1;
        self.principal = Some(principal);
        Ok(())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.admittance.lock();
        counts.connections = counts.connections.saturating_sub(1);
        if let Some(known) = self
            .address
            .and_then(|address| counts.by_address.get_mut(&address))
        {
            known.connections = known.connections.saturating_sub(1);
        }
        if let Some(count) = self
            .principal
            .and_then(|principal| counts.by_principal.get_mut(&principal))
        {
            *count = count.saturating_sub(1);
        }
    }
}

/// As what an address counts: of IPv6 a household gets at least 64 bits to choose from
/// (RFC 6177), so these are one.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
    }
}

/// Where a request comes from: the peer itself, or, where that is one of our proxies, the last
/// address in `X-Forwarded-For` that is none. What stands before it anybody can write.
pub(super) fn client_address(peer: IpAddr, headers: &HeaderMap, proxies: &[IpAddr]) -> IpAddr {
    let mut client = peer;
    if !proxies.contains(&client) {
        return client;
    }
    let lines: Vec<_> = headers.get_all(FORWARDED_FOR).iter().collect();
    for line in lines.into_iter().rev() {
        let Ok(line) = line.to_str() else {
            return client;
        };
        for hop in line.rsplit(',') {
            let Some(address) = hop_address(hop.trim()) else {
                return client;
            };
            client = address;
            if !proxies.contains(&client) {
                return client;
            }
        }
    }
    client
}

/// `192.0.2.1`, `192.0.2.1:443`, `2001:db8::1` or `[2001:db8::1]:443`.
fn hop_address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    let address = bare.unwrap_or(text).parse::<IpAddr>().ok();
    let with_port = || text.parse::<std::net::SocketAddr>().ok().map(|it| it.ip());
    Some(address.or_else(with_port)?.to_canonical())
}

#[cfg(test)]
mod tests;
