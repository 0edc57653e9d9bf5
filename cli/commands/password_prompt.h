/* password_prompt: read a password from standard input; on a terminal without
 * echo. */
#ifndef CLI_COMMANDS_PASSWORD_PROMPT_H
#define CLI_COMMANDS_PASSWORD_PROMPT_H

enum { PASSWORD_PROMPT_SIZE = 257 }; /* the limit of the configuration */
enum { PASSWORD_PROMPT_EMPTY = 1, PASSWORD_PROMPT_TOO_LONG };

/*
 * Read one line, without its end. 0; a named outcome; or -errno. A signal that
 * ends the program is raised after the terminal is restored. The caller wipes
 * password.
 */
int password_prompt(const char *question, char password[PASSWORD_PROMPT_SIZE]);

#endif
