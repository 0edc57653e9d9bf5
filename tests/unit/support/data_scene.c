#include "tests/unit/support/data_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "common/base/array.h"
#include "common/base/buffer.h"
#include "common/base/log.h"
#include "common/base/xalloc.h"
#include "goop-viewerd/data/data_export.h"
#include "goopd/data/request/data_request.h"
#include "goop-viewerd/feeds/data_feed.h"
#include "goop-viewerd/routes/data_handler.h"

enum { GOOPD_PAUSE_MS = 20, PATIENCE_S = 60 };

/* --- goopd: small answers */

static void
reply_text(struct data_ask_call call, const char *text)
{
	struct data_reply reply = { .data = { (uint8_t *)(uintptr_t)text,
					strlen(text) },
		.length = (int64_t)strlen(text) };

	reply_data_ask(call, &reply);
}

static void
play_echo(
    struct data_scene *scene, struct data_ask_call call, const json_t *request)
{
	(void)request;
	reply_text(call, scene->request);
}

static void
play_none(
    struct data_scene *scene, struct data_ask_call call, const json_t *request)
{
	static const struct data_reply reply;

	(void)scene;
	(void)request;
	reply_data_ask(call, &reply);
}

static void
play_refuse(
    struct data_scene *scene, struct data_ask_call call, const json_t *request)
{
	(void)scene;
	bus_fail(call.bus,
	    (enum bus_code)json_integer_value(json_object_get(request, "id")),
	    "%s", json_string_value(json_object_get(request, "where")));
}

static void
keep(struct data_scene *scene, struct data_ask_call call)
{
	assert_in_range(scene->kept_count, 0, 7);
	scene->kept[scene->kept_count++] = call.bus;
}

static void
play_kept(
    struct data_scene *scene, struct data_ask_call call, const json_t *request)
{
	(void)request;
	keep(scene, call);
}

/* --- goopd: answers by ticket */

struct giving {
	int64_t left;
};

static void
on_room(struct local_stream *local_stream, void *arg)
{
	static uint8_t bytes[64 * 1024];
	struct giving *giving = arg;
	struct bytes piece = { bytes, sizeof(bytes) };
	size_t taken = 1;

	memset(bytes, 'x', sizeof(bytes));
	while (giving->left > 0 && taken > 0) {
		if ((int64_t)piece.len > giving->left)
			piece.len = (size_t)giving->left;
		taken = local_stream_write(local_stream, piece);
		giving->left -= (int64_t)taken;
		if (taken < piece.len)
			return;
	}
	free(giving);
	local_stream_free(local_stream);
}

static void
on_left(struct local_stream *local_stream, void *arg)
{
	(void)local_stream;
	free(arg);
}

static void
give(struct data_scene *scene, struct data_ask_call call, int64_t length,
    int64_t really)
{
	static const struct local_stream_source source = { on_room, on_left };
	struct giving *giving = xzalloc(sizeof(*giving));
	struct data_reply reply = { .length = length };
	struct bytes ticket;

	giving->left = really;
	assert_non_null(
	    local_stream_new(scene->desk, &source, giving, &ticket));
	reply.ticket.data = (uint8_t *)(uintptr_t)ticket.data;
	reply.ticket.len = ticket.len;
	reply_data_ask(call, &reply);
}

static void
play_large(
    struct data_scene *scene, struct data_ask_call call, const json_t *request)
{
	int64_t length = json_integer_value(json_object_get(request, "limit"));

	give(scene, call, length, length);
}

static void
play_cut(
    struct data_scene *scene, struct data_ask_call call, const json_t *request)
{
	int64_t length = json_integer_value(json_object_get(request, "limit"));

	give(scene, call, length, length / 2);
}

/* --- goopd: changes */

static bool
is_applied(const struct data_scene *scene, const char *id)
{
	int i;

	for (i = 0; i < scene->applied_count; i++)
		if (strcmp(scene->applied[i], id) == 0)
			return true;
	return false;
}

static void
on_death(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	data_scene_restart_goopd(arg);
}

static void
play_dying(
    struct data_scene *scene, struct data_ask_call call, const json_t *request)
{
	static const struct timeval soon = { 0, 0 };
	const char *id =
	    json_string_value(json_object_get(request, "request_id"));

	if (id != NULL && is_applied(scene, id)) {
		reply_text(call, "{\"status\":\"inserted\",\"id\":1}");
		return;
	}
	assert_in_range(scene->applied_count, 0, 3);
	snprintf(scene->applied[scene->applied_count++],
	    sizeof(scene->applied[0]), "%s", id != NULL ? id : "");
	keep(scene, call);
	event_base_once(scene->base, -1, EV_TIMEOUT, on_death, scene, &soon);
}

/* --- goopd: exports */

static json_t *
page_of(const json_t *request, int64_t after, int64_t limit)
{
	bool is_csv =
	    strcmp(json_string_value(json_object_get(request, "format")),
		"csv") == 0;
	struct buffer text;
	json_t *page;
	int64_t id;

	buffer_init(&text, 1000);
	if (is_csv && after == 0)
		(void)buffer_printf(&text, "_id\r\n");
	for (id = after + 1; id <= SCENE_ROWS && id - after <= limit; id++) {
		if (is_csv)
			(void)buffer_printf(&text, "%d\r\n", (int)id);
		else
			(void)buffer_printf(&text, "%s{\"_id\":%d}",
			    id > after + 1 ? ",\n" : "", (int)id);
	}
	page = json_object();
	json_object_set_new(page, "text",
	    json_stringn(
		text.len > 0 ? (const char *)buffer_bytes(&text).data : "",
		text.len));
	json_object_set_new(page, "after",
	    id <= SCENE_ROWS ? json_integer(id - 1) : json_null());
	buffer_fini(&text);
	return page;
}

static void
play_rows(
    struct data_scene *scene, struct data_ask_call call, const json_t *request)
{
	int64_t after = json_integer_value(json_object_get(request, "after"));
	int64_t limit = json_integer_value(json_object_get(request, "limit"));
	CLEANUP_FREE char *text = NULL;
	json_t *page;

	if (limit > SCENE_PAGE_ROWS) {
		bus_fail(call.bus, BUS_TOO_LARGE, "too much");
		return;
	}
	scene->pages++;
	page = page_of(request, after, limit);
	text = json_dumps(page, JSON_COMPACT);
	reply_text(call, text);
	json_decref(page);
}

static void
play_late(
    struct data_scene *scene, struct data_ask_call call, const json_t *request)
{
	if (json_integer_value(json_object_get(request, "after")) > 0)
		bus_fail(call.bus, BUS_INTERNAL, "disk");
	else
		play_rows(scene, call, request);
}

static void
play_odd(
    struct data_scene *scene, struct data_ask_call call, const json_t *request)
{
	(void)scene;
	(void)request;
	reply_text(call, "{\"text\":\"x\\r\\n\",\"after\":0}");
}

/* --- goopd */

/* As goopd reads it; NULL if that was refused. */
static json_t *
read_request(struct data_scene *scene, const struct data_ask *ask,
    struct data_ask_call call)
{
	struct data_body body = { .request_id = ask->request_id,
		.json = { ask->body.data, ask->body.len } };
	json_t *request = NULL;
	struct buffer line;
	char *why = NULL;

	assert_true(data_op_find(bytes_of(ask->op), &body.op));
	buffer_init(&line, DATA_REQUEST_MAX);
	if (data_request_print(&body, &line, &why) < 0) {
		bus_fail(call.bus, BUS_BAD_REQUEST, "%s", why);
	} else {
		snprintf(scene->request, sizeof(scene->request), "%.*s",
		    (int)line.len - 1, (const char *)buffer_bytes(&line).data);
		request = json_loadb(
		    (const char *)buffer_bytes(&line).data, line.len, 0, NULL);
	}
	free(why);
	buffer_fini(&line);
	return request;
}

static void
on_data_ask(struct data_ask_call call, const struct data_ask *ask, void *arg)
{
	static const struct {
		const char *table;
		void (*play)(struct data_scene *, struct data_ask_call,
		    const json_t *request);
	} plays[] = {
		{ "echo", play_echo },
		{ "none", play_none },
		{ "refuse", play_refuse },
		{ "large", play_large },
		{ "cut", play_cut },
		{ "kept", play_kept },
		{ "dying", play_dying },
		{ "rows", play_rows },
		{ "late", play_late },
		{ "odd", play_odd },
	};
	struct data_scene *scene = arg;
	const char *table;
	json_t *request;
	size_t i;

	scene->asked++;
	snprintf(scene->peer, sizeof(scene->peer), "%s", ask->peer_id);
	request = read_request(scene, ask, call);
	if (request == NULL)
		return;
	table = json_string_value(json_object_get(request, "table"));
	for (i = 0; table != NULL && strcmp(table, plays[i].table) != 0; i++)
		assert_true(i + 1 < ARRAY_SIZE(plays));
	plays[table != NULL ? i : 0].play(scene, call, request);
	json_decref(request);
}

static void
on_identity_ask(
    struct identity_call call, const struct nothing *request, void *arg)
{
	static char self[] = SCENE_SELF;
	struct identity_reply reply = { .peer_id = self };

	(void)request;
	(void)arg;
	reply_identity(call, &reply);
}

static void
start_goopd(struct data_scene *scene)
{
	static const struct bus_handler handlers[] = {
		HANDLER(identity, on_identity_ask),
		HANDLER(data_ask, on_data_ask),
		BUS_HANDLER_END,
	};

	assert_int_equal(
	    bus_new(scene->base, scene->directory, 0, &scene->goopd_bus), 0);
	assert_int_equal(bus_serve(scene->goopd_bus, "goopd", handlers, scene,
			     &scene->server),
	    0);
	assert_int_equal(local_stream_server_open(
			     scene->base, scene->directory, &scene->desk),
	    0);
}

static void
stop_goopd(struct data_scene *scene)
{
	local_stream_server_close(scene->desk);
	bus_server_free(scene->server);
	while (scene->kept_count > 0) /* unheard by now */
		bus_fail(
		    scene->kept[--scene->kept_count], BUS_UNREACHABLE, "gone");
	bus_free(scene->goopd_bus);
}

static void
come_back(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	start_goopd(arg);
}

void
data_scene_restart_goopd(struct data_scene *scene)
{
	static const struct timeval pause = { 0, GOOPD_PAUSE_MS * 1000 };

	stop_goopd(scene);
	scene->server = NULL;
	event_base_once(scene->base, -1, EV_TIMEOUT, come_back, scene, &pause);
}

/* --- the viewer */

static void
put_headers(struct http_request *request)
{
	(void)http_header(request, "X-Origin", "scene");
}

static void
handle(struct http_request *request, void *arg)
{
	data_handler_handle(arg, request, put_headers);
}

static void
on_told(void *arg)
{
	(void)arg;
}

static void
on_data(const char *table, void *arg)
{
	struct data_scene *scene = arg;

	data_feed_tell(scene->viewer.changes, table);
}

static void
start_viewer(struct data_scene *scene)
{
	static const struct goopd_listener listener = { on_told, on_told,
		on_data };
	struct viewer *viewer = &scene->viewer;
	struct http_limits limits = http_limits_default;
	int fd;

	limits.body_bytes = GOOP_DATA_REQUEST_MAX;
	assert_int_equal(
	    bus_new(scene->base, scene->directory, FROM_VIEWERD, &scene->bus),
	    0);
	viewer->changes = data_feed_new(scene->base, 1);
	viewer->goopd = goopd_client_new(scene->bus, &listener, scene);
	viewer->data = data_client_new(
	    scene->base, viewer->goopd, scene->directory, SCENE_QUERIES);
	viewer->exports = data_exports_new(viewer->data, 1);
	viewer->http = http_server_new(scene->base, &limits, handle, viewer);
	assert_int_equal(http_address_parse("127.0.0.1:0", &scene->address), 0);
	assert_int_equal(http_listen(&scene->address, &fd), 0);
	assert_int_equal(http_server_take_listener(viewer->http, fd), 0);
}

int
data_scene_open(void **state)
{
	struct data_scene *scene = xzalloc(sizeof(*scene));

	alarm(PATIENCE_S);
	log_open("data_http_test", LOG_LEVEL_ERROR);
	strcpy(scene->directory, "/tmp/data_scene.XXXXXX");
	assert_non_null(mkdtemp(scene->directory));
	scene->base = event_base_new();
	start_goopd(scene);
	start_viewer(scene);
	while (goopd_client_identity(scene->viewer.goopd)->peer_id == NULL)
		event_base_loop(scene->base, EVLOOP_ONCE);
	*state = scene;
	return 0;
}

int
data_scene_close(void **state)
{
	struct data_scene *scene = *state;
	char command[128];

	while (scene->server == NULL)
		event_base_loop(scene->base, EVLOOP_ONCE);
	http_server_free(scene->viewer.http);
	data_exports_free(scene->viewer.exports);
	data_client_free(scene->viewer.data);
	data_feed_free(scene->viewer.changes);
	goopd_client_free(scene->viewer.goopd);
	bus_free(scene->bus);
	stop_goopd(scene);
	event_base_free(scene->base);
	snprintf(command, sizeof(command), "rm -rf %s", scene->directory);
	assert_int_equal(system(command), 0);
	free(scene);
	return 0;
}

/* --- a client */

int
data_scene_send(struct data_scene *scene, const char *text)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	size_t len = strlen(text), sent = 0;
	ssize_t n;

	assert_int_equal(
	    connect(fd, &scene->address.sa, sizeof(scene->address.v4)), 0);
	while (sent < len) {
		n = send(fd, text + sent, len - sent, MSG_DONTWAIT);
		sent += n > 0 ? (size_t)n : 0;
		event_base_loop(scene->base, EVLOOP_NONBLOCK);
	}
	return fd;
}

char *
data_scene_read(
    struct data_scene *scene, int fd, const char *text, size_t *ret_len)
{
	char *answer = xzalloc(SCENE_ANSWER_MAX + 1);
	size_t len = 0;
	ssize_t n = -1;

	while (n != 0 && (*text == '\0' || strstr(answer, text) == NULL)) {
		event_base_loop(scene->base, EVLOOP_NONBLOCK);
		n = recv(
		    fd, answer + len, SCENE_ANSWER_MAX - len, MSG_DONTWAIT);
		len += n > 0 ? (size_t)n : 0;
		if (n == -1 && errno != EAGAIN)
			n = 0;
	}
	if (ret_len != NULL)
		*ret_len = len;
	return answer;
}

char *
data_scene_call(struct data_scene *scene, const char *method, const char *path,
    const char *body, size_t *ret_len)
{
	CLEANUP_FREE char *text = xasprintf(
	    "%s %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
	    "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
	    method, path, strlen(body), body);
	int fd = data_scene_send(scene, text);
	char *answer = data_scene_read(scene, fd, "", ret_len);

	close(fd);
	return answer;
}
