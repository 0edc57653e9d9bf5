#include "goopd/data/schema/table_sql.h"

#include <string.h>
#include <strings.h>

#include "goopd/data/sql/sql_token.h"

int
table_sql_begin(const char *table, struct buffer *sql)
{
	return buffer_printf(sql,
	    "CREATE TABLE \"%s\" ("
	    "\"_id\" INTEGER PRIMARY KEY AUTOINCREMENT, "
	    "\"_owner\" TEXT NOT NULL, "
	    "\"_owner_email\" TEXT DEFAULT '', "
	    "\"_created_at\" DATETIME DEFAULT CURRENT_TIMESTAMP, "
	    "\"_updated_at\" DATETIME DEFAULT CURRENT_TIMESTAMP",
	    table);
}

int
table_sql_text(const char *text, struct buffer *sql)
{
	int rc = buffer_append(sql, bytes_of("'"));
	size_t len;

	for (; *text != '\0' && rc == 0; text += len) {
		len = strcspn(text, "'");
		if (len == 0) {
			rc = buffer_append(sql, bytes_of("''"));
			len = 1;
		} else {
			rc = buffer_append(
			    sql, (struct bytes){ (const uint8_t *)text, len });
		}
	}
	return rc == 0 ? buffer_append(sql, bytes_of("'")) : rc;
}

bool
table_sql_is_now(const char *text)
{
	return strcasecmp(text, "CURRENT_TIMESTAMP") == 0 ||
	       strcasecmp(text, "CURRENT_DATE") == 0 ||
	       strcasecmp(text, "CURRENT_TIME") == 0;
}

bool
table_sql_is_number(const char *text)
{
	struct sql_token token;
	const char *why;

	if (*text == '-' || *text == '+')
		text++;
	return sql_token_next(&text, &token, &why) == 0 &&
	       token.kind == SQL_NUMBER && *text == '\0';
}
