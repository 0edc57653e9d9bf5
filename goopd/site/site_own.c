#include "goopd/site/site_own.h"

#include <stdlib.h>
#include <unistd.h>

#include "common/base/xalloc.h"
#include "goopd/site/site_reply.h"

struct own_file {
	int fd;
	uint64_t offset;
	uint64_t left;
};

static void
own_file_free(struct own_file *file)
{
	close(file->fd);
	free(file);
}

static void
on_room(struct delivery *delivery, void *arg)
{
	struct own_file *file = arg;
	ssize_t n = 0;

	if (file->left > 0) {
		n = delivery_send_file(
		    delivery, file->fd, &file->offset, file->left);
		if (n > 0)
			file->left -= (uint64_t)n;
	}
	if (n >= 0 && file->left > 0)
		return;
	/* All is sent, or the file failed: what is missing tells. */
	own_file_free(file);
	delivery_free(delivery);
}

static void
on_gone(struct delivery *delivery, void *arg)
{
	(void)delivery;
	own_file_free(arg);
}

void
site_own_open(const struct site *site, struct delivery_desk *desk,
    const struct site_request *request, struct bus_call *call)
{
	static const struct delivery_source source = { on_room, on_gone };
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
	*file = (struct own_file){ fd, answer.from, answer.length };
	if (delivery_new(desk, &source, file, &ticket) == NULL) {
		own_file_free(file);
		bus_fail(call, BUS_BUSY, "too many transfers at once");
		return;
	}
	site_reply_send(call, &answer, ticket);
}
