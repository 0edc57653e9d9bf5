/*
 * schema_values: the values of a row of a typed table: automatic ones and
 * defaults put in, and all of them checked. No database.
 */
#ifndef GOOPD_DATA_SCHEMA_SCHEMA_VALUES_H
#define GOOPD_DATA_SCHEMA_SCHEMA_VALUES_H

#include "goopd/data/schema/schema_values.h"
#include "goopd/data/schema/table_schema.h"

/* What automatic values are made of. */
struct schema_now {
	int64_t unix_ms;
	/* The next number for an automatic integer column, or -errno. */
	int64_t (*next_integer)(const char *column, void *arg);
	/* 16 random bytes for a guid. */
	void (*random)(uint8_t bytes[16], void *arg);
	void *arg;
};

/* Put automatic values where data (an object, changed) has none, null or an
 * empty text, and defaults where it has no such key; an empty text for what is
 * no text becomes null. 0 or the -errno of a callback. */
int schema_values_fill(
    const struct table_schema *, const struct schema_now *, json_t *data);

/*
 * Check data, which has no system columns, against the types. For an insert
 * what is required must be there; for an update what is given counts. An empty
 * text is no value. Numbers may come as texts. 0, or -EINVAL with *why a
 * malloc'd sentence: "title is required", "level: not one of its values", ...
 */
int schema_values_check(const struct table_schema *, const json_t *data,
    bool is_insert, char **why);

#endif
