/* query_string: the values of a query ("peer_id=a%20b&probe=1"). */
#ifndef GOOP_RENDEZVOUSD_ENDPOINTS_QUERY_STRING_H
#define GOOP_RENDEZVOUSD_ENDPOINTS_QUERY_STRING_H

#include <stddef.h>

enum { QUERY_ABSENT = 1 };

/*
 * The first value of that name, decoded, with a NUL. 0; QUERY_ABSENT; -ENOBUFS
 * if it does not fit into size; -EINVAL: a malformed escape, a control
 * character, or no UTF-8. query may be NULL.
 */
int query_get(const char *query, const char *name, char *ret, size_t size);

#endif
