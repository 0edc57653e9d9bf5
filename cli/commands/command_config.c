/* goop2 config: the configuration in effect, and where each value comes
 * from. */
#include <jansson.h>
#include <string.h>

#include "cli/commands/command.h"
#include "cli/commands/config_json.h"
#include "cli/peer/peer_directory.h"
#include "common/config/config_values.h"

static void
print_values(const struct config_value *values, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		printf("%-40s %-24s  # %s\n", values[i].key,
		    !values[i].is_secret             ? values[i].text
		    : config_json_is_set(&values[i]) ? "(set)"
						     : "(not set)",
		    values[i].from);
}

static void
print_values_json(const struct config_value *values, size_t count)
{
	json_t *json = config_json_new(values, count);

	json_dumpf(json, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(json);
}

static enum exit_status
show_config(const struct peer_directory *directory, bool is_json)
{
	struct config_value *values;
	size_t count;
	int rc;

	rc = config_values(directory->fd, &values, &count);
	if (rc < 0)
		return complain(exit_status_of_errno(rc),
		    "cannot read the configuration in %s: %s", directory->path,
		    strerror(-rc));
	if (is_json)
		print_values_json(values, count);
	else
		print_values(values, count);
	config_values_free(values, count);
	return EXIT_OK;
}

enum exit_status
command_config(const struct arguments *arguments)
{
	struct peer_directory directory;
	enum exit_status status;
	struct config config;

	status = peer_directory_open(arguments->operands[0], &directory);
	if (status != EXIT_OK)
		return status;
	status = peer_directory_load_config(&directory, &config);
	if (status == EXIT_OK) {
		config_fini(&config);
		status = show_config(&directory, arguments->is_json);
	}
	peer_directory_close(&directory);
	return status;
}
