/*
 * local_users: the users whose connections are answered. All users of the
 * machine can connect to loopback, so the kernel is asked which user owns the
 * other end: our own user, root, and those in viewer.allow_users are admitted;
 * "*" there admits all users, also from other machines.
 */
#ifndef GOOP_VIEWERD_ACCESS_LOCAL_USERS_H
#define GOOP_VIEWERD_ACCESS_LOCAL_USERS_H

#include "common/http/server/http_request.h"
#include "proto/field.h"

struct local_users;

/* Look up the users; needs the rights of open(). 0, or -errno after logging
 * what is wrong. */
int local_users_open(
    const struct strings *allow_users, struct local_users **ret);
void local_users_free(struct local_users *); /* NULL is fine */

/* Is the client of this connection admitted? The kernel is asked once for each
 * connection. */
bool local_users_admits(struct local_users *, struct http_request *);

#endif
