# syntax=docker/dockerfile:1
# The release image from source. The testbed builds the very same final stage from binaries built on the machine.
FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
RUN sh testbed/image/build \
    && sh testbed/image/rootfs "target/$(uname -m)-unknown-linux-gnu/release" /rootfs

FROM scratch
LABEL org.opencontainers.image.source="https://github.com/warung-dev/warung"
LABEL org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /rootfs/ /
ENV PATH=/
USER 65532:65532
