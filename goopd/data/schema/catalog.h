/*
 * catalog: which tables there are, with their columns, schemas and access
 * rules. A snapshot that never changes once it is read, so that threads share
 * it; each user holds a reference.
 */
#ifndef GOOPD_DATA_SCHEMA_CATALOG_H
#define GOOPD_DATA_SCHEMA_CATALOG_H

#include "goopd/data/sql/database.h"
#include "goopd/data/schema/table_schema.h"

enum {
	CATALOG_TABLES_MAX = 1000,
	CATALOG_COLUMNS_MAX = 512,
	CATALOG_GROUP_MAX = 256, /* bytes of a group's id */
};

struct catalog_column {
	char *name, *type;
	char *fallback;   /* the SQL of its default; NULL: none */
	struct bytes key; /* "\"name\":" of a JSON object */
	bool is_not_null, is_blob, is_time;
	int place_in_key; /* 0: not in the primary key */
};

struct catalog_table {
	char *name, *policy, *created_at;
	struct catalog_column *columns;
	size_t column_count;
	bool has_id, has_owner, has_email, has_updated;
	struct table_schema *schema; /* typed; NULL: classic */
	char *schema_text;           /* JSON of it */
	struct table_access access;  /* as it counts */
	/* Where roles come from: the schema, or of a classic table what
	 * set-access and set-roles left; NULL: none. */
	const struct table_schema *rules;
	struct table_schema *own_rules;
};

struct catalog {
	struct catalog_table *tables; /* in order of their names */
	size_t count;
	char group_id[CATALOG_GROUP_MAX + 1]; /* of the template; "": none */
	int64_t schema_version; /* SQLite's count of changes of its schema */
	unsigned int references;
	uint64_t generation;
	bool is_stale; /* a change of it is being committed */
};

/* Read it through a connection. 0 with one reference, or -EIO. */
int catalog_read(struct database *, struct catalog **ret);
void catalog_free(struct catalog *); /* NULL is fine */

/* NULL if there is no such table that pages may name. */
const struct catalog_table *catalog_find(
    const struct catalog *, const char *name);

/* NULL if it has no such column. */
const struct catalog_column *catalog_column(
    const struct catalog_table *, const char *name);

/* The role of a peer in the group that the site belongs to. False if it is not
 * a member. */
bool catalog_role(struct database *, const struct catalog *, const char *peer,
    char role[ROLE_NAME_MAX + 1]);

#endif
