/** What the names of Services end in. */
export const CLUSTER_DOMAIN = "cluster.local";

/**
 * At which each node answers the names of the cluster to its own pods (images/node, node-dns.service): of the link-local
 * block, which no router passes on (RFC 3927, section 7), and the one that Kubernetes' NodeLocal DNSCache has.
 */
export const NODE_NAME_SERVER = "169.254.20.10";
