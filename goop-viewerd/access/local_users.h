/*
 * local_users: whose connections are answered. Loopback is open to everybody
 * with an account on the machine, so the kernel is asked who is at the other
 * end: our own user, root, and those in viewer.allow_users come in; "*" there
 * lets in everybody, also from other machines.
 */
#ifndef GOOP_VIEWERD_ACCESS_LOCAL_USERS_H
#define GOOP_VIEWERD_ACCESS_LOCAL_USERS_H

#include "common/http/server/http_request.h"
#include "proto/field.h"

struct local_users;

/* Looks up the users: needs the rights of open(). 0, or -errno after having
 * logged what is wrong. */
int local_users_open(
    const struct strings *allow_users, struct local_users **ret);
void local_users_free(struct local_users *); /* NULL is fine */

/* May the other end of this connection come in? Asked once a connection. */
bool local_users_admits(struct local_users *, struct http_request *);

#endif
