/* The parts of the csv connector. */
#ifndef BILLHOOK_CSV_H
#define BILLHOOK_CSV_H
#include "value.h"

enum { CSV_CHUNK_BYTES = 65536, CSV_ROW_BYTES_MAX = 1 << 20, CSV_FIELDS_MAX = 512 };

/* ---- reader.c: RFC 4180, one row at a time ---- */
typedef struct csv_field { size_t start, len; long line; } csv_field;
typedef struct csv_file {
  const bh_host *host;
  const bh_file_service *files;
  bh_file *file;
  const char *name;              /* "assets.csv" */
  char *chunk;
  size_t at, end;                /* in chunk */
  int at_eof;
  char *text;                    /* of the row */
  size_t len, cap;
  csv_field *fields;
  size_t count, field_cap;
  long line;                     /* the one that is being read, from 1 */
  long field_line;               /* that on which the value begins that is being read */
  struct csv_header *header;     /* NULL while the header is read */
} csv_file;
/* *there 0 where the folder has no such file. */
bh_status csv_open(csv_file *f, const bh_host *host, const bh_file_service *files, const char *name, int *there);
void csv_close(csv_file *f);
/* *more 0 at the end. Once there is a header, a row with another number of columns is a mistake. */
bh_status csv_next(csv_file *f, int *more);
/* "FILE:LINE: column N (NAME): what"; field from 0. */
bh_status csv_bad(csv_file *f, size_t field, const char *what);

/* ---- row.c: columns by name ---- */
typedef struct csv_column { const char *name; int required; } csv_column;
typedef struct csv_header {
  const csv_column *known;
  int *place;                    /* of each known column: its field, or -1 */
  size_t known_count;
  bh_str *names;                 /* of each field */
  size_t count;
  bh_str *attrs;                 /* room for the pairs of a row */
} csv_header;
/* Reads the header row. Required columns must be there, none may be there twice. */
bh_status csv_header_read(csv_header *h, csv_file *f, const csv_column *known, size_t n);
void csv_header_free(csv_header *h);
int csv_has(const csv_file *f, size_t column);
bh_str csv_cell(const csv_file *f, size_t column);             /* empty where the column is not there */
bh_status csv_need(csv_file *f, size_t column, bh_str *out);   /* must not be empty */
bh_status csv_date(csv_file *f, size_t column, bh_date *out);  /* empty: year 0 */
bh_status csv_number(csv_file *f, size_t column, int places, bh_dec *out);
/* The further columns that are not empty: name, value, name, value … */
size_t csv_attrs(const csv_file *f, const bh_str **out);
bh_status csv_bad_cell(csv_file *f, size_t column, const char *what);

/* ---- one file each ---- */
typedef struct csv_pull { const bh_host *host; const bh_emit *emit; csv_seen clients; } csv_pull;
/* Makes the client of a row known to the host, once. */
bh_status csv_client(csv_pull *p, bh_str client);
bh_status csv_assets(csv_pull *p, csv_file *f);
bh_status csv_gauges(csv_pull *p, csv_file *f);
bh_status csv_usage(csv_pull *p, csv_file *f);
bh_status csv_charges(csv_pull *p, csv_file *f);
#endif
