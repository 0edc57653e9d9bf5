#include "goop-viewerd/settings/settings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/fault.h"
#include "common/base/log.h"
#include "common/base/xalloc.h"
#include "goop-viewerd/answers/json_reply.h"
#include "goop-viewerd/answers/error_page.h"
#include "goop-viewerd/settings/settings_change.h"
#include "goop-viewerd/settings/settings_writer.h"
#include "proto/field_json.h"

enum { WAITING_MAX = 16 };

/* A change; the writer has the first in the queue. */
struct change {
	TAILQ_ENTRY(change) next;
	struct http_request *request; /* NULL: the client is gone */
	struct buffer values;
	char *server; /* the new rendezvous server; NULL: as it is */
};

struct settings {
	struct viewer_settings now;
	int fd; /* -1: there is no writer */
	pid_t writer;
	struct event *readable;
	TAILQ_HEAD(, change) changes;
	size_t waiting;
	const struct settings_listener *listener;
	void *arg;
};

static void
change_free(struct settings *settings, struct change *change)
{
	TAILQ_REMOVE(&settings->changes, change, next);
	settings->waiting--;
	buffer_fini(&change->values);
	free(change->server);
	free(change);
}

/* End a change. Its request, or NULL if the client is gone. */
static struct http_request *
change_finish(struct settings *settings, struct change *change)
{
	struct http_request *request = change->request;

	change_free(settings, change);
	if (request != NULL)
		http_request_on_gone(request, NULL, NULL);
	return request;
}

static void
writer_died(struct settings *settings)
{
	event_del(settings->readable);
	settings->listener->on_lost(settings->arg);
}

static void
send_first(struct settings *settings)
{
	struct change *change = TAILQ_FIRST(&settings->changes);
	struct bytes values;

	if (change == NULL)
		return;
	values = buffer_bytes(&change->values);
	if (write(settings->fd, values.data, values.len) != (ssize_t)values.len)
		writer_died(settings);
}

static void
take_saved(struct settings *settings, struct bytes json, const char *server)
{
	struct viewer_settings saved;

	if (message_decode_json(&viewer_settings_message, json, &saved, NULL) <
	    0)
		bug("settings of the writer do not decode");
	message_fini(&viewer_settings_message, &settings->now);
	settings->now = saved;
	settings->listener->on_changed(server, settings->arg);
}

static void
reply(struct http_request *request, enum settings_outcome outcome,
    struct bytes text)
{
	static char ok[] = "ok";
	static const struct viewer_done done = { ok };

	if (outcome == SETTINGS_SAVED)
		json_reply(request, &viewer_done_message, &done);
	else
		error_page_reply_text(request,
		    outcome == SETTINGS_REFUSED ? 400 : 500, "%.*s",
		    (int)text.len, (const char *)text.data);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct settings *settings = arg;
	CLEANUP_FREE uint8_t *answer = xzalloc(SETTINGS_CHANGE_MAX);
	ssize_t len = read(fd, answer, SETTINGS_CHANGE_MAX);
	struct change *change = TAILQ_FIRST(&settings->changes);
	CLEANUP_FREE char *server = NULL;
	struct http_request *request;
	struct bytes text;

	(void)what;
	if (len == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (len <= 0 || change == NULL) {
		writer_died(settings);
		return;
	}
	text = (struct bytes){ answer + 1, (size_t)len - 1 };
	server = change->server;
	change->server = NULL;
	request = change_finish(settings, change);
	if (answer[0] == SETTINGS_SAVED)
		take_saved(settings, text, server);
	else if (answer[0] == SETTINGS_FAILED)
		log_warn("settings not saved: %.*s", (int)text.len,
		    (const char *)text.data);
	if (request != NULL)
		reply(request, answer[0], text);
	send_first(settings);
}

int
settings_open(int dirfd, struct event_base *base,
    const struct settings_listener *listener, void *arg, struct settings **ret)
{
	struct settings *settings = xzalloc(sizeof(*settings));
	int rc;

	TAILQ_INIT(&settings->changes);
	settings->fd = -1;
	settings->listener = listener;
	settings->arg = arg;
	rc = settings_load(dirfd, &settings->now);
	if (rc == 0)
		rc = settings_writer_fork(
		    dirfd, &settings->fd, &settings->writer);
	if (rc < 0) {
		log_error(
		    "settings cannot be opened reason=\"%s\"", strerror(-rc));
		settings_free(settings);
		return rc;
	}
	settings->readable = event_new(
	    base, settings->fd, EV_READ | EV_PERSIST, on_readable, settings);
	event_add(settings->readable, NULL);
	*ret = settings;
	return 0;
}

void
settings_free(struct settings *settings)
{
	struct change *change;

	if (settings == NULL)
		return;
	while ((change = TAILQ_FIRST(&settings->changes)) != NULL)
		(void)change_finish(settings, change);
	if (settings->readable != NULL)
		event_free(settings->readable);
	if (settings->fd != -1) {
		close(settings->fd);
		waitpid(settings->writer, NULL, 0);
	}
	message_fini(&viewer_settings_message, &settings->now);
	free(settings);
}

const struct viewer_settings *
settings_get(const struct settings *settings)
{
	return &settings->now;
}

static void
on_gone(void *arg)
{
	struct change *change = arg;

	change->request = NULL;
}

static void
enqueue(struct settings *settings, struct http_request *request,
    struct change *change)
{
	change->request = request;
	http_request_on_gone(request, on_gone, change);
	TAILQ_INSERT_TAIL(&settings->changes, change, next);
	if (settings->waiting++ == 0)
		send_first(settings);
}

/* A change that waits for its values; NULL, with the request answered, if too
 * many wait. */
static struct change *
change_new(struct settings *settings, struct http_request *request)
{
	struct change *change;

	if (settings->waiting == WAITING_MAX) {
		error_page_reply_text(
		    request, 503, "settings cannot be saved now");
		return NULL;
	}
	change = xzalloc(sizeof(*change));
	buffer_init(&change->values, SETTINGS_CHANGE_MAX);
	return change;
}

static void
change_cancel(
    struct change *change, struct http_request *request, const char *why)
{
	error_page_reply_text(request, 400, "%s", why);
	buffer_fini(&change->values);
	free(change->server);
	free(change);
}

void
settings_change(struct settings *settings, struct http_request *request)
{
	struct change *change = change_new(settings, request);
	const char *why;

	if (change == NULL)
		return;
	if (settings_change_translate(
		http_request_body(request), &change->values, &why) < 0)
		change_cancel(change, request, why);
	else
		enqueue(settings, request, change);
}

void
settings_change_server(
    struct settings *settings, struct http_request *request, const char *url)
{
	struct change *change = change_new(settings, request);

	if (change == NULL)
		return;
	change->server = xstrdup(url);
	if (settings_change_print_server(url, &change->values) < 0)
		change_cancel(change, request, "the address is no text");
	else
		enqueue(settings, request, change);
}

void
settings_adopt(struct settings *settings, const struct config *config)
{
	struct viewer_settings adopted = settings->now;
	struct viewer_settings copy;

	adopted.label = config->label;
	adopted.email = config->email;
	adopted.verification_token = config->verification_token;
	adopted.video_disabled = config->video_disabled;
	message_copy(&viewer_settings_message, &adopted, &copy);
	message_fini(&viewer_settings_message, &settings->now);
	settings->now = copy;
}
