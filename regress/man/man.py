# Copyright (c) 2026 The asmpd developers
#
# Permission to use, copy, modify, and distribute this software for any
# purpose with or without fee is hereby granted, provided that the above
# copyright notice and this permission notice appear in all copies.
#
# THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
# WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
# MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
# ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
# WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
# ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
# OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.

"""What man_test cannot do in sh.

    man.py fail2ban FILTER MODE     lines of standard input that it counts,
                                    each with the address that it blames
    man.py log PAGE SOURCE ...      log lines of these sources that the page
                                    does not have
    man.py blocks PAGE SECTION      the literal blocks of a section, into
                                    block1, block2 ..; prints how many
    man.py vectors PAGE             asmp(7)'s vectors: section, name, value;
                                    a section goes by its title's last word
"""

import configparser
import re
import sys

ADDR = r'\[?(?P<ip>\d+\.\d+\.\d+\.\d+|[0-9a-fA-F:]*:[0-9a-fA-F:.]*)\]?'
DATES = [r'\d{4}-\d\d-\d\dT[\d:.]+Z', r'[A-Z][a-z]{2} [ \d]\d [\d:]{8}']


def resolved(options, text):
    """fail2ban's tags: <name> is an option, the innermost first."""
    while True:
        tags = [t for t in re.findall(r'<([\w-]+)>', text) if t in options]
        if not tags:
            return text
        text = text.replace('<%s>' % tags[0], options[tags[0]])


def fail2ban(path, mode):
    config = configparser.ConfigParser()
    config.read(path)
    options = dict(config['Init'])
    options.update(config['Definition'], mode=mode)
    regexes = [re.compile(line.replace('<ADDR>', ADDR)) for line in
               resolved(options, options['failregex']).split('\n') if line]
    for line in sys.stdin:
        line = line.rstrip('\n')
        rest = line
        for date in DATES:
            rest, n = re.subn('^' + date, '', rest)
            if n:
                break
        for regex in regexes:
            found = regex.search(rest)
            if found:
                print(found['ip'], line)
                break


def plain(text):
    """Without macros and their arguments, blanks as single ones."""
    text = re.sub(r'Pq (.*)', r'(\1)', text)
    text = re.sub(r'\b(Ar|Fl) \S+', ' ', text)
    text = re.sub(r'(?m)^\.\w\w |\b(No|Ns|Op|Pq|Ic|Cm|Ql)\b', ' ', text)
    return re.sub(r' ([:;,])', r'\1', re.sub(r'\s+', ' ', text))


def log(page, sources):
    known = plain(open(page).read())
    for source in sources:
        calls = re.findall(r'\blog_(?:info|warnx?)\(\s*((?:"[^"]*"\s*)+)',
                           open(source).read())
        for call in calls:
            text = ''.join(re.findall(r'"([^"]*)"', call))
            for part in re.split(r'%[-\d.]*(?:ll|z)?[a-z]', text):
                part = re.sub(r'\s+', ' ', part).strip()
                if len(part) > 1 and part not in known:
                    print('%s: %s: %s' % (source, text, part))


def section_of(page, section):
    text = open(page).read().split('.Sh ' + section + '\n')[1]
    return re.split(r'(?m)^\.Sh ', text)[0]


def literals(text):
    return [block.replace(r'\e', '\\') for block in
            re.findall(r'(?ms)^\.Bd -literal.*?\n(.*?)^\.Ed', text)]


def blocks(page, section):
    found = literals(section_of(page, section))
    for n, block in enumerate(found, 1):
        open('block%d' % n, 'w').write(block)
    print(len(found))


def vectors(page):
    for part in section_of(page, 'VECTORS').split('.Ss ')[1:]:
        title = part.split('\n')[0].split()[-1].lower()
        found = re.findall(r'(?m)^(\S+)\n((?:  [0-9a-f]+\n)+)',
                           literals(part)[0])
        for name, value in found:
            print(title, name, ''.join(value.split()))


commands = {'fail2ban': fail2ban, 'blocks': blocks, 'vectors': vectors}
if sys.argv[1:2] == ['log']:
    log(sys.argv[2], sys.argv[3:])
elif len(sys.argv) > 2 and sys.argv[1] in commands:
    commands[sys.argv[1]](*sys.argv[2:])
else:
    sys.exit(__doc__)
