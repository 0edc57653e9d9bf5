/* delivery_desk: what the two sources of delivery share. */
#ifndef GOOPD_DELIVERY_DESK_H
#define GOOPD_DELIVERY_DESK_H

#include <sys/queue.h>

#include "goopd/delivery.h"
#include "goopd/tickets.h"

/* Of one sendfile(): so that others get their turn. */
#define SENDFILE_MAX (4 * 1024 * 1024)

struct delivery_desk {
	struct event_base *base;
	struct event *listener;
	struct tickets *tickets;
	TAILQ_HEAD(delivery_list, delivery) deliveries;
	unsigned int delivery_count;
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
};

/* A reader showed the ticket: take its socket over. */
void delivery_claim(struct delivery *, int fd);

/* End it, and tell its source. */
void delivery_end(struct delivery *);

#endif
