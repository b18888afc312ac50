/*
 * Begins the TCP connection that connect-cp will want first, and becomes connect-cp: the connection is made while Node
 * starts. Called by bin/connect-cp as
 *
 *     connect_begin OPTIONS COUNT NODE WORD... [ARGUMENT...]
 *
 * of which the last COUNT are the arguments of connect-cp. OPTIONS is the file that scripts/snapshot.mjs writes of the
 * program's own table (src/cli/begin-table.ts): the port by default, then a line for each option that leaves no doubt.
 * Whatever is not in it, and a host that is not an address, begins nothing; the program then connects by itself. It
 * hears of the connection by CONNECT_CP_CONNECTION, "DESCRIPTOR PORT HOST", and takes it when this is where it wants to
 * go, else closes it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define VARIABLE "CONNECT_CP_CONNECTION"
#define COORDINATOR "CONNECT_CP_COORDINATOR"
#define PROGRAM 3
#define MAX_TABLE 16384
#define MAX_PORT_DIGITS 5
#define MAX_HOST 64

/* What the command line says so far. */
struct place {
    bool is_doubtful;
    /* options that matter only where no --host is given */
    bool has_path_options;
    char option_host[MAX_HOST];
    char path_host[MAX_HOST];
    unsigned port;
    bool has_port;
};

static char table[MAX_TABLE + 1];

static bool read_table(const char *path) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    ssize_t length = read(file, table, MAX_TABLE + 1);
    close(file);
    if (length <= 0 || length > MAX_TABLE)
        return false;
    table[length] = '\0';
    return true;
}

/* 1 to 65535 in decimal, else 0. */
static unsigned port_of(const char *text, size_t length) {
    unsigned port = 0;
    if (length == 0 || length > MAX_PORT_DIGITS || text[0] == '0')
        return 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9')
            return 0;
        port = port * 10 + (unsigned)(text[i] - '0');
    }
    return port <= 65535 ? port : 0;
}

/* The line "AM NAME..." of the option: whether it has a value, and what it means; NULL when there is none. */
static const char *row_of(const char *name, size_t length) {
    for (const char *line = strchr(table, '\n'); line; line = strchr(line, '\n')) {
        line++;
        size_t end = strcspn(line, "\n");
        if (end < 4)
            continue;
        for (size_t at = 3; at < end;) {
            size_t word = strcspn(line + at, " \n");
            if (word == length && memcmp(line + at, name, length) == 0)
                return line;
            at += word + 1;
        }
    }
    return NULL;
}

static bool keep_host(char *target, const char *text, size_t length) {
    if (length == 0 || length >= MAX_HOST)
        return false;
    if (target[0] != '\0')
        return strlen(target) == length && memcmp(target, text, length) == 0;
    memcpy(target, text, length);
    target[length] = '\0';
    return true;
}

static void take_option(struct place *place, char meaning, const char *value) {
    switch (meaning) {
    case '-':
        break;
    case 'h':
        /* several are nodes of one server */
        if (place->option_host[0] != '\0' || !keep_host(place->option_host, value, strlen(value)))
            place->is_doubtful = true;
        break;
    case 'p':
        place->port = port_of(value, strlen(value));
        if (place->has_port || place->port == 0)
            place->is_doubtful = true;
        place->has_port = true;
        break;
    case 's':
        place->has_path_options = true;
        break;
    case 'y':
        if (strcmp(value, "0") != 0 && strcmp(value, "1") != 0)
            place->is_doubtful = true;
        break;
    default:
        place->is_doubtful = true;
    }
}

/* [USER@]HOST:PATH as in src/cli/host-path.ts; anything else is a local path. */
static void take_path(struct place *place, const char *text) {
    const char *host = text;
    size_t user = strcspn(text, "@/:");
    if (text[user] == '@') {
        if (user == 0)
            return;
        host += user + 1;
    }
    size_t length;
    if (host[0] == '[') {
        host++;
        length = strspn(host, "0123456789abcdefABCDEF:.%");
        if (length == 0 || host[length] != ']' || host[length + 1] != ':')
            return;
    } else {
        length = strcspn(host, "@/:[]");
        if (length == 0 || host[length] != ':')
            return;
    }
    if (!keep_host(place->path_host, host, length))
        place->is_doubtful = true;
}

/* How many words of the command line this one takes with it. */
static int take_word(struct place *place, const char *word, const char *next) {
    const char *value = NULL;
    size_t name = strlen(word);
    if (word[0] != '-') {
        take_path(place, word);
        return 1;
    }
    const char *row = row_of(word, name);
    if (!row && word[1] == '-') {
        name = strcspn(word, "=");
        value = word[name] == '=' ? word + name + 1 : NULL;
        row = value ? row_of(word, name) : NULL;
    } else if (!row && name > 2) {
        value = word + 2;
        row = row_of(word, 2);
    }
    if (!row || (row[0] == '0' && value) || (row[0] == '1' && !value && !next)) {
        place->is_doubtful = true;
        return 1;
    }
    int words = row[0] == '1' && !value ? 2 : 1;
    take_option(place, row[1], words == 2 ? next : value ? value : "");
    return words;
}

static bool address_of(const char *host, unsigned port, struct sockaddr_storage *to, socklen_t *length) {
    struct sockaddr_in *v4 = (struct sockaddr_in *)to;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)to;
    memset(to, 0, sizeof *to);
    if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons((unsigned short)port);
        *length = sizeof *v4;
        return true;
    }
    if (inet_pton(AF_INET6, host, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons((unsigned short)port);
        *length = sizeof *v6;
        return true;
    }
    return false;
}

static void begin(const char *host, unsigned port) {
    struct sockaddr_storage address;
    socklen_t length;
    if (!address_of(host, port, &address, &length))
        return;
    /* kept by exec; Node marks what it inherits, so that its own children do not get it */
    int descriptor = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (descriptor < 0)
        return;
    char text[MAX_HOST + 32];
    int written = snprintf(text, sizeof text, "%d %u %s", descriptor, port, host);
    bool is_begun = descriptor > 2 && written > 0 && (size_t)written < sizeof text &&
                    (connect(descriptor, (struct sockaddr *)&address, length) == 0 || errno == EINPROGRESS);
    if (!is_begun || setenv(VARIABLE, text, 1) != 0)
        close(descriptor);
}

static void begin_as_told(const char *options, char **words) {
    struct place place = {0};
    if (getenv(COORDINATOR) || !read_table(options))
        return;
    place.port = port_of(table, strcspn(table, "\n"));
    while (*words && !place.is_doubtful)
        words += take_word(&place, words[0], words[1]);
    bool is_named = place.option_host[0] != '\0';
    if (place.is_doubtful || place.port == 0 || (!is_named && place.has_path_options))
        return;
    begin(is_named ? place.option_host : place.path_host, place.port);
}

int main(int count, char **words) {
    char *end = NULL;
    long arguments = count > PROGRAM ? strtol(words[2], &end, 10) : -1;
    if (arguments < 0 || arguments >= count - PROGRAM || *end != '\0') {
        fputs("connect_begin: started by bin/connect-cp only\n", stderr);
        return 2;
    }
    unsetenv(VARIABLE);
    begin_as_told(words[1], words + (count - arguments));
    execv(words[PROGRAM], words + PROGRAM);
    fprintf(stderr, "connect-cp: %s: %s\n", words[PROGRAM], strerror(errno));
    return errno == ENOENT ? 127 : 126;
}
