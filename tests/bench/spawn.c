/* Starts two programs in turn, so many times each, and prints the median wall time of each in nanoseconds:
 *   spawn COUNT PROGRAM [ARG…] -- PROGRAM [ARG…] */
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

static int64_t once(char **argv) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  struct timespec a, b;
  pid_t pid;
  int status;
  clock_gettime(CLOCK_MONOTONIC, &a);
  extern char **environ;
  if (posix_spawn(&pid, argv[0], &actions, NULL, argv, environ) != 0 || waitpid(pid, &status, 0) != pid || status != 0) {
    fprintf(stderr, "spawn: %s failed\n", argv[0]);
    exit(1);
  }
  clock_gettime(CLOCK_MONOTONIC, &b);
  posix_spawn_file_actions_destroy(&actions);
  return (b.tv_sec - a.tv_sec) * 1000000000LL + b.tv_nsec - a.tv_nsec;
}

static int by_value(const void *x, const void *y) {
  int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;
  return (a > b) - (a < b);
}

int main(int argc, char **argv) {
  int split = 2, count = argc > 4 ? (int)strtol(argv[1], NULL, 10) : 0;
  while (split < argc && strcmp(argv[split], "--") != 0) split++;
  if (count < 1 || split + 1 >= argc) return fputs("usage: spawn COUNT PROGRAM [ARG…] -- PROGRAM [ARG…]\n", stderr), 2;
  argv[split] = NULL;
  char **sides[2] = {argv + 2, argv + split + 1};
  int64_t *times[2] = {calloc((size_t)count, sizeof **times), calloc((size_t)count, sizeof **times)};
  for (int i = 0; i < count; i++)
    for (int k = 0; k < 2; k++) times[k][i] = once(sides[k]);
  for (int k = 0; k < 2; k++) qsort(times[k], (size_t)count, sizeof **times, by_value);
  printf("%lld %lld\n", (long long)times[0][count / 2], (long long)times[1][count / 2]);
  return 0;
}
