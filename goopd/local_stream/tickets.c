#include "goopd/local_stream/tickets.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/random.h"
#include "common/base/xalloc.h"

struct tickets {
	struct {
		void *owner; /* NULL: free */
		uint8_t ticket[TICKET_SIZE];
	} slots[TICKETS_MAX];
};

struct tickets *
tickets_new(void)
{
	return xzalloc(sizeof(struct tickets));
}

void
tickets_free(struct tickets *tickets)
{
	if (tickets != NULL)
		explicit_bzero(tickets, sizeof(*tickets));
	free(tickets);
}

bool
tickets_add(struct tickets *tickets, void *owner, struct bytes *ret)
{
	size_t i;

	for (i = 0; i < TICKETS_MAX; i++) {
		if (tickets->slots[i].owner != NULL)
			continue;
		tickets->slots[i].owner = owner;
		random_bytes(tickets->slots[i].ticket, TICKET_SIZE);
		*ret = (struct bytes){ tickets->slots[i].ticket, TICKET_SIZE };
		return true;
	}
	return false;
}

void *
tickets_use(struct tickets *tickets, struct bytes ticket)
{
	void *owner = NULL; /* also of free slots, whose ticket is all zero */
	size_t i;

	for (i = 0; i < TICKETS_MAX; i++) {
		struct bytes ours = { tickets->slots[i].ticket, TICKET_SIZE };

		if (bytes_equal_secret(ours, ticket))
			owner = tickets->slots[i].owner;
	}
	tickets_drop(tickets, owner);
	return owner;
}

void
tickets_drop(struct tickets *tickets, const void *owner)
{
	size_t i;

	if (owner == NULL)
		return;
	for (i = 0; i < TICKETS_MAX; i++) {
		if (tickets->slots[i].owner != owner)
			continue;
		explicit_bzero(&tickets->slots[i], sizeof(tickets->slots[i]));
	}
}
