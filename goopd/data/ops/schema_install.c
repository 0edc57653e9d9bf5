#include "goopd/data/ops/schema_install.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/base/log.h"
#include "goopd/data/schema/schema_files.h"
#include "goopd/data/ops/schema_ops.h"

#define NOTE_PREFIX "schema_installed:"

enum { NOTE_SIZE = sizeof(NOTE_PREFIX) + IDENTIFIER_MAX };

struct installation {
	struct session *session;
	const struct catalog *catalog;
	struct data_caller owner;
	size_t made;
};

/* Note that the table was made. 1 if it is new to us, 0 if that was noted
 * before, -EIO. */
static int
note(struct database *database, const char *table)
{
	char key[NOTE_SIZE];

	snprintf(key, sizeof(key), NOTE_PREFIX "%s", table);
	if (database_run_with(database,
		"INSERT INTO main._meta (key, value) VALUES (?1, '1')"
		" ON CONFLICT (key) DO NOTHING",
		DATABASE_TEXTS(key)) < 0)
		return -EIO;
	return sqlite3_changes(database->handle) > 0 ? 1 : 0;
}

static void
make(struct installation *installation, const struct table_schema *schema)
{
	struct data_request request = { .op = DATA_CREATE_TABLE };
	struct session *session = installation->session;
	json_t *json = table_schema_to_json(schema);
	struct data_answer answer;

	request.schema = json;
	data_answer_init(&answer);
	session_begin(session, installation->catalog, &installation->owner,
	    request.op, &answer, NULL);
	data_op_create_table(session, &request);
	session_end(session);
	if (answer.code == BUS_OK) {
		installation->made++;
		log_info("table made from schemas/ table=%s", schema->name);
	} else {
		log_warn("cannot make table %s from schemas/: %s", schema->name,
		    answer.error);
	}
	data_answer_fini(&answer);
	json_decref(json);
}

static int
on_schema(const struct table_schema *schema, void *arg)
{
	struct installation *installation = arg;
	int rc = note(installation->session->database, schema->name);

	if (rc > 0 && catalog_find(installation->catalog, schema->name) == NULL)
		make(installation, schema);
	return rc < 0 ? rc : 0;
}

int
schema_install_all(struct session *session, const struct catalog *catalog,
    int dirfd, size_t *ret_made)
{
	struct installation installation = { session, catalog,
		{ .is_owner = true }, 0 };
	struct database *database = session->database;
	int rc = -EIO;

	if (peer_id_parse(session->self, &installation.owner.peer) == 0 &&
	    database_run(database, "BEGIN IMMEDIATE") == 0) {
		rc = schema_files_read(dirfd, on_schema, &installation);
		if (rc == 0 && database_run(database, "COMMIT") < 0)
			rc = -EIO;
		if (rc < 0)
			database_run(database, "ROLLBACK");
	}
	if (rc < 0)
		log_warn("cannot make the tables of schemas/: %s",
		    rc == -EIO ? sqlite3_errmsg(database->handle)
			       : strerror(-rc));
	*ret_made = rc < 0 ? 0 : installation.made;
	return rc;
}
