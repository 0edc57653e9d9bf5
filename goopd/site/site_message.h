/*
 * site_message: the messages on site streams: one request, one answer.
 * /goop/site/1.0.0 is the original's protocol, /goop/site/1.1.0 ours
 * (docs/site-protocol-1.1.md). Pure: bytes to structs, and back.
 */
#ifndef GOOPD_SITE_SITE_MESSAGE_H
#define GOOPD_SITE_SITE_MESSAGE_H

#include "common/base/buffer.h"
#include "goopd/site/mime.h"
#include "goopd/site/site_path.h"

#define SITE_PROTOCOL_1_0 "/goop/site/1.0.0"
#define SITE_PROTOCOL_1_1 "/goop/site/1.1.0"

enum site_version { SITE_1_0, SITE_1_1 };

enum {
	SITE_HEAD_MAX = 8 * 1024, /* a request or the head of an answer */
	SITE_VALUE_MAX = 1024,    /* of one header */
	SITE_HEADERS_MAX = 32,
	SITE_TEXT_MAX = 128, /* of an error */
	SITE_ETAG_MAX = 128,
	SITE_DATE_MAX = 40,
	/* The largest 1.0.0 answer that the original's client accepts. */
	SITE_1_0_BODY_MAX = 50 * 1024 * 1024,
};

/* Outcomes of the parsers. */
enum {
	SITE_MORE = 1, /* the head is not complete yet */
	SITE_BAD = 2,  /* malformed, too long */
};

struct site_request {
	bool is_head;
	char path[SITE_PATH_MAX + 1];
	/* As in HTTP; empty: absent. */
	char range[SITE_VALUE_MAX + 1];
	char if_none_match[SITE_VALUE_MAX + 1];
	char if_modified_since[SITE_VALUE_MAX + 1];
	char if_range[SITE_VALUE_MAX + 1];
	char if_match[SITE_VALUE_MAX + 1];
	char if_unmodified_since[SITE_VALUE_MAX + 1];
};

/* Status codes mean what they mean in HTTP. */
struct site_answer {
	unsigned int status;
	char text[SITE_TEXT_MAX + 1]; /* why, of errors */
	char type[MIME_TYPE_MAX + 1];
	uint64_t size;   /* of the whole file */
	uint64_t from;   /* of the body within the file */
	uint64_t length; /* of the body */
	char etag[SITE_ETAG_MAX + 1];
	char modified[SITE_DATE_MAX + 1];
	bool ranges;
	/* The pages want to be seen at /p/<peer id>/, as those of the original;
	 * always so in 1.0.0. */
	bool by_path;
};

/* Parse. 0, SITE_MORE or SITE_BAD; the request was *used bytes long. */
int site_request_parse(
    enum site_version, struct bytes, struct site_request *ret, size_t *used);
/* Append; 1.0.0 has only the path. 0 or -ENOBUFS. */
int site_request_print(
    enum site_version, const struct site_request *, struct buffer *);

/* The same for the head of an answer. In 1.0.0 the status comes from the text
 * of "ERR"; SITE_BAD also for an encrypted answer, which is not supported. */
int site_answer_parse(
    enum site_version, struct bytes, struct site_answer *ret, size_t *used);
int site_answer_print(
    enum site_version, const struct site_answer *, struct buffer *);

/* An error answer. */
void site_answer_fail(
    struct site_answer *, unsigned int status, const char *text);

/* Does a body follow an answer to GET? */
bool site_answer_has_body(const struct site_answer *);

#endif
