/* subscriber_internal: between subscriber.c and subscriber_write.c alone. */
#ifndef GOOP_RENDEZVOUSD_HUB_SUBSCRIBER_INTERNAL_H
#define GOOP_RENDEZVOUSD_HUB_SUBSCRIBER_INTERNAL_H

#include "goop-rendezvousd/hub/subscriber.h"

/* Let the first chunk of its own go. */
void subscriber_drop_own(struct subscriber *);

/* Be called when the socket takes more, or no longer. */
void subscriber_wait_writable(struct subscriber *, bool waits);

#endif
