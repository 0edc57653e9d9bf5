/*
 * field_member: one member of a message's struct at a time; what msgpack and
 * JSON have in common. For field_*.c only.
 */
#ifndef PROTO_FIELD_MEMBER_H
#define PROTO_FIELD_MEMBER_H

#include "proto/field.h"

/* Why a message was refused: the first reason counts. */
struct field_refusal {
	char text[256];
};
int field_refuse(struct field_refusal *, const struct message *,
    const char *key, const char *format, ...)
    __attribute__((format(printf, 4, 5))); /* -EBADMSG */

/* Where a message is being decoded to. */
struct field_target {
	const struct message *message;
	const struct field *field;
	void *record; /* struct of the message */
	struct field_refusal *refusal;
};

/* Store a value that fits its limits, or -EBADMSG. Lists: first make room,
 * then decode into each record. */
int field_store_text(const struct field_target *, struct bytes);
int field_store_octets(const struct field_target *, struct bytes);
int field_store_int(const struct field_target *, int64_t);
int field_store_item(const struct field_target *, struct bytes);
int field_store_records(const struct field_target *, size_t count);
int field_wrong_type(const struct field_target *);

/* A number that no member can hold, whatever its range. */
int field_out_of_range(const struct field_target *);

/* All required keys there? seen has one bit a field, in order. */
int field_check_required(
    const struct message *, uint64_t seen, struct field_refusal *);

/* Typed access; the kind must be right. */
const char **field_text(const struct field *, const void *record);
struct octets *field_octets(const struct field *, const void *record);
int64_t *field_int(const struct field *, const void *record);
bool *field_bool(const struct field *, const void *record);
struct strings *field_strings(const struct field *, const void *record);
struct records *field_records(const struct field *, const void *record);
void *field_record(const struct field *, const struct records *, size_t number);

/* Zero, so that an encoder leaves it out if it is optional? */
bool field_is_absent(const struct field *, const void *record);

/* Take back what an encoder appended before the buffer was full. */
void field_unappend(struct buffer *, size_t before);

/* Hand a refusal to the caller of a decoder. */
int field_tell(const struct field_refusal *, char **why); /* -EBADMSG */

#endif
