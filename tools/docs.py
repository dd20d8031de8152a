"""Build the site in _docs from the notebooks and _quarto.yml: `make docs`.

nbdev processes the notebooks into _proc, and here they get what it leaves out: alt texts, tables of arguments, entries of
constants. Where Quarto is installed it renders them; elsewhere smalldocs does, from the same _quarto.yml, and the site
then needs nothing from the network: KaTeX is copied into it from npm."""
import ast, itertools, json, os, re, shutil, subprocess, sys, textwrap
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from check_links import ROOT, Page, modules, page_name

NPM = ROOT/'.cache'/'npm'

def process():
    "Run nbdev's processors on the notebooks; the folder with the result"
    from nbdev.doclinks import _build_modidx
    from nbdev.serve import proc_nbs
    _build_modidx()
    proc = proc_nbs(n_workers=2, force=True)
    if not (proc/'index.ipynb').exists(): sys.exit('nothing was processed: is there a nbs/index.ipynb, and no folder with a leading dot above it?')
    return proc

def alt_text(md):
    "The whole sentences, up to 250 characters, that begin the last paragraph of a Markdown cell, without its marks"
    text = [b for b in re.split(r'\n\s*\n', re.sub(r'^#[^\n]*|```.*?```|</?[a-z!][^>]*>', '', md, flags=re.M | re.S)) if b.strip()][-1:]
    text = re.sub(r'!?\[([^\]]*)\]\([^)]*\)', r'\1', ' '.join(' '.join(text).split()))
    text = re.sub(r'\\(?:mathrm|mathbb|text|operatorname)\b|[*`${}\\]|^[-|> ]+', '', text)
    if len(text) <= 250: return text.strip()
    return (m[0] if (m := re.match(r'.{40,250}[.?!](?= )', text)) else text[:247].rpartition(' ')[0] + ' …').strip()

def add_alt(cells):
    "Give each figure without `fig-alt` the sentences before it, and quote those that have one: it may contain a colon"
    before = ''
    for c in cells:
        src = ''.join(c['source'])
        if c['cell_type'] == 'markdown': before = src if alt_text(src) else before
        shows = any(k.startswith('image/') for o in c.get('outputs', []) for k in o.get('data', {}))
        quoted = lambda text: f'#| fig-alt: {json.dumps(text, ensure_ascii=False)}\n'
        if shows and 'fig-alt:' not in src: src = quoted(alt_text(before)) + src
        c['source'] = re.sub(r'^#\| fig-alt: *([^"\'\s].*)\n', lambda m: quoted(m[1]), src, flags=re.M)

def signature(name, params, ret):
    "On one line where it fits, else the arguments wrapped below the name"
    line = f'{name}({params}){ret}'
    return line if len(line) < 85 else f'{name}(\n{textwrap.indent(textwrap.fill(params, 80, break_long_words=False, break_on_hyphens=False), "    ")}\n){ret}'

ENTRY = re.compile(r'```python\n((?:async )?def) (\w+)\((.*?)\)(->[^\n]*?)?:(?: # ([^\n]*))?\n```(.*)', re.S)

def as_table(m):
    "nbdev's signature with its comments, as a short signature, the docstring and a table of the arguments"
    kind, name, body, ret, says, doc = m.groups(default='')
    if name[0].isupper(): kind, ret = 'class', ''
    params, rows = [], []
    for line in re.sub(r':(?:NoneType|builtin_function_or_method|function|type)=', '=', body).splitlines():   # types of defaults
        arg, _, what = line.strip().partition('# ')
        if arg: params.append(arg.strip().rstrip(','))
        if arg and what: rows.append([re.sub(r'^(?:[^(\[{"\']*, )?(\W*\w+)(?::[^=]*)?(.*)', r'`\1\2`', params[-1]), what])  # its name and default
        elif what: rows[-1][1] += ' ' + what                                # a comment goes on
    params = ', '.join(params)
    if 'after_cancel_fit=' in params: params = re.sub(r'(?:before|after)_\w+=None(?:, )?', '', params) + '**events'  # of fastai's Callback
    if says: rows.append([f'returns `{ret[2:]}`' if ret else 'returns', says])
    rows = [f'| {arg} | {what} |' for arg, what in ([x.replace('|', r'\|') for x in row] for row in rows)]
    table = '\n'.join(['\n\n| argument | meaning |', '|:--|:--|', *rows]) if rows else ''
    return f'```python\n{signature(f"{kind} {name}", params, ret)}\n```{doc}{table}'

def source_link(cfg, mod, node):
    "nbdev's link to the line of the source"
    return f'[source]({cfg.git_url}/blob/{cfg.branch}/lpl_nb/{mod}.py#L{node.lineno}){{target="_blank" style="float:right; font-size:smaller"}}'

def add_constants(nb, mod, src, found, cfg):
    "An entry, at the end of the page, for each public name that is no function or class"
    md = []
    for name, n in found.items():
        if not isinstance(n, ast.Assign): continue
        code = '\n'.join(src.splitlines()[n.lineno-1:n.end_lineno])
        md.append(f'---\n\n{source_link(cfg, mod, n)}\n\n### {name}\n\n```python\n{code}\n```')
    if not md: return
    nb['cells'].append(dict(cell_type='markdown', id='constants', metadata={}, source='## Constants'))
    for i, entry in enumerate(md):
        out = dict(output_type='display_data', metadata={}, data={'text/markdown': entry})
        nb['cells'].append(dict(cell_type='code', id=f'constant-{i}', metadata={}, execution_count=None, source='#| echo: false\n#| output: asis', outputs=[out]))

def in_source_order(cells, found):
    "nbdev puts the entries of one exported cell in reverse order"
    names = list(found)
    def place(c):
        m = re.search(r'show_doc\((\w+)', ''.join(c['source']))
        return names.index(m[1]) if m and m[1] in found else None
    for known, run in itertools.groupby(list(enumerate(cells)), lambda ic: place(ic[1]) is not None):
        run = list(run)
        if known: cells[run[0][0]:run[-1][0] + 1] = sorted((c for _, c in run), key=place)

def improve(proc, cfg):
    "Alt texts, tables of arguments and constants, in the processed notebooks"
    module = {nb: (mod, names) for mod, (nb, names) in modules().items()}
    for p in proc.rglob('*.ipynb'):
        nb = json.loads(p.read_text(encoding='utf-8'))
        mod, names = module.get(p.name, ('', []))
        src = (ROOT/'lpl_nb'/f'{mod}.py').read_text(encoding='utf-8') if mod else ''
        found = {getattr(n, 'name', '') or getattr(n.targets[0], 'id', ''): n for n in ast.parse(src).body if hasattr(n, 'name') or isinstance(n, ast.Assign)}
        in_source_order(nb['cells'], found)
        found = {n: found[n] for n in names if n in found}
        add_alt(nb['cells'])
        for c in nb['cells']:
            for o in c.get('outputs', []) if 'show_doc(' in ''.join(c['source']) else []:
                md = ENTRY.sub(as_table, ''.join(o.get('data', {}).get('text/markdown', '')))
                if (m := re.search(r'(?:\[source\].*\s+)?^### (\w+)$', md, flags=re.M)) and m[1] in found:  # nbdev confuses two modules' `main`
                    md = md.replace(m[0], f'{source_link(cfg, mod, found[m[1]])}\n\n### {m[1]}', 1)
                if md: o['data']['text/markdown'] = re.sub(r'^### .*__$', lambda m: m[0].replace('__', r'\_\_'), md, flags=re.M)
        add_constants(nb, mod, src, found, cfg)
        p.write_text(json.dumps(nb), encoding='utf-8')

def rename_pages(proc):
    "smalldocs knows no `output-file`: give the processed notebooks the names of their pages, and follow in links"
    names = {}
    for p in sorted(proc.rglob('*.ipynb')):
        to = p.with_name(page_name(p.name))
        if to != p and to.exists(): sys.exit(f'two notebooks would be the page {to.name}: {p.name} and another')
        names[p.name] = to.name
        p.rename(to)
    link = re.compile(r'(\]\((?:[\w./-]*/)?)([\w.-]+\.ipynb)(?=[)#])')
    for p in proc.rglob('*.ipynb'):
        nb = json.loads(p.read_text(encoding='utf-8'))
        for c in nb['cells']:
            src = ''.join(c['source'])
            if c['cell_type'] == 'markdown': c['source'] = link.sub(lambda m: m[1] + names.get(m[2], m[2]), src)
            if c['cell_type'] == 'raw': c['source'] = re.sub(r'^output-file:.*\n', '', src, flags=re.M)
        p.write_text(json.dumps(nb), encoding='utf-8')
    side = proc/'sidebar.yml'
    if side.exists(): side.write_text(re.sub(r'[\w.-]+\.ipynb', lambda m: names.get(m[0], m[0]), side.read_text(encoding='utf-8')), encoding='utf-8')
    return {to: name for name, to in names.items()}

def npm(package):
    "The folder of an npm package, installed into .cache on first use; None where that fails"
    folder = NPM/'node_modules'/package.split('@')[0]
    have = json.loads((folder/'package.json').read_text())['version'] if folder.exists() else None
    if have == package.split('@')[1]: return folder
    NPM.mkdir(parents=True, exist_ok=True)
    if not (NPM/'package.json').exists(): (NPM/'package.json').write_text('{"private": true}')
    exe = shutil.which('npm')
    ok = exe and subprocess.run([exe, 'install', '--silent', '--no-audit', '--no-fund', '--prefix', str(NPM), package]).returncode == 0
    return folder if ok else None

def local_assets(docs):
    "Replace the address of KaTeX on a CDN by a copy in the site, and leave out the fonts that the themes fetch"
    for p in docs.rglob('*.css'):
        css = p.read_text(encoding='utf-8')
        if 'fonts.googleapis' in css: p.write_text(re.sub(r'@import url\(https://fonts[^)]*\);', '', css), encoding='utf-8')
    pages = {p: p.read_text(encoding='utf-8') for p in docs.rglob('*.html')}
    cdn = re.compile(r'https://cdn\.jsdelivr\.net/npm/katex@([\d.]+)/dist')
    version = next((m[1] for t in pages.values() if (m := cdn.search(t))), None)
    if not version: return
    folder = npm(f'katex@{version}')
    if not folder: return print('warning: npm is missing, so pages with maths load KaTeX from cdn.jsdelivr.net', file=sys.stderr)
    shutil.copytree(folder/'dist', docs/'site_libs'/'katex', dirs_exist_ok=True, ignore=shutil.ignore_patterns('*.mjs', 'katex.js', 'katex.css', 'README*'))
    for p, t in pages.items():
        up = '../'*(len(p.relative_to(docs).parts)-1)
        if cdn.search(t): p.write_text(cdn.sub(f'{up}site_libs/katex', t), encoding='utf-8')

def local_links(docs, cfg, names):
    """Make links to the site's own address relative, so that a copy of it works anywhere. A method without an entry of
    its own links to its class, and a file of the repository that is no page links to the repository. `names` gives the
    notebooks that were renamed their own names back."""
    site, repo = (cfg.doc_host + cfg.doc_baseurl).rstrip('/') + '/', f'{cfg.git_url}/blob/{cfg.branch}/'
    pages = {p.relative_to(docs).as_posix(): p for p in docs.rglob('*.html')}
    ids = {page: Page(p).ids for page, p in pages.items()}
    entry = {page: {name: i for i, name in re.findall(r'data-anchor-id="([^"]+)"[^>]*>\s*([\w.]+)\s*<', p.read_text(encoding='utf-8'))} for page, p in pages.items()}
    def fix(url, here, name):
        path, _, anchor = url.removeprefix(site).partition('#')
        if url.startswith(site): to = path or 'index.html'
        elif url.startswith(repo + 'nbs/'): return repo + 'nbs/' + names.get(url.removeprefix(repo + 'nbs/'), url.removeprefix(repo + 'nbs/'))
        elif re.match(r'\w+:|//', url): return url
        else: to = os.path.normpath(here.parent/path) if path else here.as_posix()
        if to.startswith('..') and (ROOT/'nbs'/to).exists(): return repo + os.path.relpath(ROOT/'nbs'/to, ROOT)
        if to not in ids: return url
        if anchor and anchor == name.lower(): anchor = entry[to].get(name, anchor)
        while anchor and anchor not in ids[to]: anchor = anchor.rpartition('.')[0]
        return (os.path.relpath(to, here.parent) if path else '') + ('#' + anchor if anchor else '')
    for page, p in pages.items():
        t = p.read_text(encoding='utf-8')
        new = re.sub(r'(<a (?:[^>]*?\s)?href=")([^"]+)"(?=(?:[^>]*><code>([\w.]+)</code>)?)', lambda m: f'{m[1]}{fix(m[2], Path(page), m[3] or "")}"', t)
        if new != t: p.write_text(new, encoding='utf-8')

def main():
    from nbdev.config import get_config
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    os.environ['PYTHONPATH'] = str(ROOT)
    os.environ.setdefault('OMP_NUM_THREADS', '1')
    cfg, proc, names = get_config(), process(), {}
    improve(proc, cfg)
    shutil.rmtree(cfg.doc_path, ignore_errors=True)
    if shutil.which('quarto'): subprocess.run(['quarto', 'render', '--no-cache'], cwd=proc, check=True)
    else:
        names = rename_pages(proc)
        subprocess.run([sys.executable, '-m', 'smalldocs.cli', 'render', '-q', '.'], cwd=proc, check=True)
        local_assets(proc/cfg.doc_path.name)
    shutil.move(proc/cfg.doc_path.name, cfg.doc_path)
    local_links(Path(cfg.doc_path), cfg, names)
    print(f'{len(list(Path(cfg.doc_path).rglob("*.html")))} pages in {cfg.doc_path.name}')

if __name__ == '__main__': main()
