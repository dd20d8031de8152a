"""Build the site in _docs from the notebooks and _quarto.yml: `make docs`.

nbdev processes the notebooks into _proc. Where Quarto is installed it renders them; elsewhere smalldocs does, from the
same _quarto.yml, and the site then needs nothing from the network: KaTeX is copied into it from npm."""
import json, os, re, shutil, subprocess, sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from check_links import ROOT, Page

NPM = ROOT/'.cache'/'npm'

def process():
    "Run nbdev's processors on the notebooks; the folder with the result"
    from nbdev.doclinks import _build_modidx
    from nbdev.serve import proc_nbs
    _build_modidx()
    proc = proc_nbs(n_workers=2, force=True)
    if not (proc/'index.ipynb').exists(): sys.exit('nothing was processed: is there a nbs/index.ipynb, and no folder with a leading dot above it?')
    return proc

def page_name(name):
    "The name Quarto gives a page: `00_core.ipynb` is read at core.html"
    return re.sub(r'^\d+[a-zA-Z0-9]*_', '', name.lower())

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
    if side.exists(): side.write_text(re.sub(r'[\w.-]+\.ipynb', lambda m: names.get(m[0], m[0]), side.read_text()))

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

def local_links(docs, cfg):
    """Make links to the site's own address relative, so that a copy of it works anywhere. A method without an entry of
    its own links to its class, and a file of the repository that is no page links to the repository."""
    site, repo = (cfg.doc_host + cfg.doc_baseurl).rstrip('/') + '/', f'{cfg.git_url}/blob/{cfg.branch}/'
    ids = {p.relative_to(docs).as_posix(): Page(p).ids for p in docs.rglob('*.html')}
    def fix(url, here):
        path, _, anchor = url.removeprefix(site).partition('#')
        if url.startswith(site): to = path or 'index.html'
        elif re.match(r'\w+:|//', url): return url
        else: to = os.path.normpath(here.parent/path) if path else here.as_posix()
        if to.startswith('..') and (ROOT/'nbs'/to).exists(): return repo + os.path.relpath(ROOT/'nbs'/to, ROOT)
        if to not in ids: return url
        while anchor and anchor not in ids[to]: anchor = anchor.rpartition('.')[0]
        return (os.path.relpath(to, here.parent) if path else '') + ('#' + anchor if anchor else '')
    for page in ids:
        p, here = docs/page, Path(page)
        t = p.read_text(encoding='utf-8')
        new = re.sub(r'(<a (?:[^>]*?\s)?href=")([^"]+)"', lambda m: f'{m[1]}{fix(m[2], here)}"', t)
        if new != t: p.write_text(new, encoding='utf-8')

def main():
    from nbdev.config import get_config
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    os.environ['PYTHONPATH'] = str(ROOT)
    os.environ.setdefault('OMP_NUM_THREADS', '1')
    cfg, proc = get_config(), process()
    shutil.rmtree(cfg.doc_path, ignore_errors=True)
    if shutil.which('quarto'): subprocess.run(['quarto', 'render', '--no-cache'], cwd=proc, check=True)
    else:
        rename_pages(proc)
        subprocess.run([sys.executable, '-m', 'smalldocs.cli', 'render', '-q', '.'], cwd=proc, check=True)
        local_assets(proc/cfg.doc_path.name)
    shutil.move(proc/cfg.doc_path.name, cfg.doc_path)
    local_links(Path(cfg.doc_path), cfg)
    print(f'{len(list(Path(cfg.doc_path).rglob("*.html")))} pages in {cfg.doc_path.name}')

if __name__ == '__main__': main()
