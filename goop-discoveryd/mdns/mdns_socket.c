#include "goop-discoveryd/mdns/mdns_socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "common/base/counter.h"

COUNTER(mdns_packets_too_large, "mDNS packets over the size limit");
COUNTER(
    mdns_packets_misdirected, "mDNS packets that came by another interface");

#define MDNS_GROUP_4 0xe00000fbu /* 224.0.0.251 */
static const struct in6_addr mdns_group_6 = { { { 0xff, 0x02, [15] = 0xfb } } };

enum { MDNS_HOPS = 255 }; /* RFC 6762 section 11 */

static int
set_int(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) == -1
		   ? -errno
		   : 0;
}

static socklen_t
mdns_group(
    sa_family_t family, unsigned int interface, struct sockaddr_storage *ret)
{
	struct sockaddr_in *in = (struct sockaddr_in *)ret;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ret;

	memset(ret, 0, sizeof(*ret));
	ret->ss_family = family;
	if (family == AF_INET) {
		in->sin_port = htons(MDNS_PORT);
		in->sin_addr.s_addr = htonl(MDNS_GROUP_4);
		return sizeof(*in);
	}
	in6->sin6_port = htons(MDNS_PORT);
	in6->sin6_addr = mdns_group_6;
	in6->sin6_scope_id = interface;
	return sizeof(*in6);
}

/* Only packets of the interface joined here, not of those that other programs
 * on this machine joined (IP_MULTICAST_ALL). */
static int
mdns_socket_join_4(int fd, unsigned int interface)
{
	struct ip_mreqn group = {
		.imr_multiaddr.s_addr = htonl(MDNS_GROUP_4),
		.imr_ifindex = (int)interface,
	};
	int rc;

	if ((rc = set_int(fd, IPPROTO_IP, IP_MULTICAST_ALL, 0)) < 0 ||
	    (rc = set_int(fd, IPPROTO_IP, IP_MULTICAST_TTL, MDNS_HOPS)) < 0 ||
	    (rc = set_int(fd, IPPROTO_IP, IP_MULTICAST_LOOP, 1)) < 0 ||
	    (rc = set_int(fd, IPPROTO_IP, IP_PKTINFO, 1)) < 0)
		return rc;
	if (setsockopt(
		fd, IPPROTO_IP, IP_MULTICAST_IF, &group, sizeof(group)) == -1 ||
	    setsockopt(
		fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof(group)) == -1)
		return -errno;
	return 0;
}

static int
mdns_socket_join_6(int fd, unsigned int interface)
{
	struct ipv6_mreq group = { mdns_group_6, interface };
	int rc;

	if ((rc = set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1)) < 0 ||
	    (rc = set_int(fd, IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0)) < 0 ||
	    (rc = set_int(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, MDNS_HOPS)) <
		0 ||
	    (rc = set_int(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 1)) < 0 ||
	    (rc = set_int(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1)) < 0 ||
	    (rc = set_int(
		 fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, (int)interface)) < 0)
		return rc;
	if (setsockopt(fd, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, &group,
		sizeof(group)) == -1)
		return -errno;
	return 0;
}

int
mdns_socket_open(sa_family_t family, unsigned int interface)
{
	struct sockaddr_storage group;
	socklen_t len = mdns_group(family, interface, &group);
	int fd, rc;

	fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return -errno;
	/* Both: go peers set the first, Avahi the second too. */
	if ((rc = set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1)) < 0 ||
	    (rc = set_int(fd, SOL_SOCKET, SO_REUSEPORT, 1)) < 0)
		goto fail;
	rc = family == AF_INET ? mdns_socket_join_4(fd, interface)
			       : mdns_socket_join_6(fd, interface);
	if (rc < 0)
		goto fail;
	if (bind(fd, (struct sockaddr *)&group, len) == -1) {
		rc = -errno;
		goto fail;
	}
	return fd;

fail:
	close(fd);
	return rc;
}

/* The interface by which a packet came; 0 if the kernel does not say. */
static unsigned int
mdns_interface_of(struct msghdr *message)
{
	struct cmsghdr *cmsg;
	struct in_pktinfo info;
	struct in6_pktinfo info6;

	for (cmsg = CMSG_FIRSTHDR(message); cmsg != NULL;
	     cmsg = CMSG_NXTHDR(message, cmsg)) {
		if (cmsg->cmsg_level == IPPROTO_IP &&
		    cmsg->cmsg_type == IP_PKTINFO) {
			memcpy(&info, CMSG_DATA(cmsg), sizeof(info));
			return (unsigned int)info.ipi_ifindex;
		}
		if (cmsg->cmsg_level == IPPROTO_IPV6 &&
		    cmsg->cmsg_type == IPV6_PKTINFO) {
			memcpy(&info6, CMSG_DATA(cmsg), sizeof(info6));
			return info6.ipi6_ifindex;
		}
	}
	return 0;
}

int
mdns_socket_receive(int fd, unsigned int interface, uint8_t *memory,
    struct bytes *ret, struct mdns_address *ret_source)
{
	struct sockaddr_storage source = { 0 };
	_Alignas(struct cmsghdr) uint8_t control[256];
	struct iovec part = { memory, MDNS_PACKET_IN_MAX };
	struct msghdr message = {
		.msg_name = &source,
		.msg_namelen = sizeof(source),
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n;

	n = recvmsg(fd, &message, 0);
	if (n == -1)
		return errno == EAGAIN || errno == EINTR ? MDNS_SOCKET_NOTHING
							 : -errno;
	if (message.msg_flags & MSG_TRUNC) {
		counter_add(&mdns_packets_too_large, 1);
		n = 0;
	} else if (mdns_interface_of(&message) != interface ||
		   !mdns_address_of_sockaddr(
		       (struct sockaddr *)&source, ret_source)) {
		counter_add(&mdns_packets_misdirected, 1);
		n = 0;
	}
	*ret = (struct bytes){ memory, (size_t)n };
	return 0;
}

int
mdns_socket_send(
    int fd, sa_family_t family, unsigned int interface, struct bytes packet)
{
	struct sockaddr_storage group;
	socklen_t len = mdns_group(family, interface, &group);

	if (sendto(fd, packet.data, packet.len, 0, (struct sockaddr *)&group,
		len) == -1)
		return -errno;
	return 0;
}

static socklen_t
sockaddr_of(const struct mdns_address *from, unsigned int interface,
    struct sockaddr_storage *ret)
{
	struct sockaddr_in *in = (struct sockaddr_in *)ret;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ret;

	memset(ret, 0, sizeof(*ret));
	ret->ss_family = from->family;
	if (from->family == AF_INET) {
		in->sin_port = htons(from->port);
		memcpy(&in->sin_addr, from->ip, sizeof(in->sin_addr));
		return sizeof(*in);
	}
	in6->sin6_port = htons(from->port);
	memcpy(&in6->sin6_addr, from->ip, sizeof(in6->sin6_addr));
	in6->sin6_scope_id = interface;
	return sizeof(*in6);
}

int
mdns_socket_answer(int fd, unsigned int interface,
    const struct mdns_address *address, struct bytes packet)
{
	struct sockaddr_storage to;
	socklen_t len = sockaddr_of(address, interface, &to);

	if (sendto(fd, packet.data, packet.len, MSG_DONTROUTE,
		(struct sockaddr *)&to, len) == -1)
		return -errno;
	return 0;
}
