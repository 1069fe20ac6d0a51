/* Gives the files of a corpus to a target: what ctest runs in every build, with no fuzzer in it. replay FOLDER|FILE… */
#include <dirent.h>
#include <stdio.h>
#include "fuzz.h"

enum { INPUT_BYTES_MAX = 1 << 20 };

static int files;

static void replay(const char *path) {
  FILE *f = fopen(path, "rb");
  char *buffer = malloc(INPUT_BYTES_MAX);
  FUZZ_MUST(f != NULL && buffer != NULL);
  size_t n = fread(buffer, 1, INPUT_BYTES_MAX, f);
  fclose(f);
  uint8_t *exact = malloc(n ? n : 1); /* of its own size, so that a read beyond it is seen */
  FUZZ_MUST(exact != NULL);
  memcpy(exact, buffer, n);
  free(buffer);
  (void)LLVMFuzzerTestOneInput(exact, n);
  free(exact);
  files++;
}

int main(int argc, char **argv) {
  for (int i = 1; i < argc; i++) {
    DIR *folder = opendir(argv[i]);
    if (folder == NULL) {
      replay(argv[i]);
      continue;
    }
    for (struct dirent *e; (e = readdir(folder)) != NULL;) {
      char path[4096];
      if (e->d_name[0] == '.') continue;
      snprintf(path, sizeof path, "%s/%s", argv[i], e->d_name);
      replay(path);
    }
    closedir(folder);
  }
  printf("%d inputs\n", files);
  return files > 0 ? 0 : 1;
}
