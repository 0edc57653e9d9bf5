/*
 * resolver_child: the child's side: getaddrinfo, and with it /etc/hosts, mDNS
 * and whatever else nsswitch.conf(5) names. Each lookup has a thread, because
 * one may take many seconds.
 */
#ifndef COMMON_RESOLVER_RESOLVER_CHILD_H
#define COMMON_RESOLVER_RESOLVER_CHILD_H

enum { RESOLVER_LOOKUPS_MAX = 8 };

/* Answer what comes over fd, one end of a SOCK_SEQPACKET pair, until the other
 * end closes; then end the process. Enters its own sandbox. */
void resolver_child_main(int fd) __attribute__((noreturn));

#endif
