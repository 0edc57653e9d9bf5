#include "cli/data/sql.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "cli/data/peer_database.h"
#include "cli/data/interrupt.h"
#include "cli/data/sql_guard.h"
#include "cli/data/sql_output.h"
#include "cli/data/sql_text.h"
#include "cli/peer/peer_directory.h"
#include "common/base/buffer.h"
#include "common/base/xalloc.h"

enum { STATEMENT_MAX = 1024 * 1024, COMMAND_ENDS = -1 };

struct session {
	sqlite3 *db;
	struct sql_guard guard;
	bool is_json;
	bool is_terminal; /* statements are typed on a terminal */
};

static enum exit_status
complain_refused(const char *why)
{
	return complain(
	    EXIT_FAILED, "the database is open for reading only: %s", why);
}

static enum exit_status
complain_sqlite(const struct session *session)
{
	if (session->guard.refused[0] != '\0')
		return complain_refused(session->guard.refused);
	return complain(EXIT_FAILED, "%s", sqlite3_errmsg(session->db));
}

static enum exit_status
run_prepared(struct session *session, sqlite3_stmt *statement)
{
	struct sql_output *output;
	int rc;

	if (!sqlite3_stmt_readonly(statement))
		return complain_refused(
		    "only the running peer writes to it, see its Data page");
	output = sql_output_new(statement, session->is_json, stdout);
	while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
		sql_output_row(output);
		if (ferror(stdout))
			sqlite3_interrupt(
			    session->db); /* the output is closed */
	}
	sql_output_finish(output);
	fflush(stdout);
	return rc == SQLITE_DONE ? EXIT_OK : complain_sqlite(session);
}

/* All statements in text, up to the first that fails. */
static enum exit_status
run_text(struct session *session, const char *text)
{
	enum exit_status status = EXIT_OK;
	sqlite3_stmt *statement;
	int rc;

	while (status == EXIT_OK && *text != '\0') {
		session->guard.refused[0] = '\0';
		rc = sqlite3_prepare_v2(
		    session->db, text, -1, &statement, &text);
		if (rc != SQLITE_OK)
			return complain_sqlite(session);
		if (statement != NULL) /* else a comment, or empty */
			status = run_prepared(session, statement);
		sqlite3_finalize(statement);
	}
	return status;
}

/* The first column of each row as a line; the rows are text. */
static enum exit_status
print_lines(struct session *session, const char *sql, const char *argument)
{
	sqlite3_stmt *statement;
	int rc;

	rc = sqlite3_prepare_v2(session->db, sql, -1, &statement, NULL);
	if (rc != SQLITE_OK)
		return complain_sqlite(session);
	sqlite3_bind_text(statement, 1, argument, -1, SQLITE_STATIC);
	while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
		sql_text_write(
		    bytes_of((const char *)sqlite3_column_text(statement, 0)),
		    stdout);
		putchar('\n');
	}
	sqlite3_finalize(statement);
	return rc == SQLITE_DONE ? EXIT_OK : complain_sqlite(session);
}

/* ".schema guestbook": EXIT_OK, an error status, or COMMAND_ENDS. */
static int
run_dot(struct session *session, char *line)
{
	char *word = line, *argument;

	word[strcspn(word, "\r\n")] = '\0';
	argument = word + strcspn(word, " \t");
	if (*argument != '\0')
		*argument++ = '\0';
	argument += strspn(argument, " \t");
	if (!strcmp(word, ".quit") || !strcmp(word, ".exit"))
		return COMMAND_ENDS;
	if (!strcmp(word, ".tables"))
		return (int)print_lines(session,
		    "SELECT name FROM sqlite_schema WHERE type IN ('table',"
		    "'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' "
		    "ORDER BY name",
		    NULL);
	if (!strcmp(word, ".schema"))
		return (int)print_lines(session,
		    "SELECT sql || ';' FROM sqlite_schema WHERE sql IS NOT "
		    "NULL AND (?1 IS NULL OR tbl_name = ?1 COLLATE NOCASE) "
		    "ORDER BY tbl_name, type DESC, name",
		    *argument == '\0' ? NULL : argument);
	if (strcmp(word, ".help") != 0)
		return (int)complain(
		    EXIT_FAILED, "unknown command: %s; see .help", word);
	printf(
	    ".tables         list the tables\n"
	    ".schema TABLE   show how a table was created; without TABLE: all\n"
	    ".quit           leave, as Ctrl-D does\n"
	    "Anything else is SQL and ends with a semicolon.\n");
	return EXIT_OK;
}

static bool
is_blank(const char *text)
{
	return text[strspn(text, " \t\r\n;")] == '\0';
}

/* One more line of input. EXIT_OK, an error status, or COMMAND_ENDS. */
static int
hear_line(struct session *session, struct buffer *text, char *line, size_t len)
{
	struct bytes all;
	int status;

	if (text->len == 0 && line[0] == '.')
		return run_dot(session, line);
	if (text->len == 0 && !strncmp(line, "--", 2))
		return EXIT_OK; /* a comment does not begin a statement */
	if (memchr(line, '\0', len) != NULL ||
	    buffer_append(text, (struct bytes){ (uint8_t *)line, len }) < 0) {
		buffer_fini(text);
		return (int)complain(EXIT_FAILED,
		    "a statement is text of at most %d bytes", STATEMENT_MAX);
	}
	buffer_append(text, (struct bytes){ (const uint8_t *)"", 1 });
	all = buffer_bytes(text);
	if (is_blank((const char *)all.data)) {
		buffer_fini(text);
		return EXIT_OK;
	}
	if (!sqlite3_complete((const char *)all.data)) {
		text->len--; /* more is to come */
		return EXIT_OK;
	}
	if (session->is_terminal)
		interrupt_forget();
	status = (int)run_text(session, (const char *)all.data);
	buffer_fini(text);
	return status;
}

static void
show_prompt(const struct session *session, bool is_inside)
{
	if (!session->is_terminal)
		return;
	fputs(is_inside ? "...> " : "sql> ", stdout);
	fflush(stdout);
}

/* The last statement may lack its semicolon. */
static int
hear_end(struct session *session, struct buffer *text)
{
	if (session->is_terminal)
		putchar('\n');
	if (text->len == 0 || session->is_terminal)
		return EXIT_OK;
	buffer_append(text, (struct bytes){ (const uint8_t *)"", 1 });
	return (int)run_text(session, (const char *)buffer_bytes(text).data);
}

static enum exit_status
run_input(struct session *session)
{
	CLEANUP_FREE char *line = NULL;
	size_t capacity = 0;
	struct buffer text;
	int status = EXIT_OK;
	ssize_t len;

	buffer_init(&text, STATEMENT_MAX);
	while (status == EXIT_OK || session->is_terminal) {
		show_prompt(session, text.len > 0);
		errno = 0;
		len = getline(&line, &capacity, stdin);
		if (len == -1 && errno == EINTR && session->is_terminal) {
			clearerr(stdin); /* Ctrl-C: start the statement again */
			putchar('\n');
			buffer_fini(&text);
			continue;
		}
		if (len == -1) {
			status = interrupt_came() && !session->is_terminal
				     ? (int)complain(EXIT_FAILED, "interrupted")
				     : hear_end(session, &text);
			break;
		}
		status = hear_line(session, &text, line, (size_t)len);
		if (status == COMMAND_ENDS) {
			status = EXIT_OK;
			break;
		}
	}
	buffer_fini(&text);
	return (enum exit_status)status;
}

static enum exit_status
open_database(const struct peer_directory *directory, struct session *session)
{
	CLEANUP_FREE char *path =
	    xasprintf("%s/%s", directory->path, DATABASE_FILE);
	CLEANUP_FREE char *why = NULL;

	if (access(path, F_OK) == -1 && errno == ENOENT)
		return complain(EXIT_NOT_FOUND,
		    "there is no %s in %s: a peer creates it at its first "
		    "start",
		    DATABASE_FILE, directory->path);
	if (database_open(path, &session->db, &why) != SQLITE_OK)
		return complain(EXIT_FAILED, "cannot read %s: %s", path, why);
	sql_guard_set(session->db, &session->guard);
	interrupt_catch_key();
	interrupt_watch(session->db);
	return EXIT_OK;
}

enum exit_status
data_sql(const struct arguments *arguments)
{
	struct session session = { .is_json = arguments->is_json };
	struct peer_directory directory;
	enum exit_status status;

	status = peer_directory_open(arguments->operands[0], &directory);
	if (status != EXIT_OK)
		return status;
	status = open_database(&directory, &session);
	if (status == EXIT_OK) {
		session.is_terminal = isatty(STDIN_FILENO) == 1;
		status = arguments->operands[1] != NULL
			     ? run_text(&session, arguments->operands[1])
			     : run_input(&session);
	}
	interrupt_watch(NULL);
	sqlite3_close(session.db);
	peer_directory_close(&directory);
	return status;
}
