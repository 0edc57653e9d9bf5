#include "common/http/server/socket_owner.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>

#include "common/http/server/http_listen.h"

struct question {
	struct nlmsghdr head;
	struct inet_diag_req_v2 body;
};
struct answer {
	struct nlmsghdr head;
	struct inet_diag_msg body;
};

int
socket_owner_open(int *ret_netlink)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);

	if (fd == -1)
		return -errno;
	*ret_netlink = fd;
	return 0;
}

static void
put_address(const union http_address *address, __be16 *port, __be32 *to)
{
	if (address->sa.sa_family == AF_INET) {
		*port = address->v4.sin_port;
		memcpy(to, &address->v4.sin_addr, 4);
	} else {
		*port = address->v6.sin6_port;
		memcpy(to, &address->v6.sin6_addr, 16);
	}
}

/* Our client's end: its source is our peer, its destination we. */
static int
name_client(int fd, struct inet_diag_req_v2 *body)
{
	union http_address client, server;
	socklen_t client_size = sizeof(client), server_size = sizeof(server);

	if (getpeername(fd, &client.sa, &client_size) == -1 ||
	    getsockname(fd, &server.sa, &server_size) == -1)
		return -errno;
	body->sdiag_family = (__u8)client.sa.sa_family;
	body->sdiag_protocol = IPPROTO_TCP;
	body->idiag_states = UINT32_MAX;
	body->id.idiag_cookie[0] = INET_DIAG_NOCOOKIE;
	body->id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
	put_address(&client, &body->id.idiag_sport, body->id.idiag_src);
	put_address(&server, &body->id.idiag_dport, body->id.idiag_dst);
	return 0;
}

static bool
answers(
    const struct answer *answer, ssize_t len, const struct question *question)
{
	return len >= (ssize_t)sizeof(*answer) &&
	       answer->head.nlmsg_type == SOCK_DIAG_BY_FAMILY &&
	       answer->head.nlmsg_seq == question->head.nlmsg_seq &&
	       answer->body.id.idiag_sport == question->body.id.idiag_sport &&
	       answer->body.id.idiag_dport == question->body.id.idiag_dport;
}

int
socket_owner_ask(int netlink, int fd, uid_t *ret)
{
	static uint32_t sequence;
	struct question question = {
		.head = { .nlmsg_len = sizeof(question),
		    .nlmsg_type = SOCK_DIAG_BY_FAMILY,
		    .nlmsg_flags = NLM_F_REQUEST,
		    .nlmsg_seq = ++sequence },
	};
	union {
		struct answer answer;
		char room[1024];
	} in;
	ssize_t len;

	if (name_client(fd, &question.body) < 0 ||
	    send(netlink, &question, sizeof(question), MSG_DONTWAIT) == -1)
		return SOCKET_OWNER_UNKNOWN;
	/* Netlink calls are synchronous: the answer is already there. */
	do {
		len = recv(netlink, &in, sizeof(in), MSG_DONTWAIT);
	} while (len > 0 && !answers(&in.answer, len, &question) &&
		 in.answer.head.nlmsg_seq != sequence);
	/* Without an inode the socket is orphaned and its user unknown. */
	if (len <= 0 || !answers(&in.answer, len, &question) ||
	    in.answer.body.idiag_inode == 0 ||
	    in.answer.body.idiag_state == TCP_LISTEN)
		return SOCKET_OWNER_UNKNOWN;
	*ret = in.answer.body.idiag_uid;
	return 0;
}
