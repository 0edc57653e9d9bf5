#include "goopd/site/site_own.h"

#include <stdlib.h>
#include <unistd.h>

#include "common/base/xalloc.h"
#include "goopd/site/site_reply.h"
#include "goopd/site/site_stamp.h"

struct own_file {
	int fd;
	uint64_t offset;
	uint64_t left;
	struct site_stamp stamp;
};

static void
own_file_free(struct own_file *file)
{
	close(file->fd);
	free(file);
}

static void
on_room(struct local_stream *local_stream, void *arg)
{
	struct own_file *file = arg;
	ssize_t n = 0;

	if (file->left > 0 && !site_stamp_holds(&file->stamp, file->fd)) {
		n = -1;
	} else if (file->left > 0) {
		n = local_stream_send_file(
		    local_stream, file->fd, &file->offset, file->left);
		if (n > 0)
			file->left -= (uint64_t)n;
	}
	if (n >= 0 && file->left > 0)
		return;
	/* Everything is sent; or the file failed or changed, and the reader
	 * sees that bytes are missing. */
	own_file_free(file);
	local_stream_free(local_stream);
}

static void
on_gone(struct local_stream *local_stream, void *arg)
{
	(void)local_stream;
	own_file_free(arg);
}

void
site_own_open(const struct site *site,
    struct local_stream_server *local_streams,
    const struct site_request *request, struct site_open_call call)
{
	static const struct local_stream_source source = { on_room, on_gone };
	struct site_answer answer;
	struct own_file *file;
	struct bytes ticket = { NULL, 0 };
	int fd;

	site_serve(site, SITE_1_1, request, &answer, &fd);
	if (fd == -1) {
		site_reply_send(call, &answer, ticket);
		return;
	}
	file = xzalloc(sizeof(*file));
	*file = (struct own_file){
		.fd = fd, .offset = answer.from, .left = answer.length
	};
	site_stamp_take(fd, &file->stamp);
	if (local_stream_new(local_streams, &source, file, &ticket) == NULL) {
		own_file_free(file);
		bus_fail(call.bus, BUS_BUSY, "too many transfers at once");
		return;
	}
	site_reply_send(call, &answer, ticket);
}
