//! Every name, folder and address of the node, once (the files in `testbed/node/` repeat them).

use std::net::Ipv4Addr;

/// Name of the node, its network namespace and its cgroup.
pub const NAME: &str = "warung-testbed";
/// What the node keeps while it is up.
pub const STATE: &str = "/var/lib/warung-testbed";
/// Sockets and pids.
pub const RUN: &str = "/run/warung-testbed";
/// The machine's end of the cable to the node.
pub const HOST_LINK: &str = "warung-host";
/// The machine's address on that cable.
pub const HOST_ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 223, 0, 1);
/// The node's address: its API server and NodePorts answer here.
pub const NODE_ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 223, 0, 2);
/// Addresses of pods; reachable from the machine.
pub const PODS: &str = "10.224.0.0/16";
/// Addresses of Services; reachable from the machine.
pub const SERVICES: &str = "10.225.0.0/16";
/// containerd's socket.
pub const CONTAINERD: &str = "/run/warung-testbed/containerd.sock";
/// Process id of the node's outermost process.
pub(super) const PID_FILE: &str = "/run/warung-testbed/pid";
/// Folders that programs insist on; the node mounts its own there. Those that the machine lacks are made, and
/// removed by `down`.
pub(super) const MOUNT_POINTS: [&str; 2] = ["/var/lib/cni", "/var/lib/kubelet"];
/// Which of them were made.
pub(super) const MADE_FILE: &str = "/var/lib/warung-testbed/made-folders";
