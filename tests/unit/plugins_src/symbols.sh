#!/bin/sh
# Every plugin of a folder exports billhook_plugin and nothing else, and refers to nothing of ours.
set -eu
count=0
for so in "$1"/*.so; do
  defined=$(nm -D --defined-only "$so" | awk '{print $3}' | sed 's/@.*//')
  if [ "$defined" != billhook_plugin ]; then
    echo "$so exports: $defined"
    exit 1
  fi
  if nm -D --undefined-only "$so" | grep -w 'bh_[a-z_0-9]*'; then
    echo "$so refers to symbols of the host"
    exit 1
  fi
  count=$((count + 1))
done
echo "$count plugins"
[ "$count" -ge 4 ]
