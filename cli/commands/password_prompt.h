/* password_prompt: read a password from standard input, from a terminal
 * without showing it. */
#ifndef CLI_COMMANDS_PASSWORD_PROMPT_H
#define CLI_COMMANDS_PASSWORD_PROMPT_H

enum { PASSWORD_PROMPT_SIZE = 257 }; /* as much as the configuration takes */
enum { PASSWORD_PROMPT_EMPTY = 1, PASSWORD_PROMPT_TOO_LONG };

/*
 * One line, without its end. 0; a named outcome; or -errno. A signal that ends
 * programs does so, but only once the terminal is as it was. The caller wipes
 * password.
 */
int password_prompt(const char *question, char password[PASSWORD_PROMPT_SIZE]);

#endif
