# docker/job.Dockerfile     sheetbq-job without a shell, without a package manager, not as root
#   docker build -f docker/job.Dockerfile -t sheetbq-job .
#
# BASE has certificates, time zones and a user, and no library: collect_rootfs.sh brings what the program loads. For
# production give both bases by digest: --build-arg BASE=gcr.io/distroless/static-debian12:nonroot@sha256:...
ARG BUILDER=debian:bookworm-slim
ARG BASE=gcr.io/distroless/static-debian12:nonroot

FROM ${BUILDER} AS build
WORKDIR /src
COPY .ci/install .ci/packages .ci/
ENV CCACHE_DIR=/ccache CCACHE_SLOPPINESS=pch_defines,time_macros
RUN .ci/install build
COPY CMakeLists.txt CMakePresets.json CHANGELOG.md LICENSE ./
COPY cmake cmake
COPY libsheetbq libsheetbq
COPY job job
COPY orchestrator orchestrator
COPY helper helper
# The same in every Dockerfile up to here, so that engines with a layer cache build the library once.
RUN --mount=type=cache,id=sheetbq-ccache,target=/ccache \
    cmake --preset release && cmake --build --preset release --target sheetbq sheetbq_postgres
RUN --mount=type=cache,id=sheetbq-ccache,target=/ccache \
    cmake --build --preset release --target sheetbq-job
COPY docker/collect_rootfs.sh docker/
RUN install -D --strip build/release/job/sheetbq-job /rootfs/usr/bin/sheetbq-job && \
    install -D --mode=644 LICENSE /rootfs/usr/share/doc/sheetbq/copyright && \
    docker/collect_rootfs.sh /rootfs /rootfs/usr/bin/sheetbq-job

FROM ${BASE}
COPY --from=build /rootfs/ /
ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
ARG REVISION=unknown
LABEL org.opencontainers.image.title="sheetbq-job" \
      org.opencontainers.image.description="Copies one tab of a Google Sheet into one BigQuery table" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.revision="${REVISION}"
USER 65532:65532
ENTRYPOINT ["/usr/bin/sheetbq-job"]
