#include "cli/commands/manual.h"

#include <inttypes.h>

#include "cli/commands/command.h"
#include "cli/peer/exit_status.h"
#include "common/base/array.h"
#include "common/config/config_keys.h"

static void
print_default(const struct config_key *key, FILE *to)
{
	switch (key->kind) {
	case CONFIG_TEXT:
		if (key->text[0] == '\0')
			fprintf(to, "Text, empty by default.\n");
		else
			fprintf(to, "Text, by default\n.Ql %s .\n", key->text);
		break;
	case CONFIG_NUMBER:
		fprintf(to,
		    "Number from %" PRId64 " to %" PRId64
		    ", by default %" PRId64 ".\n",
		    key->min, key->max, key->number);
		break;
	case CONFIG_SWITCH:
		fprintf(to, "True or false, by default %s.\n",
		    key->number != 0 ? "true" : "false");
		break;
	case CONFIG_TEXTS:
		fprintf(to, "List of texts, empty by default.\n");
		break;
	}
}

static void
print_settings(FILE *to)
{
	const struct config_key *key;
	char first;

	fprintf(to, ".Bl -tag -width Ds\n");
	for (key = config_keys; key->key != NULL; key++) {
		if ((key->flags & CONFIG_NO_EFFECT) != 0)
			continue;
		first = key->help[0];
		if (first >= 'a' && first <= 'z')
			first = (char)(first - 'a' + 'A');
		fprintf(
		    to, ".It Cm %s\n%c%s.\n", key->key, first, key->help + 1);
		print_default(key, to);
		if ((key->flags & CONFIG_LIVE) != 0)
			fprintf(to, "A change takes effect at once.\n");
	}
	fprintf(to, ".El\n.Pp\n"
		    "These settings of the original are known and have no "
		    "effect:\n");
	for (key = config_keys; key->key != NULL; key++)
		if ((key->flags & CONFIG_NO_EFFECT) != 0)
			fprintf(to, ".Cm %s%s\n", key->key,
			    key[1].key != NULL ? " ," : " .");
}

void
manual_print(FILE *to)
{
	static const struct {
		const char *name;
		void (*print)(FILE *);
	} parts[] = {
		{ "commands", command_print_man },
		{ "exit statuses", exit_status_print_man },
		{ "settings", print_settings },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		fprintf(to, ".\\\" begin %s, from a table: make man\n",
		    parts[i].name);
		parts[i].print(to);
		fprintf(to, ".\\\" end %s\n", parts[i].name);
	}
}
