#include "goopd/data/schema/sql_type.h"

#include <string.h>
#include <strings.h>

#include "goopd/data/schema/table_schema.h"

/* The first that the type begins with; SQLite does much the same. */
static const struct {
	const char *begins, *word;
} types[] = {
	{ "datetime", "datetime" },
	{ "timestamp", "datetime" },
	{ "date", "date" },
	{ "time", "time" },
	{ "int", "integer" },
	{ "bigint", "integer" },
	{ "smallint", "integer" },
	{ "tinyint", "integer" },
	{ "bool", "integer" },
	{ "real", "real" },
	{ "float", "real" },
	{ "double", "real" },
	{ "numeric", "real" },
	{ "decimal", "real" },
	{ "blob", "blob" },
};

const char *
sql_type_word(const char *type)
{
	static const char *const words[] = {
#define WORD(name, word, sql) word,
		COLUMN_TYPES(WORD)
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(type, words[i]))
			return words[i];
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (!strncasecmp(
			type, types[i].begins, strlen(types[i].begins)))
			return types[i].word;
	return "text";
}
