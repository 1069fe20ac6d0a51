#!/usr/bin/env python3
"""The house rules, as a test: who includes whom, functions that are not used here, and what must not stand in the tree.

    house.py [ROOT]        every violation as FILE:LINE: RULE: what; exit status 1 where there is any
    house.py --self-test   proves on small trees that every rule can fail, and that a clean tree passes
"""
import os
import re
import sys
import tempfile

# ---- who may include whom: room -> rooms beside its own ----
ROOMS = {
    "base": (),
    "billing": ("base",),
    "store": ("base",),
    "plugin": ("base", "billing"),  # a model is called with billing's lines
    "workspace": ("base", "billing"),
    "rules": ("base", "billing"),
    "facts": ("base", "billing", "store"),
}
LOWER = tuple(ROOMS)
# A room's face to one that it may itself include: the ledger posts with what batch approves and voids, in one transaction, and knows nothing of it.
FACES = {"receivables/ledger.h": ("batch",)}
ROOMS["batch"] = LOWER
ROOMS["receivables"] = LOWER + ("batch",)
ROOMS["report"] = LOWER + ("batch", "receivables")
ROOMS["serve"] = ROOMS["report"] + ("report",)
ROOMS["cli"] = ROOMS["report"] + ("report", "serve")

# What reaches a library: prefix of the header -> folders (or files) that may include it.
LIBRARIES = {
    "sqlite3.h": ("core/store/",),
    "libpq-fe.h": ("core/store/",),
    "lua.h": ("core/rules/", "core/workspace/", "plugins/connectors/rest/"),
    "lualib.h": ("core/rules/", "core/workspace/", "plugins/connectors/rest/"),
    "lauxlib.h": ("core/rules/", "core/workspace/", "plugins/connectors/rest/"),
    "curl/": ("core/plugin/http", "core/plugin/websocket"),
    "wslay/": ("core/plugin/websocket",),
    "openssl/": ("core/plugin/http_auth.c", "core/plugin/websocket_open.c"),  # the worker's own parts: linking it costs every start 5 ms
    "yajl/": ("core/base/", "core/plugin/json"),
    "seccomp.h": ("core/plugin/sandbox",),
}

FORBIDDEN = {
    "strcpy": "bh_buf, memcpy with a length", "strcat": "bh_buf", "sprintf": "snprintf, bh_buf_fmt", "vsprintf": "vsnprintf",
    "strtok": "bh_str", "atoi": "bh_dec_parse", "atol": "bh_dec_parse", "atoll": "bh_dec_parse", "atof": "bh_dec_parse",
    "strtod": "bh_dec_parse", "strtof": "bh_dec_parse", "gets": "bh_file_read",
    "localtime": "bh_zone", "localtime_r": "bh_zone", "gmtime": "bh_day_split", "gmtime_r": "bh_day_split", "mktime": "bh_day_make",
    "setlocale": "nothing: a library leaves the process's locale alone", "setenv": "nothing: a library leaves the environment alone",
}
# Code of the tests stands in processes of its own.
FORBIDDEN_IN_TESTS = {k: v for k, v in FORBIDDEN.items() if k not in ("setenv", "setlocale")}

# Where binary floating point may stand: file -> why. Money never. None so far: Lua's floats are lua_Number there.
FLOAT_ALLOWED = {}

SQL = re.compile(r"\b(SELECT\s+[\w*(]|INSERT\s+(OR\s+\w+\s+)?INTO\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s|CREATE\s+(TABLE|INDEX|VIEW)\s|PRAGMA\s+\w)")
TODO = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b(.*)")
REASON = re.compile(r"\b(because|until|when|once|as soon as)\b\s+\w+", re.I)
# Written in pieces, so that this file does not find itself.
ABSOLUTE = re.compile(r"(?<![\w.$}\-])/(%s)/[\w.\-]+" % "|".join(("ho" "me", "ro" "ot", "wo" "rk", "Us" "ers")))
HOSTS = re.compile("|".join(re.escape(h) for h in (
    "pypi" ".org", "files.python" "hosted.org", "registry.npm" "js.org", "crates" ".io", "proxy.gol" "ang.org", "ruby" "gems.org",
    "repo.maven" ".apache.org", "repo1.maven" ".org", "deb.deb" "ian.org", "security.deb" "ian.org", "archive.ubu" "ntu.com",
    "docker" ".io", "gh" "cr.io", "quay" ".io", "luarocks" ".org", "center.conan" ".io", "dl-cdn.alpine" "linux.org")))
SHARED = re.compile(r"\.\./sha" r"red\b|\bsha" r"red/(design|reference|data|hooks)\b")
GLOB = re.compile(r"\bfile\s*\(\s*GLOB|\baux_source_directory\s*\(", re.I)

SKIP_DIRS = {".git", "build", "__pycache__", ".pytest_cache", "node_modules"}
TEXT = (".c", ".h", ".cpp", ".lua", ".py", ".sh", ".md", ".txt", ".cmake", ".json", ".jsonl", ".in", ".yml", ".yaml", ".html", ".css", ".csv",
        ".map", ".service", ".timer", ".1", ".5")


def split_c(text):
    """(code, comments): the same text with everything else blanked, line breaks kept. Strings are blanked in the code,
    but kept in a third copy."""
    code, comments, strings = list(text), list(text), list(text)
    i, n, state = 0, len(text), "code"
    while i < n:
        c, two = text[i], text[i:i + 2]
        if state == "code":
            if two in ("/*", "//"):
                state = "block" if two == "/*" else "line"
                for k in (i, i + 1):
                    code[k] = strings[k] = " "
                i += 2
                continue
            if c in "\"'":
                state = c
                comments[i] = " "
                i += 1
                continue
            if c != "\n":
                comments[i] = strings[i] = " "
        elif state in ("block", "line"):
            if c != "\n":
                code[i] = strings[i] = " "
            if state == "line" and c == "\n":
                state = "code"
            elif state == "block" and two == "*/":
                code[i + 1] = strings[i + 1] = " "
                i += 2
                state = "code"
                continue
        else:  # in a string or a character
            if c == "\\" and i + 1 < n:
                for k in (i, i + 1):
                    if text[k] != "\n":
                        code[k] = comments[k] = " "
                i += 2
                continue
            if c == state or c == "\n":
                state = "code"
            elif c != "\n":
                code[i] = " "
            if c != "\n":
                comments[i] = " "
        i += 1
    return "".join(code), "".join(comments), "".join(strings)


def line_of(text, at):
    return text.count("\n", 0, at) + 1


def tree(root):
    for folder, dirs, files in os.walk(root):
        dirs[:] = sorted(d for d in dirs if d not in SKIP_DIRS)
        for name in sorted(files):
            path = os.path.join(folder, name)
            if not os.path.islink(path):
                yield os.path.relpath(path, root).replace(os.sep, "/")


def is_text(path):
    name = os.path.basename(path)
    return name.endswith(TEXT) or "." not in name


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8", errors="replace") as f:
        return f.read()


INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">]', re.M)


def check_includes(path, text, out):
    for m in INCLUDE.finditer(text):
        quoted, header, line = m.group(1) == '"', m.group(2), line_of(text, m.start(1))
        top = path.split("/")
        for prefix, homes in LIBRARIES.items():
            if header == prefix or (prefix.endswith("/") and header.startswith(prefix)):
                if top[0] in ("core", "plugins") and not any(path.startswith(h) for h in homes):
                    out.append((path, line, "library", "<%s> belongs to %s" % (header, ", ".join(homes))))
        if top[0] == "core" and len(top) > 2:
            room, target = top[1], header.split("/")[0]
            if quoted and "/" in header and target in ROOMS:
                if room not in ROOMS:
                    out.append((path, line, "rooms", "core/%s is not a room of the house" % room))
                elif target != room and target not in ROOMS[room] and room not in FACES.get(header, ()):
                    out.append((path, line, "rooms", "%s may not include \"%s\"; it may include %s" % (room, header, ", ".join((room,) + ROOMS[room]))))
                if target == "store" and room != "store" and header != "store/store.h":
                    out.append((path, line, "rooms", "\"%s\": the store is used through store/store.h alone" % header))
                if target != room and os.path.basename(header) in ("internal.h", "impl.h"):
                    out.append((path, line, "rooms", "\"%s\" is %s's own" % (header, target)))
        elif top[0] == "plugins":
            if quoted:
                where = os.path.normpath(os.path.join(os.path.dirname(path), header)).replace(os.sep, "/")
                if not where.startswith("plugins/") or header.split("/")[0] in ROOMS:
                    out.append((path, line, "plugins", "\"%s\": a plugin includes <billhook/…> and nothing of core/" % header))
            elif header.startswith("billhook/") and header not in ("billhook/plugin.h", "billhook/kit.h"):
                out.append((path, line, "plugins", "<%s>: a plugin includes <billhook/plugin.h> and <billhook/kit.h>" % header))


WORD = re.compile(r"\b(%s)\s*\(" % "|".join(sorted(FORBIDDEN, key=len, reverse=True)))
FLOAT = re.compile(r"\b(double|float)\b|\b\d+\.\d*(e[+-]?\d+)?[fFlL]?\b(?!\")")


def check_code(path, code, strings, out):
    words = FORBIDDEN_IN_TESTS if path.startswith("tests/") else FORBIDDEN
    for m in WORD.finditer(code):
        if m.group(1) in words:
            out.append((path, line_of(code, m.start()), "forbidden", "%s(); here: %s" % (m.group(1), words[m.group(1)])))
    if path.split("/")[0] in ("core", "plugins", "sdk") and path not in FLOAT_ALLOWED:
        for m in FLOAT.finditer(code):
            out.append((path, line_of(code, m.start()), "float", "\"%s\": no binary floating point (house.py lists where it may stand, and why)" % m.group(0)))
    if path.startswith(("core/", "plugins/")) and not path.startswith("core/store/"):
        for m in SQL.finditer(strings):
            out.append((path, line_of(strings, m.start()), "sql", "SQL stands in core/store and nowhere else"))


def check_text(path, text, notes, out):
    for m in TODO.finditer(notes):
        if not REASON.search(m.group(2)):
            out.append((path, line_of(notes, m.start()), "todo", "%s without a reason (\"… until X\", \"… because X\")" % m.group(1)))
    for m in ABSOLUTE.finditer(text):
        out.append((path, line_of(text, m.start()), "path", "an absolute path, %s" % m.group(0)))
    for m in HOSTS.finditer(text):
        out.append((path, line_of(text, m.start()), "host", "a package registry, %s" % m.group(0)))
    if not path.startswith("tests/"):
        for m in SHARED.finditer(text):
            out.append((path, line_of(text, m.start()), "shared", "%s is not part of the project" % m.group(0)))


def cmake_names(text):
    """Every word of a CMake file, with foreach(VAR items) expanded over its body."""
    text = re.sub(r"#[^\n]*", "", text)
    names = set()

    def expand(body, variables):
        at = 0
        loop = re.compile(r"\bforeach\s*\(\s*(\w+)\s+([^)]*)\)|\bendforeach\s*\([^)]*\)", re.I)
        depth, start, head = 0, 0, None
        for m in loop.finditer(body):
            if m.group(1):
                if depth == 0:
                    take(body[at:m.start()], variables)
                    start, head = m.end(), m
                depth += 1
            elif depth:
                depth -= 1
                if depth == 0:
                    for item in head.group(2).split():
                        if item not in ("IN", "ITEMS", "LISTS"):
                            expand(body[start:m.start()], dict(variables, **{head.group(1): item}))
                    at = m.end()
        take(body[at:], variables)

    def take(body, variables):
        for k, v in variables.items():
            body = body.replace("${%s}" % k, v)
        names.update(w.strip('"').split("/")[-1] for w in re.split(r"[\s()]+", body))

    expand(text, {})
    return names


def check_cmake(root, paths, out):
    lists = {}
    for path in paths:
        name = os.path.basename(path)
        if name == "CMakeLists.txt" or name.endswith(".cmake"):
            text = read(root, path)
            lists.setdefault(os.path.dirname(path), set()).update(cmake_names(text))
            for m in GLOB.finditer(text):
                out.append((path, line_of(text, m.start()), "cmake", "sources are listed, not globbed"))
    for path in paths:
        if path.endswith((".c", ".cpp")) and path.split("/")[0] in ("core", "plugins", "tests", "sdk"):
            folder, found = os.path.dirname(path), False
            while True:
                found = found or os.path.basename(path) in lists.get(folder, ())
                if found or not folder:
                    break
                folder = os.path.dirname(folder)
            if not found:
                out.append((path, 1, "cmake", "in no CMakeLists.txt or .cmake file"))


def check(root):
    out, paths = [], list(tree(root))
    for path in paths:
        if not is_text(path):
            continue
        text = read(root, path)
        notes = text
        if path.endswith((".c", ".h", ".cpp")):
            code, notes, strings = split_c(text)
            check_includes(path, re.sub(r"/\*.*?\*/", lambda m: re.sub(r"[^\n]", " ", m.group(0)), text, flags=re.S), out)
            check_code(path, code, strings, out)
        elif path.endswith(".md") or path == "tests/house/house.py":
            notes = ""  # prose and this file name the words
        check_text(path, text, notes, out)
    check_cmake(root, paths, out)
    return sorted(out)


# ---- the proof that each rule can fail ----
CLEAN = {
    "CMakeLists.txt": "add_subdirectory(core)\n",
    "core/CMakeLists.txt": "foreach(room base store)\n  add_subdirectory(${room})\nendforeach()\nforeach(n ok)\n  x(test_${n}.c)\nendforeach()\n",
    "core/base/CMakeLists.txt": "target_sources(x PRIVATE a.c)\n",
    "core/base/a.c": '#include "base/base.h"\n/* strcpy, double and SELECT x are words here */\nstatic const char *s = "a double strcpy(x) 1.5";\n',
    "core/batch/ok.h": '#include "receivables/ledger.h"\n',
    "core/store/CMakeLists.txt": "target_sources(x PRIVATE s.c)\n",
    "core/store/s.c": '#include <sqlite3.h>\n#include "store/engine.h"\nstatic const char *q = "SELECT a FROM b";\n',
    "core/test_ok.c": "int x; /* TODO: split, when the second caller comes */\n",
    "plugins/m/CMakeLists.txt": "bh_add_plugin(m model m.c)\n",
    "plugins/m/m.c": "#include <billhook/plugin.h>\n#include \"../ratio.h\"\n",
    "plugins/ratio.h": "\n",
    "README.md": "Text about TODO lists and $HOME.\n",
}
FAULTS = [  # (rule, file, text): the file added to the clean tree, or put in place of one of its files
    ("rooms", "core/base/a.c", '#include "billing/rating.h"\n'),
    ("rooms", "core/store/s.c", '#include "billing/terms.h"\n'),
    ("rooms", "core/billing/b.h", '#include "workspace/workspace.h"\n'),
    ("rooms", "core/workspace/b.h", '#include "rules/rules.h"\n'),
    ("rooms", "core/rules/b.h", '#include "store/store.h"\n'),
    ("rooms", "core/facts/b.h", '#include "workspace/workspace.h"\n'),
    ("rooms", "core/batch/b.h", '#include "report/review.h"\n'),
    ("rooms", "core/batch/b.h", '#include "receivables/entry.h"\n'),
    ("rooms", "core/facts/b.h", '#include "receivables/ledger.h"\n'),
    ("rooms", "core/report/b.h", '#include "cli/cli.h"\n'),
    ("rooms", "core/report/b.h", '#include "store/engine.h"\n'),
    ("rooms", "core/cli/b.h", '#include "workspace/internal.h"\n'),
    ("rooms", "core/attic/b.h", '#include "base/base.h"\n'),
    ("plugins", "plugins/m/m.c", '#include "base/base.h"\n'),
    ("plugins", "plugins/m/m.c", '#include "../../core/base/base.h"\n'),
    ("plugins", "plugins/m/m.c", '#include <billhook/billhook.h>\n'),
    ("library", "core/report/b.h", "#include <sqlite3.h>\n"),
    ("library", "core/batch/b.h", "#include <lua.h>\n"),
    ("library", "core/batch/b.h", "#include <curl/curl.h>\n"),
    ("sql", "core/report/b.h", 'static const char *q = "SELECT total FROM doc";\n'),
    ("sql", "core/report/b.h", 'static const char *q = "insert";\nstatic const char *r = "DELETE FROM doc";\n'),
    ("float", "core/base/a.c", "double x;\n"),
    ("float", "core/base/a.c", "int x = (int)(y * 1.5);\n"),
    ("todo", "core/base/a.c", "/* TODO: later */\n"),
    ("todo", "scripts/x.sh", "# FIXME\n"),
    ("path", "README.md", "see /ho" "me/alice/billhook\n"),
    ("path", "scripts/x.sh", "cd /wo" "rk/main\n"),
    ("host", "scripts/x.sh", "pip install -i https://pypi" ".org/simple x\n"),
    ("shared", "README.md", "see ../sha" "red/design\n"),
    ("shared", "core/base/a.c", "/* sha" "red/reference says so */\n"),
    ("cmake", "core/base/forgotten.c", "int x;\n"),
    ("cmake", "core/base/CMakeLists.txt", "file(GLOB s *.c)\ntarget_sources(x PRIVATE a.c)\n"),
] + [("forbidden", "core/base/a.c", "void f(void) { %s(a); }\n" % w) for w in FORBIDDEN]


def lay(root, files):
    for path, text in files.items():
        full = os.path.join(root, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as f:
            f.write(text)


def self_test():
    bad = 0
    for rule, path, text in [(None, None, None)] + FAULTS:
        with tempfile.TemporaryDirectory() as root:
            files = dict(CLEAN)
            if path:
                files[path] = text
            lay(root, files)
            found = check(root)
            if rule is None:
                ok = not found
            else:
                last = text.count("\n")
                ok = any(r == rule and p == path and 1 <= n <= last for p, n, r, _ in found) and all(p == path for p, _, _, _ in found)
            if not ok:
                bad += 1
                print("self-test: %s in %s: %r gave %s" % (rule, path, text, found))
    print("self-test: %d cases, %d wrong" % (len(FAULTS) + 1, bad))
    return 1 if bad else 0


def main():
    if "--self-test" in sys.argv[1:]:
        return self_test()
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    found = check(root)
    for path, line, rule, what in found:
        print("%s:%d: %s: %s" % (path, line, rule, what))
    print("house: %d violation%s" % (len(found), "" if len(found) == 1 else "s"))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
