#!/bin/sh
# What the command makes of its arguments: exit status and words, without billing anything. Usage: cli_arguments.sh BILLHOOK
set -u
billhook=$1
unset BILLHOOK_WORKSPACE
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
bad=0

# expect STATUS WORDS ARGUMENT…: the exit status, and words that stand in what was printed (either stream)
expect() {
  status=$1 words=$2
  shift 2
  printed=$("$billhook" "$@" 2>&1)
  got=$?
  if [ "$got" -ne "$status" ]; then
    echo "billhook $*: exit status $got, expected $status: $printed"
    bad=1
  fi
  case $printed in
    *"$words"*) ;;
    *) echo "billhook $*: expected \"$words\" in: $printed"; bad=1 ;;
  esac
}

expect 0 'billhook ' --version
expect 0 'billhook ' run --version
expect 2 'Usage: billhook'
expect 0 'Commands:' --help
expect 0 'Commands:' help
expect 0 'Usage: billhook [-w DIR] run' run --help
expect 0 'Usage: billhook [-w DIR] run' --help run
expect 0 'Usage: billhook [-w DIR] show' show -h
expect 0 'plugin info' plugin --help
expect 0 'Examples:' plugin list --help
expect 2 'did you mean "run"?' rn
expect 2 'unknown command "xyzzy"' xyzzy
expect 2 'did you mean --client?' run --cleint acme
expect 2 'did you mean --plugin-dir?' --plugin-dri x run
expect 2 'unknown option -x' run -x
expect 2 'deliver is not in this version' deliver
expect 2 'there is no template for a tax' plugin new tax mine
expect 2 'is not a kind of plugin' plugin new wizard mine
expect 2 'did you mean "plugin list"?' plugin lits
expect 2 'plugin what?' plugin
expect 2 'needs a value' -w
expect 2 'takes no value' run --json=yes
expect 2 'expected a whole number' run --jobs many
expect 2 'something is missing' show
expect 2 'one word too many' show a b
expect 2 'expected text or json' --log xml check
expect 2 '--date tomorrow' --date tomorrow check
expect 2 'how much?' credit acme-1 --reason because
expect 2 'how much?' credit acme-1 --full --percent 5 --reason because
expect 2 '--reason is missing' void acme-1
expect 2 'not in this version' -w new export --format pdf
expect 3 'billhook init' check
expect 3 'no such folder' -w nowhere check
expect 3 '"level":"error"' --log json -w nowhere check
expect 0 'A new workspace' init new
expect 2 'not empty' init new
expect 0 '"workspace":"new2"' init new2 --json
expect 0 'The workspace is right' -w new check
expect 0 '"ok":true' check --json -w new
expect 0 'No invoices' -w new invoices
expect 0 '0 documents' -w new verify
expect 2 'there is no batch' -w new review
expect 2 'nothing has been billed in this workspace yet' -w new show acme-1
expect 0 '' -w new export --format json
expect 2 'did you mean "per_unit"?' plugin info per_unti
expect 0 'tiers' plugin info tiered
echo 'company { nmae = "x" }' > new/billhook.lua
expect 3 'billhook.lua:1: company: nmae: ' -w new check
expect 3 '"ok":false' -w new check --json
expect 3 'billhook.lua:1: company: nmae: unknown key' -w new run
exit $bad
