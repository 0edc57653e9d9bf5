#include "goopd/site/site_server.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/base/counter.h"
#include "common/base/log.h"
#include "common/base/xalloc.h"
#include "goopd/site/site_stamp.h"
#include "goopd/streams/stream_quota.h"

COUNTER(site_requests, "files that visitors requested");
COUNTER(site_requests_bad, "malformed or unfinished site requests");
COUNTER(site_files_over_limit, "site requests over the limit of open files");
COUNTER(site_files_changed, "files that were written while being sent");
COUNTER(site_bytes_sent, "bytes of files sent to visitors");

struct site_server {
	const struct site *site;
	struct stream_quota *quota[2]; /* by enum site_version */
	unsigned int files;
};

struct visit {
	struct site_server *server;
	struct stream_lease lease;
	enum site_version version;
	bool is_answered;
	int fd; /* -1: no body, or no more */
	struct site_stamp stamp;
	uint64_t offset;
	uint64_t left;
};

static void
close_file(struct visit *visit)
{
	if (visit->fd == -1)
		return;
	close(visit->fd);
	visit->fd = -1;
	visit->server->files--;
}

static void
find_answer(struct visit *visit, const struct site_request *request,
    struct site_answer *answer)
{
	struct site_server *server = visit->server;

	counter_add(&site_requests, 1);
	if (server->files >= SITE_FILES_MAX) {
		counter_add(&site_files_over_limit, 1);
		site_answer_fail(answer, 503, "busy");
		return;
	}
	site_serve(server->site, visit->version, request, answer, &visit->fd);
	if (visit->fd != -1) {
		server->files++;
		site_stamp_take(visit->fd, &visit->stamp);
	}
	visit->offset = answer->from;
	visit->left = visit->fd != -1 ? answer->length : 0;
}

static void
answer_visit(struct visit *visit, const struct site_answer *answer)
{
	struct stream *stream = visit->lease.stream;
	struct buffer head;

	visit->is_answered = true;
	buffer_init(&head, SITE_HEAD_MAX);
	if (site_answer_print(visit->version, answer, &head) < 0 ||
	    stream_write(stream, buffer_bytes(&head)) < 0) {
		stream_reset(stream);
	} else if (visit->left > 0) {
		stream_wake(stream);
	} else {
		close_file(visit);
		stream_finish(stream);
	}
	/* From here on the muxer ends a stalled stream. */
	stream_lease_keep(&visit->lease);
	buffer_fini(&head);
}

static void
refuse_request(struct visit *visit)
{
	struct site_answer answer;

	counter_add(&site_requests_bad, 1);
	site_answer_fail(&answer, 400, "bad request");
	answer_visit(visit, &answer);
}

static void
log_visit(const struct visit *visit, const struct site_request *request,
    const struct site_answer *answer)
{
	char peer[PEER_ID_TEXT_SIZE];

	peer_id_print(&visit->lease.peer, peer);
	log_debug("site visited peer=%s path=%s status=%u", peer, request->path,
	    answer->status);
}

static size_t
on_data(struct stream *stream, struct bytes bytes, void *arg)
{
	struct visit *visit = arg;
	struct site_request request;
	struct site_answer answer;
	size_t used = 0;

	if (visit->is_answered)
		return bytes.len;
	switch (site_request_parse(visit->version, bytes, &request, &used)) {
	case 0:
		find_answer(visit, &request, &answer);
		log_visit(visit, &request, &answer);
		answer_visit(visit, &answer);
		return used;
	case SITE_MORE:
		stream_resume(stream); /* offer it again with the rest */
		return 0;
	default:
		refuse_request(visit);
		return bytes.len;
	}
}

/* The visitor sees that bytes are missing. */
static void
give_up(struct visit *visit)
{
	close_file(visit);
	stream_reset(visit->lease.stream);
}

static size_t
on_fill(struct stream *stream, uint8_t *buffer, size_t size, void *arg)
{
	struct visit *visit = arg;
	ssize_t n;

	if (visit->left == 0)
		return 0;
	if (size > visit->left)
		size = (size_t)visit->left;
	do {
		n = pread(visit->fd, buffer, size, (off_t)visit->offset);
	} while (n == -1 && errno == EINTR);
	if (n == -1) {
		log_warn("cannot read a file of the site error=%m");
		give_up(visit);
		return 0;
	}
	if (n == 0 || ((uint64_t)n == visit->left &&
			  !site_stamp_holds(&visit->stamp, visit->fd))) {
		counter_add(&site_files_changed, 1);
		give_up(visit);
		return 0;
	}
	visit->offset += (uint64_t)n;
	visit->left -= (uint64_t)n;
	counter_add(&site_bytes_sent, (uint64_t)n);
	if (visit->left == 0) {
		close_file(visit);
		stream_finish(stream);
	}
	return (size_t)n;
}

/* The peer closed without a request. */
static void
on_end(struct stream *stream, void *arg)
{
	struct visit *visit = arg;

	if (!visit->is_answered)
		stream_reset(stream);
}

static void
on_close(struct stream *stream, enum stream_end end, void *arg)
{
	struct visit *visit = arg;

	(void)stream;
	(void)end;
	if (!visit->is_answered)
		counter_add(&site_requests_bad, 1);
	close_file(visit);
	stream_lease_fini(&visit->lease);
	free(visit);
}

static void
take_visit(struct site_server *server, struct stream *stream,
    enum site_version version)
{
	static const struct stream_handler visit_handler = {
		.on_data = on_data,
		.on_end = on_end,
		.on_fill = on_fill,
		.on_close = on_close,
	};
	struct visit *visit = xzalloc(sizeof(*visit));

	if (!stream_lease_init(&visit->lease, server->quota[version], stream)) {
		free(visit);
		stream_reset(stream);
		return;
	}
	visit->server = server;
	visit->version = version;
	visit->fd = -1;
	stream_lease_expire(&visit->lease, SITE_REQUEST_MS);
	stream_set_handler(stream, &visit_handler, visit);
}

static void
on_stream_1_0(struct host *host, struct stream *stream, void *arg)
{
	(void)host;
	take_visit(arg, stream, SITE_1_0);
}

static void
on_stream_1_1(struct host *host, struct stream *stream, void *arg)
{
	(void)host;
	take_visit(arg, stream, SITE_1_1);
}

struct site_server *
site_server_new(struct host *host, const struct site *site)
{
	struct site_server *server = xzalloc(sizeof(*server));

	server->site = site;
	server->quota[SITE_1_0] = stream_quota_new(host_base(host), NULL);
	server->quota[SITE_1_1] = stream_quota_new(host_base(host), NULL);
	host_allow_limited(host, SITE_PROTOCOL_1_1);
	host_serve(host, SITE_PROTOCOL_1_1, on_stream_1_1, server);
	host_allow_limited(host, SITE_PROTOCOL_1_0);
	host_serve(host, SITE_PROTOCOL_1_0, on_stream_1_0, server);
	return server;
}

void
site_server_free(struct site_server *server)
{
	if (server == NULL)
		return;
	stream_quota_free(server->quota[SITE_1_0]);
	stream_quota_free(server->quota[SITE_1_1]);
	free(server);
}
