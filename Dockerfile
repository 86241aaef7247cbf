# syntax=docker/dockerfile:1
# The release image from source. The testbed builds the very same final stage from binaries built on the machine.
FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
# Static binaries: the final stage has no C library.
RUN target="$(uname -m)-unknown-linux-gnu" \
    && RUSTFLAGS="-C target-feature=+crt-static" \
        cargo build --release --locked --target "$target" --bin warung --bin warung-operator \
    && sh testbed/image/rootfs "target/$target/release" /rootfs

FROM scratch
LABEL org.opencontainers.image.source="https://github.com/warung-dev/warung"
LABEL org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /rootfs/ /
ENV PATH=/
USER 65532:65532
