#include "goop-viewerd/data/data_export.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "common/base/counter.h"
#include "common/base/xalloc.h"
#include "goop-viewerd/data/data_routes.h"

COUNTER(data_exports_refused, "downloads of tables refused over the limit");
COUNTER(data_exports_cut, "downloads of tables that broke off");

enum { PAGE_REQUEST_MAX = 512, FEWER_ROWS = 4 };

struct data_export {
	struct data_exports *all;
	struct http_request *request;
	void (*put_headers)(struct http_request *);
	struct data_export_query what;
	struct data_query *query; /* NULL: the browser is to take a page */
	struct evbuffer *answer;  /* to the question for a page */
	int64_t after;            /* the last _id that is through */
	int rows;                 /* asked for at a time */
	bool is_begun;            /* the browser has our head */
	bool has_rows;            /* ... and some rows */
};

struct data_exports {
	struct data_client *client;
	unsigned int count, max;
};

static void ask(struct data_export *);

/* --- the end */

static void
export_free(struct data_export *export)
{
	if (export->query != NULL)
		data_query_cancel(export->query);
	export->all->count--;
	evbuffer_free(export->answer);
	free(export);
}

static void
on_gone(void *arg)
{
	export_free(arg);
}

/* Returns the request, which the caller answers or ends. */
static struct http_request *
export_finish(struct data_export *export)
{
	struct http_request *request = export->request;

	http_request_on_gone(request, NULL, NULL);
	export_free(export);
	return request;
}

static void
export_fail(
    struct data_export *export, enum bus_code code, const char *sentence)
{
	bool is_begun = export->is_begun;
	struct http_request *request = export_finish(export);

	if (is_begun) {
		counter_add(&data_exports_cut, 1);
		http_stream_abort(request);
	} else {
		data_routes_refuse(request, code, sentence);
	}
}

/* --- to the browser */

static void
begin(struct data_export *export)
{
	struct http_request *request = export->request;
	const char *format = export->what.is_csv ? "csv" : "json";
	CLEANUP_FREE char *disposition = xasprintf(
	    "attachment; filename=\"%s.%s\"", export->what.table, format);

	export->put_headers(request);
	(void)http_header(request, "Content-Type",
	    export->what.is_csv ? "text/csv; charset=utf-8"
				: "application/json");
	(void)http_header(request, "Content-Disposition", disposition);
	(void)http_header(request, "Cache-Control", "no-store");
	http_stream_begin(request, 200, -1);
}

/* Rows are separated within a page; so are pages, as items of one array. */
static void
put_text(struct data_export *export, const char *text, bool is_last,
    struct evbuffer *to)
{
	bool is_json = !export->what.is_csv;

	if (is_json && !export->is_begun)
		evbuffer_add_printf(to, "[\n");
	if (is_json && export->has_rows && *text != '\0')
		evbuffer_add_printf(to, ",\n");
	evbuffer_add(to, text, strlen(text));
	export->has_rows = export->has_rows || *text != '\0';
	if (is_json && is_last)
		evbuffer_add_printf(to, export->has_rows ? "\n]\n" : "]\n");
}

static void
on_sent(void *arg)
{
	ask(arg);
}

static void
pass_on(struct data_export *export, const char *text, bool is_last)
{
	struct evbuffer *out = xcheck(evbuffer_new());
	bool has_bytes;

	put_text(export, text, is_last, out);
	if (!export->is_begun)
		begin(export);
	export->is_begun = true;
	has_bytes = evbuffer_get_length(out) > 0;
	if (has_bytes)
		http_stream_write(
		    export->request, out, is_last ? NULL : on_sent, export);
	if (is_last)
		http_stream_end(export_finish(export));
	else if (!has_bytes)
		ask(export);
	evbuffer_free(out);
}

/* --- from the database */

/* {"text":"...","after":12}, or null where there is no more. */
static void
take_page(struct data_export *export)
{
	size_t len = evbuffer_get_length(export->answer);
	json_t *page = json_loadb(
	    (char *)evbuffer_pullup(export->answer, -1), len, 0, NULL);
	const char *text = json_string_value(json_object_get(page, "text"));
	const json_t *after = json_object_get(page, "after");
	bool is_last = !json_is_integer(after);

	evbuffer_drain(export->answer, len);
	if (text == NULL ||
	    (!is_last && json_integer_value(after) <= export->after)) {
		export_fail(export, BUS_INTERNAL,
		    "goopd gave a page that makes no sense");
	} else {
		if (!is_last)
			export->after = json_integer_value(after);
		pass_on(export, text, is_last);
	}
	json_decref(page);
}

static void
on_piece(struct evbuffer *piece, int64_t left, void *arg)
{
	struct data_export *export = arg;

	evbuffer_add_buffer(export->answer, piece);
	if (left == 0) {
		export->query = NULL;
		take_page(export);
	} else if ((int64_t)evbuffer_get_length(export->answer) + left >
		   EXPORT_PAGE_MAX) {
		export_fail(export, BUS_TOO_LARGE, "a page is too large");
	} else {
		data_query_next(export->query);
	}
}

static void
on_fail(enum bus_code code, const char *sentence, void *arg)
{
	struct data_export *export = arg;

	export->query = NULL;
	if (code == BUS_TOO_LARGE && export->rows > 1) {
		export->rows = (export->rows + FEWER_ROWS - 1) / FEWER_ROWS;
		ask(export);
	} else {
		export_fail(export, code, sentence);
	}
}

static void
ask(struct data_export *export)
{
	static const struct data_listener listener = { on_piece, on_fail };
	struct data_question question = { .op = DATA_EXPORT_ROWS,
		.may_repeat = true };
	char body[PAGE_REQUEST_MAX];

	snprintf(body, sizeof(body),
	    "{\"table\":\"%s\",\"format\":\"%s\",\"after\":%lld,"
	    "\"limit\":%d}",
	    export->what.table, export->what.is_csv ? "csv" : "json",
	    (long long)export->after, export->rows);
	question.body = bytes_of(body);
	export->query =
	    data_client_ask(export->all->client, &question, &listener, export);
	if (export->query == NULL)
		export_fail(export, BUS_BUSY, "too many requests");
}

/* --- what is asked for */

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

/* Names as the database has them: nothing to escape in a header, in JSON or in
 * a file's name. */
static bool
is_table_name(struct bytes name)
{
	static const char word[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";

	return name.len > 0 && name.len <= GOOP_TABLE_MAX &&
	       strspn((const char *)name.data, word) >= name.len &&
	       (name.data[0] < '0' || name.data[0] > '9');
}

int
data_export_parse(
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

/* --- */

struct data_exports *
data_exports_new(struct data_client *client, unsigned int max)
{
	struct data_exports *all = xzalloc(sizeof(*all));

	all->client = client;
	all->max = max;
	return all;
}

void
data_exports_free(struct data_exports *all)
{
	free(all);
}

void
data_export_start(struct data_exports *all, struct http_request *request,
    const struct data_export_query *what,
    void (*put_headers)(struct http_request *))
{
	struct data_export *export;

	if (all->count == all->max) {
		counter_add(&data_exports_refused, 1);
		data_routes_refuse(request, BUS_BUSY, "too many downloads");
		return;
	}
	export = xzalloc(sizeof(*export));
	export->all = all;
	export->request = request;
	export->put_headers = put_headers;
	export->what = *what;
	export->rows = EXPORT_ROWS;
	export->answer = xcheck(evbuffer_new());
	all->count++;
	http_request_on_gone(request, on_gone, export);
	ask(export);
}
