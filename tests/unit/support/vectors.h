/*
 * vectors: the JSON files of tests/vectors, for unit tests. A missing file or
 * field fails the test. What is returned lives until the process ends.
 */
#ifndef TESTS_UNIT_SUPPORT_VECTORS_H
#define TESTS_UNIT_SUPPORT_VECTORS_H

#include <jansson.h>

#include "common/base/bytes.h"

/* Load FILE.json from $VECTORS, or from tests/vectors. */
json_t *vectors_load(const char *file);

/* A field of an object, any type; fails if it is not there. */
json_t *vectors_get(const json_t *object, const char *key);

const char *vectors_text(const json_t *object, const char *key);

/* Bytes of a field in hexadecimal, in memory of exactly their length. */
struct bytes vectors_hex(const json_t *object, const char *key);

/* The same of a string that is not in an object. */
struct bytes vectors_hex_of(const json_t *string);

#endif
