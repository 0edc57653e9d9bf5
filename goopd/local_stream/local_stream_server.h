/* delivery_desk: what the two sources of delivery share. */
#ifndef GOOPD_LOCAL_STREAM_LOCAL_STREAM_SERVER_H
#define GOOPD_LOCAL_STREAM_LOCAL_STREAM_SERVER_H

#include <sys/queue.h>

#include "common/base/shared_ring.h"
#include "goopd/local_stream/local_stream.h"
#include "goopd/local_stream/tickets.h"

/* Of one sendfile(): so that others get their turn. */
#define SENDFILE_MAX (4 * 1024 * 1024)

enum { DELIVERY_RINGS_MAX = 16 };

struct delivery_desk {
	struct event_base *base;
	struct event *listener;
	struct tickets *tickets;
	TAILQ_HEAD(delivery_list, delivery) deliveries;
	unsigned int delivery_count, ring_count;
	TAILQ_HEAD(caller_list, delivery_caller) callers;
	unsigned int caller_count;
	int fd;
};

struct delivery {
	TAILQ_ENTRY(delivery) all;
	struct delivery_desk *desk;
	const struct delivery_source *source;
	void *arg;
	int fd; /* -1: not claimed yet */
	bool is_failed;
	struct event *deadline;
	struct event *room;
	struct event *left;
	struct shared_ring ring; /* none: bytes go over the socket */
	struct event *bell;
	bool owes_bell, awaits_bell;
};

/* A reader showed the ticket: take its socket over. */
void delivery_claim(struct delivery *, int fd);

/* End it, and tell its source. */
void delivery_end(struct delivery *);

/* delivery_ring.c: open one if the reader wishes it. Writing takes what there
 * is room for; -EPROTO if the reader plays tricks. Reading from a file fills a
 * piece; -EAGAIN if there is no room; -EIO or -ENODATA as delivery_send_file.
 */
void delivery_ring_open(struct delivery *);
void delivery_ring_close(struct delivery *);
ssize_t delivery_ring_write(struct delivery *, struct bytes);
ssize_t delivery_ring_read_file(
    struct delivery *, int fd, off_t at, size_t len);

#endif
