#!/usr/bin/python3
"""The reference, from the headers: sdk/docs/reference.md (of plugin.h) and sdk/docs/kit.md (of kit.h) are what this makes (a test compares).

    reference.py            prints the one
    reference.py --kit      prints the other
    reference.py --update   writes both
"""
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
HEADER = os.path.join(HERE, "include", "billhook", "plugin.h")
OUT = os.path.join(HERE, "docs", "reference.md")
KIT = os.path.join(HERE, "include", "billhook", "kit.h")
KIT_OUT = os.path.join(HERE, "docs", "kit.md")
# What only other functions of the kit call.
INNER = {"bhk_lower", "bhk_slot", "bhk_counting", "bhk_counting_row", "bhk_counting_total", "bhk_read_tallied", "bhk_hash", "bhk_seen_place", "bhk_seen_grow"}

SECTION = re.compile(r"/\* ---- (.*?) ----.*?\*/")
COMMENT = re.compile(r"/\*(.*?)\*/", re.S)


def words(comment):
    """A comment's text as paragraphs."""
    lines = [re.sub(r"^\s*\*? ?", "", line) for line in comment.strip().split("\n")]
    return "\n".join(lines).strip()


def prose(text):
    """Markdown of a comment: lists stay lists."""
    out, paragraph = [], []
    for line in text.split("\n"):
        stripped = line.strip()
        if not stripped or stripped.startswith("- "):
            if paragraph:
                out.append(" ".join(paragraph))
            paragraph = [stripped] if stripped else []
            if not stripped:
                out.append("")
        else:
            paragraph.append(stripped)
    if paragraph:
        out.append(" ".join(paragraph))
    return "\n".join(out).strip()


def escape(text):
    return re.sub(r" ,", ",", re.sub(r"\s+", " ", text)).strip().replace("|", "\\|")


def entries(block):
    """(declaration, comment) of each member: a comment above it, inside it, or behind it on its line."""
    out, above, code, inside, i = [], [], "", [], 0
    while i < len(block):
        if block.startswith("/*", i):
            end = block.index("*/", i) + 2
            text = words(block[i + 2:end - 2])
            if code.strip():
                inside.append(text)
            elif out and "\n" not in block[after:i]:
                out[-1] = (out[-1][0], (out[-1][1] + " " + text).strip())
            else:
                above.append(text)
            i = end
        elif block[i] == ";":
            out.append((escape(code), " ".join(above + inside)))
            above, code, inside, i = [], "", [], i + 1
            after = i
        else:
            code += block[i]
            i += 1
    return out


def enumerators(block):
    out, at = [], 0
    for line in block.split("\n"):
        m = re.match(r"\s*(BH_\w+)\s*=\s*([^,/]+)", line)
        if m:
            for name, value in re.findall(r"(BH_\w+)\s*=\s*([^,/}]+?)\s*(?=,|/\*|$)", re.sub(r"/\*.*", "", line) + ","):
                out.append([name, value.strip(), ""])
            c = re.search(r"/\*(.*?)(\*/|$)", line)
            if c and out:
                out[-1][2] = c.group(1).strip()
        elif out and line.strip().startswith("*"):
            out[-1][2] += " " + line.strip().lstrip("*").replace("*/", "").strip()
        at += 1
    return out


def tokens(text):
    """Comments, and declarations at the top level, in order."""
    i, n, last = 0, len(text), len(text)
    while i < n:
        if text.startswith("/*", i):
            end = text.index("*/", i) + 2
            yield ("behind" if i > last and "\n" not in text[last:i] else "comment"), text[i:end]
            i = end
        elif text[i] in " \t\n":
            if text.startswith("\n\n", i):
                yield "gap", ""
            i += 1
        elif text[i] == "#":
            end = i
            while True:
                end = text.index("\n", end)
                if text[end - 1] != "\\":
                    break
                end += 1
            yield "macro", text[i:end]
            i = end
        else:
            depth, k = 0, i
            while k < n:
                if text.startswith("/*", k):
                    k = text.index("*/", k) + 2
                    continue
                depth += (text[k] == "{") - (text[k] == "}")
                if text[k] == ";" and depth == 0:
                    break
                k += 1
            yield "declaration", text[i:k + 1]
            i = last = k + 1


def table(rows, heads):
    return ["| %s |" % " | ".join(heads), "|%s|" % "|".join("---" for _ in heads)] + ["| %s |" % " | ".join(r) for r in rows] + [""]


def render(text):
    body = text[text.index("#define BH_ABI_MAJOR"):text.rindex("#ifdef __cplusplus")]
    top = words(COMMENT.search(text).group(1))
    out = ["# Reference", "", "Generated from `billhook/plugin.h` by `sdk/reference.py`: the header is the contract, this is it in another order of lines.", "", prose(top), ""]
    note = None
    for kind, part in tokens(body):
        section = SECTION.match(part) if kind == "comment" else None
        if section:
            out += ["## " + section.group(1)[0].upper() + section.group(1)[1:], ""]
            note = None
        elif kind == "behind":
            out += [prose(words(part[2:-2])), ""]
        elif kind == "comment":
            note = words(part[2:-2])
        elif kind == "gap":
            if note is not None:
                out += [prose(note), ""]
            note = None
        elif kind == "macro":
            m = re.match(r'#define (BH_SERVICE_\w+|BH_IFACE_\w+) ("[^"]+")', part)
            if m:
                out += ["`%s` is `%s`." % (m.group(1), m.group(2)), ""]
            elif re.match(r"#define BH_(HAS|ABI)", part):
                out += ["```c", re.sub(r"\s*/\*.*?\*/", "", part), "```", ""]
                if note:
                    out += [prose(note), ""]
                note = None
        else:
            out += declaration(part, note)
            note = None
    return re.sub(r"\n{3,}", "\n\n", "\n".join(out)).rstrip() + "\n"


def declaration(part, note):
    out = []
    enum = re.match(r"enum \{(.*)\};$", part, re.S)
    struct = re.match(r"typedef struct (\w+) \{(.*)\} \w+;(.*)$", part, re.S)
    if enum:
        if note:
            out += [prose(note), ""]
        return out + table([("`%s`" % a, "`%s`" % b, escape(c)) for a, b, c in enumerators(enum.group(1))], ("name", "value", ""))
    if struct:
        out += ["### `%s`" % struct.group(1), ""]
        if note:
            out += [prose(note), ""]
        return out + table([("`%s`" % a, escape(b)) for a, b in entries(struct.group(2))], ("member", ""))
    if part.startswith(("extern \"C\"", "}")):
        return out
    if note:
        out += [prose(note), ""]
    return out + ["```c", re.sub(r"\s+", " ", part), "```", ""]


KIT_PART = re.compile(r"/\* ---- (?P<section>.*?) ---- \*/|/\*(?P<comment>(?:(?!\*/).)*?)\*/\n(?=(?:static|typedef|#define))|"
                      r"^static inline (?P<function>[^{;]*?\b(?P<name>bhk_\w+)\([^{;]*\))\n\{|^#define (?P<macro>BHK_?\w*(?:\([^)]*\))?)|"
                      r"^typedef struct (?P<type>\w+) \{(?P<members>.*?)^\}", re.M | re.S)


def render_kit(text):
    top = words(COMMENT.search(text).group(1))
    out = ["# The kit", "", "Generated from `billhook/kit.h` by `sdk/reference.py`.", "", prose(top), "",
           "A list that is billed is read with `bhk_read_all`; how often a platform may be asked is said once, in `create`, with `window_limit`, `rate_limit` and `concurrency` of the "
           "HTTP service, for which `BHK_PER_MINUTE` and `BHK_AT_ONCE` are ready options, read by `bhk_per_minute` and `bhk_at_once`.", ""]
    note = ""
    for m in KIT_PART.finditer(text[text.index("#define BHK("):]):
        name = m["name"] or m["type"] or ""
        if m["section"]:
            out += ["## " + m["section"][0].upper() + m["section"][1:], ""]
            note = ""
        elif m["comment"] is not None:
            note = prose(words(m["comment"]))
            continue
        elif name not in INNER:
            code = m["function"] or m["macro"] or "struct " + name
            out += ["**`%s`**" % escape(code) + ("\\" if note else ""), *([note] if note else []), ""]
            if m["members"]:
                out += table([("`%s`" % a, escape(b)) for a, b in entries(m["members"])], ("member", ""))
        note = ""
    return re.sub(r"\n{3,}", "\n\n", "\n".join(out)).rstrip() + "\n"


def main():
    made = []
    for path, how, out in ((HEADER, render, OUT), (KIT, render_kit, KIT_OUT)):
        with open(path, encoding="utf-8") as f:
            made.append((out, how(f.read())))
    if "--update" in sys.argv:
        for path, text in made:
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
    else:
        sys.stdout.write(made["--kit" in sys.argv][1])
    return 0


if __name__ == "__main__":
    sys.exit(main())
