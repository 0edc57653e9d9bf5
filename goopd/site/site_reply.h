/* site_reply: requests and answers of the site protocols, from and to the
 * bus. */
#ifndef GOOPD_SITE_SITE_REPLY_H
#define GOOPD_SITE_SITE_REPLY_H

#include "common/bus/goopd_bus.h"
#include "goopd/site/site_message.h"

/* The request that a call asks for. 0, or -EINVAL if a value does not fit
 * or has control characters. */
int site_reply_read(const struct site_open *, struct site_request *ret);

/* Does the reply to this answer have a ticket? */
bool site_reply_has_ticket(
    const struct site_request *, const struct site_answer *);

/* Reply with the head, or with the bus error that the status stands for. ticket
 * may be empty. */
void site_reply_send(
    struct site_open_call, const struct site_answer *, struct bytes ticket);

#endif
