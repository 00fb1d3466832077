#!/bin/sh
# The first process of a node. It runs in the node's new network, mount and host-name namespaces, makes the machine
# look like a machine of its own, and then stays as the process that keeps the namespaces alive.
# Everything it mounts is seen by the node alone and is gone when the node's last process is.
#
#   node-init.sh CLUSTER_FOLDER NODE BINARIES_FOLDER
set -eu
cluster=$1 name=$2 binaries=$3
node=$cluster/$name

# Mounts made by the kubelet (volumes) must reach the containers, which get copies of this mount tree.
mount --make-rshared /
hostname "$name"

# A node's own /run, /var/lib and /var/log. Pods that mount /var/log/pods, and every path the parts of Kubernetes
# take for granted, then mean the node's. The machine's folders are not touched.
mount --bind "$node/run" /run
mkdir -p /run/journey/cluster /run/journey/bin /run/journey/node /run/netns /run/lock
mount --bind "$cluster" /run/journey/cluster
mount --bind "$binaries" /run/journey/bin
mount --bind "$node/etc" /run/journey/node
mount --bind "$node/var-log" /var/log
mount --bind "$node/var-lib" /var/lib

# The kubelet sets these for the whole machine (setupKernelTunables in pkg/kubelet/cm). They have no namespace, so
# it is shown files that already hold what it wants.
tunable() {
  [ -e "/proc/sys/$1" ] || return 0
  echo "$2" > "/run/journey/tunable-$(echo "$1" | tr / -)"
  mount --bind "/run/journey/tunable-$(echo "$1" | tr / -)" "/proc/sys/$1"
}
tunable vm/overcommit_memory 1
tunable vm/panic_on_oom 0
tunable kernel/panic 10
tunable kernel/panic_on_oops 1
tunable kernel/keys/root_maxkeys 1000000
tunable kernel/keys/root_maxbytes 25000000

touch /run/journey/booted
exec /run/journey/bin/pause
