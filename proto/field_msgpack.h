/* field_msgpack: messages as msgpack maps. */
#ifndef PROTO_FIELD_MSGPACK_H
#define PROTO_FIELD_MSGPACK_H

#include "proto/field.h"

/*
 * Decode into *ret, a struct of the message, which is zeroed first. 0, or
 * -EBADMSG with nothing to free and, if why is not NULL, *why a malloc'd
 * sentence naming key and reason. The bytes are walked against what is there
 * before anything is allocated.
 */
int message_decode_msgpack(
    const struct message *, struct bytes, void *ret, char **why);

/* Append the encoded form. 0, or -ENOBUFS; -EINVAL if the struct breaks its
 * own table (a required member missing, a value over its limit). */
int message_encode_msgpack(
    const struct message *, const void *, struct buffer *);

#endif
