//! Clients and servers of the internal gRPC, generated from `proto/`: a module a package, `cart` for `warung.cart.v1`.

include!(concat!(env!("OUT_DIR"), "/grpc.rs"));

/// The file descriptor set of all packages (for server reflection and tests).
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
