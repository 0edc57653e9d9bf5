/* site_reply: answers of the site protocols, as replies on the bus. */
#ifndef GOOPD_SITE_SITE_REPLY_H
#define GOOPD_SITE_SITE_REPLY_H

#include "common/bus/goopd_bus.h"
#include "goopd/site/site_message.h"

/* The request that a call asks for. 0, or -EINVAL if a value does not fit
 * or has control characters. */
int site_reply_read(const struct site_open *, struct site_request *ret);

/* Does the call get a ticket with this answer? */
bool site_reply_has_ticket(
    const struct site_request *, const struct site_answer *);

/* Answer the call: with the head, or the bus error that the status means.
 * ticket may be empty. */
void site_reply_send(
    struct site_open_call, const struct site_answer *, struct bytes ticket);

#endif
