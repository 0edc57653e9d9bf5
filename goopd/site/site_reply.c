#include "goopd/site/site_reply.h"

#include <errno.h>

#include "goopd/site/site_lines.h"

/* A control character would become a line of its own on the stream. */
static bool
copy_value(const char *from, char *to, size_t size)
{
	return site_line_copy(bytes_of(from != NULL ? from : ""), to, size);
}

int
site_reply_read(const struct site_open *open, struct site_request *ret)
{
	*ret = (struct site_request){ .is_head = open->head_only };
	if (open->path[0] != '/' ||
	    !copy_value(open->path, ret->path, sizeof(ret->path)) ||
	    !copy_value(open->range, ret->range, sizeof(ret->range)) ||
	    !copy_value(open->if_none_match, ret->if_none_match,
		sizeof(ret->if_none_match)) ||
	    !copy_value(open->if_modified_since, ret->if_modified_since,
		sizeof(ret->if_modified_since)) ||
	    !copy_value(open->if_range, ret->if_range, sizeof(ret->if_range)) ||
	    !copy_value(open->if_match, ret->if_match, sizeof(ret->if_match)) ||
	    !copy_value(open->if_unmodified_since, ret->if_unmodified_since,
		sizeof(ret->if_unmodified_since)))
		return -EINVAL;
	return 0;
}

bool
site_reply_has_ticket(
    const struct site_request *request, const struct site_answer *answer)
{
	return site_answer_has_body(answer) && !request->is_head;
}

static enum bus_code
code_of(unsigned int status)
{
	switch (status) {
	case 400:
		return BUS_BAD_REQUEST;
	case 403:
		return BUS_FORBIDDEN;
	case 404:
	case 410:
		return BUS_NOT_FOUND;
	case 413:
		return BUS_TOO_LARGE;
	case 503:
		return BUS_BUSY;
	default:
		return BUS_INTERNAL;
	}
}

static bool
is_head(const struct site_answer *answer)
{
	return site_answer_has_body(answer) || answer->status == 301 ||
	       answer->status == 304 || answer->status == 412 ||
	       answer->status == 416;
}

void
site_reply_send(struct site_open_call call, const struct site_answer *answer,
    struct bytes ticket)
{
	struct site_head head = {
		.status = answer->status,
		.size = (int64_t)answer->size,
		.from = (int64_t)answer->from,
		.length = (int64_t)answer->length,
		.ranges = answer->ranges,
		.by_path = answer->by_path,
		.ticket = { ticket.data, ticket.len },
	};

	if (!is_head(answer)) {
		bus_fail(call.bus, code_of(answer->status), "the site says: %s",
		    answer->text[0] != '\0' ? answer->text : "no reason");
		return;
	}
	if (answer->type[0] != '\0')
		head.type = answer->type;
	if (answer->etag[0] != '\0')
		head.etag = answer->etag;
	if (answer->modified[0] != '\0')
		head.last_modified = answer->modified;
	reply_site_open(call, &head);
}
