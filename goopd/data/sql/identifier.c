#include "goopd/data/sql/identifier.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
#define DIGITS  "0123456789"

bool
identifier_is_valid(const char *name)
{
	size_t len = strspn(name, LETTERS DIGITS);

	return len > 0 && len <= IDENTIFIER_MAX && name[len] == '\0' &&
	       strchr(DIGITS, name[0]) == NULL;
}

bool
identifier_is_user_table(const char *name)
{
	return identifier_is_valid(name) && name[0] != '_' &&
	       strncasecmp(name, "sqlite_", strlen("sqlite_")) != 0;
}

bool
identifier_is_system_column(const char *name)
{
	return name[0] == '_';
}
