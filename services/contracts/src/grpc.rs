//! Clients and servers of the internal gRPC, generated from `proto/`.

/// `warung.auth.v1`
pub mod auth {
    tonic::include_proto!("warung.auth.v1");
}

/// `warung.privacy.v1`
pub mod privacy {
    tonic::include_proto!("warung.privacy.v1");
}

/// `warung.product.v1`
pub mod product {
    tonic::include_proto!("warung.product.v1");
}

/// `warung.cart.v1`
pub mod cart {
    tonic::include_proto!("warung.cart.v1");
}

/// `warung.shipment.v1`
pub mod shipment {
    tonic::include_proto!("warung.shipment.v1");
}

/// The file descriptor set of all packages (for server reflection and tests).
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
