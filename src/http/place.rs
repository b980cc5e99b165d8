//! Where a request comes from: the other end of the connection, or what a trusted proxy says of it.
//!
//! Only `X-Forwarded-For` is read, and only from configured proxies: a proxy that sets one header passes the other on as
//! a client wrote it, so believing both would be believing strangers.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use actix_web::http::header::HeaderMap;
use ipnet::IpNet;

/// Entries of `X-Forwarded-For` that are looked at, from the right; more proxies than that stand before nobody.
const HOPS_MAX: usize = 32;

/// The address of the client: from the connection inward, the first that is no trusted proxy. What stands left of it was
/// written by whoever that is, and is not believed.
pub(super) fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: &IpAddr| trusted.iter().any(|net| net.contains(address));
    let mut known = peer.to_canonical();
    if !is_trusted(&known) {
        return known;
    }
    let lines: Vec<&str> = headers.get_all("x-forwarded-for").filter_map(|value| value.to_str().ok()).collect();
    let hops = lines.iter().rev().flat_map(|line| line.rsplit(','));
    for hop in hops.take(HOPS_MAX) {
        // A proxy that says something unreadable is the last that is known.
        let Some(address) = address(hop.trim()) else { break };
        known = address;
        if !is_trusted(&known) {
            break;
        }
    }
    known
}

/// An address as proxies write it: bare, with a port, or in brackets.
fn address(text: &str) -> Option<IpAddr> {
    let bare = || text.parse::<IpAddr>().ok();
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    let in_brackets = || text.strip_prefix('[')?.strip_suffix(']')?.parse::<Ipv6Addr>().ok().map(IpAddr::V6);
    bare().or_else(with_port).or_else(in_brackets).map(|address| address.to_canonical())
}

/// The place by which failed sign-ins are counted: an IPv4 address, or the /64 of an IPv6 address, of which one
/// connection commonly has all.
pub(super) fn place(client: IpAddr) -> String {
    match client.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::{HeaderName, HeaderValue};

    fn asked(peer: &str, forwarded: &[&str]) -> String {
        let trusted: Vec<IpNet> =
            ["127.0.0.1/32", "10.0.0.0/8", "fd00::/8"].iter().map(|net| net.parse().unwrap()).collect();
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append(HeaderName::from_static("x-forwarded-for"), HeaderValue::from_str(line).unwrap());
        }
        client(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn strangers_are_not_believed() {
        assert_eq!(asked("203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
        assert_eq!(asked("203.0.113.9", &[]), "203.0.113.9");
    }

    #[test]
    fn a_proxy_is_believed_as_far_as_it_saw() {
        assert_eq!(asked("127.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(asked("127.0.0.1", &["1.1.1.1, 198.51.100.1"]), "198.51.100.1", "what the client wrote itself");
        assert_eq!(asked("127.0.0.1", &["198.51.100.1, 10.2.3.4"]), "198.51.100.1", "two proxies");
        assert_eq!(asked("127.0.0.1", &["198.51.100.1", "10.2.3.4"]), "198.51.100.1", "in two lines");
        assert_eq!(asked("127.0.0.1", &["10.9.9.9"]), "10.9.9.9", "a client inside");
        assert_eq!(asked("127.0.0.1", &[]), "127.0.0.1");
        assert_eq!(asked("127.0.0.1", &["unknown"]), "127.0.0.1");
        assert_eq!(asked("127.0.0.1", &["198.51.100.1, garbage, 10.2.3.4"]), "10.2.3.4");
        assert_eq!(asked("::ffff:127.0.0.1", &["198.51.100.1:4711"]), "198.51.100.1");
        assert_eq!(asked("fd00::1", &["[2001:db8::7]"]), "2001:db8::7");
        assert_eq!(asked("fd00::1", &["[2001:db8::7]:443"]), "2001:db8::7");
    }

    #[test]
    fn one_connection_is_one_place() {
        assert_eq!(place("2001:db8:1:2:3:4:5:6".parse().unwrap()), place("2001:db8:1:2::9".parse().unwrap()));
        assert_ne!(place("2001:db8:1:2::9".parse().unwrap()), place("2001:db8:1:3::9".parse().unwrap()));
        assert_eq!(place("::ffff:192.0.2.1".parse().unwrap()), "192.0.2.1");
    }
}
