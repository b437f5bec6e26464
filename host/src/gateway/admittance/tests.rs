//! Places within the limits, counted exactly, and whom proxies speak for.

use super::*;

fn limits(connections: usize, per_address: usize, per_principal: usize) -> Limits {
    Limits {
        connections,
        connections_per_address: per_address,
        connections_per_principal: per_principal,
        ..Limits::default()
    }
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[test]
fn each_limit_refuses_by_its_name_and_places_become_free() {
    let admittance = Admittance::new(&limits(3, 2, 1));
    let [a, b] = [Some(ip("192.0.2.1")), Some(ip("192.0.2.2"))];
    let mut first = admittance.enter(a).unwrap();
    let second = admittance.enter(a).unwrap();
    assert_eq!(admittance.enter(a).err(), Some(Refusal::Address));
    let mut third = admittance.enter(b).unwrap();
    assert_eq!(admittance.enter(None).err(), Some(Refusal::Connections));
    assert_eq!(admittance.count(), 3);

    assert_eq!(first.enter_as(Principal::ApiKey), Ok(()));
    assert_eq!(first.enter_as(Principal::ApiKey), Ok(()));
    assert_eq!(first.enter_as(Principal::Anonymous), Ok(()));
    assert_eq!(third.enter_as(Principal::Anonymous), Ok(()));
    assert_eq!(third.enter_as(Principal::ApiKey), Err(Refusal::Principal));
    drop(first);
    assert_eq!(third.enter_as(Principal::ApiKey), Ok(()));
    let fourth = admittance.enter(a).unwrap();
    drop((second, third, fourth));
    assert_eq!(admittance.count(), 0);

    admittance.set_full(true);
    let refused = admittance.enter(b).err().unwrap().rejection();
    assert_eq!(refused.limit, Some("connections_memory_bytes"));
    assert_eq!(refused.code, Code::Busy);
    admittance.set_full(false);
    assert!(admittance.enter(b).is_ok());
}

#[test]
fn nothing_is_left_after_a_storm() {
    let admittance = Admittance::new(&limits(64, 8, 4));
    std::thread::scope(|scope| {
        for number in 0..8_u8 {
            let admittance = &admittance;
            scope.spawn(move || {
                let mut held = Vec::new();
                for round in 0..2_000_u32 {
                    let address = ip(&format!("198.51.100.{}", (u32::from(number) + round) % 12));
                    if let Ok(mut place) = admittance.enter(Some(address)) {
                        let _ = place.enter_as(Principal::ApiKey);
                        held.push(place);
                    }
                    if held.len() > 5 {
                        held.remove(0);
                    }
                    assert!(admittance.count() <= 64);
                }
            });
        }
    });
    let counts = admittance.lock();
    assert_eq!(counts.connections, 0);
    assert!(
        counts
            .by_address
            .values()
            .all(|known| known.connections == 0)
    );
    assert!(counts.by_principal.values().all(|count| *count == 0));
}

#[test]
fn known_addresses_are_bounded_and_buckets_outlive_connections() {
    let admittance = Admittance::new(&limits(10, 0, 0));
    let limit = fs7_contract::extension::RateLimit {
        events: 1,
        per_ms: 60_000,
    };
    for number in 0..1_000_u32 {
        let place = admittance
            .enter(Some(IpAddr::from(number.to_be_bytes())))
            .unwrap();
        // Its bucket is not full: it would be kept.
        let bucket = place.bucket().unwrap();
        bucket.take(limit, Instant::now()).unwrap();
    }
    let known = admittance.lock().by_address.len();
    assert!(known <= LOOK_AT_MIN, "{known}");

    let address = Some(ip("203.0.113.9"));
    let first = admittance.enter(address).unwrap();
    first.bucket().unwrap().take(limit, Instant::now()).unwrap();
    drop(first);
    let again = admittance.enter(address).unwrap();
    assert!(again.bucket().unwrap().take(limit, Instant::now()).is_err());
}

#[test]
fn households_of_ipv6_count_as_one() {
    for (one, other, is_same) in [
        ("2001:db8::1", "2001:db8::ffff:1", true),
        ("2001:db8::1", "2001:db8:0:1::1", false),
        ("192.0.2.1", "192.0.2.2", false),
        ("::ffff:192.0.2.1", "192.0.2.1", true),
    ] {
        assert_eq!(
            network(ip(one)) == network(ip(other)),
            is_same,
            "{one} {other}"
        );
    }
}

#[test]
fn only_proxies_that_are_ours_are_believed() {
    let proxies = [ip("10.0.0.1"), ip("10.0.0.2")];
    for (peer, lines, expected) in [
        ("192.0.2.1", &["198.51.100.1"][..], "192.0.2.1"),
        ("10.0.0.1", &[], "10.0.0.1"),
        ("10.0.0.1", &["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", &["198.51.100.1:4711"], "198.51.100.1"),
        ("10.0.0.1", &["[2001:db8::1]:4711"], "2001:db8::1"),
        ("10.0.0.1", &["[2001:db8::1]"], "2001:db8::1"),
        (
            "10.0.0.1",
            &["203.0.113.5, 198.51.100.1, 10.0.0.2"],
            "198.51.100.1",
        ),
        (
            "10.0.0.1",
            &["203.0.113.5", "198.51.100.1", "10.0.0.2"],
            "198.51.100.1",
        ),
        ("10.0.0.1", &["198.51.100.1, nonsense"], "10.0.0.1"),
        ("10.0.0.1", &["198.51.100.1, unknown, 10.0.0.2"], "10.0.0.2"),
        ("10.0.0.1", &["10.0.0.2"], "10.0.0.2"),
        ("10.0.0.1", &[""], "10.0.0.1"),
    ] {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, line.parse().unwrap());
        }
        let found = client_address(ip(peer), &headers, &proxies);
        assert_eq!(found, ip(expected), "{peer} {lines:?}");
    }
}
