#include "goop-viewerd/data/data_routes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "common/base/array.h"
#include "common/base/text.h"
#include "common/base/xalloc.h"

/* clang-format off */
static const struct data_route routes[] = {
	/* suffix                 op               manner      GET    POST  peers */
	{ "tables",               "tables",        DATA_ASKS,    true,  true,  true },
	{ "orm-schema",           "orm-schema",    DATA_ASKS,    true,  true,  true },
	{ "tables/describe",      "describe",      DATA_ASKS,    false, true,  true },
	{ "role",                 "role",          DATA_ASKS,    false, true,  true },
	{ "query",                "query",         DATA_ASKS,    false, true,  true },
	{ "find",                 "query",         DATA_ASKS,    false, true,  true },
	{ "find-one",             "query-one",     DATA_ASKS,    false, true,  true },
	{ "get-by",               "query-one",     DATA_ASKS,    false, true,  true },
	{ "exists",               "exists",        DATA_ASKS,    false, true,  true },
	{ "count",                "count",         DATA_ASKS,    false, true,  true },
	{ "pluck",                "pluck",         DATA_ASKS,    false, true,  true },
	{ "distinct",             "distinct",      DATA_ASKS,    false, true,  true },
	{ "aggregate",            "aggregate",     DATA_ASKS,    false, true,  true },
	{ "insert",               "insert",        DATA_CHANGES, false, true,  true },
	{ "update",               "update",        DATA_CHANGES, false, true,  true },
	{ "delete",               "delete",        DATA_CHANGES, false, true,  true },
	{ "update-where",         "update-where",  DATA_CHANGES, false, true,  true },
	{ "delete-where",         "delete-where",  DATA_CHANGES, false, true,  true },
	{ "upsert",               "upsert",        DATA_CHANGES, false, true,  true },
	{ "tables/create",        "create-table",  DATA_CHANGES, false, true,  true },
	{ "tables/delete",        "delete-table",  DATA_CHANGES, false, true,  true },
	{ "tables/rename",        "rename-table",  DATA_CHANGES, false, true,  true },
	{ "tables/add-column",    "add-column",    DATA_CHANGES, false, true,  true },
	{ "tables/drop-column",   "drop-column",   DATA_CHANGES, false, true,  true },
	{ "tables/set-policy",    "set-policy",    DATA_CHANGES, false, true,  false },
	{ "tables/set-access",    "set-access",    DATA_CHANGES, false, true,  false },
	{ "tables/set-roles",     "set-roles",     DATA_CHANGES, false, true,  false },
	{ "tables/export-schema", "export-schema", DATA_ASKS,    false, true,  false },
	{ "trash",                "trash",         DATA_ASKS,    true,  false, false },
	{ "undo",                 "undo",          DATA_CHANGES, false, true,  false },
	{ "lua/list",             "lua-list",      DATA_ASKS,    true,  true,  true },
	{ "lua/call",             "lua-call",      DATA_RUNS,    false, true,  true },
	{ "events",               NULL,            DATA_EVENTS,  true,  false, true },
	{ "export",               NULL,            DATA_EXPORT,  true,  false, false },
};

/* Where the database's key is another one: moved, unless that is there. */
static const struct renaming {
	const char *op, *from, *to;
	json_type type; /* of the value, to be moved */
} renamings[] = {
	{ "create-table", "columns", "column_defs", JSON_ARRAY },
	/* A text is no ColumnDef, for which peers of the original take it. */
	{ NULL,           "column",  "column_name", JSON_STRING },
	/* Peers of the original know fields only of their own viewer. */
	{ "query",        "fields",  "columns",     JSON_ARRAY },
};
/* clang-format on */

const struct data_route *
data_routes_find(const struct data_path *path)
{
	const struct data_route *route;

	for (route = routes; route < routes + ARRAY_SIZE(routes); route++) {
		if (bytes_equal(path->suffix, bytes_of(route->suffix)))
			return route->is_for_peers || !path->names_peer ? route
									: NULL;
	}
	return NULL;
}

const char *
data_routes_methods(const struct data_route *route)
{
	if (!route->takes_get)
		return "POST";
	return route->takes_post ? "GET, POST" : "GET";
}

/* --- requests */

static void
rename_keys(json_t *request, const char *op)
{
	const struct renaming *row;
	json_t *value;

	for (row = renamings; row < renamings + ARRAY_SIZE(renamings); row++) {
		value = json_object_get(request, row->from);
		if ((row->op != NULL && strcmp(row->op, op) != 0) ||
		    value == NULL || json_typeof(value) != row->type)
			continue;
		if (json_object_get(request, row->to) == NULL)
			json_object_set(request, row->to, value);
		json_object_del(request, row->from);
	}
}

static int
print(json_t *request, struct buffer *ret)
{
	CLEANUP_FREE char *text = json_dumps(request, JSON_COMPACT);

	return text == NULL ? -ENOMEM : buffer_append(ret, bytes_of(text));
}

/* NULL with *why. */
static json_t *
parse(const struct data_route *route, struct bytes body, const char **why)
{
	static char words[JSON_ERROR_TEXT_LENGTH + 32];
	json_error_t error = { .text = "an object is wanted" };
	json_t *json = NULL;

	if (body.len == 0 && route->takes_get)
		return json_object();
	if (body.len > 0)
		json = json_loadb((const char *)body.data, body.len,
		    JSON_REJECT_DUPLICATES, &error);
	if (json_is_object(json))
		return json;
	if (json != NULL)
		snprintf(error.text, sizeof(error.text), "no object");
	json_decref(json);
	snprintf(words, sizeof(words), "invalid json: %s", error.text);
	text_make_printable(words);
	*why = words;
	return NULL;
}

/* null and "" are none to the database. */
static bool
has_request_id(const json_t *request)
{
	const json_t *id = json_object_get(request, "request_id");

	return id != NULL && !json_is_null(id) &&
	       (!json_is_string(id) || json_string_length(id) > 0);
}

int
data_routes_translate(const struct data_route *route, struct bytes body,
    const char *request_id, struct buffer *ret, const char **why)
{
	json_t *request = parse(route, body, why);
	int rc;

	if (request == NULL)
		return -EINVAL;
	rename_keys(request, route->op);
	json_object_set_new(request, "op", json_string(route->op));
	if (request_id != NULL && !has_request_id(request))
		json_object_set_new(
		    request, "request_id", json_string(request_id));
	rc = print(request, ret);
	json_decref(request);
	return rc;
}

int
data_routes_print_export(const char *table, const char *format, int64_t after,
    int limit, struct buffer *ret)
{
	json_t *request = json_pack("{s:s, s:s, s:s, s:I, s:i}", "op",
	    "export-rows", "table", table, "format", format, "after",
	    (json_int_t)after, "limit", limit);
	int rc = print(request, ret);

	json_decref(request);
	return rc;
}

/* --- the query of a download */

/* The value of a key, as it came. */
static struct bytes
value_of(const char *query, const char *key)
{
	struct bytes part;

	while (query != NULL && *query != '\0') {
		part = (struct bytes){ (const uint8_t *)query,
			strcspn(query, "&") };
		query += part.len;
		query += *query == '&';
		if (bytes_skip(&part, key) && bytes_skip(&part, "="))
			return part;
	}
	return (struct bytes){ NULL, 0 };
}

/* Names as the database has them: nothing to escape in a header, a query or a
 * file's name. */
static bool
is_table_name(struct bytes name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ_";
	static const char digits[] = "0123456789";
	size_t i;

	if (name.len == 0 || name.len > GOOP_TABLE_MAX)
		return false;
	for (i = 0; i < name.len; i++) {
		if (memchr(letters, name.data[i], sizeof(letters) - 1) ==
			NULL &&
		    (i == 0 || memchr(digits, name.data[i],
				   sizeof(digits) - 1) == NULL))
			return false;
	}
	return true;
}

int
data_routes_parse_export(
    const char *query, struct data_export_query *ret, const char **why)
{
	struct bytes table = value_of(query, "table");
	struct bytes format = value_of(query, "format");

	*why = "table name required";
	if (table.len == 0)
		return -EINVAL;
	*why = "invalid table name";
	if (!is_table_name(table))
		return -EINVAL;
	memcpy(ret->table, table.data, table.len);
	ret->table[table.len] = '\0';
	ret->is_csv = bytes_equal(format, bytes_of("csv"));
	*why = "format must be csv or json";
	return ret->is_csv || bytes_equal(format, bytes_of("json")) ? 0
								    : -EINVAL;
}

/* --- answers */

int
data_routes_status(enum bus_code code, const char *words)
{
	static const int statuses[] = {
		[BUS_BAD_REQUEST] = 400,
		[BUS_NOT_FOUND] = 404,
		[BUS_FORBIDDEN] = 403,
		[BUS_UNREACHABLE] = 502,
		[BUS_TIMEOUT] = 504,
		[BUS_BUSY] = 503,
		[BUS_TOO_LARGE] = 413,
		[BUS_INTERNAL] = 500,
	};

	if (code == BUS_BUSY && strstr(words, "rate limit") != NULL)
		return 429;
	if ((size_t)code < ARRAY_SIZE(statuses) && statuses[code] != 0)
		return statuses[code];
	return 500;
}
