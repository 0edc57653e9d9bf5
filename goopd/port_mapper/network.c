#include "goopd/port_mapper/network.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/monotime.h"
#include "common/base/xalloc.h"
#include "goopd/port_mapper/router_socket.h"

enum { MESSAGE_SIZE = 32 * 1024, WAIT_MS = 1000 };

/* --- the kernel's answers */

/* What the attribute of this type holds; NULL unless it is there, and of this
 * size. */
static const void *
find_attribute(const uint8_t *at, size_t left, uint16_t type, size_t size)
{
	struct rtattr head;
	size_t step;

	while (left >= sizeof(head)) {
		memcpy(&head, at, sizeof(head));
		if (head.rta_len < sizeof(head) || head.rta_len > left)
			return NULL;
		if (head.rta_type == type)
			return head.rta_len == sizeof(head) + size
				   ? at + sizeof(head)
				   : NULL;
		step = RTA_ALIGN(head.rta_len);
		if (step > left)
			return NULL;
		at += step;
		left -= step;
	}
	return NULL;
}

static uint32_t
find_number(const uint8_t *at, size_t left, uint16_t type, uint32_t otherwise)
{
	const void *found = find_attribute(at, left, type, sizeof(uint32_t));
	uint32_t number = otherwise;

	if (found != NULL)
		memcpy(&number, found, sizeof(number));
	return number;
}

static void
find_address(const uint8_t *at, size_t left, uint16_t type, bool is_ipv6,
    struct in6_addr *ret)
{
	size_t size = is_ipv6 ? 16 : 4;
	const void *found = find_attribute(at, left, type, size);

	if (found == NULL)
		return;
	memset(ret, 0, sizeof(*ret));
	if (!is_ipv6)
		memset(ret->s6_addr + 10, 0xff, 2);
	memcpy(ret->s6_addr + sizeof(*ret) - size, found, size);
}

void
network_take_route(
    struct network_search *search, const void *message, size_t len)
{
	const size_t head_size = NLMSG_ALIGN(sizeof(struct rtmsg));
	const uint8_t *at = (const uint8_t *)message + head_size;
	struct mapping_network found = { 0 };
	struct rtmsg route;
	uint32_t metric;

	if (len < head_size)
		return;
	len -= head_size;
	memcpy(&route, message, sizeof(route));
	if (route.rtm_dst_len != 0 || route.rtm_type != RTN_UNICAST ||
	    route.rtm_family != (search->is_ipv6 ? AF_INET6 : AF_INET))
		return;
	find_address(at, len, RTA_GATEWAY, search->is_ipv6, &found.gateway);
	found.interface = find_number(at, len, RTA_OIF, 0);
	metric = find_number(at, len, RTA_PRIORITY, 0);
	if (find_number(at, len, RTA_TABLE, route.rtm_table) != RT_TABLE_MAIN ||
	    found.interface == 0 ||
	    (search->found.interface != 0 && search->metric <= metric))
		return;
	search->found = found;
	search->metric = metric;
}

void
network_take_address(
    struct network_search *search, const void *message, size_t len)
{
	const uint32_t passing = IFA_F_TEMPORARY | IFA_F_DEPRECATED |
				 IFA_F_TENTATIVE | IFA_F_DADFAILED;
	const size_t head_size = NLMSG_ALIGN(sizeof(struct ifaddrmsg));
	const uint8_t *at = (const uint8_t *)message + head_size;
	struct in6_addr found = { 0 };
	struct ifaddrmsg head;

	if (len < head_size)
		return;
	len -= head_size;
	memcpy(&head, message, sizeof(head));
	if (head.ifa_family != AF_INET6 ||
	    head.ifa_index != search->found.interface ||
	    head.ifa_scope != RT_SCOPE_UNIVERSE ||
	    mapping_has(&search->found.own))
		return;
	find_address(at, len, IFA_ADDRESS, true, &found);
	if ((find_number(at, len, IFA_FLAGS, head.ifa_flags) & passing) == 0 &&
	    mapping_address_is_public(&found))
		search->found.own = found;
}

/* --- asking the kernel */

/* One bunch of messages; false at the end of the list. */
static bool
take_messages(struct network_search *search, void *data, size_t len)
{
	struct nlmsghdr *head = data;

	for (; NLMSG_OK(head, len); head = NLMSG_NEXT(head, len)) {
		size_t size = head->nlmsg_len - NLMSG_LENGTH(0);

		if (head->nlmsg_type == NLMSG_DONE ||
		    head->nlmsg_type == NLMSG_ERROR)
			return false;
		if (head->nlmsg_type == RTM_NEWROUTE)
			network_take_route(search, NLMSG_DATA(head), size);
		else if (head->nlmsg_type == RTM_NEWADDR)
			network_take_address(search, NLMSG_DATA(head), size);
	}
	return true;
}

/* Have the kernel list routes or addresses. */
static void
list(struct network_search *search, uint16_t type)
{
	struct {
		struct nlmsghdr head;
		struct rtgenmsg body;
	} request = {
		.head = { .nlmsg_len = NLMSG_LENGTH(sizeof(request.body)),
		    .nlmsg_type = type,
		    .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.body = { .rtgen_family =
			      search->is_ipv6 ? AF_INET6 : AF_INET },
	};
	struct timeval limit = timeval_of_ms(WAIT_MS);
	CLEANUP_FREE uint8_t *data = xzalloc(MESSAGE_SIZE);
	ssize_t len;
	int fd;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (fd == -1)
		return;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	len = send(fd, &request, request.head.nlmsg_len, 0);
	while (len > 0) {
		len = recv(fd, data, MESSAGE_SIZE, 0);
		if (len > 0 && !take_messages(search, data, (size_t)len))
			break;
	}
	close(fd);
}

/* Which address of ours the gateway sees; no packet is sent. */
static void
find_own_ipv4(struct mapping_network *network)
{
	struct sockaddr_storage own;
	socklen_t len = sizeof(own);
	int fd;

	if (!mapping_has(&network->gateway))
		return;
	fd = router_socket_open(network, 1);
	if (fd < 0)
		return;
	if (getsockname(fd, (struct sockaddr *)&own, &len) == 0)
		mapping_address_of(&own, &network->own);
	close(fd);
}

void
network_find(bool is_ipv6, struct mapping_network *ret)
{
	struct network_search search = { .is_ipv6 = is_ipv6 };

	list(&search, RTM_GETROUTE);
	if (is_ipv6)
		list(&search, RTM_GETADDR);
	else
		find_own_ipv4(&search.found);
	*ret = search.found;
}
