//! The doorkeeper: whom a connection may come from, whatever it will speak. Pages of known
//! origins, holders of the key where one is needed, nobody once the server stops; and as many as
//! there are places ([`Admittance`]).

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::HeaderMap;
use subtle::ConstantTimeEq;

use crate::config::settings::{ApiKey, Settings};
use crate::event::Principal;
use crate::fact::{Fact, Facts};
use crate::outcome::{Code, Rejection};

use super::admittance::{Admittance, Place, Refusal};
use super::cors::Origins;

/// The one doorkeeper of a server.
pub(super) struct Doorkeeper {
    pub(super) admittance: Arc<Admittance>,
    origins: Origins,
    is_draining: AtomicBool,
    api_key: ApiKey,
    needs_key: bool,
    facts: Facts,
}

/// Why a key does not let its holder in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyError {
    /// It is not the server's.
    Wrong,
    /// There is none, and the setting `sockets.require_key` asks for one.
    Missing,
}

impl Doorkeeper {
    /// A doorkeeper who lets in as many as the limits say.
    pub(super) fn new(settings: &Settings, origins: Origins, facts: Facts) -> Arc<Self> {
        Arc::new(Self {
            admittance: Admittance::new(&settings.limits),
            origins,
            is_draining: AtomicBool::new(false),
            api_key: settings.api_key.clone(),
            needs_key: settings.sockets.require_key,
            facts,
        })
    }

    /// Whether the page that a handshake comes from may connect.
    ///
    /// # Errors
    /// With the refusal for a page of a foreign origin.
    pub(super) fn check_origin(&self, headers: &HeaderMap) -> Result<(), Rejection> {
        if self.origins.allows(headers) {
            return Ok(());
        }
        self.refused("origin");
        let words = "pages of this origin may not connect (setting `http.cors_origins`)";
        Err(Rejection::new(Code::Forbidden, words))
    }

    /// A place for one more connection from this address, until it is dropped.
    ///
    /// # Errors
    /// With the refusal when the server stops or a limit is reached.
    pub(super) fn enter(&self, address: Option<IpAddr>) -> Result<Place, Rejection> {
        if self.is_draining() {
            self.refused("draining");
            let words = "the server is stopping; connect again in a moment";
            return Err(Rejection::new(Code::Busy, words));
        }
        let place = self.admittance.enter(address);
        place.map_err(|refusal| self.full(refusal).rejection())
    }

    /// Writes down that a limit of connections keeps somebody out.
    pub(super) fn full(&self, refusal: Refusal) -> Refusal {
        self.refused(refusal.code());
        refusal
    }

    /// Who a client is by the key that it gives.
    ///
    /// # Errors
    /// When the key is wrong, or missing where one is needed.
    pub(super) fn principal(&self, given: Option<&str>) -> Result<Principal, KeyError> {
        let expected = self.api_key.expose().as_bytes();
        match given {
            Some(key) if bool::from(key.as_bytes().ct_eq(expected)) => Ok(Principal::ApiKey),
            Some(_) => Err(KeyError::Wrong),
            None if self.needs_key => Err(KeyError::Missing),
            None => Ok(Principal::Anonymous),
        }
    }

    /// Lets nobody in from now on.
    pub(super) fn begin_drain(&self) {
        self.is_draining.store(true, Ordering::SeqCst);
    }

    pub(super) fn is_draining(&self) -> bool {
        self.is_draining.load(Ordering::SeqCst)
    }

    fn refused(&self, code: &'static str) {
        self.facts.record(Fact::ConnectionRefused { code });
    }
}
