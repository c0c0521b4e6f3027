# docker/sandbox.Dockerfile     the stand-in for Google, for compose.yaml; never part of what goes into production
#   docker build -f docker/sandbox.Dockerfile -t sheetbq-sandbox .
#
# It runs real executions of the Cloud Run Job, so the job's program is in here too.
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
COPY tests tests
RUN --mount=type=cache,id=sheetbq-ccache,target=/ccache \
    cmake --preset release -DBUILD_TESTING=ON && \
    cmake --build --preset release --target sheetbq-sandbox sheetbq-job
COPY docker/collect_rootfs.sh docker/
RUN install -D --strip build/release/sheetbq-sandbox /rootfs/usr/bin/sheetbq-sandbox && \
    install -D --strip build/release/job/sheetbq-job /rootfs/usr/bin/sheetbq-job && \
    install -D --mode=644 --target-directory=/rootfs/usr/share/sheetbq tests/data/demo/*.csv && \
    install -D --mode=644 LICENSE /rootfs/usr/share/doc/sheetbq/copyright && \
    docker/collect_rootfs.sh /rootfs /rootfs/usr/bin/sheetbq-sandbox /rootfs/usr/bin/sheetbq-job

FROM ${BASE}
COPY --from=build /rootfs/ /
ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
USER 65532:65532
EXPOSE 8085
ENTRYPOINT ["/usr/bin/sheetbq-sandbox"]
