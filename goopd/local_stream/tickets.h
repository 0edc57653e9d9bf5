/*
 * tickets: the one-time tokens for local streams. Each is random, and valid
 * once or until it is dropped. Bookkeeping only; a lookup takes the same time
 * whether or not a guess is close.
 */
#ifndef GOOPD_LOCAL_STREAM_TICKETS_H
#define GOOPD_LOCAL_STREAM_TICKETS_H

#include "common/base/bytes.h"

enum { TICKET_SIZE = 16, TICKETS_MAX = 256 };

struct tickets;

struct tickets *tickets_new(void);
void tickets_free(struct tickets *);

/* A ticket for owner (not NULL); borrowed until it is dropped or used. False
 * if TICKETS_MAX are in use. */
bool tickets_add(struct tickets *, void *owner, struct bytes *ret);

/* Use a ticket up: its owner, or NULL if there is no such ticket. */
void *tickets_use(struct tickets *, struct bytes ticket);

/* Invalidate the owner's ticket, if it has one. */
void tickets_drop(struct tickets *, const void *owner);

#endif
