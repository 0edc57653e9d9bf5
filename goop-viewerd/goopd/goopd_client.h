/*
 * goopd_client: our bus client of goopd, and our peer id and addresses, which
 * stay known while goopd is away.
 */
#ifndef GOOP_VIEWERD_GOOPD_GOOPD_CLIENT_H
#define GOOP_VIEWERD_GOOPD_GOOPD_CLIENT_H

#include "common/bus/goopd_bus.h"

struct goopd_client;

struct goopd_listener {
	void (*on_identity)(void *arg); /* id or addresses changed */
	void (*on_state)(void *arg);    /* goopd came up or went away */
	/* A table of the own database changed; "": any may have. */
	void (*on_data)(const char *table, void *arg);
};

struct goopd_client *goopd_client_new(
    struct bus *, const struct goopd_listener *, void *arg);
void goopd_client_free(struct goopd_client *); /* NULL is fine */

struct bus_client *goopd_client_client(struct goopd_client *);
bool goopd_client_is_up(const struct goopd_client *);

/* Grows each time that goopd went away: earlier requests are lost. */
uint64_t goopd_client_losses(const struct goopd_client *);

/* As last known; the peer_id is NULL until the first answer. Borrowed. */
const struct identity_reply *goopd_client_identity(const struct goopd_client *);

#endif
