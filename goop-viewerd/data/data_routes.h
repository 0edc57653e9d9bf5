/*
 * data_routes: the calls of the data API: the operations of proto/data_ops.h
 * that have a route, and two that are no operations. How they are refused.
 */
#ifndef GOOP_VIEWERD_DATA_DATA_ROUTES_H
#define GOOP_VIEWERD_DATA_DATA_ROUTES_H

#include "common/http/server/http_request.h"
#include "goop-viewerd/access/data_path.h"
#include "proto/data_ops.h"
#include "proto/op.h"

enum data_call_kind {
	DATA_CALL_OP,     /* one operation */
	DATA_CALL_EVENTS, /* a stream of events */
	DATA_CALL_EXPORT, /* a download */
};

struct data_route {
	enum data_call_kind kind;
	enum data_op op; /* of DATA_CALL_OP */
	enum data_methods methods;
};

/* False if there is no such call there. */
bool data_routes_find(const struct data_path *, struct data_route *ret);

/* "GET", "GET, POST" or "POST". */
const char *data_routes_methods(const struct data_route *);

/* The HTTP status of a refusal. */
int data_routes_status(enum bus_code);

/* Answer with the sentence and the status of a refusal; "": the code's name. */
void data_routes_refuse(
    struct http_request *, enum bus_code, const char *sentence);

#endif
