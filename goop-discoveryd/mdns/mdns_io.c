#include "goop-discoveryd/mdns/mdns_io.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/counter.h"
#include "common/base/interface_watch.h"
#include "common/base/log.h"
#include "common/base/monotime.h"
#include "common/base/token_bucket.h"
#include "common/base/xalloc.h"
#include "goop-discoveryd/mdns/interfaces.h"
#include "goop-discoveryd/mdns/mdns_socket.h"

COUNTER(mdns_packets_sent, "mDNS packets sent");
COUNTER(mdns_packets_received, "mDNS packets received");
COUNTER(mdns_packets_over_rate, "mDNS packets dropped unread: too many");
COUNTER(mdns_sends_failed, "mDNS packets that could not be sent");

enum { MDNS_IO_FAMILIES = 2 };
static const sa_family_t mdns_io_families[MDNS_IO_FAMILIES] = { AF_INET,
	AF_INET6 };

struct mdns_io_socket {
	int fd;           /* -1: none */
	bool has_address; /* of its family, on its interface: else nothing to
			     send */
	struct event *readable;
};

struct mdns_io_interface {
	struct mdns_io *io;
	unsigned int index; /* 0: not in use */
	char name[IF_NAMESIZE];
	struct mdns_io_socket sockets[MDNS_IO_FAMILIES];
	struct token_bucket bucket;
};

struct mdns_io {
	struct event_base *base;
	struct mdns *mdns;
	const struct mdns_io_user *user;
	void *arg;
	struct interface_watch *watch;
	struct event *timer;
	struct event *retry;
	struct mdns_io_interface interfaces[MDNS_INTERFACES_MAX];
	char names[MDNS_INTERFACES_MAX * (IF_NAMESIZE + 1) + 32];
	size_t left_out; /* interfaces, as was logged */
	uint8_t packet[MDNS_PACKET_IN_MAX];
};

/* --- the machine's side */

static void
mdns_io_send(unsigned int index, struct bytes packet, void *arg)
{
	struct mdns_io *io = arg;
	size_t i, f;

	for (i = 0; i < MDNS_INTERFACES_MAX; i++) {
		struct mdns_io_interface *interface = &io->interfaces[i];

		if (interface->index != index)
			continue;
		for (f = 0; f < MDNS_IO_FAMILIES; f++) {
			struct mdns_io_socket *socket = &interface->sockets[f];

			if (socket->fd == -1 || !socket->has_address)
				continue;
			if (mdns_socket_send(socket->fd, mdns_io_families[f],
				index, packet) < 0)
				counter_add(&mdns_sends_failed, 1);
			else
				counter_add(&mdns_packets_sent, 1);
		}
	}
}

static void
mdns_io_answer(unsigned int index, const struct mdns_address *to,
    struct bytes packet, void *arg)
{
	struct mdns_io *io = arg;
	size_t i, f = to->family == mdns_io_families[0] ? 0 : 1;

	for (i = 0; i < MDNS_INTERFACES_MAX; i++) {
		int fd = io->interfaces[i].sockets[f].fd;

		if (io->interfaces[i].index != index || fd == -1)
			continue;
		if (mdns_socket_answer(fd, index, to, packet) < 0)
			counter_add(&mdns_sends_failed, 1);
		else
			counter_add(&mdns_packets_sent, 1);
	}
}

static void
mdns_io_on_found(const struct mdns_found *found, void *arg)
{
	struct mdns_io *io = arg;

	io->user->on_found(found, io->arg);
}

static void
mdns_io_on_lost(const struct peer_id *peer, void *arg)
{
	struct mdns_io *io = arg;

	io->user->on_lost(peer, io->arg);
}

static void
mdns_io_on_double(const struct mdns_address *source, void *arg)
{
	struct mdns_io *io = arg;

	(void)source;
	io->user->on_double(io->arg);
}

static const struct mdns_user mdns_io_machine_user = {
	mdns_io_send,
	mdns_io_answer,
	mdns_io_on_found,
	mdns_io_on_lost,
	mdns_io_on_double,
};

/* Do what is due and sleep until there is more. */
static void
mdns_io_run(struct mdns_io *io)
{
	struct monotime now = monotime_now(), deadline;
	struct timeval wait;

	mdns_run(io->mdns, now);
	deadline = mdns_deadline(io->mdns);
	if (deadline.us == MONOTIME_NEVER.us) {
		event_del(io->timer);
		return;
	}
	wait = timeval_until(deadline, now);
	event_add(io->timer, &wait);
}

static void
mdns_io_on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	mdns_io_run(arg);
}

/* --- sockets */

static void
mdns_io_on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct mdns_io_interface *interface = arg;
	struct mdns_io *io = interface->io;
	struct monotime now = monotime_now();
	struct mdns_address source;
	struct bytes packet;
	int n, rc;

	(void)what;
	for (n = 0; n < MDNS_IO_BATCH; n++) {
		rc = mdns_socket_receive(
		    fd, interface->index, io->packet, &packet, &source);
		if (rc !=
		    0) /* an error of an interface that goes will be seen */
			break;
		counter_add(&mdns_packets_received, 1);
		if (packet.len == 0)
			continue;
		if (!token_bucket_take(&interface->bucket, 1, now)) {
			counter_add(&mdns_packets_over_rate, 1);
			continue;
		}
		mdns_hear(io->mdns, interface->index, &source, packet, now);
	}
	mdns_io_run(io);
}

static void
mdns_io_socket_close(struct mdns_io_socket *socket)
{
	if (socket->fd == -1)
		return;
	event_free(socket->readable);
	close(socket->fd);
	socket->readable = NULL;
	socket->fd = -1;
}

static void
mdns_io_interface_close(struct mdns_io_interface *interface)
{
	size_t f;

	for (f = 0; f < MDNS_IO_FAMILIES; f++)
		mdns_io_socket_close(&interface->sockets[f]);
	interface->index = 0;
}

/* A family that the machine does not have is no reason to speak up. */
static bool
mdns_io_socket_open(struct mdns_io_interface *interface, size_t f)
{
	struct mdns_io_socket *socket = &interface->sockets[f];
	int fd;

	if (socket->fd != -1 || !socket->has_address)
		return true;
	fd = mdns_socket_open(mdns_io_families[f], interface->index);
	if (fd < 0) {
		log_warn("mdns socket interface=%s family=%s: %s%s",
		    interface->name,
		    mdns_io_families[f] == AF_INET ? "ipv4" : "ipv6",
		    strerror(-fd),
		    fd == -EADDRINUSE
			? "; another program has UDP port 5353 for itself: "
			  "find it with ss -ulpn sport = 5353 and stop it"
			: "");
		return fd == -EAFNOSUPPORT;
	}
	socket->fd = fd;
	socket->readable = event_new(interface->io->base, fd,
	    EV_READ | EV_PERSIST, mdns_io_on_readable, interface);
	event_add(socket->readable, NULL);
	return true;
}

static struct mdns_io_interface *
mdns_io_interface_get(struct mdns_io *io, unsigned int index, const char *name)
{
	struct mdns_io_interface *unused = NULL, *interface;
	size_t i, f;

	for (i = 0; i < MDNS_INTERFACES_MAX; i++) {
		interface = &io->interfaces[i];
		if (interface->index == index)
			return interface;
		if (interface->index == 0 && unused == NULL)
			unused = interface;
	}
	if (unused == NULL) /* the ones that are gone were closed before */
		return NULL;
	memset(unused, 0, sizeof(*unused));
	unused->io = io;
	unused->index = index;
	memcpy(unused->name, name, IF_NAMESIZE);
	for (f = 0; f < MDNS_IO_FAMILIES; f++)
		unused->sockets[f].fd = -1;
	token_bucket_init(
	    &unused->bucket, MDNS_IO_BURST, MDNS_IO_PER_SECOND, monotime_now());
	log_info("mdns interface=%s added", name);
	return unused;
}

static bool
mdns_interface_has_family(
    const struct mdns_interface *interface, sa_family_t family)
{
	size_t i;

	for (i = 0; i < interface->count; i++)
		if (interface->addresses[i].family == family)
			return true;
	return false;
}

/* --- interfaces */

static void
mdns_io_close_gone(struct mdns_io *io, const struct interface_list *list)
{
	size_t i, j;

	for (i = 0; i < MDNS_INTERFACES_MAX; i++) {
		if (io->interfaces[i].index == 0)
			continue;
		for (j = 0; j < list->count; j++)
			if (list->interfaces[j].index ==
			    io->interfaces[i].index)
				break;
		if (j == list->count) {
			log_info(
			    "mdns interface=%s gone", io->interfaces[i].name);
			mdns_io_interface_close(&io->interfaces[i]);
		}
	}
}

static void
mdns_io_note_names(struct mdns_io *io, const struct interface_list *list)
{
	size_t i, len = 0;

	io->names[0] = '\0';
	for (i = 0; i < list->count; i++) {
		snprintf(io->names + len, sizeof(io->names) - len, "%s%s",
		    i > 0 ? " " : "", list->names[i]);
		len += strlen(io->names + len);
	}
	if (list->left_out > 0)
		snprintf(io->names + len, sizeof(io->names) - len,
		    " (%zu left out)", list->left_out);
	if (list->left_out > 0 && list->left_out != io->left_out)
		log_warn("mdns interfaces left out count=%zu: only %d are "
			 "looked at, those with addresses first",
		    list->left_out, (int)MDNS_INTERFACES_MAX);
	io->left_out = list->left_out;
}

/* Look at the interfaces as they are now. */
static void
mdns_io_look(struct mdns_io *io)
{
	static const struct timeval again = { MDNS_IO_RETRY_MS / 1000, 0 };
	struct mdns_io_interface *interface;
	struct interface_list list;
	bool complete = true;
	size_t i, f;
	int rc;

	rc = interfaces_read(&list);
	if (rc < 0) {
		log_warn("network interfaces unreadable: %s", strerror(-rc));
		event_add(io->retry, &again);
		return;
	}
	mdns_io_close_gone(io, &list);
	for (i = 0; i < list.count; i++) {
		interface = mdns_io_interface_get(
		    io, list.interfaces[i].index, list.names[i]);
		for (f = 0; interface != NULL && f < MDNS_IO_FAMILIES; f++) {
			interface->sockets[f].has_address =
			    mdns_interface_has_family(
				&list.interfaces[i], mdns_io_families[f]);
			complete &= mdns_io_socket_open(interface, f);
		}
	}
	if (!complete)
		event_add(io->retry, &again);
	mdns_io_note_names(io, &list);
	mdns_set_interfaces(
	    io->mdns, list.interfaces, list.count, monotime_now());
	mdns_io_run(io);
}

static void
mdns_io_on_retry(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	mdns_io_look(arg);
}

static void
mdns_io_on_change(void *arg)
{
	struct mdns_io *io = arg;

	mdns_io_look(io);
	io->user->on_network(io->arg);
}

/* --- life */

int
mdns_io_new(struct event_base *base, const char *tag,
    const struct mdns_io_user *user, void *arg, struct mdns_io **ret)
{
	struct mdns_io *io = xzalloc(sizeof(*io));
	int rc;

	io->base = base;
	io->user = user;
	io->arg = arg;
	rc = mdns_new(tag, &mdns_io_machine_user, io, &io->mdns);
	if (rc < 0)
		goto fail;
	rc = interface_watch_new(base, mdns_io_on_change, io, &io->watch);
	if (rc < 0)
		goto fail;
	io->timer = evtimer_new(base, mdns_io_on_timer, io);
	io->retry = evtimer_new(base, mdns_io_on_retry, io);
	*ret = io;
	return 0;

fail:
	mdns_io_free(io);
	return rc;
}

void
mdns_io_free(struct mdns_io *io)
{
	size_t i;

	if (io == NULL)
		return;
	for (i = 0; i < MDNS_INTERFACES_MAX; i++)
		if (io->interfaces[i].index != 0)
			mdns_io_interface_close(&io->interfaces[i]);
	if (io->timer != NULL)
		event_free(io->timer);
	if (io->retry != NULL)
		event_free(io->retry);
	interface_watch_free(io->watch);
	mdns_free(io->mdns);
	free(io);
}

void
mdns_io_start(struct mdns_io *io)
{
	mdns_io_look(io);
}

void
mdns_io_set_self(struct mdns_io *io, const struct peer_id *self, uint16_t port)
{
	mdns_set_self(io->mdns, self, port, monotime_now());
	mdns_io_run(io);
}

void
mdns_io_resume(struct mdns_io *io)
{
	mdns_restart(io->mdns, monotime_now());
	mdns_io_look(io);
}

void
mdns_io_tell_all(struct mdns_io *io)
{
	mdns_tell_all(io->mdns);
}

void
mdns_io_stop(struct mdns_io *io)
{
	mdns_stop(io->mdns);
}

bool
mdns_io_knows(const struct mdns_io *io, const struct peer_id *id)
{
	return mdns_knows(io->mdns, id);
}

const char *
mdns_io_interface_names(const struct mdns_io *io)
{
	return io->names;
}
