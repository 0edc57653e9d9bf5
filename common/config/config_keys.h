/* config_keys: the table of what goop.json may say. */
#ifndef COMMON_CONFIG_CONFIG_KEYS_H
#define COMMON_CONFIG_CONFIG_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/config/config_change.h"

enum config_kind { CONFIG_TEXT, CONFIG_NUMBER, CONFIG_SWITCH, CONFIG_TEXTS };
enum config_flags {
	CONFIG_SETTABLE = 1 << 0,  /* by config_change() */
	CONFIG_NOT_BLANK = 1 << 1, /* must have a character to see */
	CONFIG_NO_EFFECT = 1 << 2, /* of the original; only its type counts */
	CONFIG_ELSE_DEFAULT = 1 << 3, /* out of range: warn, take the default */
	CONFIG_SECRET = 1 << 4,       /* not to be shown to anybody */
	/* A change takes effect at once when it comes from `goop2 join`, or
	 * from the viewer's pages; else, and all others, when the daemons
	 * start. */
	CONFIG_LIVE = 1 << 5,
};
enum { CONFIG_TEXTS_MAX = 64 };

struct config_key {
	const char *key; /* "section.name" */
	enum config_kind kind;
	unsigned int flags;
	size_t offset;    /* within struct config, unless CONFIG_NO_EFFECT */
	const char *text; /* default of a TEXT */
	int64_t number;   /* default of a NUMBER or SWITCH */
	int64_t min, max; /* NUMBER: range; else max: bytes of a (each) text */
	const char *help;
};

/* Ends with a NULL key. */
extern const struct config_key config_keys[];

/* By name, in any case; NULL if it is unknown. */
const struct config_key *config_key_find(const char *key);

/* The known key that looks most like this one; NULL if none does. */
const char *config_key_nearest(const char *key);

enum { CONFIG_SECTION_SIZE = 32 };
/* A known section that looks like this one; false: none does. */
bool config_section_nearest(
    const char *section, char ret[static CONFIG_SECTION_SIZE]);

/* Is there a key "section.something"? */
bool config_section_is_known(const char *section);

#endif
