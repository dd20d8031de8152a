"""Notebooks and files stay small, clean and free of traces of the machine they were made on.

Limits: 2 MB a file, 300 KB a notebook, 60 KB a picture in an output, 120 characters a line of exported code."""
import ast, io, json, re, sys, tokenize
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from tree import ROOT, project_files

FILE, NOTEBOOK, PICTURE, LINE = 2_000_000, 300_000, 60_000, 120
LOCAL = re.compile(r'(?<![\w.:/-])/(?:work|root|home|tmp|Users)/[\w.-]+')
EXPORTED = re.compile(r'^#\|\s*(?:export|exporti|exports)\b', re.M)
BROKEN_LINK = re.compile(r'\[`+[^`\]\n]+`+\]\([^)\s]*\)')
PROGRESS = re.compile(r'<progress|\d+%\|[█▏▎▍▌▋▊▉ ]|\r')
_text = lambda v: v if isinstance(v, str) else ''.join(v)

def title_cell(nb):
    "nbdev keeps only the title, the quoted line and `- key: value` lines of the first cell: other text in it is lost"
    if nb['cells'] and nb['cells'][0]['cell_type'] == 'raw' and 'title:' in _text(nb['cells'][0]['source']): return
    first = next((c for c in nb['cells'] if c['cell_type'] == 'markdown'), None)
    lines = [l for l in _text(first['source']).splitlines() if l.strip()] if first else []
    if not lines or not lines[0].startswith('# '): yield 'the first Markdown cell has no title (# ...)'
    elif rest := [l for l in lines[1:] if not re.match(r'>\s|-\s+\S.*:', l)]: yield f'text in the title cell is lost on the site: {rest[0][:50]!r}'
    if sum(l.startswith('>') for l in lines) > 1: yield 'only one quoted line of the title cell reaches the site'

def mixed_import(src):
    """nbdev runs each cell with an import (anywhere in it) when it builds the site, and few others: it must run alone.
    Exported cells are run too, so what they need is there."""
    if re.search(r'^#\|\s*(export|exporti|exports|eval:\s*false)\b', src, re.M) or 'nbdev_export()' in src: return
    try: tree = ast.parse(src)
    except SyntaxError: return  # a magic
    imports = (ast.Import, ast.ImportFrom)
    if any(isinstance(o, imports) for o in ast.walk(tree)) and not all(isinstance(o, imports) for o in tree.body):
        yield 'an import together with other code breaks the site: give the import a cell of its own'

def exported_problems(src):
    "Lines of exported code are short, and hold one statement"
    if not EXPORTED.search(src): return
    for n, line in enumerate(src.splitlines(), 1):
        if len(line) > LINE: yield f'line {n}: {len(line)} characters of exported code (limit {LINE}): {line.strip()[:40]!r}'
    src = re.sub(r'^[ \t]*[%!].*$', '', src, flags=re.M)                       # without magics
    for token in tokenize.generate_tokens(io.StringIO(src).readline):
        if token.type == tokenize.OP and token.string == ';':
            yield f'line {token.start[0]}: statements joined by a semicolon: {token.line.strip()[:40]!r}'

def link_problems(md):
    "nbdev makes a link of a name in backticks; a link of ours around it becomes two links, of which one is text"
    for m in BROKEN_LINK.finditer(re.sub(r'^```.*?^```', '', md, flags=re.M | re.S)):
        yield f'a link around a name in backticks breaks on the site: {m[0][:60]!r}'

def output_problems(out):
    "What is wrong with one stored output"
    if out.get('execution_count') is not None: yield 'execution count'
    if out['output_type'] == 'error': yield f'stored error: {out.get("ename")}'
    if out.get('name') == 'stderr': yield f'stderr: {_text(out["text"]).strip()[:60]!r}'
    data = {'text/plain': out['text']} if 'text' in out else out.get('data', {})
    for mime, v in data.items():
        if not isinstance(v, (str, list)): continue
        v = _text(v)
        if mime.startswith('image/'):
            size = len(v) if 'svg' in mime else len(v)*3//4
            if size > PICTURE: yield f'picture of {size//1000} KB (limit {PICTURE//1000})'
        if mime.startswith('image/') and 'svg' not in mime: continue
        if m := LOCAL.search(v): yield f'path of a machine: {m[0]}'
        if PROGRESS.search(v): yield 'progress bar'

def notebook_problems(path):
    "What is wrong with a notebook"
    nb = json.loads(path.read_text(encoding='utf-8'))
    if path.stat().st_size > NOTEBOOK: yield f'{path.stat().st_size//1000} KB (limit {NOTEBOOK//1000})'
    yield from title_cell(nb)
    for n, c in enumerate(nb['cells']):
        if c.get('execution_count') is not None: yield f'cell {n}: execution count'
        src = _text(c['source'])
        if c['cell_type'] == 'code': yield from (f'cell {n}: {p}' for f in (mixed_import, exported_problems) for p in f(src))
        if c['cell_type'] == 'markdown': yield from (f'cell {n}: {p}' for p in link_problems(src))
        for o in c.get('outputs', []): yield from (f'cell {n}: {p}' for p in output_problems(o))

if __name__ == '__main__':
    bad, files = 0, project_files()
    for f in files:
        p = ROOT/f
        if not p.is_file(): problems = ['broken link'] if p.is_symlink() and not p.exists() else []
        else: problems = [f'{p.stat().st_size//1000} KB (limit {FILE//1000})'] if p.stat().st_size > FILE else []
        if p.suffix == '.ipynb' and p.is_file(): problems += notebook_problems(p)
        for o in problems: print(f'{f}: {o}')
        bad += bool(problems)
    print(f'{len(files)} files, {bad} with problems')
    sys.exit(bool(bad))
