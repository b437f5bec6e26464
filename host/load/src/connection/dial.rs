//! TCP connections to one address. Of many, later ones leave from other loopback addresses: a pair
//! of addresses has some 28,000 ports, and a port that was used rests for a minute.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::net::{TcpSocket, TcpStream, lookup_host};

use super::error::OpenError;
use crate::error::LoadError;
use crate::progress::Counts;
use crate::target::Target;

/// Connections from one loopback address.
const PER_ADDRESS: u64 = 20_000;
/// Loopback addresses that are used.
const ADDRESSES: u64 = 200;

/// Opens connections to one server.
pub(crate) struct Dialer {
    /// Where.
    pub(crate) address: SocketAddr,
    /// What the header `Host` says.
    pub(crate) authority: String,
    /// The path of the URL.
    pub(crate) path: String,
    /// The counts of the run.
    pub(crate) counts: Arc<Counts>,
    dialled: AtomicU64,
}

impl Dialer {
    /// Finds the address.
    ///
    /// # Errors
    /// When the name leads to none.
    pub(crate) async fn new(target: &Target, counts: &Arc<Counts>) -> Result<Self, LoadError> {
        let host = target.authority();
        let found = match lookup_host(&host).await {
            Ok(mut addresses) => addresses.next().ok_or(io::ErrorKind::NotFound.into()),
            Err(error) => Err(error),
        };
        Ok(Self {
            address: found.map_err(|source| LoadError::Resolve {
                host: host.clone(),
                source,
            })?,
            authority: host,
            path: target.path().to_owned(),
            counts: counts.clone(),
            dialled: AtomicU64::new(0),
        })
    }

    /// Opens one.
    ///
    /// # Errors
    /// When nobody accepts it.
    pub(crate) async fn dial(&self) -> Result<TcpStream, OpenError> {
        let number = self.dialled.fetch_add(1, Ordering::Relaxed);
        self.dial_from(source(self.address.ip(), number))
            .await
            .map_err(OpenError::Dial)
    }

    async fn dial_from(&self, source: Option<IpAddr>) -> io::Result<TcpStream> {
        let socket = if self.address.is_ipv4() {
            TcpSocket::new_v4()?
        } else {
            TcpSocket::new_v6()?
        };
        if let Some(source) = source {
            socket.bind(SocketAddr::new(source, 0))?;
        }
        let stream = socket.connect(self.address).await?;
        // Packets are small, and how long each takes is what is measured.
        stream.set_nodelay(true)?;
        Ok(stream)
    }
}

/// From where the connection with this number leaves; nothing where the system is to choose.
fn source(target: IpAddr, number: u64) -> Option<IpAddr> {
    let step = (number / PER_ADDRESS) % ADDRESSES;
    match target {
        IpAddr::V4(ip) if ip.is_loopback() && step > 0 => {
            let last = u8::try_from(step).ok()?.checked_add(1)?;
            Some(Ipv4Addr::new(127, 0, 0, last).into())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_connections_leave_from_several_addresses() {
        let loopback: IpAddr = [127, 0, 0, 1].into();
        let other: IpAddr = [10, 0, 0, 1].into();
        for (target, number, expected) in [
            (loopback, 0, None),
            (loopback, PER_ADDRESS - 1, None),
            (loopback, PER_ADDRESS, Some([127, 0, 0, 2])),
            (loopback, 3 * PER_ADDRESS, Some([127, 0, 0, 4])),
            (loopback, ADDRESSES * PER_ADDRESS, None),
            (other, 3 * PER_ADDRESS, None),
        ] {
            let expected = expected.map(IpAddr::from);
            assert_eq!(source(target, number), expected, "{target} {number}");
        }
    }
}
