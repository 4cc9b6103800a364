"""Manual pages in man(7), made from what the programs say of themselves (--experimental-dump-help, a new sallyport.toml)."""
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

EXIT_CODES = ["0 ok, 1 failed, 2 usage, 3 denied, 4 verification failed."]
FILES = [("/var/lib/sallyport", "the state directory, unless --state or SALLYPORT_STATE names another"),
         ("/var/lib/sallyport/sallyport.toml", "the configuration, see sallyport.toml(5)"),
         ("/var/lib/sallyport/control.sock", "where the gateway is administered, for root and its own user")]
PROGRAMS = {"sallyport": 1, "sallyportd": 8}


def escape(text):
    """Text as troff takes it literally."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\(ga")
    text = text.replace("^", "\\(ha").replace("~", "\\(ti")
    return "\n".join("\\&" + line if line.startswith((".", "\\(aq")) else line for line in text.split("\n"))


def bold(text):
    return f"\\fB{escape(text)}\\fR"


def italic(text):
    return f"\\fI{escape(text)}\\fR"


def spelling(name):
    return ("--" if name["kind"] == "long" else "-") + name["name"]


def shown(command):
    return [argument for argument in command.get("arguments", []) if argument.get("shouldDisplay", True)]


def options(command):
    return [argument for argument in shown(command) if argument["kind"] != "positional"]


def is_common(argument):
    return any(spelling(name) in ("--help", "--version") for name in argument.get("names", []))


def synopsis(path, command):
    words = [bold(" ".join(path))]
    for argument in shown(command):
        if is_common(argument):
            continue
        if argument["kind"] == "positional":
            word = italic(argument["valueName"])
        else:
            word = bold(spelling(argument["preferredName"]))
            if argument["kind"] == "option":
                word += " " + italic(argument["valueName"])
        if argument.get("isRepeating"):
            word += " ..."
        words.append(f"[{word}]" if argument.get("isOptional") else word)
    if command.get("subcommands"):
        words.append(italic("subcommand"))
    return " ".join(words)


def prose(text):
    """Paragraphs; lines that are indented stay as they are."""
    lines = []
    for number, paragraph in enumerate(text.strip().split("\n\n")):
        literal = []
        if number:
            lines.append(".PP")
        for line in paragraph.split("\n"):
            if line.startswith("  "):
                literal.append(escape(line[2:]))
                continue
            if literal:
                lines += [".nf", ".RS 4"] + literal + [".RE", ".fi"]
                literal = []
            lines.append(escape(line))
        if literal:
            lines += [".nf", ".RS 4"] + literal + [".RE", ".fi"]
    return lines


def described(arguments):
    lines = []
    for argument in arguments:
        lines.append(".TP")
        if argument["kind"] == "positional":
            lines.append(italic(argument["valueName"]))
        else:
            names = ", ".join(bold(spelling(name)) for name in argument["names"])
            lines.append(names + (" " + italic(argument["valueName"]) if argument["kind"] == "option" else ""))
        words = argument.get("abstract", "")
        if argument.get("defaultValue"):
            words += f" Default: {argument['defaultValue']}."
        lines.append(escape(words.strip()) or "\\&")
    return lines


def leaves(path, command):
    """The commands that do something, each with its words."""
    below = [sub for sub in command.get("subcommands", []) if sub["commandName"] != "help" and sub.get("shouldDisplay", True)]
    if not below:
        return [(path, command)]
    return [leaf for sub in below for leaf in leaves(path + [sub["commandName"]], sub)]


def discussions(command):
    """What is said of a noun itself and of those between it and its verbs."""
    parts = [prose(command["discussion"])] if command.get("discussion") else []
    parts += [part for sub in command.get("subcommands", []) if sub.get("subcommands") if (part := discussions(sub))]
    return [line for number, part in enumerate(parts) for line in ([".PP"] if number else []) + part]


def page(title, section, abstract, number, body, related):
    date = time.strftime("%Y-%m-%d", time.gmtime(source_date()))
    lines = [f'.TH "{escape(title.upper())}" "{section}" "{date}" "Sallyport {escape(number)}" "Sallyport"',
             ".SH NAME", f"{escape(title)} \\- {escape(abstract[:1].lower() + abstract[1:].rstrip('.'))}"]
    lines += body
    lines += [".SH SEE ALSO", ",\n".join(f"\\fB{escape(name)}\\fR({section})" for name, section in related)]
    return "\n".join(lines) + "\n"


def noun_page(noun, command, number, related):
    verbs = leaves(["sallyport", noun], command)
    body = [".SH SYNOPSIS"]
    for path, leaf in verbs:
        body += [synopsis(path, leaf), ".br"]
    body.pop()
    own = discussions(command)
    if own:
        body += [".SH DESCRIPTION"] + own
    if verbs == [(["sallyport", noun], command)]:
        arguments = [argument for argument in shown(command) if not is_common(argument)]
        body += [".SH OPTIONS"] + described(arguments) if arguments else []
    else:
        body.append(".SH COMMANDS")
        for path, leaf in verbs:
            body += [f".SS {escape(' '.join(path[1:]))}", escape(leaf.get("abstract", ""))]
            if leaf.get("discussion"):
                body += [".PP"] + prose(leaf["discussion"])
            body += described([argument for argument in shown(leaf) if not is_common(argument)])
    body += [".SH EXIT STATUS"] + [escape(line) for line in EXIT_CODES]
    return page(f"sallyport-{noun}", 1, command["abstract"], number, body, related)


def program_page(name, command, number, related):
    body = [".SH SYNOPSIS", synopsis([name], command), ".SH DESCRIPTION"] + prose(command.get("discussion", ""))
    body += [".SH OPTIONS"] + described(options(command))
    nouns = [sub for sub in command.get("subcommands", []) if sub["commandName"] != "help"]
    if nouns:
        body.append(".SH COMMANDS")
        for noun in nouns:
            body += [".TP", f"\\fBsallyport\\-{escape(noun['commandName'])}\\fR(1)", escape(noun["abstract"])]
    body.append(".SH FILES")
    for path, words in FILES:
        body += [".TP", italic(path), escape(words)]
    return page(name, PROGRAMS[name], command["abstract"], number, body, related)


def configuration_page(template, number, related):
    """sallyport.toml(5) from a new configuration file: a line of explanation, then the key."""
    body = [".SH DESCRIPTION", "Every key has a default, which is shown here; an unknown one is an error. Relative paths",
            "start at the file\\(aqs folder. The gateway reads it when it starts."]
    explanation, keys = "", []
    body.append(".SH KEYS")
    for line in template.split("\n")[3:]:
        if heading := re.fullmatch(r"\[([\w.]+)\]", line):
            body.append(f".SS [{escape(heading[1])}]")
        elif setting := re.fullmatch(r"(?:# )?([a-z_0-9]+) = (.*)", line):
            keys.append(setting[1])
            body += [".TP", f"{bold(setting[1])} = {escape(setting[2])}", escape(explanation[:1].upper() + explanation[1:]) + "."]
        elif line.startswith("# "):
            explanation = line[2:]
    if len(keys) < 20:
        raise ValueError(f"a new configuration has only {len(keys)} keys")
    return page("sallyport.toml", 5, "configuration of the Sallyport gateway", number, body, related)


def source_date():
    """Seconds since 1970 of what is built: SOURCE_DATE_EPOCH, else the last commit, else now."""
    if given := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(given)
    said = subprocess.run(["git", "-C", Path(__file__).parent, "log", "-1", "--format=%ct"], capture_output=True, text=True)
    return int(said.stdout) if said.returncode == 0 and said.stdout.strip() else int(time.time())


def output(*words):
    return subprocess.run([str(word) for word in words], check=True, capture_output=True, text=True).stdout


def template(folder):
    with tempfile.TemporaryDirectory() as place:
        output(folder / "sallyport", "--state", f"{place}/state", "init", "--listen", "0.0.0.0:2222")
        return (Path(place) / "state/sallyport.toml").read_text()


def version(folder):
    return output(folder / "sallyport", "--version").split()[-1]


def pages(folder):
    """{file name: page} for the programs in the folder."""
    number = version(folder)
    trees = {name: json.loads(output(folder / name, "--experimental-dump-help"))["command"] for name in PROGRAMS}
    nouns = [sub for sub in trees["sallyport"]["subcommands"] if sub["commandName"] != "help" and sub.get("shouldDisplay", True)]
    others = [("sallyport.toml", 5), ("sallyportd", 8)]
    made = {"sallyport.1": program_page("sallyport", trees["sallyport"], number, others),
            "sallyportd.8": program_page("sallyportd", trees["sallyportd"], number,
                                         [("sallyport", 1), ("sallyport.toml", 5)]),
            "sallyport.toml.5": configuration_page(template(folder), number, [("sallyport", 1), ("sallyportd", 8)])}
    for noun in nouns:
        made[f"sallyport-{noun['commandName']}.1"] = noun_page(
            noun["commandName"], noun, number, [("sallyport", 1)] + others)
    return made


if __name__ == "__main__":
    for name, text in pages(Path(sys.argv[1])).items():
        (Path(sys.argv[2]) / name).write_text(text)
