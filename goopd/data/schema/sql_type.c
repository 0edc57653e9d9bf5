#include "goopd/data/schema/sql_type.h"

#include <string.h>
#include <strings.h>

#include "common/base/array.h"
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

	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (!strcmp(type, words[i]))
			return words[i];
	for (i = 0; i < ARRAY_SIZE(types); i++)
		if (!strncasecmp(
			type, types[i].begins, strlen(types[i].begins)))
			return types[i].word;
	return "text";
}
