/*
 * data_answer: what came of a data request: JSON, or a code and a sentence. On
 * the wire it is one line: {"ok":true,"data":...} or {"ok":false,"error":"...",
 * "code":"..."}; the code is ours, the original does not send one.
 *
 * How goopd/data fails: an operation leaves a refusal in the answer, a code and
 * a sentence, and what it calls returns false, NULL or -1 once that is there.
 * What has no answer at hand returns 0, -errno or a positive named outcome;
 * goopd/data/sql turns SQLite's codes into that (database.h), and no other
 * folder sees them.
 */
#ifndef GOOPD_DATA_REQUEST_DATA_ANSWER_H
#define GOOPD_DATA_REQUEST_DATA_ANSWER_H

#include "common/base/buffer.h"
#include "proto/op.h"

enum {
	DATA_ANSWER_MAX = 8 * 1024 * 1024, /* bytes of the line */
	DATA_ANSWER_DEPTH_MAX = 64,        /* nesting of its JSON */
	DATA_ANSWER_VALUES_MAX = 1 << 20,
	DATA_ERROR_MAX = 512,
};

struct data_answer {
	enum bus_code code;             /* BUS_OK: data counts */
	char error[DATA_ERROR_MAX + 1]; /* else a sentence */
	struct buffer data;             /* JSON; empty: none */
};

/* What a caller gets; the answer is borrowed, but its data may be moved out
 * (buffer_move). */
typedef void data_done_fn(struct data_answer *, void *arg);

void data_answer_init(struct data_answer *);
void data_answer_fini(struct data_answer *);

/* Make it a refusal; drops the data. */
void data_answer_fail(struct data_answer *, enum bus_code, const char *format,
    ...) __attribute__((format(printf, 3, 4)));

/* Append the line for the wire, with its LF. -ENOBUFS if it does not fit. */
int data_answer_print(const struct data_answer *, struct buffer *);

/*
 * Read the line of a peer, with or without LF: 0 with *ret initialized, its
 * data printed anew; -EBADMSG if it is not an answer. A refusal without a code
 * gets the one that its sentence suggests: "not allowed" is BUS_FORBIDDEN, "not
 * found" BUS_NOT_FOUND, "not available", "not enabled", "unknown op", "invalid
 * x" and "x required" BUS_BAD_REQUEST, "rate limit" BUS_RATE_LIMITED (also
 * where the code is "busy"), else BUS_INTERNAL. Data that would be too long
 * when printed becomes a refusal, BUS_TOO_LARGE; null is none.
 */
int data_answer_parse(struct bytes line, struct data_answer *ret);

#endif
