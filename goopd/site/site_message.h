/*
 * site_message: what is said on the site streams: one request, one answer.
 * /goop/site/1.0.0 is the original's line; /goop/site/1.1.0 is ours
 * (docs/site-protocol-1.1.md). Pure: bytes in, structs out, and back.
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
	/* What the original's client takes of a 1.0.0 answer. */
	SITE_1_0_BODY_MAX = 50 * 1024 * 1024,
};

/* Outcomes of the parsers. */
enum {
	SITE_MORE = 1, /* the head is not whole yet */
	SITE_BAD = 2,  /* malformed, too long */
};

struct site_request {
	bool is_head;
	char path[SITE_PATH_MAX + 1];
	/* As in HTTP; empty: not said. */
	char range[SITE_VALUE_MAX + 1];
	char if_none_match[SITE_VALUE_MAX + 1];
	char if_modified_since[SITE_VALUE_MAX + 1];
	char if_range[SITE_VALUE_MAX + 1];
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
};

/* 0, SITE_MORE or SITE_BAD; *used bytes at the front were the request. */
int site_request_parse(
    enum site_version, struct bytes, struct site_request *ret, size_t *used);
/* Append; 1.0.0 has room for the path only. 0 or -ENOBUFS. */
int site_request_print(
    enum site_version, const struct site_request *, struct buffer *);

/* Likewise for the head of an answer. Of 1.0.0: "ERR" gives the status that
 * its text means; SITE_BAD also for a sealed answer, which we cannot open. */
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
