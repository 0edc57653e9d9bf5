/* local_stream_server: what the two sources of delivery share. */
#ifndef GOOPD_LOCAL_STREAM_LOCAL_STREAM_SERVER_H
#define GOOPD_LOCAL_STREAM_LOCAL_STREAM_SERVER_H

#include <sys/queue.h>

#include "common/base/shared_ring.h"
#include "goopd/local_stream/local_stream.h"
#include "goopd/local_stream/tickets.h"

/* Of one sendfile(): so that others get their turn. */
#define SENDFILE_MAX (4 * 1024 * 1024)

enum { LOCAL_STREAM_RINGS_MAX = 16 };

struct local_stream_server {
	struct event_base *base;
	struct event *listener;
	struct tickets *tickets;
	TAILQ_HEAD(local_stream_list, local_stream) deliveries;
	unsigned int local_stream_count, ring_count;
	TAILQ_HEAD(caller_list, local_stream_caller) callers;
	unsigned int caller_count;
	int fd;
};

struct local_stream {
	TAILQ_ENTRY(local_stream) all;
	struct local_stream_server *desk;
	const struct local_stream_source *source;
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
void local_stream_claim(struct local_stream *, int fd);

/* End it, and tell its source. */
void local_stream_end(struct local_stream *);

/* local_stream_ring.c: open one if the reader wishes it. Writing takes what
 * there is room for; -EPROTO if the reader plays tricks. Reading from a file
 * fills a piece; -EAGAIN if there is no room; -EIO or -ENODATA as
 * local_stream_send_file.
 */
void local_stream_ring_open(struct local_stream *);
void local_stream_ring_close(struct local_stream *);
ssize_t local_stream_ring_write(struct local_stream *, struct bytes);
ssize_t local_stream_ring_read_file(
    struct local_stream *, int fd, off_t at, size_t len);

#endif
