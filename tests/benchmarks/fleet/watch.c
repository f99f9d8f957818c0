/*
 * Copyright: (c) 2026, The portcullis.tcp_wrappers authors
 * GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Stands for a Python interpreter and writes down what each process of it cost: seconds, processor seconds, KiB at most.
 * Which Python, and the file to write to, are the two lines of the file beside it named NAME.conf.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static double seconds(struct timeval t) { return t.tv_sec + t.tv_usec / 1e6; }

int main(int argc, char **argv) {
    char conf[PATH_MAX], python[PATH_MAX], log[PATH_MAX], line[128];
    (void)argc;
    if (snprintf(conf, sizeof conf, "%s.conf", argv[0]) >= (int)sizeof conf) return 127;
    FILE *file = fopen(conf, "r");
    if (!file || !fgets(python, sizeof python, file) || !fgets(log, sizeof log, file)) return 127;
    fclose(file);
    python[strcspn(python, "\n")] = log[strcspn(log, "\n")] = 0;
    double started = now();
    pid_t child = fork();
    if (child == 0) {
        argv[0] = python;
        execv(python, argv);
        _exit(127);
    }
    int status;
    struct rusage used;
    if (child < 0 || wait4(child, &status, 0, &used) < 0) return 127;
    int length = snprintf(line, sizeof line, "%.6f %.6f %ld\n", now() - started, seconds(used.ru_utime) + seconds(used.ru_stime), used.ru_maxrss);
    int out = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (out < 0 || write(out, line, length) != length) return 127;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
