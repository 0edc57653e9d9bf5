/*
 * data_api: which calls the data API has, and what each means in the words of
 * the database (/goop/data/1.0.0). The pages' JSON and the database's share
 * their keys but for a few, which are renamed here. No database, no network.
 */
#ifndef GOOP_VIEWERD_DATA_DATA_ROUTES_H
#define GOOP_VIEWERD_DATA_DATA_ROUTES_H

#include "common/base/buffer.h"
#include "goop-viewerd/access/data_path.h"
#include "proto/goopd_ops.h"

enum { DATA_REQUEST_ID_SIZE = 33 }; /* 128 bits in hexadecimal, and a NUL */

enum data_manner {
	DATA_ASKS,    /* twice is as once */
	DATA_CHANGES, /* must not happen twice */
	DATA_RUNS,    /* a script: whatever it does */
	DATA_EVENTS,  /* a stream of events; has no op */
	DATA_EXPORT,  /* a download; has no op */
};

struct data_route {
	const char *suffix;
	const char *op;
	enum data_manner manner;
	bool takes_get, takes_post;
	bool is_for_peers; /* also behind /api/p/<peer id>/data/ */
};

/* NULL if there is no such call there. */
const struct data_route *data_routes_find(const struct data_path *);

/* "GET", "GET, POST" or "POST". */
const char *data_routes_methods(const struct data_route *);

/*
 * Append the request that body asks for; an empty one is as {} where the call
 * takes GET. request_id, if not NULL, is put in when the page gave none. 0;
 * -EINVAL with *why a sentence (borrowed until the next call); or -ENOBUFS when
 * it is larger than ret may be.
 */
int data_routes_translate(const struct data_route *, struct bytes body,
    const char *request_id, struct buffer *ret, const char **why);

/* Append the request for a page of rows: those whose _id is over after. */
int data_routes_print_export(const char *table, const char *format,
    int64_t after, int limit, struct buffer *ret);

/* What a download is asked for with: "table=t&format=csv". */
struct data_export_query {
	char table[GOOP_TABLE_MAX + 1];
	bool is_csv; /* else json */
};
/* query may be NULL. 0, or -EINVAL with *why a sentence. */
int data_routes_parse_export(
    const char *query, struct data_export_query *ret, const char **why);

/* The status for a refusal with these words. */
int data_routes_status(enum bus_code, const char *words);

#endif
