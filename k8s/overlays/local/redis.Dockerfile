# The stand-in for docker.io/library/redis on clusters without the internet: Debian's redis-server and what our
# manifests use of the official image, that is redis-server, redis-cli, redis-check-aof and a POSIX shell with coreutils.
# Swapped in by a kustomize image override (kustomization.yaml beside this file), never by editing manifests.
ARG BASE_IMAGE
FROM ${BASE_IMAGE} AS rootfs
RUN set -eu; mkdir -p /rootfs; cd /rootfs; \
    mkdir -p bin usr/bin etc data; mkdir -m 1777 tmp; \
    take() { mkdir -p ".$(dirname "$1")"; cp -L "$1" ".$1"; \
      { ldd "$1" || true; } | grep -oE '/[^ ]+\.so[^ ]*' | sort -u | while read -r library; do \
        mkdir -p ".$(dirname "$library")"; [ -e ".$library" ] || cp -L "$library" ".$library"; \
      done; }; \
    for name in redis-server redis-cli; do take /usr/bin/$name; done; \
    # One program under three names, as in the official image.
    ln -s redis-server usr/bin/redis-check-aof; ln -s redis-server usr/bin/redis-check-rdb; \
    for name in sh cat chmod cp date df ls mkdir mv rm sleep stat; do take "/bin/$name"; done; \
    for name in base64 cut env grep head id od sha256sum sort tail timeout tr wc; do \
      take "$(command -v $name)"; \
    done; \
    printf 'root:x:0:0:root:/:/bin/sh\nredis:x:999:999:Redis:/data:/usr/sbin/nologin\n' > etc/passwd; \
    printf 'root:x:0:\nredis:x:999:\n' > etc/group; \
    echo 'hosts: files dns' > etc/nsswitch.conf; chown 999:999 data; \
    chroot /rootfs /usr/bin/redis-server --version; chroot /rootfs /usr/bin/redis-cli --version

FROM scratch
COPY --from=rootfs /rootfs /
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
WORKDIR /data
USER 999:999
EXPOSE 6379
LABEL org.opencontainers.image.title=journey-redis \
      org.opencontainers.image.description="Debian's redis-server, standing in for the official image"
# No entry point: the StatefulSet names the program itself.
CMD ["redis-server"]
