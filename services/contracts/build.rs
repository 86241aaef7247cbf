//! Compiles the protobuf of the internal gRPC without protoc.

fn main() {
    println!("cargo::rerun-if-changed=manifests");
    #[cfg(feature = "grpc")]
    grpc();
}

#[cfg(feature = "grpc")]
fn grpc() {
    use prost::Message as _;

    println!("cargo::rerun-if-changed=proto");
    let files = [
        "proto/warung/auth/v1/links.proto",
        "proto/warung/cart/v1/carts.proto",
        "proto/warung/privacy/v1/personal_data.proto",
        "proto/warung/product/v1/catalog.proto",
        "proto/warung/shipment/v1/rates.proto",
    ];
    let descriptors = protox::compile(files, ["proto"]).unwrap_or_else(|error| panic!("{error:?}"));
    let out = std::path::PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default());
    std::fs::write(out.join("descriptors.bin"), descriptors.encode_to_vec())
        .unwrap_or_else(|error| panic!("descriptors.bin can't be written: {error}"));
    tonic_prost_build::configure()
        .compile_fds(descriptors)
        .unwrap_or_else(|error| panic!("the protobuf files don't compile: {error}"));
}
