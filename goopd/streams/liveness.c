#include "goopd/streams/liveness.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "common/base/xalloc.h"
#include "goopd/streams/stream_quota.h"

struct liveness {
	struct stream_quota *quota;
	char label[LIVENESS_LABEL_MAX + 1];
};

static void
on_close(struct stream *stream, enum stream_end end, void *arg)
{
	struct stream_lease *lease = arg;

	(void)stream;
	(void)end;
	stream_lease_fini(lease);
	free(lease);
}

static void
on_stream(struct host *host, struct stream *stream, void *arg)
{
	static const struct stream_handler handler = { .on_close = on_close };
	struct liveness *content = arg;
	struct stream_lease *lease = xzalloc(sizeof(*lease));

	(void)host;
	if (!stream_lease_init(lease, content->quota, stream)) {
		free(lease);
		stream_reset(stream);
		return;
	}
	stream_lease_expire(lease, LIVENESS_LINGER_MS);
	stream_set_handler(stream, &handler, lease);
	if (stream_write(stream, bytes_of(content->label)) < 0 ||
	    stream_write(stream, bytes_of("\n")) < 0)
		stream_reset(stream);
	else
		stream_finish(stream);
}

int
liveness_set_label(struct liveness *content, const char *label)
{
	struct bytes bytes = bytes_of(label);
	size_t i;

	if (bytes.len > LIVENESS_LABEL_MAX || !text_is_utf8(bytes))
		return -EINVAL;
	for (i = 0; i < bytes.len; i++) {
		if (bytes.data[i] < 0x20 || bytes.data[i] == 0x7f)
			return -EINVAL;
	}
	memcpy(content->label, label, bytes.len + 1);
	return 0;
}

struct liveness *
liveness_new(struct host *host, const char *label)
{
	struct liveness *content = xzalloc(sizeof(*content));

	content->quota = stream_quota_new(host_base(host), NULL);
	liveness_set_label(content, label);
	host_serve(host, LIVENESS_PROTOCOL, on_stream, content);
	return content;
}

void
liveness_free(struct liveness *content)
{
	if (content == NULL)
		return;
	stream_quota_free(content->quota);
	free(content);
}
