//! Tries the network through WASI's own interfaces: std's sockets need a C library that not every
//! toolchain has. Only what is called is written down here.

#[allow(
    warnings,
    unsafe_code,
    clippy::all,
    reason = "generated code: the component ABI is unsafe by nature"
)]
mod bindings {
    wit_bindgen::generate!({
        inline: r"
            package example:probe;

            world probe {
                import wasi:sockets/instance-network@0.2.3;
                import wasi:sockets/tcp-create-socket@0.2.3;
                import wasi:sockets/ip-name-lookup@0.2.3;
            }

            package wasi:sockets@0.2.3 {
                interface network {
                    resource network;

                    enum error-code {
                        unknown, access-denied, not-supported, invalid-argument, out-of-memory,
                        timeout, concurrency-conflict, not-in-progress, would-block, invalid-state,
                        new-socket-limit, address-not-bindable, address-in-use, remote-unreachable,
                        connection-refused, connection-reset, connection-aborted,
                        datagram-too-large, name-unresolvable, temporary-resolver-failure,
                        permanent-resolver-failure,
                    }

                    enum ip-address-family { ipv4, ipv6 }

                    type ipv4-address = tuple<u8, u8, u8, u8>;
                    type ipv6-address = tuple<u16, u16, u16, u16, u16, u16, u16, u16>;

                    record ipv4-socket-address { port: u16, address: ipv4-address }

                    record ipv6-socket-address {
                        port: u16,
                        flow-info: u32,
                        address: ipv6-address,
                        scope-id: u32,
                    }

                    variant ip-socket-address {
                        ipv4(ipv4-socket-address),
                        ipv6(ipv6-socket-address),
                    }
                }

                interface instance-network {
                    use network.{network};
                    instance-network: func() -> network;
                }

                interface tcp {
                    use network.{network, error-code, ip-socket-address};

                    resource tcp-socket {
                        start-bind: func(
                            network: borrow<network>,
                            local-address: ip-socket-address,
                        ) -> result<_, error-code>;
                        start-connect: func(
                            network: borrow<network>,
                            remote-address: ip-socket-address,
                        ) -> result<_, error-code>;
                    }
                }

                interface tcp-create-socket {
                    use network.{error-code, ip-address-family};
                    use tcp.{tcp-socket};
                    create-tcp-socket: func(
                        address-family: ip-address-family,
                    ) -> result<tcp-socket, error-code>;
                }

                interface ip-name-lookup {
                    use network.{network, error-code};
                    resource resolve-address-stream;
                    resolve-addresses: func(
                        network: borrow<network>,
                        name: string,
                    ) -> result<resolve-address-stream, error-code>;
                }
            }
        ",
        generate_all,
    });
}

use bindings::wasi::sockets::instance_network::instance_network;
use bindings::wasi::sockets::ip_name_lookup::resolve_addresses;
use bindings::wasi::sockets::network::{
    ErrorCode, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress, Network,
};
use bindings::wasi::sockets::tcp::TcpSocket;
use bindings::wasi::sockets::tcp_create_socket::create_tcp_socket;

/// Starts a connection to port 80 of this machine.
pub(crate) fn connect() -> String {
    with_socket(|socket, network| socket.start_connect(network, loopback(80)))
}

/// Takes a port of this machine.
pub(crate) fn bind() -> String {
    with_socket(|socket, network| socket.start_bind(network, loopback(0)))
}

/// Looks a name up.
pub(crate) fn resolve() -> String {
    told(resolve_addresses(&instance_network(), "localhost").map(drop))
}

fn with_socket(attempt: impl Fn(&TcpSocket, &Network) -> Result<(), ErrorCode>) -> String {
    let network = instance_network();
    let socket = create_tcp_socket(IpAddressFamily::Ipv4);
    told(socket.and_then(|socket| attempt(&socket, &network)))
}

fn loopback(port: u16) -> IpSocketAddress {
    IpSocketAddress::Ipv4(Ipv4SocketAddress {
        port,
        address: (127, 0, 0, 1),
    })
}

fn told(attempt: Result<(), ErrorCode>) -> String {
    match attempt {
        Ok(()) => "done".to_owned(),
        Err(code) => format!("error: {}", code.name()),
    }
}
