/*
 * doorkeeper: whose connections are answered. Loopback is open to everybody
 * with an account on the machine, so the kernel is asked who is at the other
 * end: our own user, root, and those in viewer.allow_users come in; "*" there
 * lets in everybody, also from other machines.
 */
#ifndef GOOP_VIEWERD_ACCESS_LOCAL_USERS_H
#define GOOP_VIEWERD_ACCESS_LOCAL_USERS_H

#include "common/http/server/http_request.h"
#include "proto/field.h"

struct doorkeeper;

/* Looks up the users: needs the rights of open(). 0, or -errno after having
 * logged what is wrong. */
int doorkeeper_open(const struct strings *allow_users, struct doorkeeper **ret);
void doorkeeper_free(struct doorkeeper *); /* NULL is fine */

/* May the other end of this connection come in? Asked once a connection. */
bool doorkeeper_admits(struct doorkeeper *, struct http_request *);

#endif
