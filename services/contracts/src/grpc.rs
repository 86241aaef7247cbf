//! Clients and servers of the internal gRPC, generated from `proto/`: a module a package, `cart` for `warung.cart.v1`.

include!(concat!(env!("OUT_DIR"), "/grpc.rs"));
