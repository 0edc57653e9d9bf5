/*
 * admin_access: who may see the admin page: HTTP Basic (RFC 7617), user
 * "admin". Passwords are compared in constant time; a client that guesses waits
 * longer after each failure (client_limits), and all clients together get a
 * limited rate of tries at the slow hash. The caller passes the time in.
 */
#ifndef GOOP_RENDEZVOUSD_CLIENTS_ADMIN_ACCESS_H
#define GOOP_RENDEZVOUSD_CLIENTS_ADMIN_ACCESS_H

#include "goop-rendezvousd/clients/client_limits.h"

enum {
	ADMIN_HASHES_BURST = 5, /* tries at the slow hash at once, then */
	ADMIN_HASHES_PER_MINUTE = 30,
};

enum admin_verdict {
	ADMIN_GRANTED,
	ADMIN_DISABLED, /* neither a password nor a hash is configured */
	ADMIN_UNNAMED,  /* no credentials: ask for them */
	ADMIN_WRONG,
	ADMIN_LATER /* too many tries: the password was not looked at */
};

struct admin_access;

/* Either may be ""; if both are set, the hash counts. limits is borrowed. 0, or
 * -EINVAL if the hash is malformed. */
int admin_access_new(const char *password, const char *hash,
    struct client_limits *limits, struct admin_access **ret);
void admin_access_free(struct admin_access *); /* NULL is fine */

bool admin_access_is_enabled(const struct admin_access *);

/* Judge the value of an Authorization header, NULL if there is none.
 * *ret_retry_s is set for ADMIN_LATER. */
enum admin_verdict admin_access_judge(struct admin_access *,
    const char *authorization, const struct client_address *,
    struct monotime now, unsigned int *ret_retry_s);

#endif
