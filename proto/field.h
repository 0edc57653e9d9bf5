/*
 * field: messages described once. A message is a C struct and a table of its
 * fields; the table drives msgpack (the bus), JSON (HTTP, gossip, caches),
 * limits, freeing, the round-trip test and the fuzz target. No code encodes or
 * decodes a message by hand.
 *
 * Members by kind:
 *	FIELD_STR	const char *		UTF-8; NULL = absent
 *	FIELD_BYTES	struct octets		raw bytes; base64 in JSON
 *	FIELD_INT	int64_t
 *	FIELD_BOOL	bool
 *	FIELD_STRS	struct strings		list of UTF-8 texts
 *	FIELD_LIST	struct records		list of structs of another table
 *
 * Decoding: unknown keys are skipped, so that daemons of neighbouring versions
 * understand each other; a null, or a missing optional key leaves the member
 * zero; a wrong type, a text over its limit, invalid UTF-8, a number out of
 * range, a missing required key or nesting deeper than FIELD_DEPTH_MAX fails
 * the whole message.
 * Encoding: optional members that are zero are left out.
 */
#ifndef PROTO_FIELD_H
#define PROTO_FIELD_H

#include <stddef.h>

#include "common/base/buffer.h"

enum { FIELD_DEPTH_MAX = 8 };

struct octets {
	const uint8_t *data;
	size_t len;
};
struct strings {
	const char **items;
	size_t count;
};
struct records { /* items points to count structs of the field's message */
	void *items;
	size_t count;
};

enum field_kind {
	FIELD_KIND_END,
	FIELD_KIND_STR,
	FIELD_KIND_BYTES,
	FIELD_KIND_INT,
	FIELD_KIND_BOOL,
	FIELD_KIND_STRS,
	FIELD_KIND_LIST
};
enum field_need { OPTIONAL, REQUIRED };

struct message;

struct field {
	enum field_kind kind;
	enum field_need need;
	size_t offset;
	const char *key;
	int64_t min, max; /* INT: range; else max: bytes of the (each) value */
	size_t max_items; /* STRS, LIST */
	const struct message *of; /* LIST */
};

/* What a message is: its name (for errors), struct size and fields. */
struct message {
	const char *name;
	size_t size;
	const struct field *fields;
};

/* The address of a member, checked to be of the kind's C type. */
#define FIELD_AT_(s, m, type) \
	(offsetof(struct s, m) + \
	    0 * sizeof(1 ? &((struct s *)0)->m : (type *)0))

/* clang-format off */
#define FIELD_STR(s, m, key, max, need) \
	{ FIELD_KIND_STR, need, FIELD_AT_(s, m, const char *), key, 0, max, 0, NULL }
#define FIELD_BYTES(s, m, key, max, need) \
	{ FIELD_KIND_BYTES, need, FIELD_AT_(s, m, struct octets), key, 0, max, 0, NULL }
#define FIELD_INT(s, m, key, min, max, need) \
	{ FIELD_KIND_INT, need, FIELD_AT_(s, m, int64_t), key, min, max, 0, NULL }
#define FIELD_BOOL(s, m, key, need) \
	{ FIELD_KIND_BOOL, need, FIELD_AT_(s, m, bool), key, 0, 1, 0, NULL }
#define FIELD_STRS(s, m, key, max, max_items, need) \
	{ FIELD_KIND_STRS, need, FIELD_AT_(s, m, struct strings), key, 0, max, max_items, NULL }
#define FIELD_LIST(s, m, key, message, max_items, need) \
	{ FIELD_KIND_LIST, need, FIELD_AT_(s, m, struct records), key, 0, 0, max_items, &(message) }
#define FIELD_END { .kind = FIELD_KIND_END }
#define MESSAGE(name_) \
	{ #name_, sizeof(struct name_), name_##_fields }
/* For a list macro LIST(ROW) of ROW(name): messages that are not on the bus. */
#define MESSAGE_DECLARE(name_) extern const struct message name_##_message;
/* clang-format on */

/* Free what members point to, and zero the struct. */
void message_fini(const struct message *, void *);

/* A deep copy into *ret. */
void message_copy(const struct message *, const void *, void *ret);

/* Does the struct keep to its table? 0 or -EINVAL. */
int message_check(const struct message *, const void *record);

/* Compare by value. */
bool message_equal(const struct message *, const void *, const void *);

/*
 * Members point to what the struct owns or borrows: const char *, so that both
 * read alike. For a struct that owns them:
 */
void text_free(const char *);                       /* NULL is fine */
void text_replace(const char **, const char *text); /* a copy, or NULL */
void text_clean(const char **); /* text_make_printable(); NULL is fine */
void strings_add(struct strings *, const char *text); /* text is copied */
void strings_copy(const struct strings *, struct strings *ret);
void strings_free(struct strings *); /* leaves none */
bool strings_have(const struct strings *, const char *text);
bool strings_equal(const struct strings *, const struct strings *);
struct octets octets_of(struct bytes); /* a copy */
void octets_free(struct octets *);     /* leaves none */

#endif
