/*
 * goopd_client: our connection to goopd, and what it told of ourselves: id and
 * addresses. Kept while goopd is away.
 */
#ifndef GOOP_VIEWERD_GOOPD_GOOPD_CLIENT_H
#define GOOP_VIEWERD_GOOPD_GOOPD_CLIENT_H

#include "common/bus/goopd_bus.h"

struct goopd_client;

struct goopd_listener {
	void (*on_identity)(void *arg); /* id or addresses changed */
	void (*on_link)(void *arg);     /* it came or went */
	/* A table of the own database changed; "": any may have. */
	void (*on_data)(const char *table, void *arg);
};

struct goopd_client *goopd_client_new(
    struct bus *, const struct goopd_listener *, void *arg);
void goopd_client_free(struct goopd_client *); /* NULL is fine */

struct bus_client *goopd_client_client(struct goopd_client *);
bool goopd_client_is_up(const struct goopd_client *);

/* Grows each time that goopd went away: what was asked before is lost. */
uint64_t goopd_client_losses(const struct goopd_client *);

/* As last told; the peer_id is NULL until then. Borrowed. */
const struct identity_reply *goopd_client_identity(const struct goopd_client *);

#endif
