# syntax=docker/dockerfile:1
#
# One file, one target per program:
#
#   docker build --target api           -t journey-api:0.2.0 .
#   docker build --target log-collector -t journey-log-collector:0.2.0 .
#   docker build --target cleanup-job   -t journey-cleanup-job:0.2.0 .
#
# The results hold the Node binary, the libraries it links, and one bundle: no shell, no package manager, no npm.
# All three share every layer but the last, so a node downloads Node once.
#
# Where the public images can't be reached, every outside part can be swapped without editing this file:
#   --build-arg NODE_IMAGE=…           an image with Node at /usr/local/bin/node (a mirror, say)
#   --build-arg BASE_IMAGE=…           where the libraries come from; any Debian with a shell
#   --build-context node=<folder>      Node at <folder>/usr/local/bin/node, instead of NODE_IMAGE
#   --build-context bundle=<folder>    what `npm run build` wrote, instead of running it here
ARG NODE_IMAGE=docker.io/library/node:26.10.0-slim
ARG BASE_IMAGE=${NODE_IMAGE}

# ---- Where the Node binary comes from ---------------------------------------------------------------------------
FROM ${NODE_IMAGE} AS node

# ---- The programs as one file each ------------------------------------------------------------------------------
FROM ${NODE_IMAGE} AS bundle-build
WORKDIR /src
# First what changes rarely: the dependencies stay cached while the code changes.
COPY package.json package-lock.json ./
# esbuild's binary comes as a package; no script of any dependency has to run.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json ./
COPY scripts scripts
COPY src src
RUN node --input-type=module --eval \
    "import { bundlePrograms } from './scripts/bundle-programs.mjs'; await bundlePrograms('/src/dist')"

# Only the result, with the bundles at the top: the same shape as a `--build-context bundle=dist`.
FROM scratch AS bundle
COPY --from=bundle-build /src/dist /

# ---- Node and what it needs to run, as a file system of its own -------------------------------------------------
FROM ${BASE_IMAGE} AS runtime
COPY --from=node /usr/local/bin/node /rootfs/usr/local/bin/node
# Symbols are a quarter of the binary; where binutils is at hand they go.
RUN set -eu; cd /rootfs; \
    if command -v strip >/dev/null; then strip usr/local/bin/node; fi; \
    # The closure of libraries, at the paths the loader looks for them. ldd prints "name => path (address)".
    ldd usr/local/bin/node | grep -oE '/[^ ]+\.so[^ ]*' | sort -u | while read -r library; do \
      mkdir -p ".$(dirname "$library")"; cp -L "$library" ".$library"; \
    done; \
    # Certificates for those who point NODE_EXTRA_CA_CERTS or --use-openssl-ca here; Node has its own list as well.
    mkdir -p etc/ssl/certs; \
    if [ -f /etc/ssl/certs/ca-certificates.crt ]; then cp /etc/ssl/certs/ca-certificates.crt etc/ssl/certs/; fi; \
    echo 'journey:x:10001:10001:CloudNative Journey:/:/sbin/nologin' > etc/passwd; \
    echo 'journey:x:10001:' > etc/group; \
    # Without it glibc asks DNS before /etc/hosts, and localhost with it.
    echo 'hosts: files dns' > etc/nsswitch.conf; \
    mkdir -m 1777 tmp; \
    # WORKDIR makes it in a layer that some builders cache without it; made here it is the same in every build.
    mkdir app; \
    # Proves the closure: this fails if a library is missing.
    chroot /rootfs /usr/local/bin/node --version

# ---- What all programs share ------------------------------------------------------------------------------------
FROM scratch AS program
COPY --from=runtime /rootfs /
# No NODE_OPTIONS=--enable-source-maps: it costs the API 57 MB of memory and a third of its start. The maps are in the
# image; set the variable on a Pod whose stack traces you need in TypeScript lines.
ENV NODE_ENV=production
WORKDIR /app
# Numeric, so that the kubelet can prove runAsNonRoot without reading /etc/passwd.
USER 10001:10001
ARG VERSION=0.2.0
ARG REVISION=unknown
LABEL org.opencontainers.image.licenses=MIT \
      org.opencontainers.image.vendor="CloudNative Journey" \
      org.opencontainers.image.version=${VERSION} \
      org.opencontainers.image.revision=${REVISION}

# ---- The programs -----------------------------------------------------------------------------------------------
# ENTRYPOINT in exec form: Node is process 1 and gets SIGTERM itself.
FROM program AS api
LABEL org.opencontainers.image.title=journey-api \
      org.opencontainers.image.description="The API of CloudNative Journey"
COPY --from=bundle /api /app
EXPOSE 8080
ENTRYPOINT ["/usr/local/bin/node", "/app/main.js"]

FROM program AS log-collector
LABEL org.opencontainers.image.title=journey-log-collector \
      org.opencontainers.image.description="The log collector of CloudNative Journey, one per node"
COPY --from=bundle /log-collector /app
EXPOSE 9100
# One per node, so small counts. A heap of some 10 MB is collected in a millisecond by the thread that fills it. V8 has two
# compilers between its interpreter and the one that makes the hot loops fast; their code and tables are resident once they
# are used, and without them a flood costs no more. NODE_OPTIONS does not take these flags. And glibc: one arena, and what
# is freed goes back.
ENV MALLOC_ARENA_MAX=1
ENV MALLOC_MMAP_THRESHOLD_=32768
ENV MALLOC_TOP_PAD_=4096
ENV MALLOC_TRIM_THRESHOLD_=16384
ENTRYPOINT ["/usr/local/bin/node", "--single-threaded", "--no-maglev", "--no-sparkplug", "/app/main.js"]

FROM program AS cleanup-job
LABEL org.opencontainers.image.title=journey-cleanup-job \
      org.opencontainers.image.description="The clean-up job of CloudNative Journey"
COPY --from=bundle /cleanup-job /app
ENTRYPOINT ["/usr/local/bin/node", "/app/main.js"]
