/* delivery_desk: what the two sources of delivery share. */
#ifndef GOOPD_DELIVERY_DESK_H
#define GOOPD_DELIVERY_DESK_H

#include "goopd/delivery.h"
#include "goopd/tickets.h"

/* Of one sendfile(): so that others get their turn. */
#define SENDFILE_MAX (4 * 1024 * 1024)

struct delivery_desk {
	struct event_base *base;
	struct event *listener;
	struct tickets *tickets;
	unsigned int deliveries;
	unsigned int callers;
	int fd;
};

/* A reader showed the ticket: take its socket over. */
void delivery_claim(struct delivery *, int fd);

#endif
